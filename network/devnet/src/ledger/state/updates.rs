//! What a block's valid transactions write, before it is in the database.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{LedgerError, StateRead, Version, VersionedValue};

/// A namespace's public keys (`collection` empty), or the hashes of one of its private data collections.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Space {
    pub(crate) namespace: String,
    pub(crate) collection: String,
}

impl Space {
    pub(crate) fn public(namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), collection: String::new() }
    }

    /// The name under which the state keeps the space: for hashes `namespace$$hcollection`, as Fabric's does.
    pub(crate) fn name(&self) -> String {
        if self.collection.is_empty() {
            self.namespace.clone()
        } else {
            format!("{}$$h{}", self.namespace, self.collection)
        }
    }
}

/// The last write to a key in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    /// The transaction that wrote.
    pub(crate) version: Version,
    /// The new value; `None` if the key was deleted.
    pub(crate) value: Option<Vec<u8>>,
    /// The metadata from then on; empty for none.
    pub(crate) metadata: Vec<u8>,
}

impl Update {
    fn into_value(self) -> Option<VersionedValue> {
        let Self { version, value, metadata } = self;
        value.map(|value| VersionedValue { version, value, metadata })
    }
}

/// Writes by space and key, in order.
#[derive(Debug, Default)]
pub(crate) struct Updates(BTreeMap<Space, BTreeMap<Vec<u8>, Update>>);

impl Updates {
    pub(crate) fn insert(&mut self, space: Space, key: Vec<u8>, update: Update) {
        self.0.entry(space).or_default().insert(key, update);
    }

    pub(crate) fn get(&self, space: &Space, key: &[u8]) -> Option<&Update> {
        self.0.get(space)?.get(key)
    }

    /// Spaces in order, each with its writes in key order.
    pub(crate) fn spaces(&self) -> impl Iterator<Item = (&Space, &BTreeMap<Vec<u8>, Update>)> {
        self.0.iter()
    }

    /// The value of `key` after these writes on top of `state`.
    pub(crate) fn latest(
        &self,
        state: &impl StateRead,
        space: &Space,
        key: &[u8],
    ) -> Result<Option<VersionedValue>, LedgerError> {
        match self.get(space, key) {
            Some(update) => Ok(update.clone().into_value()),
            None => state.get(&space.name(), key),
        }
    }

    /// Keys and versions from `start` to `end` after these writes on top of `state`. `end` is exclusive unless
    /// `with_end`; if it is empty, the range goes to the end of the space.
    pub(crate) fn range<'a>(
        &'a self,
        state: &'a impl StateRead,
        space: &Space,
        start: &[u8],
        end: &[u8],
        with_end: bool,
    ) -> Result<impl Iterator<Item = Result<(Vec<u8>, Version), LedgerError>> + 'a, LedgerError> {
        let mut stored = state.range(&space.name(), start, end)?.peekable();
        let bound = if end.is_empty() { Bound::Unbounded } else { Bound::Excluded(end) };
        let in_order = end.is_empty() || start <= end;
        let mut written = self
            .0
            .get(space)
            .filter(|_| in_order)
            .map(|writes| writes.range::<[u8], _>((Bound::Included(start), bound)))
            .into_iter()
            .flatten()
            .peekable();
        let mut last =
            if with_end { self.latest(state, space, end)?.map(|value| (end.to_vec(), value.version)) } else { None };
        Ok(std::iter::from_fn(move || {
            loop {
                let take_stored = match (stored.peek(), written.peek()) {
                    (Some(Ok((key, _))), Some((written, _))) if key == *written => {
                        stored.next();
                        continue;
                    }
                    (Some(Ok((key, _))), Some((written, _))) => key < *written,
                    (Some(_), _) => true,
                    (None, Some(_)) => false,
                    (None, None) => return last.take().map(Ok),
                };
                if take_stored {
                    return stored.next().map(|entry| entry.map(|(key, value)| (key, value.version)));
                }
                if let Some((key, Update { version, value: Some(_), .. })) = written.next() {
                    return Some(Ok((key.clone(), *version)));
                }
            }
        }))
    }
}
