//! Package `google.rpc`: the status in gRPC's trailer `grpc-status-details-bin`.

use prost_types::Any;

/// An error with details, each a message of its own type.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Status {
    /// gRPC code.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// For people.
    #[prost(string, tag = "2")]
    pub message: String,
    /// Fabric's gateway adds one [`ErrorDetail`](crate::gateway::ErrorDetail) per endorser or orderer asked.
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<Any>,
}
