//! Packages of services, installed.

use std::process::Command;
use std::sync::Arc;

use crate::served::{ANY, PATIENT, Scripted, Service, call, client, deploy, plain, start, submit};

/// A package made by hand, as Fabric's documentation tells: with `tar`, of a whole folder.
fn by_hand(metadata: &str, connection: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("src");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("connection.json"), connection).unwrap();
    std::fs::write(folder.path().join("metadata.json"), metadata).unwrap();
    let tar = |arguments: &[&str]| {
        let status = Command::new("tar").current_dir(folder.path()).args(arguments).status().unwrap();
        assert!(status.success());
    };
    tar(&["-C", "src", "-czf", "code.tar.gz", "."]);
    tar(&["-czf", "package.tar.gz", "metadata.json", "code.tar.gz"]);
    std::fs::read(folder.path().join("package.tar.gz")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_made_by_hand_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let mut file = Vec::new();
    let _service = Service::start(Arc::new(Scripted), ANY, None, |address| {
        let connection = format!(r#"{{"address": "{address}", "dial_timeout": "10s", "tls_required": false}}"#);
        file = by_hand(r#"{"type": "ccaas", "label": "basic_1.0"}"#, &connection);
        wasm_host::package::package_id("basic_1.0", &file)
    });
    deploy(&network, "cc", &file).await;
    submit(&client(&network, "org1"), &call("cc", "put", &["k", "v"])).await.unwrap();
    let definition = network.ledger("ch").unwrap().snapshot().definition("cc").unwrap().unwrap();
    assert_eq!(definition.endorsement_info.version, "1.0");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_package_is_refused_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let service = r#"{"type":"ccaas","label":"cc_1.0"}"#;
    let nonsense = "-----BEGIN CERTIFICATE-----\\n%nonsense%\\n-----END CERTIFICATE-----\\n";
    let forged = [
        (r#"{"type":"golang","label":"cc_1.0"}"#, r#"{"address":"a:1"}"#.to_owned(), "BAD_METADATA: the type is"),
        (service, "{".to_owned(), "BAD_CONNECTION: "),
        (service, "{}".to_owned(), "BAD_CONNECTION: address \"\" is missing"),
        (service, r#"{"address":"{{.peername}}_cc:9999"}"#.to_owned(), "is a template"),
        (service, r#"{"address":"a:1","tls_required":true}"#.to_owned(), "root_cert must be there"),
        (
            service,
            format!(r#"{{"address":"a:1","tls_required":true,"root_cert":"{nonsense}"}}"#),
            "BAD_CONNECTION: root_cert",
        ),
    ];
    for (metadata, connection, reason) in forged {
        let error = network.install("org1", &by_hand(metadata, &connection)).await.unwrap_err().to_string();
        assert!(error.starts_with("DEVNET_PACKAGE: ") && error.contains(reason), "{connection}: {error}");
    }
    let file = plain("cc", "127.0.0.1:9999".parse().unwrap()).0;
    for length in (0..file.len()).step_by(301) {
        assert!(network.install("org1", &file[..length]).await.is_err(), "cut at {length}");
    }
    network.stop().await;
}
