//! From signatures to identities.

use std::sync::Arc;

use crate::digest::sha256;
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

impl SignedData {
    fn signed_digest(&self) -> SignedDigest<'_> {
        SignedDigest { identity: &self.identity, digest: sha256([self.data.as_slice()]), signature: &self.signature }
    }
}

/// The digest of something signed.
pub(crate) struct SignedDigest<'a> {
    pub(crate) identity: &'a [u8],
    pub(crate) digest: [u8; 32],
    pub(crate) signature: &'a [u8],
}

/// Identities that really signed, each once, in order of appearance; others are left out.
///
/// An identity whose signature is wrong may still appear with a right one later.
pub fn verified_identities<'a>(
    manager: &MspManager,
    signed: impl IntoIterator<Item = &'a SignedData>,
) -> Vec<Arc<Identity>> {
    verified(manager, signed.into_iter().map(SignedData::signed_digest))
}

pub(crate) fn verified<'a>(
    manager: &MspManager,
    signed: impl IntoIterator<Item = SignedDigest<'a>>,
) -> Vec<Arc<Identity>> {
    let mut identities: Vec<Arc<Identity>> = Vec::new();
    for SignedDigest { identity, digest, signature } in signed {
        let Ok(identity) = manager.identity(identity) else { continue };
        // Before the signature, so that nobody can make us verify the same one a thousand times.
        let known = identities.iter().any(|known| known.is_same(&identity));
        if !known && identity.verify_digest(&digest, signature).is_ok() {
            identities.push(identity);
        }
    }
    identities
}
