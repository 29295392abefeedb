//! Entries that one transaction changes more than once.
//!
//! A transaction's reads do not see its own writes. Where entries of a map are changed step by step, as by several
//! instructions of one batch, they are changed here and written once.

use std::collections::BTreeMap;
use std::ops::Range;

use fabric_contract_api::storage::{AsKey, Key, Storable};
use fabric_contract_api::{Context, Error, Map, ReadContext};

/// The entries of a map as they will be after the transaction.
pub(crate) struct Overlay<K: 'static, V: 'static> {
    map: &'static Map<K, V>,
    entries: BTreeMap<K, Entry<V>>,
}

struct Entry<V> {
    value: Option<V>,
    changed: bool,
}

impl<K: Key + Ord + Clone, V: Storable> Overlay<K, V>
where
    for<'a> &'a K: AsKey<K>,
{
    pub(crate) fn new(map: &'static Map<K, V>) -> Self {
        Self { map, entries: BTreeMap::new() }
    }

    /// Reads entries that will be asked for, in as few calls as possible.
    pub(crate) fn fetch(&mut self, context: &ReadContext, keys: impl IntoIterator<Item = K>) -> Result<(), Error> {
        let missing: Vec<K> = keys.into_iter().filter(|key| !self.entries.contains_key(key)).collect();
        let values = self.map.get_many(context, &missing)?;
        let entries = values.into_iter().map(|value| Entry { value, changed: false });
        self.entries.extend(missing.into_iter().zip(entries));
        Ok(())
    }

    pub(crate) fn get(&mut self, context: &ReadContext, key: &K) -> Result<Option<&V>, Error> {
        if !self.entries.contains_key(key) {
            self.fetch(context, [key.clone()])?;
        }
        Ok(self.entries.get(key).and_then(|entry| entry.value.as_ref()))
    }

    /// Entries of a range, as far as they were read or put.
    pub(crate) fn range(&self, keys: Range<K>) -> impl Iterator<Item = &V> {
        self.entries.range(keys).filter_map(|(_, entry)| entry.value.as_ref())
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        self.entries.insert(key, Entry { value: Some(value), changed: true });
    }

    pub(crate) fn delete(&mut self, key: K) {
        self.entries.insert(key, Entry { value: None, changed: true });
    }

    /// Writes what has changed.
    pub(crate) fn save(self, context: &mut Context) -> Result<(), Error> {
        for (key, entry) in self.entries.iter().filter(|(_, entry)| entry.changed) {
            match &entry.value {
                Some(value) => self.map.put(context, key, value)?,
                None => self.map.delete(context, key)?,
            }
        }
        Ok(())
    }
}
