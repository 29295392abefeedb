//! Runs a chaincode on a state and collects what it reads and writes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use fabric_protos::protos::chaincode_message::Type;
use fabric_protos::protos::{self, write_record};
use fabric_protos::queryresult;
use prost::Message;

use super::policy::Policy;
use super::read_write_set::{ReadWriteSet, ScannedRange};
use super::state::{State, Version};
use crate::contract::{Chaincode, Completion, run};
use crate::host::Host;
use crate::stub::VALIDATION_PARAMETER;

/// Results in one answer, as on a peer.
const PAGE: usize = 100;

/// A chaincode and its endorsement policy.
#[derive(Clone)]
pub(super) struct Deployed {
    pub(super) chaincode: Rc<dyn Chaincode>,
    pub(super) policy: Policy,
}

/// One transaction, which may run several chaincodes.
pub(super) struct Simulation {
    state: Rc<State>,
    chaincodes: Rc<BTreeMap<String, Deployed>>,
    message: protos::ChaincodeMessage,
    collected: RefCell<Collected>,
}

#[derive(Default)]
struct Collected {
    set: ReadWriteSet,
    cursors: BTreeMap<String, Cursor>,
    cursors_opened: u64,
}

/// Results of a scanned range that wait to be fetched.
struct Cursor {
    /// Index among the ranges of the read set.
    range: usize,
    rest: std::vec::IntoIter<(queryresult::Kv, Version)>,
}

impl Simulation {
    pub(super) fn new(
        state: Rc<State>,
        chaincodes: Rc<BTreeMap<String, Deployed>>,
        message: protos::ChaincodeMessage,
    ) -> Self {
        Self { state, chaincodes, message, collected: RefCell::default() }
    }

    /// Runs the chaincode that the client called.
    pub(super) fn run(self, chaincode: &str) -> Result<(Completion, ReadWriteSet), String> {
        let simulation = Rc::new(self);
        let deployed = simulation.chaincodes.get(chaincode).ok_or_else(|| simulation.not_found(chaincode))?;
        let message = simulation.message.encode_to_vec();
        let host = Frame { simulation: Rc::clone(&simulation), chaincodes: vec![chaincode.to_owned()] };
        let completion = run(&*deployed.chaincode, &message, Rc::new(host));
        let set = simulation.collected.borrow().set.clone();
        Ok((completion, set))
    }

    fn not_found(&self, chaincode: &str) -> String {
        let channel = &self.message.channel_id;
        format!(
            "execute failed: invalid invocation: [channel {channel}] failed to get chaincode container info for \
             {chaincode}: chaincode {chaincode} not found"
        )
    }

    /// The text of a peer's ERROR.
    fn error(&self, kind: Type, text: &str) -> String {
        format!("{} failed: transaction ID: {}: {text}", kind.as_str_name(), self.message.txid)
    }
}

/// One running chaincode of a transaction: the host that it sees.
struct Frame {
    simulation: Rc<Simulation>,
    /// This chaincode, after all those that wait for it.
    chaincodes: Vec<String>,
}

impl Host for Frame {
    fn call(&self, kind: Type, payload: &[u8]) -> Result<Vec<u8>, String> {
        self.answer(kind, payload).map_err(|text| self.simulation.error(kind, &text))
    }
}

impl Frame {
    fn answer(&self, kind: Type, payload: &[u8]) -> Result<Vec<u8>, String> {
        match kind {
            Type::GetState => {
                let protos::GetState { key, collection } = decode(payload)?;
                public(&collection)?;
                Ok(self.read(&key).unwrap_or_default())
            }
            Type::GetStateMultiple => {
                let protos::GetStateMultiple { keys, collection } = decode(payload)?;
                public(&collection)?;
                let values = keys.iter().map(|key| self.read(key).unwrap_or_default()).collect();
                Ok(protos::GetStateMultipleResult { values }.encode_to_vec())
            }
            Type::GetStateMetadata => self.metadata(&decode(payload)?),
            Type::PutState => {
                let protos::PutState { key, value, collection } = decode(payload)?;
                self.write(write_record::Type::PutState, protos::WriteRecord { key, value, collection, ..record() })
            }
            Type::DelState => {
                let protos::DelState { key, collection } = decode(payload)?;
                self.write(write_record::Type::DelState, protos::WriteRecord { key, collection, ..record() })
            }
            Type::PutStateMetadata => {
                let protos::PutStateMetadata { key, collection, metadata } = decode(payload)?;
                let record = protos::WriteRecord { key, collection, metadata, ..record() };
                self.write(write_record::Type::PutStateMetadata, record)
            }
            Type::WriteBatchState => {
                let batch: protos::WriteBatchState = decode(payload)?;
                for record in batch.rec {
                    let kind = write_record::Type::try_from(record.r#type).map_err(|error| error.to_string())?;
                    self.write(kind, record)?;
                }
                Ok(Vec::new())
            }
            Type::GetStateByRange => self.scan(decode(payload)?),
            Type::QueryStateNext => {
                let protos::QueryStateNext { id } = decode(payload)?;
                self.fetch(id)
            }
            Type::QueryStateClose => {
                let protos::QueryStateClose { id } = decode(payload)?;
                self.simulation.collected.borrow_mut().cursors.remove(&id);
                Ok(protos::QueryResponse { id, ..Default::default() }.encode_to_vec())
            }
            Type::GetHistoryForKey => Ok(self.history(&decode(payload)?)),
            Type::InvokeChaincode => self.invoke(decode(payload)?),
            Type::GetQueryResult => Err("ExecuteQuery not supported for leveldb".to_owned()),
            _ => Err("not a call that the test ledger answers".to_owned()),
        }
    }

    fn chaincode(&self) -> &str {
        self.chaincodes.last().map_or("", String::as_str)
    }

    fn read(&self, key: &str) -> Option<Vec<u8>> {
        let entry = self.simulation.state.get(self.chaincode(), key);
        let location = (self.chaincode().to_owned(), key.to_owned());
        self.simulation.collected.borrow_mut().set.reads.insert(location, entry.map(|entry| entry.version));
        entry.map(|entry| entry.value.clone())
    }

    fn metadata(&self, request: &protos::GetStateMetadata) -> Result<Vec<u8>, String> {
        public(&request.collection)?;
        self.read(&request.key);
        let policy = self.simulation.state.get(self.chaincode(), &request.key).and_then(|entry| entry.policy.clone());
        let entries = policy.map(|value| protos::StateMetadata { metakey: VALIDATION_PARAMETER.to_owned(), value });
        Ok(protos::StateMetadataResult { entries: entries.into_iter().collect() }.encode_to_vec())
    }

    fn write(&self, kind: write_record::Type, record: protos::WriteRecord) -> Result<Vec<u8>, String> {
        public(&record.collection)?;
        let set = &mut self.simulation.collected.borrow_mut().set;
        if set.paged {
            let id = &self.simulation.message.txid;
            return Err(format!(
                "txid [{id}]: Transaction has already performed a paginated query. Writes are not allowed"
            ));
        }
        let location = (self.chaincode().to_owned(), record.key);
        match kind {
            // Fabric takes an empty value for a deletion.
            write_record::Type::PutState => {
                set.writes.insert(location, Some(record.value).filter(|value| !value.is_empty()));
            }
            write_record::Type::DelState => {
                set.writes.insert(location, None);
            }
            write_record::Type::PutStateMetadata => {
                set.policies.insert(location, record.metadata.unwrap_or_default().value);
            }
            _ => return Err("not a write that the test ledger takes".to_owned()),
        }
        Ok(Vec::new())
    }

    fn scan(&self, request: protos::GetStateByRange) -> Result<Vec<u8>, String> {
        public(&request.collection)?;
        let protos::GetStateByRange { mut start_key, end_key, metadata, .. } = request;
        let paging: protos::QueryMetadata = decode(&metadata)?;
        let size = usize::try_from(paging.page_size).ok().filter(|&size| size > 0);
        if size.is_some() && !paging.bookmark.is_empty() {
            start_key.clone_from(&paging.bookmark);
        }
        let found = self.simulation.state.range(self.chaincode(), &start_key, &end_key);
        let mut results: Vec<_> = found.map(|(key, entry)| self.result(key, &entry.value, entry.version)).collect();

        let collected = &mut *self.simulation.collected.borrow_mut();
        let mut response = protos::QueryResponse::default();
        if let Some(size) = size {
            collected.set.paged = true;
            let bookmark = results.get(size).map(|(next, _)| next.key.clone()).unwrap_or_default();
            results.truncate(size);
            let fetched_records_count = i32::try_from(results.len()).map_err(|error| error.to_string())?;
            response.metadata = protos::QueryResponseMetadata { fetched_records_count, bookmark }.encode_to_vec();
        }
        collected.set.ranges.push(ScannedRange {
            chaincode: self.chaincode().to_owned(),
            start: start_key,
            end: end_key,
            exhausted: false,
            results: Vec::new(),
        });
        collected.cursors_opened += 1;
        let id = collected.cursors_opened.to_string();
        let cursor = Cursor { range: collected.set.ranges.len() - 1, rest: results.into_iter() };
        // A page comes in one answer, however large it is.
        collected.deliver(id, cursor, size.unwrap_or(PAGE), response)
    }

    fn result(&self, key: &str, value: &[u8], version: Version) -> (queryresult::Kv, Version) {
        let namespace = self.chaincode().to_owned();
        (queryresult::Kv { namespace, key: key.to_owned(), value: value.to_vec() }, version)
    }

    fn fetch(&self, id: String) -> Result<Vec<u8>, String> {
        let collected = &mut *self.simulation.collected.borrow_mut();
        let cursor = collected.cursors.remove(&id).ok_or_else(|| "query iterator not found".to_owned())?;
        collected.deliver(id, cursor, PAGE, protos::QueryResponse::default())
    }

    fn history(&self, request: &protos::GetHistoryForKey) -> Vec<u8> {
        let changes = self.simulation.state.history(self.chaincode(), &request.key).iter().rev();
        let results = changes.map(|change| {
            let modification = queryresult::KeyModification {
                tx_id: change.transaction_id.clone(),
                value: change.value.clone().unwrap_or_default(),
                timestamp: Some(super::client::timestamp(change.timestamp_ns)),
                is_delete: change.value.is_none(),
            };
            protos::QueryResultBytes { result_bytes: modification.encode_to_vec() }
        });
        protos::QueryResponse { results: results.collect(), ..Default::default() }.encode_to_vec()
    }

    fn invoke(&self, request: protos::ChaincodeSpec) -> Result<Vec<u8>, String> {
        let name = request.chaincode_id.unwrap_or_default().name;
        let simulation = &self.simulation;
        let name = match name.split_once('/') {
            Some((name, channel)) if channel == simulation.message.channel_id => name,
            Some((_, channel)) => return Err(format!("the test ledger has no channel {channel}")),
            None => name.as_str(),
        };
        if self.chaincodes.iter().any(|waiting| waiting == name) {
            return Err(format!("chaincode {name} waits for this call"));
        }
        let deployed = simulation.chaincodes.get(name).ok_or_else(|| simulation.not_found(name))?;
        let message = protos::ChaincodeMessage {
            payload: request.input.unwrap_or_default().encode_to_vec(),
            ..simulation.message.clone()
        };
        let chaincodes = self.chaincodes.iter().cloned().chain([name.to_owned()]).collect();
        let host = Rc::new(Self { simulation: Rc::clone(simulation), chaincodes });
        // Its event is lost, as on Fabric.
        let completion = run(&*deployed.chaincode, &message.encode_to_vec(), host);
        let answer = protos::ChaincodeMessage {
            r#type: Type::Completed.into(),
            payload: completion.response.encode_to_vec(),
            ..Default::default()
        };
        Ok(answer.encode_to_vec())
    }
}

impl Collected {
    /// Answers with the next `size` results and records them as read, and the one after them, as a peer does.
    fn deliver(
        &mut self,
        id: String,
        mut cursor: Cursor,
        size: usize,
        response: protos::QueryResponse,
    ) -> Result<Vec<u8>, String> {
        let range = self.set.ranges.get_mut(cursor.range).ok_or_else(|| "query iterator not found".to_owned())?;
        let batch: Vec<_> = cursor.rest.by_ref().take(size).collect();
        let looked_ahead = cursor.rest.as_slice().first();
        for (entry, version) in batch.iter().chain(looked_ahead) {
            if range.results.last().is_none_or(|(key, _)| *key < entry.key) {
                range.results.push((entry.key.clone(), *version));
            }
        }
        range.exhausted = looked_ahead.is_none() && response.metadata.is_empty();
        let results = batch
            .into_iter()
            .map(|(entry, _)| protos::QueryResultBytes { result_bytes: entry.encode_to_vec() })
            .collect();
        let has_more = looked_ahead.is_some();
        if has_more {
            self.cursors.insert(id.clone(), cursor);
        }
        Ok(protos::QueryResponse { results, has_more, id, ..response }.encode_to_vec())
    }
}

fn public(collection: &str) -> Result<(), String> {
    if collection.is_empty() { Ok(()) } else { Err(format!("the test ledger has no collection {collection}")) }
}

fn record() -> protos::WriteRecord {
    protos::WriteRecord::default()
}

fn decode<M: Message + Default>(payload: &[u8]) -> Result<M, String> {
    M::decode(payload).map_err(|error| error.to_string())
}
