//! Results that no contract has made.

use fabric_protos::Message as _;
use fabric_protos::kvrwset::{KvMetadataEntry, KvMetadataWrite, KvWrite, KvrwSet};
use fabric_protos::protos::{ChaincodeAction, ChaincodeId, Response};
use fabric_protos::rwset::{NsReadWriteSet, TxReadWriteSet};

use crate::Forgery;

/// The result that a dishonest organization's peer signs, as if this version of the chaincode had come to it.
pub(crate) fn action(forgery: &Forgery, version: String) -> ChaincodeAction {
    let set = NsReadWriteSet {
        namespace: forgery.chaincode.to_owned(),
        rwset: writes(forgery).encode_to_vec(),
        ..Default::default()
    };
    ChaincodeAction {
        results: TxReadWriteSet { ns_rwset: vec![set], ..Default::default() }.encode_to_vec(),
        response: Some(Response { status: 200, ..Default::default() }),
        chaincode_id: Some(ChaincodeId { name: forgery.chaincode.to_owned(), version, ..Default::default() }),
        ..Default::default()
    }
}

fn writes(forgery: &Forgery) -> KvrwSet {
    let write = |(key, value): &(String, Option<Vec<u8>>)| KvWrite {
        key: key.clone(),
        is_delete: value.is_none(),
        value: value.clone().unwrap_or_default(),
    };
    let protected = |policy: &Vec<u8>| {
        let entry = KvMetadataEntry { name: "VALIDATION_PARAMETER".to_owned(), value: policy.clone() };
        let keys = forgery.writes.iter().map(|(key, _)| key.clone());
        keys.map(|key| KvMetadataWrite { key, entries: vec![entry.clone()] }).collect()
    };
    KvrwSet {
        writes: forgery.writes.iter().map(write).collect(),
        metadata_writes: forgery.policy.as_ref().map(protected).unwrap_or_default(),
        ..Default::default()
    }
}
