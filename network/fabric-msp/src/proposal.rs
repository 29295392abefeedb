//! What ties proposals, endorsements and transactions together.

use std::sync::Arc;

use fabric_protos::common::{Envelope, Header, Payload, SignatureHeader};
use fabric_protos::protos::{ChaincodeProposalPayload, Endorsement, Proposal, SignedProposal};
use prost::{DecodeError, Message};

use crate::digest::sha256;
use crate::identity::Identity;
use crate::manager::MspManager;
use crate::msp::MspError;
use crate::policy::{SignedDigest, verified};
use crate::signature::SignatureError;
use crate::signer::{Signer, SignerError};

/// Why a signed message was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The bytes are not a message of the expected kind.
    #[error("could not deserialize {what}: {reason}")]
    Malformed {
        /// What they should be.
        what: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// The payload has no header.
    #[error("the payload has no header")]
    NoHeader,
    /// The signer is not a valid identity of the channel.
    #[error(transparent)]
    Msp(#[from] MspError),
    /// The signature is not the signer's.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl MessageError {
    /// Stable code, for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "MESSAGE_MALFORMED",
            Self::NoHeader => "MESSAGE_NO_HEADER",
            Self::Msp(error) => error.code(),
            Self::Signature(error) => error.code(),
        }
    }
}

/// Id of the transaction that a creator proposes with a nonce.
pub fn transaction_id(nonce: &[u8], creator: &[u8]) -> String {
    hex::encode(sha256([nonce, creator]))
}

/// Hash that binds endorsements to a proposal, from the payload as it stands in the transaction: without transient
/// data, see [`without_transient`].
pub fn proposal_hash(header: &Header, chaincode_proposal_payload: &[u8]) -> [u8; 32] {
    sha256([&header.channel_header, &header.signature_header, chaincode_proposal_payload])
}

/// The part of a proposal's payload that goes into the transaction.
///
/// # Errors
/// If the bytes are not a [`ChaincodeProposalPayload`].
pub fn without_transient(chaincode_proposal_payload: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let payload = ChaincodeProposalPayload::decode(chaincode_proposal_payload)?;
    Ok(ChaincodeProposalPayload { input: payload.input, ..Default::default() }.encode_to_vec())
}

/// Endorses a response payload.
///
/// # Errors
/// [`SignerError`].
pub fn endorse(signer: &dyn Signer, response_payload: &[u8]) -> Result<Endorsement, SignerError> {
    let endorser = signer.creator().to_vec();
    let signature = signer.sign_digest(&endorsed_digest(response_payload, &endorser))?;
    Ok(Endorsement { endorser, signature })
}

/// Checks an endorsement of a response payload. That the endorser is valid is left to the policy.
///
/// # Errors
/// [`MessageError::Msp`] or [`MessageError::Signature`].
pub fn verify_endorsement(
    manager: &MspManager,
    response_payload: &[u8],
    endorsement: &Endorsement,
) -> Result<Arc<Identity>, MessageError> {
    let identity = manager.identity(&endorsement.endorser)?;
    identity.verify_digest(&endorsed_digest(response_payload, &endorsement.endorser), &endorsement.signature)?;
    Ok(identity)
}

/// Those who really endorsed a response payload, each once; ready for a policy.
pub fn verified_endorsers(
    manager: &MspManager,
    response_payload: &[u8],
    endorsements: &[Endorsement],
) -> Vec<Arc<Identity>> {
    let signed = endorsements.iter().map(|endorsement| SignedDigest {
        identity: &endorsement.endorser,
        digest: endorsed_digest(response_payload, &endorsement.endorser),
        signature: &endorsement.signature,
    });
    verified(manager, signed)
}

/// What an endorser signs: the response payload, and its own identity behind it.
fn endorsed_digest(response_payload: &[u8], endorser: &[u8]) -> [u8; 32] {
    sha256([response_payload, endorser])
}

/// Checks that an envelope is signed by its creator, a valid identity of the channel.
///
/// # Errors
/// [`MessageError`].
pub fn verify_envelope(manager: &MspManager, envelope: &Envelope) -> Result<Arc<Identity>, MessageError> {
    let payload: Payload = decode("a payload", &envelope.payload)?;
    let header = payload.header.ok_or(MessageError::NoHeader)?;
    verify_creator(manager, &header, &envelope.payload, &envelope.signature)
}

/// Checks that a proposal is signed by its creator, a valid identity of the channel.
///
/// # Errors
/// [`MessageError`].
pub fn verify_proposal(manager: &MspManager, proposal: &SignedProposal) -> Result<Arc<Identity>, MessageError> {
    let inner: Proposal = decode("a proposal", &proposal.proposal_bytes)?;
    let header: Header = decode("a header", &inner.header)?;
    verify_creator(manager, &header, &proposal.proposal_bytes, &proposal.signature)
}

fn verify_creator(
    manager: &MspManager,
    header: &Header,
    message: &[u8],
    signature: &[u8],
) -> Result<Arc<Identity>, MessageError> {
    let header: SignatureHeader = decode("a signature header", &header.signature_header)?;
    let creator = manager.valid_identity(&header.creator)?;
    creator.verify(message, signature)?;
    Ok(creator)
}

fn decode<M: Message + Default>(what: &'static str, bytes: &[u8]) -> Result<M, MessageError> {
    M::decode(bytes).map_err(|error| MessageError::Malformed { what, reason: error.to_string() })
}
