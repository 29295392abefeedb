//! Keys that only all three consensus organizations together can change.

use fabric_contract_api::storage::{AsKey, Key};
use fabric_contract_api::{Context, EndorsementPolicy, Error, Map, Storable};

use crate::CONSENSUS_MSPS;

/// Whether a key can be protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protected {
    /// It was written and is under the policy of all three.
    Written,
    /// Somebody made the key before, under a policy of their own. It was left as it is: writing it would make the whole
    /// transaction invalid.
    Taken,
}

/// The key-level policy of all three.
pub(crate) fn all_three() -> EndorsementPolicy {
    EndorsementPolicy::all_of(CONSENSUS_MSPS)
}

/// Writes an entry and puts it under the policy of all three.
pub(crate) fn put_protected<K: Key, V: Storable>(
    context: &mut Context,
    map: &Map<K, V>,
    key: impl AsKey<K> + Copy,
    value: &V,
) -> Result<Protected, Error> {
    match context.endorsement_policy(&map.key(key)?) {
        Ok(None) => map.protect(context, key, &all_three())?,
        Ok(Some(policy)) if policy == all_three() => {}
        Ok(Some(_)) | Err(Error::State(_)) => return Ok(Protected::Taken),
        Err(error) => return Err(error),
    }
    map.put(context, key, value)?;
    Ok(Protected::Written)
}
