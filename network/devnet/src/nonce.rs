//! Random numbers for headers.

/// Bytes of a nonce in Fabric's signature headers.
const NONCE_BYTES: usize = 24;

/// A new random nonce.
pub(crate) fn nonce() -> [u8; NONCE_BYTES] {
    rand::random()
}
