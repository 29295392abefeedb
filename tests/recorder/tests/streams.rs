//! Plays the peer's side of the recorded streams to the recorder, which must send what Go's chaincode sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use fabric_contract_api::host::Host;
use fabric_contract_api::run;
use fabric_protos::protos::chaincode_message::Type;
use fabric_protos::protos::{ChaincodeMessage, WriteBatchState};
use prost::Message as _;
use recorder::{Recorder, SALT};
use serde_json::Value;

/// A peer that has the recorded conversation of one transaction before it.
struct RecordedPeer {
    messages: RefCell<std::vec::IntoIter<ChaincodeMessage>>,
}

impl Host for RecordedPeer {
    fn call(&self, kind: Type, payload: &[u8]) -> Result<Vec<u8>, String> {
        let mut messages = self.messages.borrow_mut();
        let recorded = messages.next().unwrap();
        assert_eq!(recorded.r#type(), kind, "{}", recorded.txid);
        assert_eq!(comparable(kind, payload), comparable(kind, &recorded.payload), "{}", recorded.txid);
        let answer = messages.next().unwrap();
        match answer.r#type() {
            Type::Response => Ok(answer.payload),
            Type::Error => Err(String::from_utf8(answer.payload).unwrap()),
            other => panic!("the peer sent {other:?}"),
        }
    }
}

/// Go sends the records of a batch in any order, and `random` is random: these are made equal.
fn comparable(kind: Type, payload: &[u8]) -> Vec<u8> {
    if kind == Type::WriteBatchState {
        let mut batch = WriteBatchState::decode(payload).unwrap();
        batch.rec.sort_by(|left, right| left.key.cmp(&right.key));
        return batch.encode_to_vec();
    }
    if kind == Type::PutState && payload.starts_with(b"\x0a\x01r\x12") {
        return b"random".to_vec();
    }
    payload.to_vec()
}

/// The messages of each transaction on each peer's connection.
fn conversations(name: &str) -> Vec<Vec<ChaincodeMessage>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings/fabric-3.1.5").join(name);
    let mut conversations = BTreeMap::<_, Vec<_>>::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| line[name].as_str().unwrap().to_owned();
        let message = ChaincodeMessage::decode(&*hex::decode(field("message")).unwrap()).unwrap();
        if !matches!(message.r#type(), Type::Register | Type::Registered | Type::Ready | Type::Keepalive) {
            conversations.entry((field("stream"), field("txid"))).or_default().push(message);
        }
    }
    conversations.into_values().collect()
}

/// Plays all conversations and returns the functions that were called.
fn play(name: &str) -> BTreeMap<String, usize> {
    let mut functions = BTreeMap::new();
    for mut conversation in conversations(name) {
        let transaction = conversation.remove(0);
        assert_eq!(transaction.r#type(), Type::Transaction);
        let completed = conversation.pop().unwrap();
        assert_eq!(completed.r#type(), Type::Completed);
        let peer = Rc::new(RecordedPeer { messages: RefCell::new(conversation.into_iter()) });
        let completion = run(&Recorder, &transaction.encode_to_vec(), Rc::clone(&peer) as Rc<dyn Host>);
        assert_eq!(completion.response.encode_to_vec(), completed.payload, "{}", completed.txid);
        assert_eq!(completion.event, completed.chaincode_event, "{}", completed.txid);
        assert_eq!(peer.messages.borrow().len(), 0, "{}", completed.txid);
        let input = fabric_protos::protos::ChaincodeInput::decode(&*transaction.payload).unwrap();
        *functions.entry(String::from_utf8(input.args[0].clone()).unwrap()).or_default() += 1;
    }
    functions
}

#[test]
fn the_stream_of_open_is_the_recorded_one() {
    let functions = play("stream-open.jsonl");
    assert_eq!(functions.values().sum::<usize>(), 58);
    assert!(functions.len() > 20, "{functions:?}");
}

#[test]
fn the_stream_of_strict_is_the_recorded_one() {
    let functions = play("stream-strict.jsonl");
    assert!(functions["random"] == 3 && functions["call"] >= 2, "{functions:?}");
}

#[test]
fn the_salt_can_be_found_in_the_module() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/contracts/recorder.wasm");
    let module = std::fs::read(path).expect("no recorder.wasm: run `cargo xtask contracts` first");
    assert_eq!(module.windows(SALT.len()).filter(|window| *window == SALT).count(), 1);
}
