//! What a valid transaction changes: values and metadata of keys, merged with what they were.

use std::collections::BTreeMap;

use fabric_protos::kvrwset::{KvMetadataEntry, KvMetadataWrite};
use prost::Message;

use crate::ledger::error::LedgerError;
use crate::ledger::read_write_set::{NamespaceSet, is_delete, is_hashed_delete};
use crate::ledger::state::{Space, StateRead, Update, Updates, Version};

/// A transaction's write to one key. `None`: not touched.
#[derive(Default)]
struct Write {
    /// The new value, or `None` for a delete.
    value: Option<Option<Vec<u8>>>,
    /// The new metadata, empty for none.
    metadata: Option<Vec<u8>>,
}

type Writes = BTreeMap<(Space, Vec<u8>), Write>;

/// Adds a valid transaction's writes to `updates`, which lie on top of `state`.
pub(crate) fn apply(
    read_write_set: &[NamespaceSet],
    version: Version,
    updates: &mut Updates,
    state: &impl StateRead,
) -> Result<(), LedgerError> {
    for ((space, key), write) in collect(read_write_set) {
        let update = match write {
            Write { value: Some(None), .. } => Update { version, value: None, metadata: Vec::new() },
            Write { value: Some(value), metadata: Some(metadata) } => Update { version, value, metadata },
            Write { value, metadata } => {
                let latest = updates.latest(state, &space, &key)?;
                match (value, metadata, latest) {
                    // A value alone leaves the metadata as they are.
                    (Some(value), _, latest) => {
                        Update { version, value, metadata: latest.map(|latest| latest.metadata).unwrap_or_default() }
                    }
                    // Metadata alone give the value a new version; without a value they are nothing.
                    (None, metadata, Some(latest)) => {
                        Update { version, value: Some(latest.value), metadata: metadata.unwrap_or_default() }
                    }
                    (None, _, None) => continue,
                }
            }
        };
        updates.insert(space, key, update);
    }
    Ok(())
}

fn collect(read_write_set: &[NamespaceSet]) -> Writes {
    let mut writes = Writes::new();
    for set in read_write_set {
        let space = Space::public(&set.namespace);
        for write in &set.public.writes {
            let value = (!is_delete(write)).then(|| write.value.clone());
            writes.entry((space.clone(), write.key.clone().into_bytes())).or_default().value = Some(value);
        }
        for write in &set.public.metadata_writes {
            let key = (space.clone(), write.key.clone().into_bytes());
            writes.entry(key).or_default().metadata = Some(encode_metadata(&write.entries));
        }
        for collection in &set.collections {
            let space = Space { namespace: set.namespace.clone(), collection: collection.name.clone() };
            for write in &collection.hashed.hashed_writes {
                let value = (!is_hashed_delete(write)).then(|| write.value_hash.clone());
                writes.entry((space.clone(), write.key_hash.clone())).or_default().value = Some(value);
            }
            for write in &collection.hashed.metadata_writes {
                let key = (space.clone(), write.key_hash.clone());
                writes.entry(key).or_default().metadata = Some(encode_metadata(&write.entries));
            }
        }
    }
    writes
}

/// Metadata as the state keeps them; empty for no entries.
fn encode_metadata(entries: &[KvMetadataEntry]) -> Vec<u8> {
    KvMetadataWrite { key: String::new(), entries: entries.to_vec() }.encode_to_vec()
}
