//! What a contract function sees of the ledger.
//!
//! | context | given to | offers |
//! |---|---|---|
//! | [`ReadContext`] | both (contexts deref to it) | values, ranges, the client, the transaction |
//! | [`Context`] | `#[submit]` | and writes, key-level policies, one event, calls to other chaincodes |
//! | [`QueryContext`] | `#[evaluate]` | and history and pages, which nothing protects once a transaction commits |
//!
//! **Reads do not see the transaction's own writes.** A transaction runs on the state as it was before it; a value that
//! was just put is read back as the old one. Keep in a variable what you need again.
//!
//! Writes are collected, the last one to a key wins, and they go to the peer together when the function has succeeded.
//! A function that fails writes nothing.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::composite_key;
use crate::endorsement::EndorsementPolicy;
use crate::error::Error;
use crate::identity::ClientIdentity;
use crate::stub::{KeyValue, Modification, Results, Stub, Write};
use crate::value::Value;

/// What every contract function can read.
pub struct ReadContext {
    stub: Stub,
}

impl ReadContext {
    pub(crate) fn stub(&self) -> &Stub {
        &self.stub
    }

    /// The value of `key`; `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Ledger`]: the peer refuses. This holds for every method that asks the ledger.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.stub.get_state(key)
    }

    /// The values of many keys, in their order, in as few calls as possible.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.stub.get_state_multiple(keys)
    }

    /// Simple keys from `start` (empty: the first) up to before `end` (empty: through the last), in byte order.
    ///
    /// The whole range that was read is validated at commit: a key that appears in it meanwhile fails the transaction.
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::Key`]: a composite key, see [`ReadContext::composite_range`].
    pub fn range(&self, start: &str, end: &str) -> Result<Results<KeyValue>, Error> {
        self.stub.get_state_by_range(start, end)
    }

    /// All composite keys of `object_type` that start with `parts`.
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::Key`]: a part that composite keys do not allow.
    pub fn composite_range<'a>(
        &self,
        object_type: &'a str,
        parts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Results<KeyValue>, Error> {
        self.stub.get_state_by_partial_composite_key(composite_key::join(object_type, parts)?)
    }

    /// The key-level endorsement policy; `None`: the chaincode's own policy holds.
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::State`]: a policy of another form than "each of these organizations".
    pub fn endorsement_policy(&self, key: &str) -> Result<Option<EndorsementPolicy>, Error> {
        let policy = self.stub.get_state_validation_parameter(key)?;
        policy.map(|bytes| EndorsementPolicy::from_bytes(&bytes)).transpose()
    }

    /// Who signed the proposal.
    ///
    /// # Errors
    /// [`Error::Identity`]: the identity is not an MSP id and a certificate.
    pub fn client(&self) -> Result<ClientIdentity, Error> {
        ClientIdentity::from_creator(self.creator())
    }

    /// The serialized identity of who signed the proposal.
    #[must_use]
    pub fn creator(&self) -> &[u8] {
        &self.stub.transaction().creator
    }

    /// Id of the transaction: 64 hexadecimal digits. Never store it where the same input must give the same state.
    #[must_use]
    pub fn transaction_id(&self) -> &str {
        &self.stub.transaction().id
    }

    /// Name of the channel.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.stub.transaction().channel
    }

    /// The transaction's time, nanoseconds since the epoch, UTC: set by the client, the same for every endorser.
    #[must_use]
    pub fn timestamp_ns(&self) -> u64 {
        self.stub.transaction().timestamp_ns
    }

    /// The chaincode that the client's proposal addresses: another one than this if this was called by a chaincode.
    #[must_use]
    pub fn proposal_chaincode(&self) -> &str {
        &self.stub.transaction().proposal_chaincode
    }

    /// The arguments of this call as they came, without the function's name.
    #[must_use]
    pub fn arguments(&self) -> &[Vec<u8>] {
        self.stub.arguments()
    }

    /// Transient data: seen by the endorsers, never written to a block. For secrets.
    ///
    /// # Errors
    /// [`Error::Protocol`]: the proposal cannot be read.
    pub fn transient(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.stub.transient()?.remove(name))
    }
}

/// What a `#[submit]` function works on.
///
/// There is no history here, nor are there pages: nothing would protect what is built on them.
///
/// ```compile_fail,E0599
/// # use fabric_contract_api::{Context, Error};
/// fn submit(context: &mut Context) -> Result<(), Error> {
///     context.history("key")?; // no such method
///     Ok(())
/// }
/// ```
pub struct Context {
    reader: ReadContext,
    /// New values; `None`: the key goes.
    values: BTreeMap<String, Option<Vec<u8>>>,
    policies: BTreeMap<String, Vec<u8>>,
}

impl Context {
    pub(crate) fn new(stub: Stub) -> Self {
        Self { reader: ReadContext { stub }, values: BTreeMap::new(), policies: BTreeMap::new() }
    }

    /// Writes a value.
    ///
    /// # Errors
    /// [`Error::Key`]: an empty key, or an empty value, which Fabric takes for a deletion.
    pub fn put(&mut self, key: &str, value: impl Into<Vec<u8>>) -> Result<(), Error> {
        let value = value.into();
        if key.is_empty() {
            return Err(Error::Key("a key is empty".into()));
        }
        if value.is_empty() {
            return Err(Error::Key(format!("the value of {key} is empty: use delete")));
        }
        self.values.insert(key.to_owned(), Some(value));
        Ok(())
    }

    /// Deletes a key; nothing happens if it is not there. Its endorsement policy goes with it.
    ///
    /// # Errors
    /// [`Error::Key`]: an empty key.
    pub fn delete(&mut self, key: &str) -> Result<(), Error> {
        if key.is_empty() {
            return Err(Error::Key("a key is empty".into()));
        }
        self.values.insert(key.to_owned(), None);
        Ok(())
    }

    /// Sets the key-level endorsement policy, which from then on holds for this key instead of the chaincode's.
    ///
    /// The key must exist or be put in the same transaction; Fabric ignores the policy of a key without a value.
    ///
    /// # Errors
    /// [`Error::Key`]: an empty key.
    pub fn set_endorsement_policy(&mut self, key: &str, policy: &EndorsementPolicy) -> Result<(), Error> {
        if key.is_empty() {
            return Err(Error::Key("a key is empty".into()));
        }
        self.policies.insert(key.to_owned(), policy.to_bytes());
        Ok(())
    }

    /// Emits the transaction's event with a JSON payload. Clients see it once the transaction is valid; the events of a
    /// called chaincode are lost.
    ///
    /// # Errors
    /// [`Error::Event`]: a second event, or no name; [`Error::Result`]: the payload has no JSON form.
    pub fn emit(&mut self, name: &str, payload: &impl Value) -> Result<(), Error> {
        let payload = payload.to_result().map_err(|error| Error::Result(format!("event {name}: {error}")))?;
        self.emit_bytes(name, payload)
    }

    /// Emits the transaction's event with a payload of your own format.
    ///
    /// # Errors
    /// [`Error::Event`]: a second event, or no name.
    pub fn emit_bytes(&mut self, name: &str, payload: impl Into<Vec<u8>>) -> Result<(), Error> {
        if let Some(first) = self.stub.event() {
            let text = format!("event {name} after event {}: a transaction has one", first.event_name);
            return Err(Error::Event(text));
        }
        self.stub.set_event(name, payload.into())
    }

    /// Calls another chaincode on this channel, within this transaction, and returns its payload.
    ///
    /// Its writes become part of this transaction and need the endorsements of *its* policy. A chaincode cannot call one
    /// that is waiting for it.
    ///
    /// # Errors
    /// [`Error::Callee`]: it failed, or there is none of this name.
    pub fn invoke_chaincode(
        &mut self,
        chaincode: &str,
        function: &str,
        arguments: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Vec<u8>, Error> {
        let arguments = std::iter::once(function.as_bytes().to_vec()).chain(arguments).collect();
        let response = self.stub.invoke_chaincode(chaincode, arguments, "")?;
        if response.status < 400 {
            return Ok(response.payload);
        }
        // A chaincode's own failure has a message, a refusal by the peer only a payload.
        let message = if response.message.is_empty() {
            String::from_utf8_lossy(&response.payload).into_owned()
        } else {
            response.message
        };
        Err(Error::Callee { chaincode: chaincode.to_owned(), status: response.status, message })
    }

    /// Sends the collected writes.
    pub(crate) fn flush(self) -> Result<(), Error> {
        let values = self.values.into_iter().map(|(key, value)| match value {
            Some(value) => Write::Put(key, value),
            None => Write::Delete(key),
        });
        let policies = self.policies.into_iter().map(|(key, policy)| Write::Endorsement(key, policy));
        self.reader.stub.write_batch(values.chain(policies))
    }
}

impl Deref for Context {
    type Target = ReadContext;

    fn deref(&self) -> &ReadContext {
        &self.reader
    }
}

/// What an `#[evaluate]` function works on: nothing can be written. Submitted as a transaction it writes nothing.
///
/// ```compile_fail,E0599
/// # use fabric_contract_api::{Error, QueryContext};
/// fn evaluate(context: &QueryContext) -> Result<(), Error> {
///     context.put("key", "value") // no such method
/// }
/// ```
pub struct QueryContext {
    reader: ReadContext,
}

/// One page of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its results.
    pub results: Vec<T>,
    /// Start of the next page; empty after the last one.
    pub bookmark: String,
}

impl QueryContext {
    pub(crate) fn new(stub: Stub) -> Self {
        Self { reader: ReadContext { stub } }
    }

    /// All changes of a key that valid transactions made, the newest first.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn history(&self, key: &str) -> Result<Results<Modification>, Error> {
        self.stub.get_history_for_key(key)
    }

    /// At most `size` simple keys of a range, from `bookmark` (empty: its start) on.
    ///
    /// # Errors
    /// As for [`ReadContext::range`].
    pub fn page(&self, start: &str, end: &str, size: u32, bookmark: &str) -> Result<Page<KeyValue>, Error> {
        Page::collect(self.stub.get_state_by_range_page((start, end), size, bookmark)?)
    }

    /// At most `size` composite keys of `object_type` that start with `parts`, from `bookmark` (empty: the first) on.
    ///
    /// # Errors
    /// As for [`ReadContext::composite_range`].
    pub fn composite_page<'a>(
        &self,
        object_type: &'a str,
        parts: impl IntoIterator<Item = &'a str>,
        size: u32,
        bookmark: &str,
    ) -> Result<Page<KeyValue>, Error> {
        let range = composite_key::range_of(composite_key::join(object_type, parts)?);
        Page::collect(self.stub.get_state_by_composite_key_range_page(range, size, bookmark)?)
    }
}

impl Page<KeyValue> {
    fn collect(results: Results<KeyValue>) -> Result<Self, Error> {
        let bookmark = results.page_metadata()?.bookmark;
        Ok(Self { results: results.collect::<Result<_, _>>()?, bookmark })
    }
}

impl Deref for QueryContext {
    type Target = ReadContext;

    fn deref(&self) -> &ReadContext {
        &self.reader
    }
}
