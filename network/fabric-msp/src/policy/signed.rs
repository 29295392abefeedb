//! From signatures to identities.

use std::collections::HashSet;
use std::sync::Arc;

use crate::identity::Identity;
use crate::manager::MspManager;

/// Something signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedData {
    /// Who is said to have signed: a serialized identity.
    pub identity: Vec<u8>,
    /// What was signed.
    pub data: Vec<u8>,
    /// The signature, DER.
    pub signature: Vec<u8>,
}

/// Identities that really signed, each once, in order of appearance; others are left out.
///
/// An identity whose signature is wrong may still appear with a right one later.
pub fn verified_identities<'a>(
    manager: &MspManager,
    signed: impl IntoIterator<Item = &'a SignedData>,
) -> Vec<Arc<Identity>> {
    let mut seen = HashSet::new();
    let mut identities = Vec::new();
    for SignedData { identity, data, signature } in signed {
        let Ok(identity) = manager.identity(identity) else { continue };
        let name = (identity.mspid().to_owned(), *identity.fingerprint());
        if !seen.contains(&name) && identity.verify(data, signature).is_ok() {
            seen.insert(name);
            identities.push(identity);
        }
    }
    identities
}
