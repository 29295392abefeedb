//! The load driver: what it counts is what the network has.

use super::network::{CHANNEL, TestNetwork};
use fabric_client::Gateway;
use fabric_client::load::{self, Client, CommitBy, Figures, Mode, Options, Report, Stop, Work};
use std::time::Duration;

fn options(work: Work, mode: Mode, stop: Stop) -> Options {
    Options {
        channel: CHANNEL.to_owned(),
        chaincode: "any".to_owned(),
        work,
        payload_bytes: 200,
        mode,
        stop,
        warm_up: Duration::ZERO,
        commit_by: CommitBy::FilteredBlocks,
        seed: 1,
    }
}

async fn run(network: &TestNetwork, options: Options) -> Report {
    run_on(network, options, &[]).await
}

/// Runs a load that these organizations endorse.
async fn run_on(network: &TestNetwork, options: Options, endorsers: &[&str]) -> Report {
    let mut clients = Vec::new();
    for organization in ["org1", "org2"] {
        let connection = network.connection(organization);
        let gateway = Gateway::connect(&connection, network.signer(organization)).await.unwrap();
        let endorsers = endorsers.iter().map(ToString::to_string).collect();
        clients.push(Client { organization: organization.to_owned(), gateway, endorsers });
    }
    load::run(clients, options).await.unwrap()
}

async fn keys(network: &TestNetwork) -> u64 {
    let scan = network.contract("any").evaluate("range", ["", ""]).await.unwrap();
    let scan: serde_json::Value = serde_json::from_slice(&scan).unwrap();
    scan["keys"].as_u64().unwrap()
}

fn has_no_failures(figures: &Figures) -> bool {
    figures.valid == figures.sent && figures.invalid.is_empty() && figures.errors.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_loop_sends_what_was_asked_for() {
    let network = TestNetwork::start().await;
    let mode = Mode::Latency { concurrency: 8 };
    for (commit_by, total) in [(CommitBy::FilteredBlocks, 80), (CommitBy::Status, 160)] {
        let options = Options { commit_by, ..options(Work::Create, mode, Stop::Requests(40)) };
        let report = run(&network, options).await;
        assert!(has_no_failures(&report.total), "{report:?}");
        assert_eq!((report.total.sent, report.processes.len()), (80, 2));
        assert_eq!(report.processes.iter().map(|process| process.figures.valid).sum::<u64>(), 80);
        assert_eq!(keys(&network).await, total, "each valid transaction has created its key");
        let (endorse, order, commit) =
            (report.total.endorse.unwrap(), report.total.order.unwrap(), report.total.commit.unwrap());
        assert!(commit.p50_ms > endorse.p50_ms && order.min_ms > 0.0);
    }
    let options = options(Work::WriteMany { keys: 5 }, mode, Stop::Requests(4));
    assert!(has_no_failures(&run(&network, options).await.total));
    assert_eq!(keys(&network).await, 160 + 2 * 4 * 5);
    let report = run(&network, self::options(Work::Put, mode, Stop::Requests(4))).await;
    assert!(has_no_failures(&report.total));
    assert_eq!(keys(&network).await, 160 + 2 * 4 * 5 + 2 * 4);
    let series = &report.series;
    assert_eq!(series.points.len(), 8, "one for each that is valid");
    assert!((series.rates(series.seconds()).iter().sum::<f64>() * series.seconds() - 8.0).abs() < 1e-6);
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_queries() {
    let network = TestNetwork::start().await;
    let mode = Mode::Latency { concurrency: 4 };
    let report = run(&network, options(Work::Read, mode, Stop::Requests(50))).await;
    assert!(has_no_failures(&report.total), "{report:?}");
    assert!(report.total.query.is_some() && report.total.commit.is_none());
    let report = run(&network, options(Work::Mixed { reads_percent: 50 }, mode, Stop::Requests(50))).await;
    assert!(has_no_failures(&report.total), "{report:?}");
    assert!(report.total.query.is_some() && report.total.commit.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_loop_keeps_its_rate_and_its_time() {
    let network = TestNetwork::start().await;
    let interval = Duration::from_millis(20);
    let constant = Mode::Constant { interval, deviation: Duration::from_millis(5) };
    for mode in [constant, Mode::Poisson { interval_mean: interval }] {
        let stop = Stop::Elapsed(Duration::from_secs(2));
        let options = Options { warm_up: Duration::from_millis(500), ..options(Work::Create, mode, stop) };
        let report = run(&network, options).await;
        assert!(has_no_failures(&report.total), "{report:?}");
        // 2 processes, 2 s, every 20 ms; that of a Poisson process varies by the root of it.
        assert!((140..=260).contains(&report.total.sent), "{} sent", report.total.sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_counted_by_its_code() {
    let network = TestNetwork::start().await;
    let mode = Mode::Latency { concurrency: 2 };
    let mut options = options(Work::Create, mode, Stop::Requests(3));
    options.chaincode = "all".to_owned();
    let report = run_on(&network, options.clone(), &["Org1MSP"]).await;
    assert_eq!((report.total.sent, report.total.valid), (6, 0));
    assert_eq!(report.total.invalid["ENDORSEMENT_POLICY_FAILURE"], 6);
    assert!(report.total.transactions_per_second.abs() < 1e-9);

    let report = run_on(&network, options, &["NobodyMSP"]).await;
    assert_eq!(report.total.errors["ENDORSE: Unavailable"], 6);
    assert!(report.total.first_error.unwrap().contains("NobodyMSP"));
    assert!(serde_json::to_string(&report.processes).unwrap().contains("\"organization\":\"org1\""));
}
