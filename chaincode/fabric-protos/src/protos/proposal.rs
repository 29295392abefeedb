//! Proposals and the endorsers' responses.

use std::collections::BTreeMap;

use prost_types::Timestamp;

use super::ChaincodeId;
use crate::common::SignaturePolicyEnvelope;

/// A proposal with its creator's signature.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SignedProposal {
    /// A [`Proposal`].
    #[prost(bytes = "vec", tag = "1")]
    pub proposal_bytes: Vec<u8>,
    /// Signature by the creator named in the header, over `proposal_bytes`.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}

/// A request to simulate a transaction.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Proposal {
    /// A [`Header`](crate::common::Header).
    #[prost(bytes = "vec", tag = "1")]
    pub header: Vec<u8>,
    /// A [`ChaincodeProposalPayload`].
    #[prost(bytes = "vec", tag = "2")]
    pub payload: Vec<u8>,
    /// Unused.
    #[prost(bytes = "vec", tag = "3")]
    pub extension: Vec<u8>,
}

/// Extension of a channel header: the chaincode that is called.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeHeaderExtension {
    /// The chaincode.
    #[prost(message, optional, tag = "2")]
    pub chaincode_id: Option<ChaincodeId>,
}

/// Content of a chaincode proposal.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeProposalPayload {
    /// A [`ChaincodeInvocationSpec`](super::ChaincodeInvocationSpec).
    #[prost(bytes = "vec", tag = "1")]
    pub input: Vec<u8>,
    /// For the endorsers only: left out of the transaction and of the proposal's hash.
    #[prost(btree_map = "string, bytes", tag = "2")]
    pub transient_map: BTreeMap<String, Vec<u8>>,
}

/// What an endorser says.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ProposalResponse {
    /// Version of the message, 1.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// Unused.
    #[prost(message, optional, tag = "2")]
    pub timestamp: Option<Timestamp>,
    /// The chaincode's answer; its payload is not endorsed here but in `payload`.
    #[prost(message, optional, tag = "4")]
    pub response: Option<Response>,
    /// A [`ProposalResponsePayload`], what is endorsed.
    #[prost(bytes = "vec", tag = "5")]
    pub payload: Vec<u8>,
    /// Signature of the endorser; none if the simulation failed.
    #[prost(message, optional, tag = "6")]
    pub endorsement: Option<Endorsement>,
    /// What the simulation touched, from which a gateway plans further endorsements.
    #[prost(message, optional, tag = "7")]
    pub interest: Option<ChaincodeInterest>,
}

/// A chaincode's answer.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Response {
    /// 200 to 399: success; from 400: failure.
    #[prost(int32, tag = "1")]
    pub status: i32,
    /// For people; the only part of a failure that reaches a client.
    #[prost(string, tag = "2")]
    pub message: String,
    /// The result.
    #[prost(bytes = "vec", tag = "3")]
    pub payload: Vec<u8>,
}

/// What endorsers sign.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ProposalResponsePayload {
    /// Binds the result to the proposal.
    #[prost(bytes = "vec", tag = "1")]
    pub proposal_hash: Vec<u8>,
    /// A [`ChaincodeAction`].
    #[prost(bytes = "vec", tag = "2")]
    pub extension: Vec<u8>,
}

/// Result of a simulation.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeAction {
    /// A [`TxReadWriteSet`](crate::rwset::TxReadWriteSet).
    #[prost(bytes = "vec", tag = "1")]
    pub results: Vec<u8>,
    /// A [`ChaincodeEvent`](super::ChaincodeEvent), or empty.
    #[prost(bytes = "vec", tag = "2")]
    pub events: Vec<u8>,
    /// The chaincode's answer.
    #[prost(message, optional, tag = "3")]
    pub response: Option<Response>,
    /// The chaincode with the version of its definition.
    #[prost(message, optional, tag = "4")]
    pub chaincode_id: Option<ChaincodeId>,
}

/// An endorser's signature.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Endorsement {
    /// A [`SerializedIdentity`](crate::msp::SerializedIdentity).
    #[prost(bytes = "vec", tag = "1")]
    pub endorser: Vec<u8>,
    /// Over the response payload followed by `endorser`.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}

/// Chaincodes and collections that a transaction touches.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeInterest {
    /// One per chaincode.
    #[prost(message, repeated, tag = "1")]
    pub chaincodes: Vec<ChaincodeCall>,
}

/// How a transaction touches one chaincode.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeCall {
    /// Name of the chaincode.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Collections touched.
    #[prost(string, repeated, tag = "2")]
    pub collection_names: Vec<String>,
    /// No private data are read.
    #[prost(bool, tag = "3")]
    pub no_private_reads: bool,
    /// Nothing public is written.
    #[prost(bool, tag = "4")]
    pub no_public_writes: bool,
    /// Policies of the keys written.
    #[prost(message, repeated, tag = "5")]
    pub key_policies: Vec<SignaturePolicyEnvelope>,
    /// Every key written has its own policy, so the chaincode's does not count.
    #[prost(bool, tag = "6")]
    pub disregard_namespace_policy: bool,
}
