//! Package `gateway`: the service through which clients evaluate, endorse and submit transactions.

use crate::common::Envelope;
use crate::orderer::SeekPosition;
use crate::protos::{ChaincodeEvent, Response, SignedProposal, TxValidationCode};
#[cfg(feature = "services")]
pub use crate::services::gateway::*;

/// Asks the gateway to collect endorsements.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct EndorseRequest {
    /// Transaction id of the proposal.
    #[prost(string, tag = "1")]
    pub transaction_id: String,
    /// Channel of the proposal.
    #[prost(string, tag = "2")]
    pub channel_id: String,
    /// The signed proposal.
    #[prost(message, optional, tag = "3")]
    pub proposed_transaction: Option<SignedProposal>,
    /// MSP ids that must endorse; empty lets the gateway plan.
    #[prost(string, repeated, tag = "4")]
    pub endorsing_organizations: Vec<String>,
}

/// The transaction, ready to be signed by the client.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct EndorseResponse {
    /// Its envelope without signature.
    #[prost(message, optional, tag = "1")]
    pub prepared_transaction: Option<Envelope>,
}

/// Asks the gateway to send a transaction to the orderer.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SubmitRequest {
    /// Transaction id.
    #[prost(string, tag = "1")]
    pub transaction_id: String,
    /// Channel.
    #[prost(string, tag = "2")]
    pub channel_id: String,
    /// The signed envelope.
    #[prost(message, optional, tag = "3")]
    pub prepared_transaction: Option<Envelope>,
}

/// The orderer has accepted the transaction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct SubmitResponse {}

/// Asks, signed, how a transaction ended.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SignedCommitStatusRequest {
    /// A [`CommitStatusRequest`].
    #[prost(bytes = "vec", tag = "1")]
    pub request: Vec<u8>,
    /// Signature by the request's identity, over `request`.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}

/// Asks how a transaction ended; answered once it is committed.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CommitStatusRequest {
    /// Transaction id.
    #[prost(string, tag = "1")]
    pub transaction_id: String,
    /// Channel.
    #[prost(string, tag = "2")]
    pub channel_id: String,
    /// Who asks: a [`SerializedIdentity`](crate::msp::SerializedIdentity).
    #[prost(bytes = "vec", tag = "3")]
    pub identity: Vec<u8>,
}

/// How a transaction ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct CommitStatusResponse {
    /// Validation code.
    #[prost(enumeration = "TxValidationCode", tag = "1")]
    pub result: i32,
    /// Block that has the transaction.
    #[prost(uint64, tag = "2")]
    pub block_number: u64,
}

/// Asks for a simulation's result only.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct EvaluateRequest {
    /// Transaction id of the proposal.
    #[prost(string, tag = "1")]
    pub transaction_id: String,
    /// Channel of the proposal.
    #[prost(string, tag = "2")]
    pub channel_id: String,
    /// The signed proposal.
    #[prost(message, optional, tag = "3")]
    pub proposed_transaction: Option<SignedProposal>,
    /// MSP ids of which one is to answer; empty for any.
    #[prost(string, repeated, tag = "4")]
    pub target_organizations: Vec<String>,
}

/// Result of a simulation.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct EvaluateResponse {
    /// The chaincode's answer.
    #[prost(message, optional, tag = "1")]
    pub result: Option<Response>,
}

/// Asks, signed, for events.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SignedChaincodeEventsRequest {
    /// A [`ChaincodeEventsRequest`].
    #[prost(bytes = "vec", tag = "1")]
    pub request: Vec<u8>,
    /// Signature by the request's identity, over `request`.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}

/// Asks for a chaincode's events.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeEventsRequest {
    /// Channel.
    #[prost(string, tag = "1")]
    pub channel_id: String,
    /// Name of the chaincode.
    #[prost(string, tag = "2")]
    pub chaincode_id: String,
    /// Who asks: a [`SerializedIdentity`](crate::msp::SerializedIdentity).
    #[prost(bytes = "vec", tag = "3")]
    pub identity: Vec<u8>,
    /// First block; none for the next one to be committed.
    #[prost(message, optional, tag = "4")]
    pub start_position: Option<SeekPosition>,
    /// Leaves out events of the first block up to this transaction, included.
    #[prost(string, tag = "5")]
    pub after_transaction_id: String,
}

/// Events of one block.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeEventsResponse {
    /// In the transactions' order.
    #[prost(message, repeated, tag = "1")]
    pub events: Vec<ChaincodeEvent>,
    /// The block.
    #[prost(uint64, tag = "2")]
    pub block_number: u64,
}

/// Detail of a gateway's error: what one node said.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ErrorDetail {
    /// The node's address.
    #[prost(string, tag = "1")]
    pub address: String,
    /// Its organization.
    #[prost(string, tag = "2")]
    pub msp_id: String,
    /// What it said.
    #[prost(string, tag = "3")]
    pub message: String,
}

impl prost::Name for ErrorDetail {
    const NAME: &'static str = "ErrorDetail";
    const PACKAGE: &'static str = "gateway";

    /// With the host that Go's protobuf writes; some SDKs compare the whole URL.
    fn type_url() -> String {
        "type.googleapis.com/gateway.ErrorDetail".to_owned()
    }
}

/// A proposal as SDKs store it for offline signing.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ProposedTransaction {
    /// Transaction id.
    #[prost(string, tag = "1")]
    pub transaction_id: String,
    /// The proposal.
    #[prost(message, optional, tag = "2")]
    pub proposal: Option<SignedProposal>,
    /// MSP ids that must endorse.
    #[prost(string, repeated, tag = "3")]
    pub endorsing_organizations: Vec<String>,
}

/// A transaction as SDKs store it for offline signing.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct PreparedTransaction {
    /// Transaction id.
    #[prost(string, tag = "1")]
    pub transaction_id: String,
    /// The envelope.
    #[prost(message, optional, tag = "2")]
    pub envelope: Option<Envelope>,
}
