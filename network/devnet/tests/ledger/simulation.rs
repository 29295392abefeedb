//! What the simulator answers where the recordings have no example: refusals, nested calls, pages, plans.

use std::collections::HashMap;
use std::sync::Arc;

use devnet::ledger::{Chaincodes, Invocation, Ledger, Options, SimulationError, Simulator, Snapshot};
use fabric_protos::Message;
use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::kvrwset::{KvMetadataEntry, KvMetadataWrite, KvrwSet, range_query_info::ReadsInfo};
use fabric_protos::protos::chaincode_message::Type as Call;
use fabric_protos::protos::{
    ChaincodeEvent, ChaincodeId, ChaincodeInput, ChaincodeMessage, ChaincodeSpec, DelState, GetHistoryForKey,
    GetQueryResult, GetState, GetStateByRange, PutState, QueryMetadata, QueryResponse, QueryResponseMetadata,
    QueryStateNext, Response, SignedProposal, TxValidationCode,
};
use fabric_protos::rwset::TxReadWriteSet;
use wasm_host::{Chaincode, Completed, HostError, LedgerError};

use crate::channel::{self, CHAINCODE, Channel, signed_by, write};

type Body = Box<dyn Fn(&mut dyn wasm_host::Ledger) -> Vec<u8> + Send + Sync>;

/// A chaincode in Rust; what it returns is the response's payload.
struct Native(Body);

impl Chaincode for Native {
    fn execute(&self, _: &ChaincodeMessage, ledger: &mut dyn wasm_host::Ledger) -> Result<Completed, HostError> {
        Ok(Completed {
            response: Response { status: 200, message: String::new(), payload: (self.0)(ledger) },
            event: Some(ChaincodeEvent { event_name: "done".to_owned(), ..ChaincodeEvent::default() }),
            metering: Default::default(),
        })
    }
}

/// Chaincodes by name, and another channel.
#[derive(Default)]
struct Installed {
    chaincodes: HashMap<&'static str, Arc<Native>>,
    other: Option<(&'static str, Arc<Snapshot>)>,
}

impl Installed {
    fn with(
        mut self,
        name: &'static str,
        body: impl Fn(&mut dyn wasm_host::Ledger) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        self.chaincodes.insert(name, Arc::new(Native(Box::new(body))));
        self
    }
}

impl Chaincodes for Installed {
    fn chaincode(&self, _: &str, name: &str) -> Option<Arc<dyn Chaincode>> {
        self.chaincodes.get(name).map(|native| native.clone() as Arc<dyn Chaincode>)
    }

    fn snapshot(&self, channel: &str, _: &SignedProposal) -> Result<Arc<Snapshot>, String> {
        match &self.other {
            Some((name, snapshot)) if *name == channel => Ok(snapshot.clone()),
            _ => Err(format!("failed to find ledger for channel: {channel}")),
        }
    }
}

/// A ledger with the chaincode and 60 keys, `k00` to `k59`, the first of them guarded.
fn ledger(folder: &std::path::Path) -> (Channel, Ledger) {
    let mut channel = Channel::new();
    let ledger = channel::open(&mut channel, folder, &Options::default());
    let policy = KvMetadataEntry { name: "VALIDATION_PARAMETER".to_owned(), value: signed_by(MspRoleType::Admin) };
    let set = KvrwSet {
        writes: (0..60).map(|number| write(&format!("k{number:02}"), b"v")).collect(),
        metadata_writes: vec![KvMetadataWrite { key: "k00".to_owned(), entries: vec![policy] }],
        ..KvrwSet::default()
    };
    let envelope = channel.transaction(CHAINCODE, &set);
    ledger.append(vec![channel.block(vec![envelope])]).unwrap();
    (channel, ledger)
}

fn simulator(ledger: &Ledger, installed: Installed) -> Simulator {
    let invocation = Invocation {
        channel: "ch".to_owned(),
        transaction_id: "tx".to_owned(),
        signed_proposal: SignedProposal::default(),
    };
    Simulator::new(ledger.snapshot(), invocation, Arc::new(installed))
}

fn put(ledger: &mut dyn wasm_host::Ledger, key: &str) -> Result<Vec<u8>, LedgerError> {
    let put = PutState { key: key.to_owned(), value: b"new".to_vec(), collection: String::new() };
    ledger.call(Call::PutState, &put.encode_to_vec())
}

fn page(ledger: &mut dyn wasm_host::Ledger, size: i32, bookmark: &str) -> Result<QueryResponse, LedgerError> {
    let metadata = QueryMetadata { page_size: size, bookmark: bookmark.to_owned() }.encode_to_vec();
    let query =
        GetStateByRange { start_key: "k".to_owned(), end_key: "l".to_owned(), metadata, ..GetStateByRange::default() };
    let answer = ledger.call(Call::GetStateByRange, &query.encode_to_vec())?;
    Ok(QueryResponse::decode(answer.as_slice()).unwrap())
}

fn call(ledger: &mut dyn wasm_host::Ledger, name: &str) -> Result<ChaincodeMessage, LedgerError> {
    let spec = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId { name: name.to_owned(), ..ChaincodeId::default() }),
        input: Some(ChaincodeInput::default()),
        ..ChaincodeSpec::default()
    };
    let answer = ledger.call(Call::InvokeChaincode, &spec.encode_to_vec())?;
    Ok(ChaincodeMessage::decode(answer.as_slice()).unwrap())
}

fn refusal<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> String {
    match result.unwrap_err() {
        LedgerError::Refused(text) => text,
        LedgerError::Broken(text) => panic!("broken: {text}"),
    }
}

fn sets(read_write_set: &[u8]) -> Vec<(String, KvrwSet)> {
    let sets = TxReadWriteSet::decode(read_write_set).unwrap().ns_rwset.into_iter();
    sets.map(|set| (set.namespace, KvrwSet::decode(set.rwset.as_slice()).unwrap())).collect()
}

/// Runs `body` as the chaincode, alone.
fn run(ledger: &Ledger, body: impl Fn(&mut dyn wasm_host::Ledger) -> Vec<u8> + Send + Sync + 'static) -> Simulator {
    let mut simulator = simulator(ledger, Installed::default().with(CHAINCODE, body));
    simulator.execute(CHAINCODE, &ChaincodeInput::default()).unwrap();
    simulator
}

#[test]
fn pages_are_for_transactions_that_do_not_write() {
    let folder = tempfile::tempdir().unwrap();
    let (_, ledger) = ledger(folder.path());
    run(&ledger, |ledger| {
        let first = page(ledger, 25, "").unwrap();
        let metadata = QueryResponseMetadata::decode(first.metadata.as_slice()).unwrap();
        assert_eq!((first.results.len(), first.has_more), (25, false));
        assert_eq!((metadata.fetched_records_count, metadata.bookmark.as_str()), (25, "k25"));
        let last = page(ledger, 50, &metadata.bookmark).unwrap();
        let metadata = QueryResponseMetadata::decode(last.metadata.as_slice()).unwrap();
        assert_eq!((metadata.fetched_records_count, metadata.bookmark.as_str()), (35, ""));
        let expected = "PUT_STATE failed: transaction ID: tx: txid [tx]: unsuppored transaction. Transaction has \
                        already performed a paginated query. Writes are not allowed";
        assert_eq!(refusal(put(ledger, "key")), expected);
        Vec::new()
    });
    run(&ledger, |ledger| {
        put(ledger, "key").unwrap();
        let expected = "GET_STATE_BY_RANGE failed: transaction ID: tx: txid [tx]: unsuppored transaction. Paginated \
                        queries are supported only in a read-only transaction";
        assert_eq!(refusal(page(ledger, 10, "")), expected);
        Vec::new()
    });
}

#[test]
fn private_data_and_rich_queries_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, ledger) = ledger(folder.path());
    run(&ledger, |ledger| {
        let get = GetState { key: "key".to_owned(), collection: "secret".to_owned() };
        let text = refusal(ledger.call(Call::GetState, &get.encode_to_vec()));
        assert!(text.ends_with("private data collections are not supported by this network"), "{text}");
        let query = GetQueryResult { query: "{}".to_owned(), ..GetQueryResult::default() };
        let text = refusal(ledger.call(Call::GetQueryResult, &query.encode_to_vec()));
        assert_eq!(text, "GET_QUERY_RESULT failed: transaction ID: tx: ExecuteQuery not supported for leveldb");
        let next = QueryStateNext { id: "nosuch".to_owned() };
        let text = refusal(ledger.call(Call::QueryStateNext, &next.encode_to_vec()));
        assert_eq!(text, "QUERY_STATE_NEXT failed: transaction ID: tx: query iterator not found");
        assert!(refusal(ledger.call(Call::GetState, &[0xff])).contains("unmarshal failed"));
        Vec::new()
    });
}

#[test]
fn a_callee_shares_the_read_write_set_and_none_may_call_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (_, ledger) = ledger(folder.path());
    let installed = Installed::default().with(CHAINCODE, |ledger| {
        let text = "INVOKE_CHAINCODE failed: transaction ID: tx: execute failed: error sending: txid: tx(ch) exists";
        assert_eq!(refusal(call(ledger, CHAINCODE)), text);
        let text = refusal(call(ledger, "nochaincode"));
        assert!(text.ends_with("execute failed: invalid invocation: [channel ch] failed to get chaincode container info for nochaincode: chaincode nochaincode not found"), "{text}");
        assert!(refusal(call(ledger, "cc/nochannel")).ends_with("failed to find ledger for channel: nochannel"));
        put(ledger, "key").unwrap();
        b"answer".to_vec()
    });
    let mut simulator = simulator(&ledger, installed);
    let completed = simulator.execute(CHAINCODE, &ChaincodeInput::default()).unwrap();
    assert_eq!(completed.response.payload, b"answer");
    let event = completed.event.unwrap();
    assert_eq!((event.chaincode_id.as_str(), event.tx_id.as_str()), (CHAINCODE, "tx"));
    let result = simulator.finish();
    // The look for the chaincode that is not there is part of the read set, as on a peer.
    let names: Vec<_> = sets(&result.read_write_set).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["_lifecycle", CHAINCODE, "lscc"]);
    let error = run_unknown(&ledger);
    assert!(matches!(error, SimulationError::Invalid(_)), "{error}");
}

fn run_unknown(ledger: &Ledger) -> SimulationError {
    simulator(ledger, Installed::default()).execute("nochaincode", &ChaincodeInput::default()).unwrap_err()
}

#[test]
fn a_chaincode_of_another_channel_answers_and_leaves_nothing() {
    let (folder, other_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, ledger) = ledger(folder.path());
    let (_, other) = self::ledger(other_folder.path());
    let installed = Installed { other: Some(("other", other.snapshot())), ..Installed::default() };
    // The one body is both caller and callee: it tells them apart by whether the call goes through.
    let installed = installed.with(CHAINCODE, |ledger| {
        put(ledger, "key").unwrap();
        match call(ledger, "cc/other") {
            Ok(answer) => Response::decode(answer.payload.as_slice()).unwrap().payload,
            Err(_) => b"callee".to_vec(),
        }
    });
    let mut simulator = simulator(&ledger, installed);
    let completed = simulator.execute(CHAINCODE, &ChaincodeInput::default()).unwrap();
    assert_eq!(completed.response.payload, b"callee");
    let sets = sets(&simulator.finish().read_write_set);
    let writes: Vec<_> = sets.iter().map(|(name, set)| (name.as_str(), set.writes.len())).collect();
    assert_eq!(writes, [("_lifecycle", 0), (CHAINCODE, 1)]);
}

#[test]
fn fifty_results_are_kept_and_more_are_summarised() {
    let folder = tempfile::tempdir().unwrap();
    let (mut channel, ledger) = ledger(folder.path());
    for (end, raw) in [("k50", true), ("k51", false)] {
        let simulator = run(&ledger, move |ledger| {
            let query =
                GetStateByRange { start_key: "k".to_owned(), end_key: end.to_owned(), ..GetStateByRange::default() };
            ledger.call(Call::GetStateByRange, &query.encode_to_vec()).unwrap()
        });
        let (_, mut set) = sets(&simulator.finish().read_write_set).pop().unwrap();
        assert_eq!(matches!(set.range_queries_info[0].reads_info, Some(ReadsInfo::RawReads(_))), raw);
        set.writes = vec![write(&format!("after {end}"), b"v")];
        let same = channel.transaction(CHAINCODE, &set);
        let deleted = KvrwSet { writes: vec![write("k30", b"")], ..KvrwSet::default() };
        let deleted = channel.transaction(CHAINCODE, &deleted);
        let changed = channel.transaction(CHAINCODE, &set);
        let restored = KvrwSet { writes: vec![write("k30", b"v")], ..KvrwSet::default() };
        let restored = channel.transaction(CHAINCODE, &restored);
        let committed = ledger.append(vec![channel.block(vec![same, deleted, changed, restored])]).unwrap();
        let codes: Vec<_> = committed[0].transactions.iter().map(|transaction| transaction.code).collect();
        let phantom = TxValidationCode::PhantomReadConflict;
        assert_eq!(codes, [TxValidationCode::Valid, TxValidationCode::Valid, phantom, TxValidationCode::Valid]);
    }
}

/// What the gateway plans endorsements from.
#[test]
fn the_interest_names_policies_of_keys_and_chaincodes() {
    let folder = tempfile::tempdir().unwrap();
    let (_, ledger) = ledger(folder.path());
    let interest = |keys: &'static [&'static str]| {
        let simulator = run(&ledger, move |ledger| {
            for key in keys {
                let delete = DelState { key: (*key).to_owned(), collection: String::new() };
                ledger.call(Call::DelState, &delete.encode_to_vec()).unwrap();
            }
            Vec::new()
        });
        let calls = simulator.finish().interest.chaincodes.into_iter();
        calls.map(|call| (call.name, call.key_policies.len(), call.disregard_namespace_policy)).collect::<Vec<_>>()
    };
    assert_eq!(interest(&[]), []);
    assert_eq!(interest(&["k01"]), [(CHAINCODE.to_owned(), 0, false)]);
    assert_eq!(interest(&["k00"]), [(CHAINCODE.to_owned(), 1, true)]);
    assert_eq!(interest(&["k00", "k01"]), [(CHAINCODE.to_owned(), 1, false)]);
}

#[test]
fn a_snapshot_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (mut channel, ledger) = ledger(folder.path());
    let before = ledger.snapshot();
    let mut heights = ledger.subscribe();
    heights.mark_unchanged();
    let envelope = channel.transaction(CHAINCODE, &KvrwSet { writes: vec![write("k01", b"")], ..KvrwSet::default() });
    ledger.append(vec![channel.block(vec![envelope])]).unwrap();
    assert!(heights.has_changed().unwrap());
    assert_eq!(*heights.borrow_and_update(), ledger.height());
    assert!(before.get(CHAINCODE, "k01").unwrap().is_some());
    assert!(ledger.snapshot().get(CHAINCODE, "k01").unwrap().is_none());
    let history = |snapshot: &Snapshot| snapshot.history(CHAINCODE, "k01").unwrap().count();
    assert_eq!((history(&before), history(&ledger.snapshot())), (1, 2));
    run(&ledger, |ledger| {
        let query = GetHistoryForKey { key: "k01".to_owned() };
        let answer = ledger.call(Call::GetHistoryForKey, &query.encode_to_vec()).unwrap();
        assert_eq!(QueryResponse::decode(answer.as_slice()).unwrap().results.len(), 2);
        answer
    });
}
