//! The auditor's own state, made from the writes that it found valid.

mod definition;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;

use fabric_protos::kvrwset;

pub(crate) use definition::{Definition, LIFECYCLE, definition, definitions};

/// The place of the transaction that wrote a key last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) block: u64,
    pub(crate) transaction: u64,
}

impl From<kvrwset::Version> for Version {
    fn from(version: kvrwset::Version) -> Self {
        Self { block: version.block_num, transaction: version.tx_num }
    }
}

impl From<Version> for kvrwset::Version {
    fn from(version: Version) -> Self {
        Self { block_num: version.block, tx_num: version.transaction }
    }
}

/// A namespace's public keys, or (with a collection) the hashes of its private ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Space {
    pub(crate) namespace: String,
    /// Empty for public keys.
    pub(crate) collection: String,
}

impl Space {
    pub(crate) fn public(namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), collection: String::new() }
    }
}

/// What is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) version: Version,
    pub(crate) value: Vec<u8>,
    /// A `KvMetadataWrite` without its key; empty for none.
    pub(crate) metadata: Vec<u8>,
}

type Entries = BTreeMap<Vec<u8>, Entry>;

/// All keys of a channel.
#[derive(Debug, Default)]
pub(crate) struct State {
    spaces: BTreeMap<Space, Entries>,
}

impl State {
    pub(crate) fn get(&self, space: &Space, key: &[u8]) -> Option<&Entry> {
        self.spaces.get(space)?.get(key)
    }

    pub(crate) fn set(&mut self, space: &Space, key: &[u8], entry: Option<Entry>) {
        if !self.spaces.contains_key(space) {
            self.spaces.insert(space.clone(), Entries::new());
        }
        let Some(entries) = self.spaces.get_mut(space) else { return };
        match entry {
            Some(entry) => {
                entries.insert(key.to_vec(), entry);
            }
            None => {
                entries.remove(key);
            }
        }
    }

    /// The keys from `start` up to `end` in order; an empty `end` is none.
    pub(crate) fn range<'a>(
        &'a self,
        space: &Space,
        start: &[u8],
        end: &[u8],
        with_end: bool,
    ) -> impl Iterator<Item = (&'a [u8], &'a Entry)> + use<'a> {
        let bounds = match (end, with_end) {
            ([], _) => (Bound::Included(start), Bound::Unbounded),
            (_, true) => (Bound::Included(start), Bound::Included(end)),
            (_, false) => (Bound::Included(start), Bound::Excluded(end)),
        };
        let in_order = end.is_empty() || start < end || (with_end && start == end);
        let entries = self.spaces.get(space).filter(|_| in_order);
        entries
            .into_iter()
            .flat_map(move |entries| entries.range::<[u8], _>(bounds))
            .map(|(key, entry)| (key.borrow(), entry))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The public keys of a namespace that begin with `prefix`, in order.
    pub(crate) fn prefix<'a>(
        &'a self,
        namespace: &str,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Entry)> + use<'a> {
        let from = (Bound::Included(prefix.as_bytes()), Bound::Unbounded);
        let entries = self.spaces.get(&Space::public(namespace));
        entries
            .into_iter()
            .flat_map(move |entries| entries.range::<[u8], _>(from))
            .map_while(move |(key, entry)| Some((std::str::from_utf8(key).ok()?, entry)))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }
}
