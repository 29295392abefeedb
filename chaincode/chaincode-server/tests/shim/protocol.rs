//! Every rule of the protocol, one by one.

use std::sync::Arc;
use std::time::Duration;

use chaincode_server::stream::{StreamEnd, Timeouts};
use fabric_protos::Message;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{
    ChaincodeAdditionalParams, ChaincodeId, ChaincodeMessage, DelState, GetState, GetStateMultiple,
    GetStateMultipleResult, PurgePrivateState, PutState, PutStateMetadata, Response, WriteBatchState,
};
use tonic::Status;
use wasm_host::WasmChaincode;

use crate::peer::{Peer, message, transaction};
use crate::scripted::{self, Scripted};

const NO_OFFERS: ChaincodeAdditionalParams = ChaincodeAdditionalParams {
    use_write_batch: false,
    max_size_write_batch: 0,
    use_get_multiple_keys: false,
    max_size_get_multiple_keys: 0,
};

/// Batches of up to three writes, and two keys at once.
const OFFERS: ChaincodeAdditionalParams = ChaincodeAdditionalParams {
    use_write_batch: true,
    max_size_write_batch: 3,
    use_get_multiple_keys: true,
    max_size_get_multiple_keys: 2,
};

async fn ready() -> Peer {
    Peer::ready(Arc::new(Scripted::default()), NO_OFFERS).await
}

fn started() -> Peer {
    let timeouts = Timeouts { registration: Duration::from_millis(100), ..Timeouts::default() };
    Peer::start(Arc::new(Scripted::default()), "label:hash", timeouts)
}

fn response(txid: &str, payload: &[u8]) -> ChaincodeMessage {
    message(MessageType::Response, txid, payload.to_vec())
}

fn error(txid: &str, text: &str) -> ChaincodeMessage {
    message(MessageType::Error, txid, text.as_bytes().to_vec())
}

async fn completed(peer: &mut Peer, txid: &str) -> Response {
    Response::decode(peer.expect(MessageType::Completed, txid).await.as_slice()).unwrap()
}

#[tokio::test]
async fn the_chaincode_registers_under_its_package_id() {
    let mut peer = started();
    let register = peer.receive("", "").await;
    assert_eq!(register.r#type(), MessageType::Register);
    assert_eq!(ChaincodeId::decode(register.payload.as_slice()).unwrap().name, "label:hash");
}

#[tokio::test]
async fn nothing_but_registered_follows_on_register() {
    let peer = started();
    peer.send(transaction("t", "nothing")).await;
    let end = peer.close().await.0;
    assert_eq!(end.to_string(), "UNEXPECTED_MESSAGE: TRANSACTION instead of REGISTERED");
}

#[tokio::test]
async fn a_refused_registration_ends_the_stream() {
    let peer = started();
    peer.send(error("", "duplicate chaincode")).await;
    assert_eq!(peer.close().await.0.to_string(), "REGISTRATION_REFUSED: duplicate chaincode");
}

#[tokio::test]
async fn a_silent_peer_is_not_waited_for_forever() {
    let peer = started();
    peer.send(message(MessageType::Registered, "", Vec::new())).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(matches!(peer.close().await.0, StreamEnd::Silent(_)));
}

#[tokio::test]
async fn keepalive_is_echoed() {
    let mut peer = ready().await;
    let keepalive = message(MessageType::Keepalive, "", b"?".to_vec());
    peer.send(keepalive.clone()).await;
    assert_eq!(peer.receive("", "").await, keepalive);
}

#[tokio::test]
async fn transactions_run_side_by_side_and_get_their_own_answers() {
    let mut peer = ready().await;
    let txids: Vec<String> = (0..200).map(|number| format!("t{number}")).collect();
    for txid in &txids {
        peer.send(transaction(txid, "get")).await;
    }
    for txid in &txids {
        peer.expect(MessageType::GetState, txid).await;
    }
    for txid in txids.iter().rev() {
        peer.send(response(txid, txid.as_bytes())).await;
    }
    for txid in &txids {
        assert_eq!(completed(&mut peer, txid).await.payload, txid.as_bytes());
    }
    assert_eq!(peer.close().await.1, [], "exactly one end for each");
}

#[tokio::test]
async fn init_is_a_transaction() {
    let mut peer = ready().await;
    peer.send(ChaincodeMessage { r#type: MessageType::Init.into(), ..transaction("t", "nothing") }).await;
    assert_eq!(completed(&mut peer, "t").await.status, 200);
}

#[tokio::test]
async fn the_same_id_on_another_channel_is_another_transaction() {
    let mut peer = ready().await;
    let elsewhere = |message| ChaincodeMessage { channel_id: "other".to_owned(), ..message };
    peer.send(transaction("t", "get")).await;
    peer.send(elsewhere(transaction("t", "get"))).await;
    peer.expect(MessageType::GetState, "t").await;
    assert_eq!(peer.receive("other", "t").await.r#type(), MessageType::GetState);
    peer.send(elsewhere(response("t", b"there"))).await;
    peer.send(response("t", b"here")).await;
    assert_eq!(completed(&mut peer, "t").await.payload, b"here");
    let there = peer.receive("other", "t").await;
    assert_eq!(Response::decode(there.payload.as_slice()).unwrap().payload, b"there");
}

#[tokio::test]
async fn the_contract_sees_what_the_ledger_refuses() {
    let mut peer = ready().await;
    peer.send(transaction("t", "get")).await;
    peer.expect(MessageType::GetState, "t").await;
    peer.send(error("t", "not allowed")).await;
    let response = completed(&mut peer, "t").await;
    assert_eq!((response.status, response.message.as_str()), (500, "not allowed"));
}

#[tokio::test]
async fn answers_that_nobody_waits_for_are_dropped() {
    let mut peer = ready().await;
    peer.send(response("unknown", b"?")).await;
    peer.send(transaction("t", "get")).await;
    peer.expect(MessageType::GetState, "t").await;
    peer.send(response("t", b"in time")).await;
    assert_eq!(completed(&mut peer, "t").await.payload, b"in time");
    peer.send(response("t", b"late")).await;
    peer.send(transaction("t2", "nothing")).await;
    assert_eq!(completed(&mut peer, "t2").await.status, 200);
}

#[tokio::test]
async fn a_transaction_that_runs_is_not_started_again() {
    let mut peer = ready().await;
    peer.send(transaction("t", "get")).await;
    peer.expect(MessageType::GetState, "t").await;
    peer.send(transaction("t", "get")).await;
    assert_eq!(peer.expect(MessageType::Error, "t").await, b"the transaction is running already");
    peer.send(response("t", b"v")).await;
    assert_eq!(completed(&mut peer, "t").await.payload, b"v");
    peer.send(transaction("t", "nothing")).await;
    assert_eq!(completed(&mut peer, "t").await.status, 200, "once it is over it may come again");
}

#[tokio::test]
async fn a_guest_that_fails_has_completed() {
    let module = wat::parse_str(include_str!("../../../../tests/guests/trap.wat")).unwrap();
    let mut peer = Peer::ready(Arc::new(WasmChaincode::load(&module).unwrap()), NO_OFFERS).await;
    peer.send(transaction("t", "f")).await;
    let response = completed(&mut peer, "t").await;
    assert_eq!(response.status, 500);
    assert!(response.message.starts_with("GUEST_TRAPPED: "), "{}", response.message);
}

#[tokio::test]
async fn what_could_not_be_run_is_an_error() {
    let mut peer = ready().await;
    peer.send(transaction("t", "busy")).await;
    assert_eq!(peer.expect(MessageType::Error, "t").await, b"HOST_BUSY: too many");
    peer.send(transaction("t2", "panic")).await;
    peer.expect(MessageType::Error, "t2").await;
    peer.send(transaction("t3", "nothing")).await;
    assert_eq!(completed(&mut peer, "t3").await.status, 200);
}

#[tokio::test]
async fn a_call_without_an_answer_ends_its_transaction() {
    let chaincode = Arc::new(Scripted::default());
    let timeouts = Timeouts { answer: Duration::from_millis(100), ..Timeouts::default() };
    let mut peer = Peer::start(chaincode, "id", timeouts);
    peer.receive("", "").await;
    peer.send(message(MessageType::Registered, "", Vec::new())).await;
    peer.send(message(MessageType::Ready, "", Vec::new())).await;
    peer.send(transaction("t", "get")).await;
    peer.expect(MessageType::GetState, "t").await;
    let text = String::from_utf8(peer.expect(MessageType::Error, "t").await).unwrap();
    assert!(text.starts_with("LEDGER_BROKEN: no answer to GET_STATE"), "{text}");
}

#[tokio::test]
async fn the_end_of_the_stream_reaches_running_transactions() {
    let chaincode = Arc::new(Scripted::default());
    let mut peer = Peer::ready(Arc::clone(&chaincode) as _, NO_OFFERS).await;
    peer.send(transaction("t", "get")).await;
    peer.expect(MessageType::GetState, "t").await;
    peer.fail(Status::unavailable("half a message")).await;
    let (end, _) = peer.close().await;
    assert!(matches!(&end, StreamEnd::Failed(status) if status.message() == "half a message"), "{end}");
    assert_eq!(*chaincode.broken.lock().unwrap(), ["the stream to the peer ended"]);
}

#[tokio::test]
async fn messages_that_a_peer_may_not_send_end_the_stream() {
    for (kind, name) in [(MessageType::Registered.into(), "REGISTERED"), (99, "a message of type 99")] {
        let peer = ready().await;
        peer.send(ChaincodeMessage { r#type: kind, ..ChaincodeMessage::default() }).await;
        let expected = format!("UNEXPECTED_MESSAGE: {name} instead of a transaction or an answer");
        assert_eq!(peer.close().await.0.to_string(), expected);
    }
}

#[tokio::test]
async fn batches_are_cut_to_what_the_peer_takes() {
    let mut peer = Peer::ready(Arc::new(Scripted::default()), OFFERS).await;
    peer.send(transaction("t", "batch")).await;
    let mut records = Vec::new();
    for expected in [3, 1] {
        let batch = peer.expect(MessageType::WriteBatchState, "t").await;
        let batch = WriteBatchState::decode(batch.as_slice()).unwrap();
        assert_eq!(batch.rec.len(), expected);
        records.extend(batch.rec);
        peer.send(response("t", b"")).await;
    }
    assert_eq!(records, scripted::batch().rec);
    assert_eq!(completed(&mut peer, "t").await.status, 200);
}

#[tokio::test]
async fn without_an_offer_a_batch_is_its_single_writes() {
    let mut peer = ready().await;
    peer.send(transaction("t", "batch")).await;
    let (key, collection) = ("a".to_owned(), "c".to_owned());
    let value = b"v".to_vec();
    let put = PutState { key: key.clone(), value, collection: collection.clone() };
    assert_eq!(peer.expect(MessageType::PutState, "t").await, put.encode_to_vec());
    peer.send(response("t", b"")).await;
    let metadata = scripted::batch().rec[1].metadata.clone();
    let put_metadata = PutStateMetadata { key, collection: collection.clone(), metadata };
    assert_eq!(peer.expect(MessageType::PutStateMetadata, "t").await, put_metadata.encode_to_vec());
    peer.send(response("t", b"")).await;
    let delete = DelState { key: "b".to_owned(), collection: collection.clone() };
    assert_eq!(peer.expect(MessageType::DelState, "t").await, delete.encode_to_vec());
    peer.send(response("t", b"")).await;
    let purge = PurgePrivateState { key: "c".to_owned(), collection };
    assert_eq!(peer.expect(MessageType::PurgePrivateData, "t").await, purge.encode_to_vec());
    peer.send(response("t", b"")).await;
    assert_eq!(completed(&mut peer, "t").await.status, 200);
}

#[tokio::test]
async fn a_refused_write_ends_its_batch() {
    let mut peer = ready().await;
    peer.send(transaction("t", "batch")).await;
    peer.expect(MessageType::PutState, "t").await;
    peer.send(error("t", "no")).await;
    assert_eq!(completed(&mut peer, "t").await.message, "no");
}

#[tokio::test]
async fn many_keys_are_cut_to_what_the_peer_takes() {
    let mut peer = Peer::ready(Arc::new(Scripted::default()), OFFERS).await;
    peer.send(transaction("t", "multiple")).await;
    for keys in [vec!["a", "b"], vec!["c"]] {
        let call = peer.expect(MessageType::GetStateMultiple, "t").await;
        let call = GetStateMultiple::decode(call.as_slice()).unwrap();
        assert_eq!(
            (call.keys.clone(), call.collection.as_str()),
            (keys.iter().map(ToString::to_string).collect(), "c")
        );
        let values = call.keys.into_iter().map(String::into_bytes).collect();
        peer.send(response("t", &GetStateMultipleResult { values }.encode_to_vec())).await;
    }
    let result = completed(&mut peer, "t").await.payload;
    let values = GetStateMultipleResult::decode(result.as_slice()).unwrap().values;
    assert_eq!(values, [b"a", b"b", b"c"]);
}

#[tokio::test]
async fn without_an_offer_many_keys_are_read_one_by_one() {
    let mut peer = ready().await;
    peer.send(transaction("t", "multiple")).await;
    for key in ["a", "b", "c"] {
        let call = GetState { key: key.to_owned(), collection: "c".to_owned() };
        assert_eq!(peer.expect(MessageType::GetState, "t").await, call.encode_to_vec());
        peer.send(response("t", key.as_bytes())).await;
    }
    let result = completed(&mut peer, "t").await.payload;
    let values = GetStateMultipleResult::decode(result.as_slice()).unwrap().values;
    assert_eq!(values, [b"a", b"b", b"c"]);
}

#[tokio::test]
async fn a_call_that_cannot_be_read_is_refused() {
    let mut peer = ready().await;
    peer.send(transaction("t", "malformed")).await;
    assert!(completed(&mut peer, "t").await.message.starts_with("the call cannot be read"));
}
