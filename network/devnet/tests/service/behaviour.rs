//! What works.

use std::sync::Arc;

use fabric_protos::protos::TxValidationCode;
use wasm_host::WasmChaincode;
use wasm_host::package::{Connection, Package};

use crate::served::{ANY, Authority, PATIENT, Service, call, client, deploy, package, said, start, submit};
use crate::support::contract;

/// Everything that a chaincode can ask for, by the same module as a service over mutual TLS and as Wasm in the process.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_answers_as_the_same_module_in_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let wasm = Package::new("wasm", "1.0.0", contract("recorder")).unwrap().build().unwrap();
    deploy(&network, "wasm", &wasm).await;
    let authority = Authority::new();
    let module = Arc::new(WasmChaincode::load(&contract("recorder")).unwrap());
    let mut file = Vec::new();
    let _service = Service::start(module, ANY, Some(authority.service()), |address| {
        let connection = Connection::new(&address.to_string(), Some(authority.peer(&authority))).unwrap();
        let (made, id) = package("served", connection);
        file = made;
        id
    });
    deploy(&network, "served", &file).await;

    let one = client(&network, "org1");
    let both = vec!["Org1MSP".to_owned(), "Org2MSP".to_owned()];
    let calls: [&[&str]; 21] = [
        &["put", "a", "1"],
        &["put", "a", "2"],
        &["put", "a", "3"],
        &["put", "b", "1"],
        &["create", "a", "4"],
        &["del", "b"],
        &["putMany", "k", "250"],
        &["putManyBatched", "l", "250"],
        &["range", "k", "l"],
        &["rangeStopEarly", "k", "l"],
        &["rangeThenPut", "k", "l", "n"],
        &["history", "a"],
        &["composite", "red", "1"],
        &["partial", "red"],
        &["event", "e", "1"],
        &["putGuarded", "g", "1", "Org1MSP", "Org2MSP"],
        &["getEndorsers", "g"],
        &["private", "c", "a", "1"],
        &["getPrivate", "c", "a"],
        &["query", "{}"],
        &["panic"],
    ];
    for words in calls {
        let mut answers = Vec::new();
        for chaincode in ["wasm", "served"] {
            // Both organizations endorse at the same time: each has a stream of its own.
            let mut call = call(chaincode, words[0], &words[1..]);
            call.organizations.clone_from(&both);
            let answer = submit(&one, &call).await.map_err(|status| without_ids(&said(&status)));
            answers.push(answer);
        }
        assert_eq!(answers[0], answers[1], "{words:?}");
    }
    for words in [&["get", "a"][..], &["getMany", "a", "b", "n"], &["page", "k", "l", "7", ""]] {
        let answers = ["wasm", "served"].map(|chaincode| call(chaincode, words[0], &words[1..]));
        let answers = [one.evaluate(&answers[0]).await.unwrap(), one.evaluate(&answers[1]).await.unwrap()];
        assert_eq!(answers[0], answers[1], "{words:?}");
    }
    network.stop().await;
}

/// Transaction ids differ between two runs of the same call.
fn without_ids(text: &str) -> String {
    let word = |word: &str| -> String {
        let is_id = word.len() >= 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id { "ID".to_owned() } else { word.to_owned() }
    };
    let words = text.split_inclusive([' ', ':', ']', '[']).map(|piece| {
        let end = piece.len() - piece.trim_end_matches([' ', ':', ']', '[']).len();
        let (body, tail) = piece.split_at(piece.len() - end);
        word(body) + tail
    });
    words.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn chaincodes_call_services_and_services_call_chaincodes() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let wasm = Package::new("wasm", "1.0.0", contract("recorder")).unwrap().build().unwrap();
    deploy(&network, "wasm", &wasm).await;
    let module = Arc::new(WasmChaincode::load(&contract("recorder")).unwrap());
    let mut file = Vec::new();
    let _service = Service::start(module, ANY, None, |address| {
        let (made, id) = crate::served::plain("served", address);
        file = made;
        id
    });
    deploy(&network, "served", &file).await;
    let client = client(&network, "org1");
    submit(&client, &call("served", "call", &["wasm", "", "put", "a", "1"])).await.unwrap();
    submit(&client, &call("wasm", "call", &["served", "", "put", "a", "2"])).await.unwrap();
    assert_eq!(client.evaluate(&call("wasm", "get", &["a"])).await.unwrap(), b"1");
    assert_eq!(client.evaluate(&call("served", "get", &["a"])).await.unwrap(), b"2");
    // Nobody calls itself, and both are told in the same words.
    let mut refusals = Vec::new();
    for name in ["served", "wasm"] {
        let itself = client.evaluate(&call(name, "call", &[name, "", "get", "a"])).await.unwrap_err();
        refusals.push(without_ids(&said(&itself)));
    }
    assert!(refusals[0].starts_with("chaincode response 500, callee: "), "{refusals:?}");
    assert_eq!(refusals[0], refusals[1]);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_transactions_share_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(folder.path(), PATIENT).await;
    let module = Arc::new(WasmChaincode::load(&contract("recorder")).unwrap());
    let mut file = Vec::new();
    let _service = Service::start(module, ANY, None, |address| {
        let (made, id) = crate::served::plain("served", address);
        file = made;
        id
    });
    deploy(&network, "served", &file).await;
    let client = client(&network, "org1");
    let running = (0..100).map(|number| {
        let client = client.clone();
        tokio::spawn(async move {
            let key = format!("k{number}");
            let transaction = client.endorse(&call("served", "create", &[&key, &key])).await.unwrap();
            client.commit(&transaction).await.unwrap().result()
        })
    });
    for transaction in running.collect::<Vec<_>>() {
        assert_eq!(transaction.await.unwrap(), TxValidationCode::Valid);
    }
    assert_eq!(client.evaluate(&call("served", "range", &["k", "l"])).await.unwrap(), b"100");
    network.stop().await;
}
