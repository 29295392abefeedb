//! A member's own P-256 key, which signs its bundles and instructions.

use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
use rules::{
    bundle::Bundle,
    instruction::{self, Instruction},
};
use sha2::{Digest, Sha256};

/// A key that signs bundles and instructions. Signatures are deterministic (RFC 6979) and low-S, as the contracts demand.
#[derive(Clone)]
pub struct MemberKey(SigningKey);

/// Why bytes are no key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// The number is zero or not below the order of the curve, or has not 32 bytes.
    #[error("INVALID_KEY: not a P-256 private key")]
    Invalid,
    /// The key could not sign.
    #[error("SIGNING_FAILED: the key could not sign the digest")]
    Signing,
}

impl MemberKey {
    /// The key with this private number (32 bytes, most significant first).
    ///
    /// # Errors
    /// [`KeyError::Invalid`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        SigningKey::from_slice(bytes).map(Self).map_err(|_| KeyError::Invalid)
    }

    /// The key of a simulated member, the same for the same seed. **Not for real members:** whoever knows the seed knows
    /// the key.
    ///
    /// # Errors
    /// [`KeyError::Invalid`], with a probability of 2^-32.
    pub fn simulated(seed: u64, member: &str) -> Result<Self, KeyError> {
        Self::from_bytes(&Sha256::digest(format!("GridBourse simulated member key {seed} {member}")))
    }

    /// The public key, compressed SEC1: what is registered on chain.
    ///
    /// # Errors
    /// [`KeyError::Invalid`] never happens for a key that was made.
    pub fn public(&self) -> Result<[u8; 33], KeyError> {
        self.0.verifying_key().to_sec1_point(true).as_bytes().try_into().map_err(|_| KeyError::Invalid)
    }

    /// Signs a bundle: r || s over its digest, low-S.
    ///
    /// # Errors
    /// [`KeyError::Signing`].
    pub fn sign(&self, bundle: &Bundle) -> Result<[u8; 64], KeyError> {
        self.sign_digest(&bundle.digest())
    }

    /// Signs an instruction in the same way; returns its canonical bytes with the signature.
    ///
    /// # Errors
    /// [`KeyError::Signing`].
    pub fn sign_instruction(&self, instruction: &Instruction) -> Result<(Vec<u8>, [u8; 64]), KeyError> {
        let bytes = instruction.encode();
        let signature = self.sign_digest(&instruction::digest(&bytes))?;
        Ok((bytes, signature))
    }

    fn sign_digest(&self, digest: &[u8; 32]) -> Result<[u8; 64], KeyError> {
        let signature: Signature = self.0.sign_prehash(digest).map_err(|_| KeyError::Signing)?;
        Ok(signature.normalize_s().to_bytes().into())
    }
}
