//! All MSPs of a channel.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use fabric_protos::msp::SerializedIdentity;
use prost::Message;

use crate::identity::Identity;
use crate::msp::{Msp, MspError};

/// Identities in a generation of the cache; there are two. An entry takes about 4 kB.
const GENERATION_SIZE_MAX: usize = 4096;

/// The MSPs of a channel, with a cache of identities by their serialized form.
///
/// Look-ups of known identities take a shared lock only; they may come from many threads.
#[derive(Debug)]
pub struct MspManager {
    msps: BTreeMap<String, Arc<Msp>>,
    cache: RwLock<Cache>,
}

/// Two generations: when the young one is full it becomes the old one, and what nobody asked for since is forgotten.
#[derive(Debug, Default)]
struct Cache {
    young: Generation,
    old: Generation,
}

type Generation = HashMap<Box<[u8]>, Arc<Identity>>;

impl MspManager {
    /// From the channel's MSPs; of several with one id the last counts.
    pub fn new(msps: impl IntoIterator<Item = Arc<Msp>>) -> Self {
        Self { msps: msps.into_iter().map(|msp| (msp.mspid().to_owned(), msp)).collect(), cache: RwLock::default() }
    }

    /// The MSP with this id.
    pub fn msp(&self, mspid: &str) -> Option<&Arc<Msp>> {
        self.msps.get(mspid)
    }

    /// All MSPs, by id.
    pub fn msps(&self) -> impl Iterator<Item = &Arc<Msp>> {
        self.msps.values()
    }

    /// The identity that a [`SerializedIdentity`] stands for. It may still turn out invalid: [`Identity::validate`].
    ///
    /// # Errors
    /// [`MspError`] if the bytes are malformed, the organization unknown, or no chain leads to its roots. Errors are
    /// not cached, so that made-up identities cannot push out real ones.
    pub fn identity(&self, serialized: &[u8]) -> Result<Arc<Identity>, MspError> {
        {
            let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(identity) = cache.young.get(serialized) {
                return Ok(Arc::clone(identity));
            }
        }
        self.load(serialized)
    }

    /// The same, if the identity is valid.
    ///
    /// # Errors
    /// [`MspError`], also for what [`Identity::validate`] finds.
    pub fn valid_identity(&self, serialized: &[u8]) -> Result<Arc<Identity>, MspError> {
        let identity = self.identity(serialized)?;
        identity.validate().map_err(Clone::clone)?;
        Ok(identity)
    }

    /// Finds an identity that is not in the young generation, and puts it there.
    fn load(&self, serialized: &[u8]) -> Result<Arc<Identity>, MspError> {
        let known = {
            let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
            cache.old.get(serialized).cloned()
        };
        let identity = match known {
            Some(identity) => identity,
            None => Arc::new(self.parse(serialized)?),
        };
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        if cache.young.len() >= GENERATION_SIZE_MAX {
            cache.old = std::mem::take(&mut cache.young);
        }
        cache.young.insert(serialized.into(), Arc::clone(&identity));
        Ok(identity)
    }

    fn parse(&self, serialized: &[u8]) -> Result<Identity, MspError> {
        let serialized = SerializedIdentity::decode(serialized)
            .map_err(|error| MspError::Malformed { what: "a SerializedIdentity", reason: error.to_string() })?;
        let msp = self.msps.get(&serialized.mspid).ok_or(MspError::Unknown(serialized.mspid))?;
        msp.identity(&serialized.id_bytes)
    }
}
