//! The stream between peer and chaincode: its one message, and its set-up.

use prost_types::Timestamp;

use super::{ChaincodeEvent, SignedProposal};

/// Every message on the stream, in both directions.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeMessage {
    /// What `payload` is.
    #[prost(enumeration = "chaincode_message::Type", tag = "1")]
    pub r#type: i32,
    /// The client's timestamp; set on TRANSACTION and INIT only by some peers.
    #[prost(message, optional, tag = "2")]
    pub timestamp: Option<Timestamp>,
    /// Message or text, by type.
    #[prost(bytes = "vec", tag = "3")]
    pub payload: Vec<u8>,
    /// Transaction that the message belongs to.
    #[prost(string, tag = "4")]
    pub txid: String,
    /// The client's proposal, with TRANSACTION and INIT.
    #[prost(message, optional, tag = "5")]
    pub proposal: Option<SignedProposal>,
    /// The transaction's event, with COMPLETED.
    #[prost(message, optional, tag = "6")]
    pub chaincode_event: Option<ChaincodeEvent>,
    /// Channel of the transaction.
    #[prost(string, tag = "7")]
    pub channel_id: String,
}

/// Nested in [`ChaincodeMessage`].
pub mod chaincode_message {
    use crate::enumeration::enumeration;

    enumeration! {
        /// Kind of a message, with its payload.
        pub enum Type {
            /// Never sent.
            Undefined = 0 => "UNDEFINED",
            /// The chaincode's first message: [`ChaincodeId`](crate::protos::ChaincodeId) with the package id as name.
            Register = 1 => "REGISTER",
            /// The peer accepts it; no payload.
            Registered = 2 => "REGISTERED",
            /// Initialization: [`ChaincodeInput`](crate::protos::ChaincodeInput).
            Init = 3 => "INIT",
            /// The peer is ready: [`ChaincodeAdditionalParams`](crate::protos::ChaincodeAdditionalParams).
            Ready = 4 => "READY",
            /// Invocation: [`ChaincodeInput`](crate::protos::ChaincodeInput).
            Transaction = 5 => "TRANSACTION",
            /// End of a transaction: [`Response`](crate::protos::Response).
            Completed = 6 => "COMPLETED",
            /// A call failed: text.
            Error = 7 => "ERROR",
            /// [`GetState`](crate::protos::GetState); answered with the value.
            GetState = 8 => "GET_STATE",
            /// [`PutState`](crate::protos::PutState).
            PutState = 9 => "PUT_STATE",
            /// [`DelState`](crate::protos::DelState).
            DelState = 10 => "DEL_STATE",
            /// [`ChaincodeSpec`](crate::protos::ChaincodeSpec); answered with the callee's COMPLETED message.
            InvokeChaincode = 11 => "INVOKE_CHAINCODE",
            /// A call succeeded; payload by the call's type.
            Response = 13 => "RESPONSE",
            /// [`GetStateByRange`](crate::protos::GetStateByRange); answered with a
            /// [`QueryResponse`](crate::protos::QueryResponse).
            GetStateByRange = 14 => "GET_STATE_BY_RANGE",
            /// [`GetQueryResult`](crate::protos::GetQueryResult); answered with a
            /// [`QueryResponse`](crate::protos::QueryResponse).
            GetQueryResult = 15 => "GET_QUERY_RESULT",
            /// [`QueryStateNext`](crate::protos::QueryStateNext); answered with a
            /// [`QueryResponse`](crate::protos::QueryResponse).
            QueryStateNext = 16 => "QUERY_STATE_NEXT",
            /// [`QueryStateClose`](crate::protos::QueryStateClose); answered with a
            /// [`QueryResponse`](crate::protos::QueryResponse).
            QueryStateClose = 17 => "QUERY_STATE_CLOSE",
            /// To be echoed.
            Keepalive = 18 => "KEEPALIVE",
            /// [`GetHistoryForKey`](crate::protos::GetHistoryForKey); answered with a
            /// [`QueryResponse`](crate::protos::QueryResponse).
            GetHistoryForKey = 19 => "GET_HISTORY_FOR_KEY",
            /// [`GetStateMetadata`](crate::protos::GetStateMetadata); answered with a
            /// [`StateMetadataResult`](crate::protos::StateMetadataResult).
            GetStateMetadata = 20 => "GET_STATE_METADATA",
            /// [`PutStateMetadata`](crate::protos::PutStateMetadata).
            PutStateMetadata = 21 => "PUT_STATE_METADATA",
            /// [`GetState`](crate::protos::GetState) with a collection; answered with the value's hash.
            GetPrivateDataHash = 22 => "GET_PRIVATE_DATA_HASH",
            /// [`PurgePrivateState`](crate::protos::PurgePrivateState).
            PurgePrivateData = 23 => "PURGE_PRIVATE_DATA",
            /// [`WriteBatchState`](crate::protos::WriteBatchState).
            WriteBatchState = 24 => "WRITE_BATCH_STATE",
            /// [`GetStateMultiple`](crate::protos::GetStateMultiple); answered with a
            /// [`GetStateMultipleResult`](crate::protos::GetStateMultipleResult).
            GetStateMultiple = 25 => "GET_STATE_MULTIPLE",
        }
    }

    impl Type {
        /// Whether a chaincode asks the ledger for something with it, or has it write something.
        #[must_use]
        pub fn is_ledger_call(self) -> bool {
            matches!(
                self,
                Self::GetState
                    | Self::PutState
                    | Self::DelState
                    | Self::InvokeChaincode
                    | Self::GetStateByRange
                    | Self::GetQueryResult
                    | Self::QueryStateNext
                    | Self::QueryStateClose
                    | Self::GetHistoryForKey
                    | Self::GetStateMetadata
                    | Self::PutStateMetadata
                    | Self::GetPrivateDataHash
                    | Self::PurgePrivateData
                    | Self::WriteBatchState
                    | Self::GetStateMultiple
            )
        }
    }
}

/// Payload of READY: what the peer offers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeAdditionalParams {
    /// WRITE_BATCH_STATE is understood.
    #[prost(bool, tag = "1")]
    pub use_write_batch: bool,
    /// Most records of a batch.
    #[prost(uint32, tag = "2")]
    pub max_size_write_batch: u32,
    /// GET_STATE_MULTIPLE is understood.
    #[prost(bool, tag = "3")]
    pub use_get_multiple_keys: bool,
    /// Most keys of one such call.
    #[prost(uint32, tag = "4")]
    pub max_size_get_multiple_keys: u32,
}
