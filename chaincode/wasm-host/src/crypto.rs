//! The cryptography that a contract may leave to its host.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};

/// Half of the order of P-256, rounded down: the largest `s` of a low-S signature (SEC 2, 2.4.2).
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Whether `signature` (r and s, 32 bytes each) over `digest` is by `key` (SEC1, 33 or 65 bytes). A signature with a
/// high s is not valid: each signature has one encoding only.
pub(crate) fn p256_verify(key: &[u8], digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    if !matches!(key.len(), 33 | 65) || signature[32..] > HALF_ORDER[..] {
        return false;
    }
    let Ok(digest) = digest::Digest::import_less_safe(digest, &digest::SHA256) else { return false };
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
        .is_ok_and(|key| key.verify_digest_sig(&digest, signature).is_ok())
}
