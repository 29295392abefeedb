//! Fabric's chaincode calls, one method each: what contexts are built on.
//!
//! Contracts use [`Context`](crate::Context) and [`QueryContext`](crate::QueryContext). A stub sends each call at
//! once and as it is, and has also what they leave out: private data and rich queries.

mod results;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use fabric_protos::protos::chaincode_message::Type;
use fabric_protos::protos::{self, write_record};
use prost::Message;

pub use self::results::{KeyValue, Modification, QueryResult, Results};
use crate::composite_key;
use crate::error::Error;
use crate::host::Host;
use crate::transaction::{Transaction, decode};

/// Keys in one GET_STATE_MULTIPLE and records in one WRITE_BATCH_STATE; the host splits further if the peer asks for it.
const RECORDS_MAX: usize = 1000;
/// Bytes of values in one WRITE_BATCH_STATE, unless a single value has more: well below the limits on messages.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// Stands for an empty start key, so that ranges of simple keys do not contain composite keys.
const FIRST_SIMPLE_KEY: &str = "\u{1}";
/// Metadata entry of a key that holds its endorsement policy.
pub(crate) const VALIDATION_PARAMETER: &str = "VALIDATION_PARAMETER";

/// Public state, in calls that also serve private data collections.
const PUBLIC: &str = "";

/// One running transaction: its description and the way to the ledger. Clones stand for the same transaction.
#[derive(Clone)]
pub struct Stub(Rc<Shared>);

struct Shared {
    host: Rc<dyn Host>,
    transaction: Transaction,
    event: RefCell<Option<protos::ChaincodeEvent>>,
}

/// A write to the public state that [`Stub::write_batch`] sends together with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A new value, not empty.
    Put(String, Vec<u8>),
    /// The key goes.
    Delete(String),
    /// The key's endorsement policy: a serialized `SignaturePolicyEnvelope`.
    Endorsement(String, Vec<u8>),
}

impl Stub {
    /// A stub for `transaction`, whose calls `host` answers.
    pub fn new(host: Rc<dyn Host>, transaction: Transaction) -> Self {
        Self(Rc::new(Shared { host, transaction, event: RefCell::default() }))
    }

    /// The transaction's description.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.0.transaction
    }

    /// Name of the function, as the client sent it: the first argument, empty if there is none.
    #[must_use]
    pub fn function(&self) -> &[u8] {
        self.transaction().arguments.first().map_or(&[], Vec::as_slice)
    }

    /// The arguments after the function's name.
    #[must_use]
    pub fn arguments(&self) -> &[Vec<u8>] {
        self.transaction().arguments.get(1..).unwrap_or_default()
    }

    /// GET_STATE. `None`: no such key (Fabric does not tell an empty value from none).
    ///
    /// # Errors
    /// [`Error::Ledger`]. This is what all methods of a stub answer if the peer refuses the call.
    pub fn get_state(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.get_private_data(PUBLIC, key)
    }

    /// GET_STATE_MULTIPLE: the values in the order of the keys.
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::Protocol`]: another number of values.
    pub fn get_state_multiple(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(RECORDS_MAX) {
            let request = protos::GetStateMultiple { keys: keys.to_vec(), collection: PUBLIC.into() };
            let result: protos::GetStateMultipleResult = self.request(Type::GetStateMultiple, &request)?;
            if result.values.len() != keys.len() {
                let text = format!("{} keys were asked for, {} values came", keys.len(), result.values.len());
                return Err(Error::Protocol(text));
            }
            values.extend(result.values.into_iter().map(non_empty));
        }
        Ok(values)
    }

    /// PUT_STATE.
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::Key`]: an empty key.
    pub fn put_state(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.put_private_data(PUBLIC, key, value)
    }

    /// DEL_STATE.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn del_state(&self, key: &str) -> Result<(), Error> {
        self.send(Type::DelState, &protos::DelState { key: key.into(), collection: PUBLIC.into() })
    }

    /// WRITE_BATCH_STATE: all the writes in as few messages as possible.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn write_batch(&self, writes: impl IntoIterator<Item = Write>) -> Result<(), Error> {
        let mut records = writes.into_iter().map(record).peekable();
        while let Some(first) = records.next() {
            let mut bytes = first.value.len();
            let mut rec = vec![first];
            while rec.len() < RECORDS_MAX
                && let Some(next) = records.next_if(|next| bytes + next.value.len() <= BATCH_BYTES_MAX)
            {
                bytes += next.value.len();
                rec.push(next);
            }
            self.send(Type::WriteBatchState, &protos::WriteBatchState { rec })?;
        }
        Ok(())
    }

    /// GET_STATE_BY_RANGE: simple keys from `start` (empty: from the first one) up to before `end` (empty: to the last).
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::Key`]: a composite key.
    pub fn get_state_by_range(&self, start: &str, end: &str) -> Result<Results<KeyValue>, Error> {
        let (start, end) = simple_range(start, end)?;
        self.range(start.to_owned(), end.to_owned(), Vec::new())
    }

    /// The same, at most `size` results from `bookmark` on. Allowed only where the transaction writes nothing.
    ///
    /// # Errors
    /// As for [`Stub::get_state_by_range`].
    pub fn get_state_by_range_page(
        &self,
        (start, end): (&str, &str),
        size: u32,
        bookmark: &str,
    ) -> Result<Results<KeyValue>, Error> {
        let (start, end) = simple_range(start, end)?;
        self.range(start.to_owned(), end.to_owned(), page(size, bookmark)?)
    }

    /// GET_STATE_BY_RANGE of all the composite keys that continue `key`, itself a composite key.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn get_state_by_partial_composite_key(&self, key: String) -> Result<Results<KeyValue>, Error> {
        let (start, end) = composite_key::range_of(key);
        self.range(start, end, Vec::new())
    }

    /// GET_STATE_BY_RANGE of composite keys from `start` up to before `end`.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn get_state_by_composite_key_range(&self, start: String, end: String) -> Result<Results<KeyValue>, Error> {
        self.range(start, end, Vec::new())
    }

    /// The same, at most `size` results from `bookmark` on. Allowed only where the transaction writes nothing.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn get_state_by_composite_key_range_page(
        &self,
        (start, end): (String, String),
        size: u32,
        bookmark: &str,
    ) -> Result<Results<KeyValue>, Error> {
        self.range(start, end, page(size, bookmark)?)
    }

    /// GET_HISTORY_FOR_KEY: the newest modification first. It adds no reads, so nothing protects what is built on it.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn get_history_for_key(&self, key: &str) -> Result<Results<Modification>, Error> {
        self.query(Type::GetHistoryForKey, &protos::GetHistoryForKey { key: key.into() })
    }

    /// GET_QUERY_RESULT: a rich query, which peers on CouchDB answer.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn get_query_result(&self, query: &str) -> Result<Results<KeyValue>, Error> {
        let request = protos::GetQueryResult { query: query.into(), collection: PUBLIC.into(), metadata: Vec::new() };
        self.query(Type::GetQueryResult, &request)
    }

    /// PUT_STATE_METADATA: the key's endorsement policy, a serialized `SignaturePolicyEnvelope`.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn set_state_validation_parameter(&self, key: &str, policy: &[u8]) -> Result<(), Error> {
        let metadata = validation_parameter(policy.to_vec());
        let request = protos::PutStateMetadata { key: key.into(), collection: PUBLIC.into(), metadata: Some(metadata) };
        self.send(Type::PutStateMetadata, &request)
    }

    /// GET_STATE_METADATA: the key's endorsement policy; `None`: the chaincode's holds.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn get_state_validation_parameter(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let request = protos::GetStateMetadata { key: key.into(), collection: PUBLIC.into() };
        let result: protos::StateMetadataResult = self.request(Type::GetStateMetadata, &request)?;
        let entry = result.entries.into_iter().find(|entry| entry.metakey == VALIDATION_PARAMETER);
        Ok(entry.map(|entry| entry.value))
    }

    /// GET_STATE in a private data collection.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn get_private_data(&self, collection: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let request = protos::GetState { key: key.into(), collection: collection.into() };
        self.call(Type::GetState, &request).map(non_empty)
    }

    /// PUT_STATE in a private data collection.
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::Key`]: an empty key.
    pub fn put_private_data(&self, collection: &str, key: &str, value: &[u8]) -> Result<(), Error> {
        if key.is_empty() {
            return Err(Error::Key("key must not be an empty string".into()));
        }
        let request = protos::PutState { key: key.into(), value: value.to_vec(), collection: collection.into() };
        self.send(Type::PutState, &request)
    }

    /// INVOKE_CHAINCODE: `arguments` start with the function's name; `channel` empty: this one (elsewhere only reads count).
    ///
    /// As in Fabric's own shims, a peer that refuses is a response of status 500, its text in the payload.
    ///
    /// # Errors
    /// [`Error::Protocol`]: the peer's answer is no response.
    pub fn invoke_chaincode(
        &self,
        chaincode: &str,
        arguments: Vec<Vec<u8>>,
        channel: &str,
    ) -> Result<protos::Response, Error> {
        let name = if channel.is_empty() { chaincode.to_owned() } else { format!("{chaincode}/{channel}") };
        let request = protos::ChaincodeSpec {
            chaincode_id: Some(protos::ChaincodeId { name, ..Default::default() }),
            input: Some(protos::ChaincodeInput { args: arguments, ..Default::default() }),
            ..Default::default()
        };
        let answer = match self.call(Type::InvokeChaincode, &request) {
            Ok(answer) => answer,
            Err(error) => return Ok(refused(error.to_string().into_bytes())),
        };
        let message: protos::ChaincodeMessage = decode("callee's message", &answer)?;
        if message.r#type == i32::from(Type::Completed) {
            decode("callee's response", &message.payload)
        } else {
            Ok(refused(message.payload))
        }
    }

    /// Sets the transaction's event. Fabric keeps one: a later one replaces it.
    ///
    /// # Errors
    /// [`Error::Event`]: no name.
    pub fn set_event(&self, name: &str, payload: Vec<u8>) -> Result<(), Error> {
        if name.is_empty() {
            return Err(Error::Event("event name can not be empty string".into()));
        }
        let event = protos::ChaincodeEvent { event_name: name.into(), payload, ..Default::default() };
        self.0.event.replace(Some(event));
        Ok(())
    }

    /// The event that was set, if any.
    #[must_use]
    pub fn event(&self) -> Option<protos::ChaincodeEvent> {
        self.0.event.borrow().clone()
    }

    /// Name and value of all the transient data.
    ///
    /// # Errors
    /// [`Error::Protocol`].
    pub fn transient(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        self.transaction().transient()
    }

    fn range(&self, start_key: String, end_key: String, metadata: Vec<u8>) -> Result<Results<KeyValue>, Error> {
        let request = protos::GetStateByRange { start_key, end_key, collection: PUBLIC.into(), metadata };
        self.query(Type::GetStateByRange, &request)
    }

    fn query<T: QueryResult>(&self, kind: Type, request: &impl Message) -> Result<Results<T>, Error> {
        Ok(Results::new(self.clone(), self.request(kind, request)?))
    }

    fn request<M: Message + Default>(&self, kind: Type, request: &impl Message) -> Result<M, Error> {
        decode("peer's response", &self.call(kind, request)?)
    }

    fn send(&self, kind: Type, request: &impl Message) -> Result<(), Error> {
        self.call(kind, request).map(drop)
    }

    fn call(&self, kind: Type, request: &impl Message) -> Result<Vec<u8>, Error> {
        self.0.host.call(kind, &request.encode_to_vec()).map_err(Error::Ledger)
    }
}

fn non_empty(value: Vec<u8>) -> Option<Vec<u8>> {
    (!value.is_empty()).then_some(value)
}

fn refused(payload: Vec<u8>) -> protos::Response {
    protos::Response { status: 500, payload, ..Default::default() }
}

fn validation_parameter(value: Vec<u8>) -> protos::StateMetadata {
    protos::StateMetadata { metakey: VALIDATION_PARAMETER.into(), value }
}

fn record(write: Write) -> protos::WriteRecord {
    let (kind, key, value, metadata) = match write {
        Write::Put(key, value) => (write_record::Type::PutState, key, value, None),
        Write::Delete(key) => (write_record::Type::DelState, key, Vec::new(), None),
        Write::Endorsement(key, policy) => {
            (write_record::Type::PutStateMetadata, key, Vec::new(), Some(validation_parameter(policy)))
        }
    };
    protos::WriteRecord { key, value, collection: PUBLIC.into(), metadata, r#type: kind.into() }
}

fn page(size: u32, bookmark: &str) -> Result<Vec<u8>, Error> {
    let page_size = i32::try_from(size).map_err(|_| Error::Arguments(format!("a page of {size} results")))?;
    Ok(protos::QueryMetadata { page_size, bookmark: bookmark.into() }.encode_to_vec())
}

fn simple_range<'a>(start: &'a str, end: &'a str) -> Result<(&'a str, &'a str), Error> {
    if let Some(key) = [start, end].into_iter().find(|key| key.starts_with('\0')) {
        let text = format!("first character of the key [{key}] contains a null character which is not allowed");
        return Err(Error::Key(text));
    }
    Ok((if start.is_empty() { FIRST_SIMPLE_KEY } else { start }, end))
}
