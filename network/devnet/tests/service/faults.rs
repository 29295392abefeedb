//! Services that are not there, say nothing, say something else, or go: each transaction ends with a code, and the next
//! one finds the service when it is back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use devnet::{Devnet, ServiceTimeouts};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wasm_host::package::Connection;

use crate::served::{
    ANY, Authority, PATIENT, Scripted, Service, call, client, deploy, free, package, plain, said, start, submit,
};

/// Short enough for a test that waits for what never comes.
const IMPATIENT: ServiceTimeouts =
    ServiceTimeouts { registration: Duration::from_millis(300), transaction: Duration::from_millis(300) };

/// What the peer of org1 says of a call of `cc` that does nothing.
async fn outcome(network: &Devnet, function: &str) -> String {
    match client(network, "org1").evaluate(&call("cc", function, &[])).await {
        Ok(_) => "fine".to_owned(),
        Err(status) => said(&status),
    }
}

fn has_code(text: &str, code: &str) {
    assert!(text.contains(&format!("chaincode response 500, {code}: ")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_was_killed_is_dialled_again() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let address = free();
    let (file, id) = plain("cc", address);
    deploy(&network, "cc", &file).await;
    has_code(&outcome(&network, "nothing").await, "SERVICE_UNREACHABLE");
    for round in 0..3 {
        let service = Service::start(Arc::new(Scripted), address, None, |_| id.clone());
        assert_eq!(outcome(&network, "nothing").await, "fine");
        submit(&client(&network, "org2"), &call("cc", "put", &["k", "v"])).await.unwrap();
        let hangs = client(&network, "org1");
        let hanging = tokio::spawn(async move { hangs.evaluate(&call("cc", "hang", &[])).await });
        // Whichever comes first, the transaction or the end: it must not wait for a minute.
        if round == 0 {
            service.stop().await;
        } else {
            service.kill();
        }
        let ended = said(&hanging.await.unwrap().unwrap_err());
        assert!(ended.contains("SERVICE_GONE: ") || ended.contains("SERVICE_UNREACHABLE: "), "{ended}");
        has_code(&outcome(&network, "nothing").await, "SERVICE_UNREACHABLE");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_starts_again_dials_again() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let address = free();
    let (file, id) = plain("cc", address);
    let _service = Service::start(Arc::new(Scripted), address, None, |_| id);
    deploy(&network, "cc", &file).await;
    assert_eq!(outcome(&network, "nothing").await, "fine");
    network.stop().await;
    let network = start(folder.path(), PATIENT).await;
    assert_eq!(outcome(&network, "nothing").await, "fine");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_hangs_ends_by_itself_and_hinders_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), IMPATIENT).await;
    let address = free();
    let (file, id) = plain("cc", address);
    let _service = Service::start(Arc::new(Scripted), address, None, |_| id);
    deploy(&network, "cc", &file).await;
    assert_eq!(outcome(&network, "nothing").await, "fine");
    // More than simulations may run at once.
    let hanging = (0..20).map(|_| {
        let client = client(&network, "org1");
        tokio::spawn(async move { client.evaluate(&call("cc", "hang", &[])).await })
    });
    let hanging: Vec<_> = hanging.collect();
    assert_eq!(outcome(&network, "nothing").await, "fine");
    for transaction in hanging {
        has_code(&said(&transaction.await.unwrap().unwrap_err()), "SERVICE_SILENT");
    }
    has_code(&outcome(&network, "not run").await, "SERVICE_ERROR");
    assert_eq!(outcome(&network, "nothing").await, "fine");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_stops_under_a_transaction_that_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let address = free();
    let (file, id) = plain("cc", address);
    let _service = Service::start(Arc::new(Scripted), address, None, |_| id);
    deploy(&network, "cc", &file).await;
    assert_eq!(outcome(&network, "nothing").await, "fine");
    let client = client(&network, "org1");
    let hanging = tokio::spawn(async move { client.evaluate(&call("cc", "hang", &[])).await });
    network.stop().await;
    assert!(hanging.await.unwrap().is_err());
}

/// Serves connections as `serve` does.
async fn listener<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind(ANY).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_says_nothing_or_something_else_is_no_service() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), IMPATIENT).await;
    let silent = listener(|mut stream| async move {
        let mut read = Vec::new();
        drop(stream.read_to_end(&mut read).await);
    });
    deploy(&network, "cc", &plain("cc", silent.await).0).await;
    has_code(&outcome(&network, "nothing").await, "SERVICE_NOT_REGISTERED");

    let garbage = listener(|mut stream| async move {
        drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
    });
    deploy(&network, "cc", &plain("cc", garbage.await).0).await;
    let text = outcome(&network, "nothing").await;
    assert!(text.contains("SERVICE_NOT_REGISTERED: ") || text.contains("SERVICE_UNREACHABLE: "), "{text}");
    network.stop().await;
}

/// Hands bytes on, and breaks off after so many of them from the service: in the middle of a message, sooner or later.
async fn cut(mut peer: TcpStream, service: SocketAddr, bytes: u64) {
    let mut service = TcpStream::connect(service).await.unwrap();
    let ((from_peer, mut to_peer), (from_service, mut to_service)) = (peer.split(), service.split());
    let mut from_service = from_service.take(bytes);
    let mut from_peer = from_peer;
    tokio::select! {
        _ = tokio::io::copy(&mut from_peer, &mut to_service) => {}
        _ = tokio::io::copy(&mut from_service, &mut to_peer) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_message_ends_the_stream_with_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let codes = ["SERVICE_NOT_REGISTERED: ", "SERVICE_GONE: ", "SERVICE_UNREACHABLE: "];
    let mut failed = Vec::new();
    for bytes in (1..400).step_by(23) {
        let address = free();
        let proxy = listener(move |stream| cut(stream, address, bytes)).await;
        let (file, id) = plain("cc", proxy);
        let service = Service::start(Arc::new(Scripted), address, None, |_| id);
        deploy(&network, "cc", &file).await;
        // The network notices a cut between two transactions, and dials again. One under a transaction fails it.
        for _ in 0..3 {
            let text = outcome(&network, "nothing").await;
            if text != "fine" {
                assert!(codes.iter().any(|code| text.contains(code)), "after {bytes} bytes: {text}");
                failed.push(text);
            }
        }
        service.kill();
    }
    for code in ["SERVICE_NOT_REGISTERED: ", "SERVICE_GONE: "] {
        assert!(failed.iter().any(|text| text.contains(code)), "{code}: {failed:?}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_another_package_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let address = free();
    deploy(&network, "cc", &plain("cc", address).0).await;
    let _service = Service::start(Arc::new(Scripted), address, None, |_| "other_1.0:00".to_owned());
    let text = outcome(&network, "nothing").await;
    has_code(&text, "SERVICE_NOT_REGISTERED");
    assert!(text.contains("registered as \"other_1.0:00\""), "{text}");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_whose_certificates_do_not_fit_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let (authority, stranger) = (Authority::new(), Authority::new());
    let connections = [
        ("trusts another", Some(authority.peer(&stranger))),
        ("is a stranger", Some(stranger.peer(&authority))),
        ("has no certificate", Some(authority.nobody())),
        ("speaks no TLS", None),
        ("fits", Some(authority.peer(&authority))),
    ];
    for (what, tls) in connections {
        let address = free();
        let (file, id) = package("cc", Connection::new(&address.to_string(), tls).unwrap());
        let service = Service::start(Arc::new(Scripted), address, Some(authority.service()), |_| id);
        deploy(&network, "cc", &file).await;
        let text = outcome(&network, "nothing").await;
        // With TLS 1.3 a peer learns of the service's refusal when it first reads.
        let refused = text.contains("SERVICE_UNREACHABLE: ") || text.contains("SERVICE_NOT_REGISTERED: ");
        assert_eq!(refused, what != "fits", "{what}: {text}");
        service.stop().await;
    }
    network.stop().await;
}
