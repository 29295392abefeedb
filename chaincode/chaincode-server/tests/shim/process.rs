//! The program: it runs what the package's bytes say, or nothing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use fabric_protos::Message;
use fabric_protos::protos::ChaincodeId;
use fabric_protos::protos::chaincode_client::ChaincodeClient;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use tempfile::TempDir;
use tonic::transport::Endpoint;
use wasm_host::package::{Package, package_id};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gridbourse-chaincode");

fn module() -> Vec<u8> {
    wat::parse_str(include_str!("../../../../tests/guests/healthy.wat")).unwrap()
}

/// A package file in the folder, and its id.
fn package(folder: &Path) -> (PathBuf, String) {
    let package = Package::new("healthy", "1.0.0", module()).unwrap();
    let file = package.build().unwrap();
    let path = folder.join("healthy.tar.gz");
    fs::write(&path, &file).unwrap();
    (path, package_id(package.label(), &file))
}

fn serve(package: &Path, id: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--address", "127.0.0.1:0", "--package-id", id, "--package"]).arg(package);
    command.env("NO_COLOR", "1").stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_registers_under_the_id_of_its_package_and_stops_when_told() {
    let folder = TempDir::new().unwrap();
    let (path, id) = package(folder.path());
    let mut process = serve(&path, &id).arg("--cache").arg(folder.path().join("cache")).spawn().unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    let serving = log.find_map(|line| line.unwrap().split_once("address=").map(|(_, rest)| rest.to_owned())).unwrap();
    let address = serving.split_whitespace().next().unwrap();

    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let call = ChaincodeClient::new(channel).connect(tokio_stream::pending()).await.unwrap();
    let register = call.into_inner().message().await.unwrap().unwrap();
    assert_eq!(register.r#type(), MessageType::Register);
    assert_eq!(ChaincodeId::decode(register.payload.as_slice()).unwrap().name, id);

    assert!(Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap().success());
    assert!(process.wait().unwrap().success());
    assert_eq!(fs::read_dir(folder.path().join("cache")).unwrap().count(), 1, "the compiled module");
}

#[test]
fn another_package_than_expected_is_not_run() {
    let folder = TempDir::new().unwrap();
    let (path, id) = package(folder.path());
    let expected = format!("{id}0");
    assert!(refusal(&serve(&path, &expected).output().unwrap()).contains("WRONG_PACKAGE"));
}

#[test]
fn a_module_that_the_package_id_does_not_name_is_not_run() {
    let folder = TempDir::new().unwrap();
    let (_, chaincode_id) = package(folder.path());
    let (module_path, configuration) = (folder.path().join("contract.wasm"), folder.path().join("chaincode.json"));
    fs::write(&configuration, format!(r#"{{"chaincode_id":"{chaincode_id}","peer_address":"127.0.0.1:1"}}"#)).unwrap();
    let run = |module: &[u8]| {
        fs::write(&module_path, module).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg("--module").arg(&module_path).arg("--configuration").arg(&configuration);
        refusal(&command.output().unwrap())
    };
    let mut changed = module();
    changed.extend([0, 1, 0]); // an empty custom section
    assert!(run(&changed).contains("WRONG_MODULE"));
    assert!(run(&module()).contains("TRANSPORT"), "the right module goes on to dial the peer");
}
