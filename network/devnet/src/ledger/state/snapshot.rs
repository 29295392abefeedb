//! The state at one height, for those who read it while blocks are committed.

use std::sync::Arc;

use fabric_msp::ChannelConfig;
use fabric_protos::queryresult::KeyModification;
use sha2::{Digest, Sha256};

use super::database::{Bytes, Tables};
use super::encoding::{after_space, decode_state_value, history_prefix, history_version, split_state_key, state_range};
use super::history::History;
use super::{LedgerError, StateRead, VersionedValue};
use crate::ledger::block_store::BlockStore;
use crate::ledger::definition::{self, Definition};

/// The end of the chain that a snapshot belongs to.
#[derive(Clone)]
pub(crate) struct Head {
    /// Number of blocks.
    pub(crate) height: u64,
    /// Hash of the last block's header.
    pub(crate) hash: Vec<u8>,
    /// Hash of the header before it; empty at height 1.
    pub(crate) previous_hash: Vec<u8>,
    /// The last block's commit hash; empty at height 1.
    pub(crate) commit_hash: Vec<u8>,
    /// Number of the last config block.
    pub(crate) config_block: u64,
    /// The channel's configuration since then.
    pub(crate) config: Arc<ChannelConfig>,
}

/// The state at one height. It stays as it is; drop it when done, it keeps old pages of the database in use.
pub struct Snapshot {
    pub(crate) head: Head,
    pub(crate) tables: Tables,
    pub(crate) store: Arc<BlockStore>,
}

impl Snapshot {
    /// Number of blocks that this state is made of.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.head.height
    }

    /// The channel configuration at this height.
    #[must_use]
    pub fn config(&self) -> &Arc<ChannelConfig> {
        &self.head.config
    }

    /// The value of `key`.
    ///
    /// # Errors
    /// If the database fails.
    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<VersionedValue>, LedgerError> {
        self.tables.get(namespace, key.as_bytes())
    }

    /// Keys from `start` up to but not including `end` (empty: to the end of the namespace), in order. The iterator
    /// keeps the snapshot's pages alive by itself.
    ///
    /// # Errors
    /// If the database fails; each step as well.
    pub fn range(
        &self,
        namespace: &str,
        start: &str,
        end: &str,
    ) -> Result<impl Iterator<Item = Result<(String, VersionedValue), LedgerError>> + use<>, LedgerError> {
        let keys = state_range(namespace, start.as_bytes(), end.as_bytes());
        let range = if keys.start < keys.end {
            StateRange::new(self.tables.state.range::<&[u8]>(keys.start.as_slice()..keys.end.as_slice())?)
        } else {
            StateRange::empty()
        };
        Ok(range.map(|entry| {
            let (key, value) = entry?;
            let key = String::from_utf8(key).map_err(|_| LedgerError::State("a key is not UTF-8".to_owned()))?;
            Ok((key, value))
        }))
    }

    /// The valid writes of `key` with their transactions and timestamps, newest first.
    ///
    /// # Errors
    /// If the database or a block file fails; each step as well.
    pub fn history(
        &self,
        namespace: &str,
        key: &str,
    ) -> Result<impl Iterator<Item = Result<KeyModification, LedgerError>> + use<>, LedgerError> {
        let first = history_prefix(namespace, key.as_bytes());
        let mut last = first.clone();
        last.extend_from_slice(&[0xff; 12]);
        let mut writes = std::collections::VecDeque::new();
        for entry in self.tables.history.range::<&[u8]>(first.as_slice()..=last.as_slice())? {
            let missing = || LedgerError::State("a key of the history names no block".to_owned());
            let version = history_version(entry?.0.value()).ok_or_else(missing)?;
            let location = self.tables.block(version.block)?.ok_or_else(missing)?;
            writes.push_front((version, location));
        }
        Ok(History { store: self.store.clone(), namespace: namespace.to_owned(), key: key.to_owned(), writes })
    }

    /// Namespaces that have keys, in order; collections' hashes as `namespace$$hcollection`; without the channel
    /// configuration, which has the empty name.
    ///
    /// # Errors
    /// If the database fails.
    pub fn namespaces(&self) -> Result<Vec<String>, LedgerError> {
        let mut namespaces = Vec::new();
        let mut from = after_space("");
        while let Some(entry) = self.tables.state.range::<&[u8]>(from.as_slice()..)?.next() {
            let (key, _) = entry?;
            let name = split_state_key(key.value()).and_then(|(space, _)| String::from_utf8(space.to_vec()).ok());
            let name = name.ok_or_else(|| LedgerError::State("a key has no namespace".to_owned()))?;
            from = after_space(&name);
            namespaces.push(name);
        }
        Ok(namespaces)
    }

    /// SHA-256 over the namespace's keys in order, each followed by its value, each of the two preceded by its length
    /// in bytes (8 bytes, little endian). Versions and metadata do not count, so that two runs can be compared.
    ///
    /// # Errors
    /// If the database fails.
    pub fn digest(&self, namespace: &str) -> Result<[u8; 32], LedgerError> {
        let mut hasher = Sha256::new();
        for entry in self.tables.range(namespace, &[], &[])? {
            let (key, value) = entry?;
            for part in [key, value.value] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        Ok(hasher.finalize().into())
    }

    /// The committed definition of a chaincode.
    ///
    /// # Errors
    /// If the database fails, or the definition is not well made.
    pub fn definition(&self, chaincode: &str) -> Result<Option<Definition>, LedgerError> {
        definition::read(&self.tables, chaincode)
    }

    /// All committed definitions in the order of their names.
    ///
    /// # Errors
    /// If the database fails, or a definition is not well made.
    pub fn definitions(&self) -> Result<Vec<Definition>, LedgerError> {
        definition::read_all(&self.tables)
    }
}

/// Keys and values of one space in order.
pub(crate) struct StateRange<'a>(Option<redb::Range<'a, Bytes, Bytes>>);

impl<'a> StateRange<'a> {
    pub(super) fn new(entries: redb::Range<'a, Bytes, Bytes>) -> Self {
        Self(Some(entries))
    }

    pub(super) fn empty() -> Self {
        Self(None)
    }
}

impl Iterator for StateRange<'_> {
    type Item = Result<(Vec<u8>, VersionedValue), LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.0.as_mut()?.next()?;
        Some(entry.map_err(LedgerError::from).and_then(|(key, value)| {
            let key = split_state_key(key.value()).map(|(_, key)| key.to_vec());
            let key = key.ok_or_else(|| LedgerError::State("a key has no namespace".to_owned()))?;
            Ok((key, decode_state_value(value.value())?))
        }))
    }
}
