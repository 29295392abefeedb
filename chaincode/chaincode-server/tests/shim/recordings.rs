//! The recorded streams of a real network, played to the recorder contract.
//!
//! For every transaction the shim must send what the recorded chaincode sent, byte for byte and in the same order. Two
//! kinds of messages can only be compared in part, and are counted: the records of a batch, which Go's shim takes from a
//! map and sends in an order that is different every time, and the value that `random` writes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chaincode_server::stream::{StreamEnd, Timeouts};
use fabric_protos::Message;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeId, ChaincodeInput, ChaincodeMessage, PutState, WriteBatchState};
use serde::Deserialize;
use wasm_host::WasmChaincode;

use crate::peer::Peer;

/// One line of a recording.
#[derive(Deserialize)]
struct Line {
    stream: String,
    from: String,
    message: String,
}

#[derive(Clone)]
struct Recorded {
    from_peer: bool,
    bytes: Vec<u8>,
    message: ChaincodeMessage,
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn recorder() -> Arc<WasmChaincode> {
    let path = workspace().join("target/contracts/recorder.wasm");
    let module = fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}: run `cargo xtask contracts` first", path.display());
    });
    Arc::new(WasmChaincode::load(&module).unwrap())
}

/// The messages of each stream in order.
fn recording(name: &str) -> Vec<Vec<Recorded>> {
    let path = workspace().join("tests/recordings/fabric-3.1.5").join(name);
    let mut streams: Vec<(String, Vec<Recorded>)> = Vec::new();
    for line in fs::read_to_string(path).unwrap().lines().filter(|line| !line.is_empty()) {
        let Line { stream, from, message } = serde_json::from_str(line).unwrap();
        let bytes = hex::decode(message).unwrap();
        let message = ChaincodeMessage::decode(bytes.as_slice()).unwrap();
        let recorded = Recorded { from_peer: from == "peer", bytes, message };
        match streams.iter_mut().find(|(name, _)| *name == stream) {
            Some((_, messages)) => messages.push(recorded),
            None => streams.push((stream, vec![recorded])),
        }
    }
    streams.into_iter().map(|(_, messages)| messages).collect()
}

/// What was compared.
#[derive(Debug, Default, Eq, PartialEq)]
struct Compared {
    streams: usize,
    transactions: usize,
    /// Messages of the chaincode that were the same, byte for byte.
    same: usize,
    /// Batches that had the same records, in another order.
    same_records: usize,
    /// Writes of random values.
    same_key: usize,
}

impl Compared {
    fn add(&mut self, found: &ChaincodeMessage, recorded: &Recorded, function: &[u8]) {
        let recorded_message = &recorded.message;
        if found.encode_to_vec() == recorded.bytes {
            self.same += 1;
        } else if found.r#type() == MessageType::WriteBatchState {
            assert_eq!(with_sorted_records(found), with_sorted_records(recorded_message));
            self.same_records += 1;
        } else if function == b"random" && found.r#type() == MessageType::PutState {
            assert_eq!(without_value(found), without_value(recorded_message));
            self.same_key += 1;
        } else {
            panic!("{}: {found:?} instead of {recorded_message:?}", String::from_utf8_lossy(function));
        }
    }
}

fn with_sorted_records(message: &ChaincodeMessage) -> ChaincodeMessage {
    let mut batch = WriteBatchState::decode(message.payload.as_slice()).unwrap();
    batch.rec.sort_by(|left, right| left.key.cmp(&right.key));
    ChaincodeMessage { payload: batch.encode_to_vec(), ..message.clone() }
}

fn without_value(message: &ChaincodeMessage) -> ChaincodeMessage {
    let put = PutState { value: Vec::new(), ..PutState::decode(message.payload.as_slice()).unwrap() };
    ChaincodeMessage { payload: put.encode_to_vec(), ..message.clone() }
}

/// Sends what the peer sent, and compares what comes where the chaincode sent something.
async fn play(chaincode: &Arc<WasmChaincode>, messages: &[Recorded], compared: &mut Compared) {
    let register = ChaincodeId::decode(messages[0].message.payload.as_slice()).unwrap();
    let chaincode = Arc::clone(chaincode);
    let mut peer = Peer::start(chaincode, &register.name, Timeouts::default());
    let mut functions = HashMap::new();
    for recorded in messages {
        let message = &recorded.message;
        let transaction = (message.channel_id.clone(), message.txid.clone());
        if message.r#type() == MessageType::Transaction {
            let mut input = ChaincodeInput::decode(message.payload.as_slice()).unwrap();
            functions.insert(transaction, input.args.remove(0));
            compared.transactions += 1;
        } else if !recorded.from_peer {
            let found = peer.receive(&message.channel_id, &message.txid).await;
            let function = functions.get(&transaction).map(Vec::as_slice).unwrap_or_default();
            compared.add(&found, recorded, function);
        }
        if recorded.from_peer {
            peer.send(message.clone()).await;
        }
    }
    let (end, rest) = peer.close().await;
    assert!(matches!(end, StreamEnd::Closed), "{end}");
    assert_eq!(rest, [], "more messages than were recorded");
    compared.streams += 1;
}

async fn compare(name: &str) -> Compared {
    let chaincode = recorder();
    let mut compared = Compared::default();
    for messages in recording(name) {
        play(&chaincode, &messages, &mut compared).await;
    }
    compared
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_open() {
    let expected = Compared { streams: 3, transactions: 58, same: 397, same_records: 1, same_key: 0 };
    assert_eq!(compare("stream-open.jsonl").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_strict() {
    let expected = Compared { streams: 3, transactions: 11, same: 22, same_records: 0, same_key: 3 };
    assert_eq!(compare("stream-strict.jsonl").await, expected);
}
