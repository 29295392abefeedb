//! Signatures that need not be checked again.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::digest::sha256;

/// Signatures to remember at most; then all are forgotten, and checked where they turn up.
const SIGNATURES_MAX: usize = 16_384;

/// Right signatures of one key, each known until it is asked for.
#[derive(Debug, Default)]
pub(crate) struct KnownSignatures(Mutex<HashSet<[u8; 32]>>);

impl KnownSignatures {
    /// Notes that a signature over a digest is right.
    pub(crate) fn add(&self, digest: &[u8; 32], signature: &[u8]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= SIGNATURES_MAX {
            known.clear();
        }
        known.insert(name(digest, signature));
    }

    /// Whether the signature over the digest is known to be right. It is forgotten with that.
    pub(crate) fn take(&self, digest: &[u8; 32], signature: &[u8]) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !known.is_empty() && known.remove(&name(digest, signature))
    }
}

fn name(digest: &[u8; 32], signature: &[u8]) -> [u8; 32] {
    sha256([digest.as_slice(), signature])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_this_signature_over_exactly_this_digest_and_once() {
        let known = KnownSignatures::default();
        known.add(&[1; 32], b"signature");
        assert!(!known.take(&[2; 32], b"signature"));
        assert!(!known.take(&[1; 32], b"signaturf"));
        assert!(known.take(&[1; 32], b"signature"));
        assert!(!known.take(&[1; 32], b"signature"));
    }

    #[test]
    fn memory_is_bounded() {
        let known = KnownSignatures::default();
        for number in 0..2 * SIGNATURES_MAX {
            known.add(&sha256([number.to_le_bytes().as_slice()]), b"signature");
        }
        assert!(known.0.lock().unwrap().len() <= SIGNATURES_MAX);
    }
}
