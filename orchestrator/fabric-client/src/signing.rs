//! Messages that are not sent before their signer has signed them, here or somewhere else.

use crate::error::Error;
use crate::gateway::Gateway;
use fabric_msp::sha256;

/// A message that waits for its signature.
///
/// [`sign`](Unsigned::sign) uses the gateway's own signer. For a key that is kept elsewhere, hand
/// [`digest`](Unsigned::digest) to its holder and add the signature with [`with_signature`](Unsigned::with_signature).
/// To go on in another process or on another day, keep [`to_bytes`](Unsigned::to_bytes) and read it with the gateway's
/// `..._from_bytes`; these are the bytes that Fabric's own SDKs exchange.
#[derive(Debug, Clone)]
pub struct Unsigned<T>(pub(crate) T);

/// What can be signed: a proposal, a transaction, a request for a commit status or for events.
#[expect(private_bounds, reason = "sealed: only this crate knows which bytes of a message are signed")]
pub trait Signable: Message {}

impl<T: Message> Signable for T {}

pub(crate) trait Message {
    fn gateway(&self) -> &Gateway;

    /// The bytes that the signature covers.
    fn signed_bytes(&self) -> &[u8];

    fn set_signature(&mut self, signature: Vec<u8>);

    /// The whole message in the form that Fabric's SDKs exchange.
    fn to_bytes(&self) -> Vec<u8>;
}

impl<T: Signable> Unsigned<T> {
    /// The SHA-256 digest to sign, with ECDSA over P-256.
    pub fn digest(&self) -> [u8; 32] {
        sha256([self.0.signed_bytes()])
    }

    /// The message without its signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Signs with the gateway's signer.
    ///
    /// # Errors
    /// [`Error::Sign`] if the signer refuses, or the gateway has none.
    pub fn sign(self) -> Result<T, Error> {
        let signature = self.0.gateway().sign(&self.digest())?;
        Ok(self.with_signature(signature))
    }

    /// Adds a signature made elsewhere: ASN.1 DER, with the low S that Fabric demands. The peer checks it, this client
    /// does not.
    pub fn with_signature(mut self, signature: Vec<u8>) -> T {
        self.0.set_signature(signature);
        self.0
    }
}
