//! The transaction that a chaincode is asked to run, as its proposal describes it.

use std::collections::BTreeMap;

use fabric_protos::{common, protos};
use prost::Message;

use crate::error::Error;

/// Nanoseconds in a second.
const NANOSECONDS: u64 = 1_000_000_000;

/// What the peer says about a transaction. Fabric checked the client's signature over all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Transaction id: 64 hexadecimal digits.
    pub id: String,
    /// Name of the channel.
    pub channel: String,
    /// The arguments, the function's name first.
    pub arguments: Vec<Vec<u8>>,
    /// The chaincode that the client's proposal addresses. In a chaincode that was called by another one this is the
    /// caller (or the caller's caller).
    pub proposal_chaincode: String,
    /// The client's serialized identity: MSP id and certificate.
    pub creator: Vec<u8>,
    /// Nanoseconds since the epoch, UTC, as the client set them.
    pub timestamp_ns: u64,
    /// The proposal's payload, which has the transient data.
    payload: Vec<u8>,
}

impl Transaction {
    /// Reads a message of type TRANSACTION or INIT.
    ///
    /// # Errors
    /// [`Error::Protocol`]: the message is not one that a peer sends.
    pub fn decode(message: &[u8]) -> Result<Self, Error> {
        let message: protos::ChaincodeMessage = decode("message", message)?;
        let input: protos::ChaincodeInput = decode("input", &message.payload)?;
        let proposal = message.proposal.ok_or_else(|| Error::Protocol("the transaction has no proposal".into()))?;
        let proposal: protos::Proposal = decode("proposal", &proposal.proposal_bytes)?;
        let header: common::Header = decode("header", &proposal.header)?;
        let channel_header: common::ChannelHeader = decode("channel header", &header.channel_header)?;
        let signature_header: common::SignatureHeader = decode("signature header", &header.signature_header)?;
        let extension: protos::ChaincodeHeaderExtension = decode("header extension", &channel_header.extension)?;
        let timestamp = channel_header.timestamp.unwrap_or_default();
        let timestamp_ns = u64::try_from(timestamp.seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(NANOSECONDS)?.checked_add(u64::try_from(timestamp.nanos).ok()?))
            .ok_or_else(|| Error::Protocol("the proposal's timestamp is out of range".into()))?;

        Ok(Self {
            id: message.txid,
            channel: message.channel_id,
            arguments: input.args,
            proposal_chaincode: extension.chaincode_id.unwrap_or_default().name,
            creator: signature_header.creator,
            timestamp_ns,
            payload: proposal.payload,
        })
    }

    /// The transient data: given to the endorsers, never written to a block.
    ///
    /// # Errors
    /// [`Error::Protocol`]: the proposal's payload is not one.
    pub fn transient(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let payload: protos::ChaincodeProposalPayload = decode("proposal payload", &self.payload)?;
        Ok(payload.transient_map)
    }
}

/// Reads a protobuf message that the peer or the host sent.
pub(crate) fn decode<M: Message + Default>(what: &str, bytes: &[u8]) -> Result<M, Error> {
    M::decode(bytes).map_err(|error| Error::Protocol(format!("the {what} cannot be decoded: {error}")))
}
