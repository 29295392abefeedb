//! One transaction of the market's chaincodes: who asked for what, the state before it, what it wrote.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::keys::{ANCHORING, DECLARATION, EXCHANGE, Key};
use super::policy;
use crate::finding::{Code, Findings};
use crate::state::{Entry, Space, State};
use crate::transaction::Transaction;

/// Why a transaction cannot be checked any further.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) code: Code,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The function may not be called so; `reason` is the market's code.
    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::new(Code::StepRefused, reason)
    }
}

/// The result of a check that may end there.
pub(super) type Checked<T> = Result<T, Wrong>;

/// Refuses a step whose condition does not hold, with the market's code.
pub(super) fn require(holds: bool, reason: &str) -> Checked<()> {
    ensure(holds, Code::StepRefused, reason)
}

/// The same where the condition has a finding of its own.
pub(super) fn ensure(holds: bool, code: Code, reason: impl Into<String>) -> Checked<()> {
    if holds { Ok(()) } else { Err(Wrong::new(code, reason)) }
}

/// A transaction that wrote something of the market.
pub(super) struct Step<'a> {
    pub(super) channel: &'a str,
    pub(super) transaction: &'a Transaction,
    state: &'a State,
    /// What it wrote to the market's chaincodes; none for a deleted key.
    pub(super) writes: BTreeMap<Key, Option<&'a [u8]>>,
    /// The metadata that it wrote.
    pub(super) metadata: BTreeMap<Key, &'a [u8]>,
}

impl<'a> Step<'a> {
    pub(super) fn new(channel: &'a str, transaction: &'a Transaction, state: &'a State) -> Self {
        let mut step = Self { channel, transaction, state, writes: BTreeMap::new(), metadata: BTreeMap::new() };
        for set in &transaction.sets {
            let chaincode =
                [DECLARATION, EXCHANGE, ANCHORING].into_iter().find(|name| set.space == Space::public(name));
            let Some(chaincode) = chaincode else { continue };
            let key = |key: &[u8]| Key { chaincode, text: String::from_utf8_lossy(key).into_owned() };
            step.writes.extend(set.writes.iter().map(|(name, value)| (key(name), value.as_deref())));
            step.metadata.extend(set.metadata.iter().map(|(name, metadata)| (key(name), metadata.as_slice())));
        }
        step
    }

    /// When it was stamped, nanoseconds since the epoch.
    pub(super) fn now(&self) -> u64 {
        self.transaction.timestamp_ns
    }

    /// The function's name, without the contract's.
    pub(super) fn function(&self) -> &str {
        self.transaction.function()
    }

    /// Whether a client of one of these organizations called.
    pub(super) fn require_caller(&self, msp_ids: &[&str]) -> Checked<()> {
        let creator = self.transaction.creator.as_str();
        if msp_ids.contains(&creator) {
            return Ok(());
        }
        Err(Wrong::new(Code::Caller, format!("{creator} may not call {}", self.function())))
    }

    /// An argument, by its place from 1.
    pub(super) fn argument<T: DeserializeOwned>(&self, place: usize) -> Checked<T> {
        let argument = self.raw_argument(place)?;
        serde_json::from_slice(argument).map_err(|error| Wrong::refused(format!("argument {place}: {error}")))
    }

    /// A text argument, which may have quotes or not.
    pub(super) fn text(&self, place: usize) -> Checked<String> {
        let argument = self.raw_argument(place)?;
        let bare = || String::from_utf8_lossy(argument).into_owned();
        Ok(serde_json::from_slice(argument).unwrap_or_else(|_| bare()))
    }

    fn raw_argument(&self, place: usize) -> Checked<&[u8]> {
        let argument = self.transaction.arguments.get(place).map(Vec::as_slice);
        argument.ok_or_else(|| Wrong::refused(format!("argument {place} is missing")))
    }

    fn entry(&self, key: &Key) -> Option<&'a Entry> {
        self.state.get(&Space::public(key.chaincode), key.text.as_bytes())
    }

    /// The value under a key before the transaction.
    pub(super) fn bytes(&self, key: &Key) -> Option<&'a [u8]> {
        self.entry(key).map(|entry| entry.value.as_slice())
    }

    /// The metadata under a key before the transaction; none if there are none.
    pub(super) fn metadata_before(&self, key: &Key) -> Option<&'a [u8]> {
        self.entry(key).map(|entry| entry.metadata.as_slice()).filter(|metadata| !metadata.is_empty())
    }

    /// The document under a key before the transaction, if there is one.
    pub(super) fn find<T: DeserializeOwned>(&self, key: &Key) -> Checked<Option<T>> {
        let read = |bytes| {
            let malformed = |error| Wrong::new(Code::UnknownState, format!("{key} is not what it should be: {error}"));
            serde_json::from_slice(bytes).map_err(malformed)
        };
        self.bytes(key).map(read).transpose()
    }

    /// The document under a key before the transaction.
    pub(super) fn load<T: DeserializeOwned>(&self, key: &Key) -> Checked<T> {
        self.find(key)?.ok_or_else(|| Wrong::new(Code::UnknownState, format!("there is no {key}")))
    }

    /// Keys and values that begin with a composite key, before the transaction.
    pub(super) fn prefix<'b>(&'b self, prefix: &'b Key) -> impl Iterator<Item = (&'b str, &'b [u8])> {
        let entries = self.state.prefix(prefix.chaincode, &prefix.text);
        entries.map(|(key, entry)| (key, entry.value.as_slice()))
    }
}

/// What a transaction must have written, and its event.
#[derive(Default)]
pub(super) struct Expected {
    writes: BTreeMap<Key, (Code, Content)>,
    protected: BTreeSet<Key>,
    event: Option<(&'static str, Value)>,
}

enum Content {
    Document(Value),
    Bytes(Vec<u8>),
    Deleted,
}

impl Expected {
    /// A document; `code` is the finding if something else was written.
    pub(super) fn document(&mut self, code: Code, key: Key, document: &impl Serialize) {
        // Documents have text keys only, so that they always have a JSON form.
        let document = serde_json::to_value(document).unwrap_or_default();
        self.writes.insert(key, (code, Content::Document(document)));
    }

    pub(super) fn bytes(&mut self, code: Code, key: Key, bytes: Vec<u8>) {
        self.writes.insert(key, (code, Content::Bytes(bytes)));
    }

    pub(super) fn deleted(&mut self, code: Code, key: Key) {
        self.writes.insert(key, (code, Content::Deleted));
    }

    /// The key must get the policy of all consensus organizations.
    pub(super) fn protect(&mut self, key: Key) {
        self.protected.insert(key);
    }

    /// Whether a value is expected under a key.
    pub(super) fn writes(&self, key: &Key) -> bool {
        self.writes.contains_key(key)
    }

    pub(super) fn event(&mut self, name: &'static str, payload: &impl Serialize) {
        self.event = Some((name, serde_json::to_value(payload).unwrap_or_default()));
    }

    /// Compares with what was written.
    pub(super) fn compare(self, step: &Step<'_>, findings: &mut Findings) {
        for (key, (code, content)) in &self.writes {
            match step.writes.get(key) {
                None => findings.add(Code::MissingWrite, format!("{key} is not written")),
                Some(written) => {
                    if let Some(difference) = content.difference(*written) {
                        findings.add(*code, format!("{key}: {difference}"));
                    }
                }
            }
        }
        for key in step.writes.keys().filter(|key| !self.writes.contains_key(*key)) {
            findings.add(Code::UnexpectedWrite, format!("{} does not write {key}", step.function()));
        }
        for key in self.protected.iter().filter(|key| !step.metadata.contains_key(*key)) {
            findings.add(Code::UnprotectedKey, format!("{key} gets no policy of its own"));
        }
        for (key, metadata) in &step.metadata {
            if !self.protected.contains(key) {
                findings.add(Code::UnexpectedWrite, format!("{} does not change the policy of {key}", step.function()));
            } else if !policy::is_all_three(metadata) {
                findings.add(Code::UnprotectedKey, format!("{key} gets another policy than that of all three"));
            }
        }
        self.compare_event(step, findings);
    }

    fn compare_event(&self, step: &Step<'_>, findings: &mut Findings) {
        match (&self.event, &step.transaction.event) {
            (None, None) => {}
            (Some((name, payload)), Some(event)) => {
                let written = serde_json::from_slice(&event.payload).unwrap_or(Value::Null);
                if event.event_name != *name {
                    findings.add(Code::WrongEvent, format!("it is named {}, not {name}", event.event_name));
                } else if let Some(difference) = difference(payload, &written) {
                    findings.add(Code::WrongEvent, format!("{name}: {difference}"));
                }
            }
            (Some((name, _)), None) => findings.add(Code::WrongEvent, format!("there is no event {name}")),
            (None, Some(event)) => findings.add(Code::WrongEvent, format!("{} should not be there", event.event_name)),
        }
    }
}

impl Content {
    /// In words, how what was written differs.
    fn difference(&self, written: Option<&[u8]>) -> Option<String> {
        match (self, written) {
            (Self::Deleted, None) => None,
            (Self::Deleted, Some(_)) => Some("it is written, it should be deleted".to_owned()),
            (_, None) => Some("it is deleted".to_owned()),
            (Self::Document(document), Some(written)) => match serde_json::from_slice(written) {
                Ok(written) => difference(document, &written),
                Err(error) => Some(format!("it is no JSON: {error}")),
            },
            (Self::Bytes(bytes), Some(written)) => {
                let place = bytes.iter().zip(written).position(|(one, other)| one != other);
                let place = place.unwrap_or(bytes.len().min(written.len()));
                let message = || format!("{} bytes instead of {}, first other at {place}", written.len(), bytes.len());
                (bytes != written).then(message)
            }
        }
    }
}

/// The first place where two documents differ, and how.
fn difference(expected: &Value, written: &Value) -> Option<String> {
    match (expected, written) {
        (Value::Object(expected), Value::Object(written)) => {
            let names: BTreeSet<&String> = expected.keys().chain(written.keys()).collect();
            names.into_iter().find_map(|name| {
                let of = |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or(Value::Null);
                // A field that is null and one that is missing are not the same.
                match (expected.contains_key(name), written.contains_key(name)) {
                    (true, true) => difference(&of(expected), &of(written)).map(|text| format!("{name} {text}")),
                    (true, false) => Some(format!("{name} is missing")),
                    _ => Some(format!("{name} should not be there")),
                }
            })
        }
        (Value::Array(expected), Value::Array(written)) if expected.len() == written.len() => {
            let mut places = (0..).zip(expected.iter().zip(written));
            places.find_map(|(place, (expected, written))| {
                difference(expected, written).map(|text| format!("[{place}] {text}"))
            })
        }
        _ if expected == written => None,
        _ => Some(format!("is {}, it should be {}", shorten(written), shorten(expected))),
    }
}

/// Text of a value, cut where it gets long.
fn shorten(value: &Value) -> String {
    const LETTERS_MAX: usize = 120;
    let text = value.to_string();
    match text.char_indices().nth(LETTERS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
