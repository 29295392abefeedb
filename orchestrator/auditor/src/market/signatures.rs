//! Members' signatures, each verified once: a bundle is looked at when it is declared and when it is cleared.

use std::collections::HashMap;

use fabric_msp::signature::Signature;
use fabric_msp::{PublicKey, sha256};

use crate::parallel;

/// A member's signature over a digest, and the key that should have made it.
pub(super) struct Signed {
    /// SEC 1, in hex.
    pub(super) public_key: String,
    pub(super) digest: [u8; 32],
    /// r and s.
    pub(super) signature: [u8; 64],
}

/// What is known of signatures.
#[derive(Debug, Default)]
pub(super) struct Signatures(HashMap<[u8; 32], bool>);

impl Signatures {
    /// Verifies many, on all cores.
    pub(super) fn verify_all(&mut self, signed: Vec<Signed>) {
        let ids = signed.into_iter().map(|signed| (signed.id(), signed));
        let unknown: Vec<_> = ids.filter(|(id, _)| !self.0.contains_key(id)).collect();
        self.0.extend(parallel::map(&unknown, |(id, signed)| (*id, signed.is_right())));
    }

    /// Which of these are right, verified on all cores.
    pub(super) fn verify_each(&mut self, signed: &[Signed]) -> Vec<bool> {
        let right = parallel::map(signed, |signed| (signed.id(), signed.is_right()));
        self.0.extend(right.iter().copied());
        right.into_iter().map(|(_, is_right)| is_right).collect()
    }

    /// Whether the key made the signature.
    pub(super) fn verify(&mut self, signed: &Signed) -> bool {
        *self.0.entry(signed.id()).or_insert_with(|| signed.is_right())
    }

    /// How many were verified.
    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }
}

impl Signed {
    fn id(&self) -> [u8; 32] {
        sha256([self.public_key.as_bytes(), self.digest.as_slice(), self.signature.as_slice()])
    }

    fn is_right(&self) -> bool {
        let verify = || {
            let key = PublicKey::from_sec1(&hex::decode(&self.public_key).ok()?).ok()?;
            key.verify_digest(&self.digest, &Signature::from_fixed(&self.signature).to_der()).ok()
        };
        verify().is_some()
    }
}
