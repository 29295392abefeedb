//! SHA-256 and P-256: in a guest the host computes them, natively the `sha2` and `p256` crates.

/// Bytes of a signature: r, then s, big-endian, 32 bytes each.
pub const SIGNATURE_BYTES: usize = 64;

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    platform::sha256(bytes)
}

/// Whether `signature` (r, then s; s in the lower half) is one by `key` (SEC 1, 33 or 65 bytes) over `digest`.
///
/// A malformed key or signature, or a high s, is `false`: a signature has one form only, so that it cannot be replayed
/// in another one.
#[must_use]
pub fn verify_p256(key: &[u8], digest: &[u8; 32], signature: &[u8; SIGNATURE_BYTES]) -> bool {
    platform::verify_p256(key, digest, signature)
}

#[cfg(target_arch = "wasm32")]
use crate::guest as platform;

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
    use p256::ecdsa::{Signature, VerifyingKey};
    use sha2::Digest as _;

    pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
        sha2::Sha256::digest(bytes).into()
    }

    pub(super) fn verify_p256(key: &[u8], digest: &[u8; 32], signature: &[u8; super::SIGNATURE_BYTES]) -> bool {
        let (Ok(key), Ok(signature)) = (VerifyingKey::from_sec1_bytes(key), Signature::from_slice(signature)) else {
            return false;
        };
        signature.normalize_s() == signature && key.verify_prehash(digest, &signature).is_ok()
    }
}
