//! A bundle as it lies on the ledger.

use fabric_contract_api::crypto::{SIGNATURE_BYTES, sha256, verify_p256};
use rules::bundle::digest;

use crate::encoding::{Hash, Hexadecimal, PublicKey, Signature};

/// A declared bundle: 64 bytes of signature (r, s), 8 bytes of declared time (nanoseconds since the epoch, most
/// significant byte first), then the canonical bytes ([`rules::bundle`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBundle {
    /// The member's signature over the digest of `bytes`.
    pub signature: Signature,
    /// Timestamp of the transaction that declared it.
    pub declared_ns: u64,
    /// The canonical bytes.
    pub bytes: Vec<u8>,
}

impl StoredBundle {
    /// The value on the ledger.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&self.signature.0[..], &self.declared_ns.to_be_bytes(), &self.bytes].concat()
    }

    /// Reads a value; `None` if it is too short to be one.
    #[must_use]
    pub fn decode(value: &[u8]) -> Option<Self> {
        let (signature, value) = value.split_first_chunk::<SIGNATURE_BYTES>()?;
        let (declared_ns, bytes) = value.split_first_chunk()?;
        Some(Self {
            signature: Hexadecimal(*signature),
            declared_ns: u64::from_be_bytes(*declared_ns),
            bytes: bytes.to_vec(),
        })
    }

    /// Whether this key signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        verify_p256(&key.0, &digest(&self.bytes), &self.signature.0)
    }

    /// SHA-256 of the value: what receipts and seals call the hash of the bundle.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hexadecimal(sha256(&self.encode()))
    }
}
