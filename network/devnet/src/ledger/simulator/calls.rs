//! Answers the ledger calls of a running chaincode, with the results and the texts of a Fabric peer.

use std::collections::HashMap;

use fabric_protos::common::SignaturePolicyEnvelope;
use fabric_protos::kvrwset::{KvMetadataEntry, KvMetadataWrite};
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{
    ChaincodeSpec, DelState, GetHistoryForKey, GetQueryResult, GetState, GetStateByRange, GetStateMetadata,
    GetStateMultiple, GetStateMultipleResult, PutState, PutStateMetadata, QueryResponse, QueryStateClose,
    QueryStateNext, StateMetadata, StateMetadataResult, WriteBatchState, WriteRecord, write_record,
};
use prost::Message;
use wasm_host::Ledger;

use super::Simulator;
use super::queries::Query;
use crate::ledger::error::LedgerError;
use crate::ledger::validation::key_policy;

/// One running chaincode of a simulation.
pub(crate) struct Frame<'a> {
    pub(super) simulator: &'a mut Simulator,
    pub(super) namespace: String,
    /// The chaincode's open queries by id.
    pub(super) queries: HashMap<String, Query>,
    pub(super) queries_begun: u64,
}

/// Why a call has no result.
pub(crate) enum CallError {
    /// The chaincode gets this text.
    Refused(String),
    /// The ledger failed; the transaction ends.
    Broken(LedgerError),
}

impl From<LedgerError> for CallError {
    fn from(error: LedgerError) -> Self {
        Self::Broken(error)
    }
}

impl From<prost::DecodeError> for CallError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Refused(format!("unmarshal failed: {error}"))
    }
}

impl<'a> Frame<'a> {
    pub(super) fn new(simulator: &'a mut Simulator, namespace: &str) -> Self {
        Self { simulator, namespace: namespace.to_owned(), queries: HashMap::new(), queries_begun: 0 }
    }

    fn answer(&mut self, kind: MessageType, payload: &[u8]) -> Result<Vec<u8>, CallError> {
        match kind {
            MessageType::GetState => self.get(&GetState::decode(payload)?),
            MessageType::GetStateMultiple => self.get_multiple(&GetStateMultiple::decode(payload)?),
            MessageType::PutState => self.put(PutState::decode(payload)?),
            MessageType::DelState => self.delete(DelState::decode(payload)?),
            MessageType::WriteBatchState => self.write_batch(WriteBatchState::decode(payload)?),
            MessageType::GetStateMetadata => self.get_metadata(&GetStateMetadata::decode(payload)?),
            MessageType::PutStateMetadata => self.put_metadata(PutStateMetadata::decode(payload)?),
            MessageType::GetStateByRange => self.range(GetStateByRange::decode(payload)?),
            MessageType::GetQueryResult => self.rich_query(&GetQueryResult::decode(payload)?),
            MessageType::GetHistoryForKey => self.history(&GetHistoryForKey::decode(payload)?),
            MessageType::QueryStateNext => self.next_page(QueryStateNext::decode(payload)?),
            MessageType::QueryStateClose => {
                let id = QueryStateClose::decode(payload)?.id;
                self.queries.remove(&id);
                Ok(QueryResponse { id, ..QueryResponse::default() }.encode_to_vec())
            }
            MessageType::InvokeChaincode => self.simulator.invoke(ChaincodeSpec::decode(payload)?),
            MessageType::GetPrivateDataHash | MessageType::PurgePrivateData => Err(private_data()),
            other => Err(CallError::Refused(format!("{} is not a ledger call", other.as_str_name()))),
        }
    }

    fn get(&mut self, call: &GetState) -> Result<Vec<u8>, CallError> {
        only_public(&call.collection)?;
        Ok(self.simulator.read(&self.namespace, &call.key)?.unwrap_or_default())
    }

    fn get_multiple(&mut self, call: &GetStateMultiple) -> Result<Vec<u8>, CallError> {
        only_public(&call.collection)?;
        let read = |key: &String| Ok(self.simulator.read(&self.namespace, key)?.unwrap_or_default());
        let values = call.keys.iter().map(read).collect::<Result<_, LedgerError>>()?;
        Ok(GetStateMultipleResult { values }.encode_to_vec())
    }

    fn put(&mut self, call: PutState) -> Result<Vec<u8>, CallError> {
        only_public(&call.collection)?;
        self.simulator.write(&self.namespace, &call.key, call.value)?;
        Ok(Vec::new())
    }

    fn delete(&mut self, call: DelState) -> Result<Vec<u8>, CallError> {
        self.put(PutState { key: call.key, collection: call.collection, value: Vec::new() })
    }

    fn write_batch(&mut self, call: WriteBatchState) -> Result<Vec<u8>, CallError> {
        for WriteRecord { key, value, collection, metadata, r#type } in call.rec {
            match write_record::Type::try_from(r#type) {
                Ok(write_record::Type::PutState) => self.put(PutState { key, value, collection })?,
                Ok(write_record::Type::DelState) => self.delete(DelState { key, collection })?,
                Ok(write_record::Type::PutStateMetadata) => {
                    self.put_metadata(PutStateMetadata { key, collection, metadata })?
                }
                Ok(write_record::Type::PurgePrivateData) => return Err(private_data()),
                _ => return Err(CallError::Refused("unknown operation type".to_owned())),
            };
        }
        Ok(Vec::new())
    }

    fn get_metadata(&mut self, call: &GetStateMetadata) -> Result<Vec<u8>, CallError> {
        only_public(&call.collection)?;
        let simulator = &mut *self.simulator;
        let value = simulator.snapshot.get(&self.namespace, &call.key)?;
        simulator.builder.read(&self.namespace, &call.key, value.as_ref().map(|value| value.version));
        let metadata = value.map(|value| value.metadata).unwrap_or_default();
        let entries = KvMetadataWrite::decode(metadata.as_slice())?.entries.into_iter();
        let entries = entries.map(|entry| StateMetadata { metakey: entry.name, value: entry.value }).collect();
        Ok(StateMetadataResult { entries }.encode_to_vec())
    }

    fn put_metadata(&mut self, call: PutStateMetadata) -> Result<Vec<u8>, CallError> {
        only_public(&call.collection)?;
        let StateMetadata { metakey, value } = call.metadata.unwrap_or_default();
        self.simulator.write_metadata(&self.namespace, &call.key, KvMetadataEntry { name: metakey, value })?;
        Ok(Vec::new())
    }
}

impl Ledger for Frame<'_> {
    fn call(&mut self, kind: MessageType, payload: &[u8]) -> Result<Vec<u8>, wasm_host::LedgerError> {
        self.answer(kind, payload).map_err(|error| match error {
            CallError::Refused(text) => {
                let transaction = &self.simulator.invocation.transaction_id;
                let text = format!("{} failed: transaction ID: {transaction}: {text}", kind.as_str_name());
                wasm_host::LedgerError::Refused(text)
            }
            CallError::Broken(error) => wasm_host::LedgerError::Broken(error.to_string()),
        })
    }
}

impl Simulator {
    pub(super) fn write(&mut self, namespace: &str, key: &str, value: Vec<u8>) -> Result<(), CallError> {
        self.begin_write(namespace, key)?;
        self.builder.write(namespace, key, value);
        Ok(())
    }

    /// Gives the key this metadata and no other.
    fn write_metadata(&mut self, namespace: &str, key: &str, entry: KvMetadataEntry) -> Result<(), CallError> {
        self.begin_write(namespace, key)?;
        self.builder.write_metadata(namespace, key, vec![entry]);
        Ok(())
    }

    fn begin_write(&mut self, namespace: &str, key: &str) -> Result<(), CallError> {
        if self.paged {
            let transaction = &self.invocation.transaction_id;
            return Err(CallError::Refused(format!(
                "txid [{transaction}]: unsuppored transaction. Transaction has already performed a paginated query. Writes are not allowed"
            )));
        }
        self.wrote = true;
        let metadata = self.snapshot.get(namespace, key)?.map(|value| value.metadata).unwrap_or_default();
        let policy = key_policy(&metadata).and_then(|policy| SignaturePolicyEnvelope::decode(policy.as_slice()).ok());
        self.written_keys.note(namespace, key, policy);
        Ok(())
    }
}

pub(super) fn only_public(collection: &str) -> Result<(), CallError> {
    if collection.is_empty() { Ok(()) } else { Err(private_data()) }
}

fn private_data() -> CallError {
    CallError::Refused("private data collections are not supported by this network".to_owned())
}
