//! What clients and orderers sign and send: envelopes, payloads and their headers.

use prost_types::Timestamp;

use crate::enumeration::enumeration;

enumeration! {
    /// Outcome of a broadcast, or the end of a deliver stream; numbers after HTTP.
    pub enum Status {
        /// No status was set.
        Unknown = 0 => "UNKNOWN",
        /// Accepted, or delivered to the end.
        Success = 200 => "SUCCESS",
        /// The envelope or the seek request makes no sense.
        BadRequest = 400 => "BAD_REQUEST",
        /// The creator may not do this on the channel.
        Forbidden = 403 => "FORBIDDEN",
        /// No such channel or block.
        NotFound = 404 => "NOT_FOUND",
        /// Larger than the channel's absolute limit.
        RequestEntityTooLarge = 413 => "REQUEST_ENTITY_TOO_LARGE",
        /// A fault of the server.
        InternalServerError = 500 => "INTERNAL_SERVER_ERROR",
        /// The server does not offer this.
        NotImplemented = 501 => "NOT_IMPLEMENTED",
        /// The server cannot do it now, for example for want of a leader.
        ServiceUnavailable = 503 => "SERVICE_UNAVAILABLE",
    }
}

enumeration! {
    /// What the data of a [`Payload`] are.
    pub enum HeaderType {
        /// Opaque, only signed.
        Message = 0 => "MESSAGE",
        /// A [`ConfigEnvelope`](crate::common::ConfigEnvelope).
        Config = 1 => "CONFIG",
        /// A [`ConfigUpdateEnvelope`](crate::common::ConfigUpdateEnvelope).
        ConfigUpdate = 2 => "CONFIG_UPDATE",
        /// A [`Transaction`](crate::protos::Transaction).
        EndorserTransaction = 3 => "ENDORSER_TRANSACTION",
        /// Orderer-internal; no longer made.
        OrdererTransaction = 4 => "ORDERER_TRANSACTION",
        /// A [`SeekInfo`](crate::orderer::SeekInfo).
        DeliverSeekInfo = 5 => "DELIVER_SEEK_INFO",
        /// A chaincode package of the old lifecycle.
        ChaincodePackage = 6 => "CHAINCODE_PACKAGE",
    }
}

/// A payload with its creator's signature.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Envelope {
    /// A [`Payload`].
    #[prost(bytes = "vec", tag = "1")]
    pub payload: Vec<u8>,
    /// Signature by the creator named in the payload's header, over `payload`.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}

/// The signed content of an [`Envelope`].
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Payload {
    /// Says what the data are, for which channel, and by whom.
    #[prost(message, optional, tag = "1")]
    pub header: Option<Header>,
    /// The message that the header's type names.
    #[prost(bytes = "vec", tag = "2")]
    pub data: Vec<u8>,
}

/// The two headers, each as bytes because hashes are taken over them.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Header {
    /// A [`ChannelHeader`].
    #[prost(bytes = "vec", tag = "1")]
    pub channel_header: Vec<u8>,
    /// A [`SignatureHeader`].
    #[prost(bytes = "vec", tag = "2")]
    pub signature_header: Vec<u8>,
}

/// Which channel a message is for and what it is.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChannelHeader {
    /// A [`HeaderType`]; not an enumeration field in Fabric's protocol either.
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// Version of the message format.
    #[prost(int32, tag = "2")]
    pub version: i32,
    /// The creator's clock.
    #[prost(message, optional, tag = "3")]
    pub timestamp: Option<Timestamp>,
    /// The channel; empty for proposals to a peer as such.
    #[prost(string, tag = "4")]
    pub channel_id: String,
    /// Transaction id: hex of SHA-256 over nonce and creator.
    #[prost(string, tag = "5")]
    pub tx_id: String,
    /// Always 0.
    #[prost(uint64, tag = "6")]
    pub epoch: u64,
    /// For endorser transactions a [`ChaincodeHeaderExtension`](crate::protos::ChaincodeHeaderExtension).
    #[prost(bytes = "vec", tag = "7")]
    pub extension: Vec<u8>,
    /// SHA-256 of the client's TLS certificate, where mutual TLS binds requests to it.
    #[prost(bytes = "vec", tag = "8")]
    pub tls_cert_hash: Vec<u8>,
}

/// Who signs, with a nonce that makes the transaction id unique.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SignatureHeader {
    /// A [`SerializedIdentity`](crate::msp::SerializedIdentity).
    #[prost(bytes = "vec", tag = "1")]
    pub creator: Vec<u8>,
    /// Random bytes, used once.
    #[prost(bytes = "vec", tag = "2")]
    pub nonce: Vec<u8>,
}
