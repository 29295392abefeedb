//! `gridbourse bench` on networks: what it prints, draws and counts, and what it says of options that make no sense.

use crate::program::{Network, contracts, gridbourse};
use serde_json::Value;

/// A small load.
const SMALL: [&str; 10] =
    ["--organizations", "2", "--endorsements", "1", "--processes", "1", "--concurrency", "4", "--warm-up", "0"];

/// Exit code, standard output and standard error.
fn bench(arguments: &[&str]) -> (i32, String, String) {
    let output = gridbourse(&["bench"]).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn document(arguments: &[&str]) -> Value {
    let (code, output, errors) = bench(&[arguments, &["--output", "json"]].concat());
    assert_eq!(code, 0, "{errors}");
    serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{errors}"))
}

#[test]
fn a_second_of_load_is_measured_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.svg");
    let arguments = ["ledger", "--work", "create", "--work", "mixed", "--seconds", "1", "--picture"];
    let measured = document(&[&arguments[..], &[picture.to_str().unwrap()], &SMALL].concat());
    let measured = measured.as_array().unwrap();
    assert_eq!(measured.iter().map(|one| &one["work"]).collect::<Vec<_>>(), ["create", "mixed"]);
    for one in measured {
        let total = &one["total"];
        assert!(total["valid"].as_u64().unwrap() > 0, "{one:#}");
        assert_eq!(total["valid"], total["sent"], "{one:#}");
        assert!(total["endorse"]["p50_ms"].as_f64().unwrap() <= total["commit"]["p99_ms"].as_f64().unwrap());
        let processes = one["processes"].as_array().unwrap();
        let valid: u64 = processes.iter().map(|process| process["valid"].as_u64().unwrap()).sum();
        assert_eq!((processes.len(), valid), (2, total["valid"].as_u64().unwrap()));
        // Each has its own organization endorse.
        assert_eq!(processes[1]["endorsers"], serde_json::json!(["Org2MSP"]));
    }
    assert_eq!(measured[0]["total"]["query"], Value::Null);
    assert!(measured[1]["total"]["query"]["min_ms"].as_f64().unwrap() > 0.0);
    let picture = std::fs::read_to_string(picture).unwrap();
    assert_eq!(picture.matches("<polyline").count(), 4, "two lines in each of two charts");
    assert!(picture.contains("mixed, 1 endorsement"));
}

#[test]
fn an_open_loop_is_measured_as_lines_for_each_process() {
    let arguments =
        ["ledger", "--work", "put", "--mode", "poisson", "--rate", "40", "--requests", "10", "--output", "csv"];
    let load: Vec<_> = SMALL.into_iter().filter(|word| !["--concurrency", "4"].contains(word)).collect();
    let (code, output, errors) = bench(&[&arguments[..], &load].concat());
    assert_eq!(code, 0, "{errors}");
    let rows: Vec<Vec<_>> = output.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 4, "a head, two processes, all of them: {output}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{output}");
    let column = |name: &str| rows[0].iter().position(|head| *head == name).unwrap();
    let valid: Vec<_> = rows[1..].iter().map(|row| row[column("valid")]).collect();
    assert_eq!(valid, ["10", "10", "20"]);
    assert_eq!(rows[2][column("organization")], "org2");
    assert_eq!(rows[3][column("process")], "total");
    assert_eq!(rows[3][column("query_p50_ms")], "");
    assert!(rows[3][column("order_max_ms")].parse::<f64>().unwrap() > 0.0);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let cases: [(&[&str], &str); 11] = [
        (&["ledger", "--mode", "constant"], "--rate"),
        (&["ledger", "--rate", "5"], "--mode"),
        (&["ledger", "--mode", "poisson", "--rate", "0"], "more than 0"),
        (&["ledger", "--seconds", "1", "--requests", "1"], "--requests"),
        (&["ledger", "--organizations", "2", "--endorsements", "3"], "2 organizations endorse"),
        (&["ledger", "--organizations", "2", "--target-peers", "NobodyMSP"], "Org1MSP, Org2MSP"),
        (&["ledger", "--picture", "picture.jpg"], ".svg"),
        (&["ledger", "--chaincode", "other"], "--network"),
        (&["ledger", "--network", "no-such-file.json"], "no-such-file.json"),
        (&["ledger", "--network", "no-such-file.json", "--batch-timeout", "5"], "--batch-timeout"),
        (&["bundles", "--members", "300", "--orders", "250"], "50000 orders"),
    ];
    for (arguments, said) in cases {
        let (code, output, errors) = bench(arguments);
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}: {errors}");
        assert!(errors.contains(said), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_missing_program_of_fabric_is_named() {
    for what in ["paper-table-2", "bundles", "side-by-side"] {
        let real: &[&str] = if what == "side-by-side" { &[] } else { &["--real-fabric"] };
        let mut command = gridbourse(&["bench", what]);
        command.args(real).env("PATH", "").env_remove("FABRIC_BIN");
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(70), "{what}: {errors}");
        assert!(errors.contains("peer not found"), "{what}: {errors}");
    }
}

#[test]
fn the_papers_cases_are_measured_beside_its_figures() {
    let measured = document(&["paper-table-2", "--requests", "2"]);
    let sent: Vec<_> =
        measured.as_array().unwrap().iter().map(|one| one["invoke"]["total"]["valid"].as_u64()).collect();
    assert_eq!(sent, [Some(60), Some(40), Some(24)]);
    assert_eq!(measured[2]["paper_query"], 519.3);
}

#[test]
fn bundles_are_declared_and_cleared() {
    let measured = document(&["bundles", "--orders", "20", "--members", "8", "--sessions", "2"]);
    assert_eq!((measured["bundles"].as_u64(), measured["orders"].as_u64()), (Some(16), Some(320)));
    assert!(measured["trades"].as_u64().unwrap() > 0);
}

#[test]
fn a_network_that_runs_is_driven() {
    let contract = format!("mine={}", contracts().join("benchmark.wasm").display());
    let network = Network::start(&["--organizations", "2", "--contract", &contract]);
    let ready = network.ready_file();
    let ready = ready.to_str().unwrap();
    let load = ["ledger", "--network", ready, "--requests", "3", "--concurrency", "2"];
    let measured = document(&[&load[..], &["--chaincode", "mine", "--commit-by", "status"]].concat());
    assert_eq!(measured[0]["total"]["valid"], 12, "two processes of two organizations");
    assert_eq!(measured[0]["endorsements"], Value::Null, "the gateway chooses");
    let measured = document(&[&load[..], &["--chaincode", "mine", "--target-peers", "Org2MSP"]].concat());
    assert_eq!(measured[1]["processes"][0]["endorsers"], serde_json::json!(["Org2MSP"]));
    for (arguments, said) in [
        (&["--chaincode", "none"][..], "no chaincode none"),
        (&["--channel", "none"][..], "channel none"),
        (&["--organizations", "3"][..], "the network has 2"),
        (&["--chaincode", "mine", "--endorsements", "1"][..], "--target-peers"),
        (&["--install"][..], "gridbourse network up"),
    ] {
        let (code, _, errors) = bench(&[&load[..], arguments].concat());
        assert_eq!(code, 2, "{arguments:?}: {errors}");
        assert!(errors.contains(said), "{arguments:?}: {errors}");
    }
}
