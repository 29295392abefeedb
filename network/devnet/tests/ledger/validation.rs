//! Validation against a plain model, and the codes that the recordings do not have.

use std::collections::{BTreeMap, BTreeSet};

use crate::channel::{CHAINCODE, Channel, create, signed_by, write};
use devnet::ledger::{Ledger, Options, Version};
use fabric_protos::Message;
use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use fabric_protos::kvrwset::{
    self, KvMetadataEntry, KvMetadataWrite, KvRead, KvrwSet, QueryReads, RangeQueryInfo, range_query_info::ReadsInfo,
};
use fabric_protos::protos::{ChaincodeActionPayload, Transaction, TxValidationCode};
use proptest::prelude::*;

fn codes(ledger: &Ledger, channel: &mut Channel, envelopes: Vec<Vec<u8>>) -> Vec<TxValidationCode> {
    let committed = ledger.append(vec![channel.block(envelopes)]).unwrap();
    committed[0].transactions.iter().map(|transaction| transaction.code).collect()
}

/// `envelope` with a changed payload, signed again.
fn altered(channel: &Channel, envelope: &[u8], change: impl FnOnce(&mut Payload)) -> Vec<u8> {
    let envelope = Envelope::decode(envelope).unwrap();
    let mut payload = Payload::decode(envelope.payload.as_slice()).unwrap();
    change(&mut payload);
    channel.sign(&payload)
}

fn channel_header(payload: &mut Payload, change: impl FnOnce(&mut ChannelHeader)) {
    let header = payload.header.as_mut().unwrap();
    let mut channel_header = ChannelHeader::decode(header.channel_header.as_slice()).unwrap();
    change(&mut channel_header);
    header.channel_header = channel_header.encode_to_vec();
}

#[test]
fn malformed_envelopes_have_the_codes_of_fabric() {
    use TxValidationCode as Code;
    let folder = tempfile::tempdir().unwrap();
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, folder.path(), &Options::default());
    let mut new = || channel.transaction(CHAINCODE, &create("key", b"value"));
    let (mut signature, first, second, third) = (new(), new(), new(), new());
    let (fourth, fifth, sixth, seventh) = (new(), new(), new(), new());
    *signature.last_mut().unwrap() ^= 1;
    let bad_payload = Envelope { payload: vec![0xff], signature: vec![1] }.encode_to_vec();
    let action = |payload: &mut Payload, change: &dyn Fn(&mut ChaincodeActionPayload)| {
        let mut transaction = Transaction::decode(payload.data.as_slice()).unwrap();
        let mut action = ChaincodeActionPayload::decode(transaction.actions[0].payload.as_slice()).unwrap();
        change(&mut action);
        transaction.actions[0].payload = action.encode_to_vec();
        payload.data = transaction.encode_to_vec();
    };
    let cases = vec![
        (vec![0xff], Code::InvalidOtherReason),
        (Vec::new(), Code::BadCommonHeader),
        (bad_payload, Code::BadPayload),
        (altered(&channel, &first, |payload| payload.header = None), Code::BadCommonHeader),
        (
            altered(&channel, &first, |payload| channel_header(payload, |header| header.epoch = 1)),
            Code::BadCommonHeader,
        ),
        (signature, Code::BadCreatorSignature),
        (
            altered(&channel, &first, |payload| {
                channel_header(payload, |header| header.r#type = HeaderType::ConfigUpdate as i32);
            }),
            Code::UnsupportedTxPayload,
        ),
        (
            altered(&channel, &first, |payload| {
                channel_header(payload, |header| header.r#type = HeaderType::Config as i32);
            }),
            Code::InvalidConfigTransaction,
        ),
        (
            altered(&channel, &second, |payload| {
                channel_header(payload, |header| header.channel_id = "other".to_owned());
            }),
            Code::TargetChainNotFound,
        ),
        (
            altered(&channel, &third, |payload| {
                let header = payload.header.as_mut().unwrap();
                let mut signature_header = SignatureHeader::decode(header.signature_header.as_slice()).unwrap();
                signature_header.nonce.push(1);
                header.signature_header = signature_header.encode_to_vec();
            }),
            Code::BadProposalTxid,
        ),
        (
            altered(&channel, &fourth, |payload| {
                action(payload, &|action| action.chaincode_proposal_payload.push(1));
            }),
            Code::InvalidEndorserTransaction,
        ),
        (
            altered(&channel, &fifth, |payload| {
                action(payload, &|action| action.action.as_mut().unwrap().endorsements.clear());
            }),
            Code::EndorsementPolicyFailure,
        ),
        (
            altered(&channel, &sixth, |payload| {
                action(payload, &|action| action.action.as_mut().unwrap().endorsements[0].signature[9] ^= 1);
            }),
            Code::EndorsementPolicyFailure,
        ),
        (channel.transaction("undefined", &create("key", b"value")), Code::InvalidChaincode),
        (seventh, Code::Valid),
    ];
    let (envelopes, expected): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    assert_eq!(codes(&ledger, &mut channel, envelopes), expected);
    assert_eq!(ledger.snapshot().get(CHAINCODE, "key").unwrap().unwrap().version.transaction, 14);
}

/// Gives `key` a policy that only `role` satisfies.
fn guard(key: &str, role: MspRoleType) -> KvMetadataWrite {
    let entry = KvMetadataEntry { name: "VALIDATION_PARAMETER".to_owned(), value: signed_by(role) };
    KvMetadataWrite { key: key.to_owned(), entries: vec![entry] }
}

#[test]
fn a_key_whose_policy_changes_in_the_block_cannot_be_written_behind_it() {
    use TxValidationCode::{EndorsementPolicyFailure, MvccReadConflict, Valid};
    let folder = tempfile::tempdir().unwrap();
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, folder.path(), &Options::default());
    let guarded = |key: &str, reads: Vec<KvRead>, role| KvrwSet {
        reads,
        writes: vec![write(key, b"1")],
        metadata_writes: vec![guard(key, role)],
        ..KvrwSet::default()
    };
    // The third transaction's policy check passes; that its reads are stale is found out later, and too late for the
    // fourth: Fabric refuses it all the same.
    let stale = vec![KvRead { key: "stale".to_owned(), version: Some(kvrwset::Version { block_num: 9, tx_num: 9 }) }];
    let envelopes = vec![
        channel.transaction(CHAINCODE, &guarded("a", Vec::new(), MspRoleType::Peer)),
        channel.transaction(CHAINCODE, &KvrwSet { writes: vec![write("a", b"2")], ..KvrwSet::default() }),
        channel.transaction(CHAINCODE, &guarded("b", stale, MspRoleType::Peer)),
        channel.transaction(CHAINCODE, &KvrwSet { writes: vec![write("b", b"2")], ..KvrwSet::default() }),
    ];
    let expected = [Valid, EndorsementPolicyFailure, MvccReadConflict, EndorsementPolicyFailure];
    assert_eq!(codes(&ledger, &mut channel, envelopes), expected);
    // In a later block the new policy counts: a peer's is satisfied, an administrator's is not.
    let envelopes = vec![
        channel.transaction(CHAINCODE, &guarded("a", Vec::new(), MspRoleType::Admin)),
        channel.transaction(CHAINCODE, &guarded("c", Vec::new(), MspRoleType::Admin)),
    ];
    assert_eq!(codes(&ledger, &mut channel, envelopes), [Valid, Valid]);
    let envelopes = vec![
        channel.transaction(CHAINCODE, &KvrwSet { writes: vec![write("a", b"")], ..KvrwSet::default() }),
        channel.transaction(
            CHAINCODE,
            &KvrwSet { metadata_writes: vec![guard("c", MspRoleType::Peer)], ..KvrwSet::default() },
        ),
    ];
    assert_eq!(codes(&ledger, &mut channel, envelopes), [EndorsementPolicyFailure, EndorsementPolicyFailure]);
}

/// A random transaction: keys that it reads, the range that it reads, keys that it writes or deletes.
#[derive(Debug, Clone)]
struct Random {
    reads: Vec<u8>,
    range: Option<(u8, u8, bool)>,
    writes: Vec<(u8, Option<u8>)>,
    /// What it read is a block older than it could be.
    late: bool,
}

const KEYS: u8 = 8;

fn random() -> impl Strategy<Value = Random> {
    let reads = prop::collection::vec(0..KEYS, 0..3);
    let range = prop::option::weighted(0.3, (0..KEYS, 0..=KEYS, any::<bool>()));
    let writes = prop::collection::vec((0..KEYS, prop::option::weighted(0.7, 0..5_u8)), 0..3);
    (reads, range, writes, prop::bool::weighted(0.3)).prop_map(|(reads, range, writes, late)| Random {
        reads,
        range,
        writes,
        late,
    })
}

/// The state as the model has it: values and versions.
type Model = BTreeMap<String, (u8, Version)>;

fn key(number: u8) -> String {
    format!("k{number}")
}

fn in_range(model: &Model, start: &str, end: &str) -> Vec<(String, Version)> {
    let inside = model.iter().filter(|(key, _)| key.as_str() >= start && key.as_str() < end);
    inside.map(|(key, (_, version))| (key.clone(), *version)).collect()
}

fn version(version: Version) -> kvrwset::Version {
    kvrwset::Version { block_num: version.block, tx_num: version.transaction }
}

/// The read-write set of a transaction that saw `model`.
fn simulate(transaction: &Random, model: &Model) -> KvrwSet {
    let mut reads: Vec<_> = transaction.reads.iter().map(|number| key(*number)).collect();
    reads.sort();
    reads.dedup();
    let read = |key: String| KvRead { version: model.get(&key).map(|(_, at)| version(*at)), key };
    let range = transaction.range.map(|(start, end, exhausted)| {
        let results = in_range(model, &key(start), &key(end));
        // A query that is not read to its end ends with its last result.
        let (results, end, exhausted) = match results.first() {
            Some((first, _)) if !exhausted => (vec![results[0].clone()], first.clone(), false),
            _ => (results, key(end), true),
        };
        let kv_reads = results.into_iter().map(|(key, at)| KvRead { key, version: Some(version(at)) }).collect();
        RangeQueryInfo {
            start_key: key(start),
            end_key: end,
            itr_exhausted: exhausted,
            reads_info: Some(ReadsInfo::RawReads(QueryReads { kv_reads })),
        }
    });
    let writes: BTreeMap<_, _> = transaction.writes.iter().map(|(number, value)| (key(*number), *value)).collect();
    KvrwSet {
        reads: reads.into_iter().map(read).collect(),
        range_queries_info: range.into_iter().collect(),
        writes: writes
            .iter()
            .map(|(key, value)| write(key, value.as_ref().map_or(&[], std::slice::from_ref)))
            .collect(),
        metadata_writes: Vec::new(),
    }
}

/// Whether what was read is still so, and if so, the writes. `written` are the keys that the block has written so far:
/// reading one of them is a conflict even if it was deleted and had not been there.
fn judge(set: &KvrwSet, model: &mut Model, written: &mut BTreeSet<String>, at: Version) -> TxValidationCode {
    for read in &set.reads {
        if written.contains(&read.key) || model.get(&read.key).map(|(_, at)| version(*at)) != read.version {
            return TxValidationCode::MvccReadConflict;
        }
    }
    for range in &set.range_queries_info {
        let end = if range.itr_exhausted { range.end_key.clone() } else { format!("{}\0", range.end_key) };
        let now = in_range(model, &range.start_key, &end);
        let now: Vec<_> = now.into_iter().map(|(key, at)| KvRead { key, version: Some(version(at)) }).collect();
        if range.reads_info != Some(ReadsInfo::RawReads(QueryReads { kv_reads: now })) {
            return TxValidationCode::PhantomReadConflict;
        }
    }
    for write in &set.writes {
        written.insert(write.key.clone());
        match write.value.first() {
            Some(value) => model.insert(write.key.clone(), (*value, at)),
            None => model.remove(&write.key),
        };
    }
    TxValidationCode::Valid
}

fn state(ledger: &Ledger) -> Model {
    let entries = ledger.snapshot().range(CHAINCODE, "", "").unwrap().map(Result::unwrap);
    entries.map(|(key, value)| (key, (value.value[0], value.version))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn codes_and_state_are_those_of_the_model(
        blocks in prop::collection::vec(prop::collection::vec(random(), 1..8), 1..8),
        together in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut channel = Channel::new();
        let ledger = crate::channel::open(&mut channel, folder.path(), &Options::default());
        let (mut model, mut before) = (Model::new(), Model::new());
        let (mut made, mut expected) = (Vec::new(), Vec::new());
        for (number, transactions) in (2..).zip(&blocks) {
            let seen = model.clone();
            let sets: Vec<_> = transactions
                .iter()
                .map(|transaction| simulate(transaction, if transaction.late { &before } else { &seen }))
                .collect();
            let mut written = BTreeSet::new();
            for (index, set) in (0..).zip(&sets) {
                let at = Version { block: number, transaction: index };
                expected.push(judge(set, &mut model, &mut written, at));
            }
            let envelopes = sets.into_iter().map(|set| channel.transaction(CHAINCODE, &set)).collect();
            made.push(channel.block(envelopes));
            before = seen;
        }
        // One by one or all with one sync: that makes no difference.
        let committed = if together {
            ledger.append(made).unwrap()
        } else {
            made.into_iter().flat_map(|block| ledger.append(vec![block]).unwrap()).collect()
        };
        let found: Vec<_> =
            committed.iter().flat_map(|block| &block.transactions).map(|transaction| transaction.code).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(state(&ledger), model.clone());
        // A replay of the blocks leads to the same state.
        drop(ledger);
        std::fs::remove_file(folder.path().join("state.redb")).unwrap();
        prop_assert_eq!(state(&Ledger::open(folder.path(), None, &Options::default()).unwrap()), model);
    }
}

/// A header without a channel header is no reason to stop; the code is that of a bad header.
#[test]
fn an_empty_header_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, folder.path(), &Options::default());
    let envelope = channel.sign(&Payload { header: Some(Header::default()), data: Vec::new() });
    assert_eq!(codes(&ledger, &mut channel, vec![envelope]), [TxValidationCode::BadCommonHeader]);
}
