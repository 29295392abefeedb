//! The steps that were recorded on a real Fabric network, on devnet: the same results, blocks, validation codes, gRPC
//! codes, texts and details. Private data and rich queries are refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use devnet::{Batch, Channel, Deployment, Devnet, Network};
use fabric_msp::policy::parse;
use fabric_protos::common::{Block, BlockchainInfo, Payload};
use fabric_protos::gateway::{ChaincodeEventsRequest, SignedChaincodeEventsRequest};
use fabric_protos::orderer::{SeekPosition, SeekSpecified, seek_position};
use fabric_protos::protos::{ChaincodeActionPayload, Transaction};
use futures_util::future::join_all;
use prost::Message;
use serde_json::{Value, json};
use support::{Call, Client, Forger, Prepared, connect_tls, contract, details};
use tonic::{Code, Status};
use wasm_host::package::Package;

const CHANNEL: &str = "ch";
const SALT: &[u8] = b"SALT-0000000000000000";
/// The block of the first recorded step; before it are the lifecycle's.
const FIRST_RECORDED_BLOCK: u64 = 9;
/// The block of the only step that is refused here and was a transaction there.
const PRIVATE_DATA_BLOCK: u64 = 32;
/// Blocks here before the first step: genesis and two definitions.
const FIRST_BLOCK: u64 = 3;

fn recordings() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/fabric-3.1.5")
}

/// A package of the recorder in which `random` writes what the organization salts it with.
fn package(salt: &str) -> Vec<u8> {
    let mut wasm = contract("recorder");
    let places: Vec<_> = wasm.windows(SALT.len()).enumerate().filter(|(_, bytes)| *bytes == SALT).collect();
    let [(place, _)] = places[..] else { panic!("the module has no salt, or several") };
    wasm[place..place + SALT.len()].copy_from_slice(format!("SALT-{salt:0>16}").as_bytes());
    Package::new("recorder", "1.0.0", wasm).unwrap().build().unwrap()
}

async fn start(folder: &std::path::Path) -> Devnet {
    let mut network = Network::generic(3, CHANNEL);
    // As recorded.
    let batch =
        Batch { max_message_count: 10, absolute_max_bytes: 99 << 20, preferred_max_bytes: 2 << 20, timeout_ms: 300 };
    network.channels = vec![Channel::new(CHANNEL, ["org1", "org2", "org3"]).with_batch(batch)];
    let network = Devnet::builder(network, folder).start().await.unwrap();
    let packages = [package("org1"), package("org2"), package("org3")];
    for (name, policy) in [
        ("open", "OR('Org1MSP.peer','Org2MSP.peer','Org3MSP.peer')"),
        ("strict", "AND('Org1MSP.peer','Org2MSP.peer','Org3MSP.peer')"),
    ] {
        let mut deployment = Deployment::new(name, &packages[0], Some(parse(policy).unwrap()));
        deployment.packages = vec![("org2", &packages[1]), ("org3", &packages[2])];
        network.deploy(CHANNEL, &deployment).await.unwrap();
    }
    network
}

/// Replays steps and describes what happens as the recorder did.
struct Replay {
    network: Devnet,
    client: Client,
    /// Addresses here, by the recorded ones.
    addresses: BTreeMap<&'static str, String>,
}

impl Replay {
    async fn new(network: Devnet) -> Self {
        let signer = network.identity("org1", "User1").unwrap().signer().unwrap();
        let client = Client::new(connect_tls(&network, "org1").await, signer);
        let address = |organization| network.endpoint(organization).unwrap().unwrap().to_owned();
        let addresses = BTreeMap::from([
            ("127.0.0.1:7051", address("org1")),
            ("127.0.0.1:7071", address("org2")),
            ("127.0.0.1:7091", address("org3")),
        ]);
        Self { network, client, addresses }
    }

    /// An error as the Node SDK describes it.
    fn error(&self, name: &str, status: &Status) -> Value {
        let recorded = |address: &str| {
            let found = self.addresses.iter().find(|(_, here)| *here == address);
            found.map_or(address.to_owned(), |(recorded, _)| (*recorded).to_owned())
        };
        let details: Vec<_> = if status.details().is_empty() { Vec::new() } else { details(status) }
            .iter()
            .map(|detail| {
                json!({"address": recorded(&detail.address), "message": detail.message, "mspId": detail.msp_id})
            })
            .collect();
        let code = status.code() as i32;
        let message = format!("{code} {}: {}", code_name(status.code()), status.message());
        json!({"error": {"name": name, "code": code, "message": message, "details": details}})
    }

    async fn evaluate(&self, call: &Call<'_>) -> Value {
        match self.client.evaluate(call).await {
            Ok(result) => json!({"result": String::from_utf8(result).unwrap()}),
            Err(status) => self.error("GatewayError", &status),
        }
    }

    async fn submit(&self, call: &Call<'_>) -> Value {
        match self.client.endorse(call).await {
            Ok(transaction) => self.commit(&transaction).await,
            Err(status) => self.error("EndorseError", &status),
        }
    }

    async fn commit(&self, transaction: &Prepared) -> Value {
        let status = self.client.commit(transaction).await.unwrap();
        let result = String::from_utf8(transaction.result()).unwrap();
        json!({"block": status.block_number, "code": status.result, "result": result})
    }

    /// Endorses a call of `open`, without submitting it.
    async fn endorse(&self, function: &str, arguments: &[&str]) -> Prepared {
        self.client.endorse(&open(function, arguments)).await.unwrap()
    }

    /// The step called `step`, with what the recording says about it.
    async fn run(&self, step: &str, what: &Value) -> Value {
        if let Some((kind, call)) = step.split_once(' ')
            && let Some((chaincode, function)) = call.split_once('.')
            && ["submit", "evaluate"].contains(&kind)
        {
            let strings = |value: &Value| {
                let items = value.as_array().cloned().unwrap_or_default();
                items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
            };
            let mut call = Call {
                channel: CHANNEL,
                chaincode,
                function,
                arguments: strings(&what["args"]),
                organizations: strings(&what["endorsingOrganizations"]),
                ..Call::default()
            };
            if function == "transient" {
                call.transient.insert("k".to_owned(), b"v".to_vec());
            }
            if chaincode == "qscc" && function == "GetChainInfo" {
                let info = self.client.evaluate(&call).await.unwrap();
                let info = BlockchainInfo::decode(info.as_slice()).unwrap();
                assert_eq!(info, self.network.ledger(CHANNEL).unwrap().info());
                return json!({});
            }
            return if kind == "submit" { self.submit(&call).await } else { self.evaluate(&call).await };
        }
        self.run_scene(step).await
    }

    /// Steps that are more than one call.
    async fn run_scene(&self, step: &str) -> Value {
        match step {
            "mvcc: two endorsed on one key, submitted in order" => {
                let first = self.endorse("create", &["mvcc", "0"]).await;
                let second = self.endorse("create", &["mvcc", "1"]).await;
                json!({"outcomes": [self.commit(&first).await, self.commit(&second).await]})
            }
            "mvcc inside one block: submitted together" => {
                let mut transactions = Vec::new();
                for value in ["0", "1", "2"] {
                    transactions.push(self.endorse("create", &["mvcc2", value]).await);
                }
                let outcomes = join_all(transactions.iter().map(|transaction| self.commit(transaction))).await;
                json!({"outcomes": outcomes})
            }
            "phantom: a key appears in a scanned range" => {
                let scanned = self.endorse("rangeThenPut", &["q", "r", "qcount"]).await;
                let inserted = self.submit(&open("put", &["q1", "x"])).await;
                json!({"inserted": inserted, "scanned": self.commit(&scanned).await})
            }
            "phantom with a Merkle summary: 250 results, then one more" => {
                let scanned = self.endorse("rangeThenPut", &["m", "n", "mcount"]).await;
                let inserted = self.submit(&open("put", &["m00100x", "x"])).await;
                json!({"inserted": inserted, "scanned": self.commit(&scanned).await})
            }
            "duplicate: one envelope submitted twice" => {
                let transaction = self.endorse("put", &["dup", "1"]).await;
                let first = self.commit(&transaction).await;
                self.client.submit(&transaction).await.unwrap();
                self.submit(&open("put", &["dup2", "1"])).await;
                json!({"first": first})
            }
            "duplicate inside one block" => {
                let transaction = self.endorse("put", &["dup3", "1"]).await;
                let twice = join_all([self.client.submit(&transaction), self.client.submit(&transaction)]).await;
                let submitted: Vec<_> =
                    twice.iter().map(|sent| if sent.is_ok() { "fulfilled" } else { "rejected" }).collect();
                json!({"submitted": submitted, "outcome": self.submit(&open("put", &["dup4", "1"])).await})
            }
            "altered write set, signed again by the client" => {
                let mut transaction = self.endorse("put", &["alter-me", "1"]).await;
                alter(&mut transaction, b"alter-me");
                transaction.envelope.signature = self.client.signer.sign(&transaction.envelope.payload).unwrap();
                self.commit(&transaction).await
            }
            "proposal signed with another key" => self.forged().submit(&open("put", &["x", "y"])).await,
            "evaluate signed with another key" => self.forged().evaluate(&open("get", &["x"])).await,
            "unknown msp" => {
                let signer = self.network.identity("org1", "User1").unwrap().signer().unwrap();
                self.with(Forger::of_organization("NobodyMSP", signer)).evaluate(&open("get", &["a"])).await
            }
            "unknown channel" => self.evaluate(&Call { channel: "nochannel", ..open("get", &["a"]) }).await,
            "unknown chaincode, evaluate" => self.evaluate(&Call { chaincode: "nochaincode", ..open("x", &[]) }).await,
            "unknown chaincode, submit" => self.submit(&Call { chaincode: "nochaincode", ..open("x", &[]) }).await,
            "unknown organization asked to endorse" => {
                let organizations = vec!["NobodyMSP".to_owned()];
                self.submit(&Call { organizations, ..open("put", &["x", "1"]) }).await
            }
            "commit status of an unknown transaction, 2 s" => {
                let transaction = self.endorse("put", &["never", "1"]).await;
                let status = self.client.commit_status(CHANNEL, &transaction.id);
                assert!(tokio::time::timeout(Duration::from_secs(2), status).await.is_err(), "nobody knows yet");
                // The error is the SDK's own, for the call that it gave up.
                json!({})
            }
            "panic in chaincode" => json!({"r": "skipped: it ends the process"}),
            "chaincode events of open from block 0" => json!({"events": self.events().await}),
            other => panic!("the recording has an unknown step: {other}"),
        }
    }

    /// The same client with another identity.
    fn with(&self, signer: impl fabric_msp::Signer + 'static) -> ReplayAs<'_> {
        ReplayAs { replay: self, client: self.client.signing_as(signer) }
    }

    fn forged(&self) -> ReplayAs<'_> {
        let key = self.network.identity("org1", "Admin").unwrap().signer().unwrap();
        self.with(Forger::new(&*self.client.signer, key))
    }

    async fn events(&self) -> Vec<Value> {
        let specified = seek_position::Type::Specified(SeekSpecified { number: 0 });
        let request = ChaincodeEventsRequest {
            channel_id: CHANNEL.to_owned(),
            chaincode_id: "open".to_owned(),
            identity: self.client.signer.creator().to_vec(),
            start_position: Some(SeekPosition { r#type: Some(specified) }),
            ..ChaincodeEventsRequest::default()
        };
        let request = request.encode_to_vec();
        let signature = self.client.signer.sign(&request).unwrap();
        let request = SignedChaincodeEventsRequest { request, signature };
        let mut stream = self.client.gateway.clone().chaincode_events(request).await.unwrap().into_inner();
        let mut events = Vec::new();
        while let Ok(message) = tokio::time::timeout(Duration::from_secs(1), stream.message()).await {
            let message = message.unwrap().expect("the stream does not end by itself");
            events.extend(message.events.iter().map(|event| {
                let payload = String::from_utf8(event.payload.clone()).unwrap();
                json!({"block": message.block_number, "name": event.event_name, "payload": payload})
            }));
        }
        events
    }
}

/// A replay in somebody else's name.
struct ReplayAs<'replay> {
    replay: &'replay Replay,
    client: Client,
}

impl ReplayAs<'_> {
    async fn evaluate(&self, call: &Call<'_>) -> Value {
        self.replay.error("GatewayError", &self.client.evaluate(call).await.unwrap_err())
    }

    async fn submit(&self, call: &Call<'_>) -> Value {
        let Err(status) = self.client.endorse(call).await else { panic!("endorsed") };
        self.replay.error("EndorseError", &status)
    }
}

fn open<'call>(function: &'call str, arguments: &[&str]) -> Call<'call> {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Call { channel: CHANNEL, chaincode: "open", function, arguments, ..Call::default() }
}

/// Flips a bit where `marker` is in the endorsed payload.
fn alter(transaction: &mut Prepared, marker: &[u8]) {
    let mut payload = Payload::decode(transaction.envelope.payload.as_slice()).unwrap();
    let mut inner = Transaction::decode(payload.data.as_slice()).unwrap();
    let mut action = ChaincodeActionPayload::decode(inner.actions[0].payload.as_slice()).unwrap();
    let endorsed = &mut action.action.as_mut().unwrap().proposal_response_payload;
    let place = endorsed.windows(marker.len()).position(|bytes| bytes == marker).unwrap();
    endorsed[place] ^= 1;
    inner.actions[0].payload = action.encode_to_vec();
    payload.data = inner.encode_to_vec();
    transaction.envelope.payload = payload.encode_to_vec();
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Unknown => "UNKNOWN",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::Unavailable => "UNAVAILABLE",
        other => panic!("the recording has no {other:?}"),
    }
}

/// The block here that should be like a recorded one.
fn block_here(recorded: u64) -> u64 {
    recorded - (FIRST_RECORDED_BLOCK - FIRST_BLOCK) - u64::from(recorded > PRIVATE_DATA_BLOCK)
}

/// What is the same on every network: without transaction ids, and with block numbers as they are here.
fn expected(recorded: &Value) -> Value {
    match recorded {
        Value::Object(fields) => {
            let kept =
                fields.iter().filter(|(name, _)| !["step", "what", "txid", "resultHex"].contains(&name.as_str()));
            kept.map(|(name, value)| {
                let value = if name == "block" { json!(block_here(value.as_u64().unwrap())) } else { expected(value) };
                (name.clone(), value)
            })
            .collect()
        }
        Value::Array(items) => items.iter().map(expected).collect(),
        value => value.clone(),
    }
}

/// Transactions that were submitted together have no order among each other.
fn sorted_outcomes(mut value: Value) -> Value {
    if let Some(outcomes) = value["outcomes"].as_array_mut() {
        outcomes.sort_by_key(|outcome| outcome["code"].as_i64());
    }
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn devnet_answers_as_fabric_did() {
    let folder = tempfile::tempdir().unwrap();
    let replay = Replay::new(start(folder.path()).await).await;
    let text = std::fs::read(recordings().join("gateway.json")).unwrap();
    let steps: Vec<Value> = serde_json::from_slice(&text).unwrap();
    assert_eq!(steps.len(), 63);

    for recorded in &steps {
        let step = recorded["step"].as_str().unwrap();
        let here = replay.run(step, &recorded["what"]).await;
        match step {
            "submit open.private" | "evaluate open.getPrivate" => {
                let message = here["error"]["message"].as_str().unwrap_or_default();
                assert!(message.contains("see attached details") || message.contains("private data"), "{step}: {here}");
                let detail = here["error"]["details"][0]["message"].as_str().unwrap_or_default();
                assert!(detail.contains("private data"), "{step}: {here}");
            }
            "evaluate open.query" => {
                let message = here["error"]["message"].as_str().unwrap_or_default();
                assert!(message.contains("ExecuteQuery not supported"), "{here}");
            }
            "commit status of an unknown transaction, 2 s" => {}
            _ => assert_eq!(sorted_outcomes(here), sorted_outcomes(expected(recorded)), "{step}"),
        }
    }
    compare_codes(&replay.network);
    replay.network.stop().await;
}

/// Every block has the validation codes of the recorded one.
fn compare_codes(network: &Devnet) {
    let ledger = network.ledger(CHANNEL).unwrap();
    for recorded_number in FIRST_RECORDED_BLOCK..44 {
        if recorded_number == PRIVATE_DATA_BLOCK {
            continue;
        }
        let file = std::fs::read(recordings().join(format!("blocks/{recorded_number:04}.pb"))).unwrap();
        let codes = |block: &Block| {
            let transactions = devnet::ledger::transactions(block);
            transactions.iter().map(|transaction| transaction.code).collect::<Vec<_>>()
        };
        let recorded = codes(&Block::decode(file.as_slice()).unwrap());
        let here = codes(&ledger.block(block_here(recorded_number)).unwrap().unwrap());
        assert_eq!(here, recorded, "recorded block {recorded_number}");
    }
    assert_eq!(ledger.height(), block_here(44));
}
