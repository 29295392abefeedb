//! Sends the recorded ledger calls of two chaincodes to the simulator, at the heights at which a Fabric peer answered
//! them, and finds its answers, its refusals and, for transactions that were committed, its read-write sets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/recordings.rs"]
mod recordings;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use devnet::ledger::{Chaincodes, Invocation, Simulator, Snapshot, transactions};
use fabric_protos::Message;
use fabric_protos::common::{Block, Envelope, Payload};
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeInput, ChaincodeMessage, ProposalResponsePayload, QueryResponse,
    QueryStateClose, Response, SignedProposal, Transaction,
};
use serde_json::Value;
use wasm_host::{Chaincode, Completed, HostError, Ledger};

use recordings::as_ordered;

/// A transaction's messages between one peer and the chaincode.
type Conversation = Vec<(bool, ChaincodeMessage)>;

/// The conversations of a chaincode by transaction id; of several peers, the first.
fn conversations(name: &str) -> (Vec<String>, HashMap<String, Conversation>) {
    let text = std::fs::read_to_string(recordings::folder().join(format!("stream-{name}.jsonl"))).unwrap();
    let mut order = Vec::new();
    let mut streams: HashMap<String, (String, Conversation)> = HashMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let message = hex::decode(line["message"].as_str().unwrap()).unwrap();
        let message = ChaincodeMessage::decode(message.as_slice()).unwrap();
        if message.txid.is_empty() {
            continue;
        }
        let stream = line["stream"].as_str().unwrap().to_owned();
        let (first, conversation) = streams.entry(message.txid.clone()).or_insert_with(|| {
            order.push(message.txid.clone());
            (stream.clone(), Vec::new())
        });
        if *first == stream {
            conversation.push((line["from"] == "peer", message));
        }
    }
    (order, streams.into_iter().map(|(id, (_, conversation))| (id, conversation)).collect())
}

/// Says again what the chaincode said, and compares the answers.
struct Repeated(HashMap<String, Conversation>);

impl Chaincode for Repeated {
    fn execute(&self, message: &ChaincodeMessage, ledger: &mut dyn Ledger) -> Result<Completed, HostError> {
        let mut ids = BTreeMap::new();
        let [(true, started), calls @ .., (false, completed)] = self.0[&message.txid].as_slice() else { panic!() };
        assert_eq!(started.payload, message.payload);
        for pair in calls.chunks(2) {
            let [(false, call), (true, answer)] = pair else { panic!("calls and answers alternate") };
            let kind = MessageType::try_from(call.r#type).unwrap();
            let mut payload = call.payload.clone();
            if matches!(kind, MessageType::QueryStateNext | MessageType::QueryStateClose) {
                // Both messages are an id.
                let recorded = QueryStateClose::decode(payload.as_slice()).unwrap().id;
                payload = QueryStateClose { id: String::clone(&ids[&recorded]) }.encode_to_vec();
            }
            match ledger.call(kind, &payload) {
                Ok(ours) if answer.r#type == MessageType::Response as i32 => {
                    if is_query(kind) {
                        let recorded = QueryResponse::decode(answer.payload.as_slice()).unwrap();
                        let mut ours = QueryResponse::decode(ours.as_slice()).unwrap();
                        ids.insert(recorded.id.clone(), ours.id.clone());
                        ours.id.clone_from(&recorded.id);
                        assert_eq!(ours, recorded, "{kind:?} in {}", message.txid);
                    } else {
                        assert_eq!(hex::encode(ours), hex::encode(&answer.payload), "{kind:?} in {}", message.txid);
                    }
                }
                Err(error) if answer.r#type == MessageType::Error as i32 => {
                    assert_eq!(error.to_string().as_bytes(), answer.payload);
                }
                other => panic!("{kind:?} in {}: {other:?} instead of {answer:?}", message.txid),
            }
        }
        assert_eq!(completed.r#type, MessageType::Completed as i32);
        Ok(Completed {
            response: Response::decode(completed.payload.as_slice()).unwrap(),
            event: completed.chaincode_event.clone(),
            metering: Default::default(),
        })
    }
}

fn is_query(kind: MessageType) -> bool {
    matches!(
        kind,
        MessageType::GetStateByRange
            | MessageType::GetHistoryForKey
            | MessageType::QueryStateNext
            | MessageType::QueryStateClose
    )
}

struct Recorded(BTreeMap<&'static str, Arc<Repeated>>);

impl Chaincodes for Recorded {
    fn chaincode(&self, _channel: &str, name: &str) -> Option<Arc<dyn Chaincode>> {
        self.0.get(name).map(|chaincode| chaincode.clone() as Arc<dyn Chaincode>)
    }

    fn snapshot(&self, channel: &str, _proposal: &SignedProposal) -> Result<Arc<Snapshot>, String> {
        Err(format!("failed to find ledger for channel: {channel}"))
    }
}

/// Ids of the recorded transactions by the height at which they were endorsed. All of one step were endorsed at its
/// beginning.
fn heights() -> HashMap<String, u64> {
    let text = std::fs::read_to_string(recordings::folder().join("gateway.json")).unwrap();
    let steps: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut heights = HashMap::new();
    let mut height = 9;
    for step in steps.iter().filter(|step| step.get("events").is_none()) {
        let mut outcomes = Vec::new();
        collect_outcomes(step, &mut outcomes);
        for (id, _) in &outcomes {
            heights.insert(id.clone(), height);
        }
        height = outcomes.iter().map(|(_, block)| block + 1).chain([height]).max().unwrap();
    }
    heights
}

fn collect_outcomes(value: &Value, outcomes: &mut Vec<(String, u64)>) {
    if let (Some(id), Some(block)) = (value["txid"].as_str(), value["block"].as_u64()) {
        outcomes.push((id.to_owned(), block));
    }
    let children = value.as_object().map(|object| object.values().collect::<Vec<_>>());
    for child in children.or_else(|| Some(value.as_array()?.iter().collect())).into_iter().flatten() {
        collect_outcomes(child, outcomes);
    }
}

/// What the endorsers of the block's transactions signed: read-write sets by transaction id.
fn endorsed(blocks: &[Block]) -> HashMap<String, Vec<u8>> {
    let sets = |block: &Block| {
        let ids = transactions(block).into_iter().map(|transaction| transaction.id);
        ids.zip(block.data.clone().unwrap().data).collect::<Vec<_>>()
    };
    blocks[1..].iter().flat_map(sets).map(|(id, envelope)| (id, results(&envelope))).collect()
}

fn results(envelope: &[u8]) -> Vec<u8> {
    let envelope = Envelope::decode(envelope).unwrap();
    let payload = Payload::decode(envelope.payload.as_slice()).unwrap();
    let transaction = Transaction::decode(payload.data.as_slice()).unwrap();
    let action = ChaincodeActionPayload::decode(transaction.actions[0].payload.as_slice()).unwrap().action.unwrap();
    let response = ProposalResponsePayload::decode(action.proposal_response_payload.as_slice()).unwrap();
    ChaincodeAction::decode(response.extension.as_slice()).unwrap().results
}

/// Steps on private data, which wait: `private` and `getPrivate`.
fn is_private(conversation: &Conversation) -> bool {
    let input = ChaincodeInput::decode(conversation[0].1.payload.as_slice()).unwrap();
    matches!(input.args[0].as_slice(), b"private" | b"getPrivate")
}

#[test]
fn answers_and_read_write_sets_are_those_of_the_recording() {
    let blocks = recordings::blocks();
    let folder = tempfile::tempdir().unwrap();
    let ledger = recordings::open(folder.path());
    let mut snapshots = BTreeMap::new();
    for block in &blocks[1..] {
        ledger.append(vec![as_ordered(block)]).unwrap();
        snapshots.insert(ledger.height(), ledger.snapshot());
    }
    let (heights, endorsed) = (heights(), endorsed(&blocks));
    let (open_order, open) = conversations("open");
    let (strict_order, strict) = conversations("strict");
    // A chaincode that is called by the other one has the other one's transaction id.
    let calls = |conversation: &Conversation| {
        conversation.iter().any(|(_, message)| message.r#type == MessageType::InvokeChaincode as i32)
    };
    let strict_first = |id: &String| strict.contains_key(id) && (!open.contains_key(id) || calls(&strict[id]));
    let order: Vec<_> = open_order
        .iter()
        .map(|id| (if strict_first(id) { "strict" } else { "open" }, id))
        .chain(strict_order.iter().filter(|id| !open.contains_key(*id)).map(|id| ("strict", id)))
        .map(|(name, id)| (name, id.clone()))
        .collect();
    let inputs: HashMap<_, _> = order
        .iter()
        .filter(|(name, id)| *name != "open" || !is_private(&open[id]))
        .map(|(name, id)| (id.clone(), (if *name == "open" { &open } else { &strict })[id][0].1.clone()))
        .collect();
    let chaincodes = Arc::new(Recorded(BTreeMap::from([
        ("open", Arc::new(Repeated(open))),
        ("strict", Arc::new(Repeated(strict))),
    ])));
    let mut compared = 0;
    let mut height = 9;
    for (name, id) in &order {
        // Reads that were not submitted saw all steps before them.
        let at = heights.get(id).copied().unwrap_or(height);
        if let Some(input) = inputs.get(id) {
            let invocation = Invocation {
                channel: "ch".to_owned(),
                transaction_id: id.clone(),
                signed_proposal: input.proposal.clone().unwrap_or_default(),
            };
            let mut simulator = Simulator::new(snapshots[&at].clone(), invocation, chaincodes.clone());
            let input = ChaincodeInput::decode(input.payload.as_slice()).unwrap();
            simulator.execute(name, &input).unwrap();
            let ours = simulator.finish().read_write_set;
            // One was altered by the client after it had been endorsed.
            if let Some(recorded) = endorsed.get(id).filter(|_| input.args.get(1) != Some(&b"alter-me".to_vec())) {
                assert_eq!(hex::encode(ours), hex::encode(recorded), "{name}, {id}");
                compared += 1;
            }
        }
        if let Some(location) = ledger.transaction_location(id).unwrap() {
            height = height.max(location.block + 1);
        }
    }
    assert!(compared >= 35, "{compared} read-write sets compared");
}
