//! What peers deliver: blocks, filtered blocks and events.

use std::collections::BTreeMap;

use super::TxValidationCode;
use crate::common::{Block, HeaderType, Status};
use crate::rwset::TxPvtReadWriteSet;

/// Event that a chaincode set, at most one per transaction.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeEvent {
    /// Name of the chaincode.
    #[prost(string, tag = "1")]
    pub chaincode_id: String,
    /// The transaction.
    #[prost(string, tag = "2")]
    pub tx_id: String,
    /// Name of the event.
    #[prost(string, tag = "3")]
    pub event_name: String,
    /// Its content; left out of filtered blocks.
    #[prost(bytes = "vec", tag = "4")]
    pub payload: Vec<u8>,
}

/// A block without its transactions' content.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FilteredBlock {
    /// The channel.
    #[prost(string, tag = "1")]
    pub channel_id: String,
    /// Number of the block.
    #[prost(uint64, tag = "2")]
    pub number: u64,
    /// One per transaction.
    #[prost(message, repeated, tag = "4")]
    pub filtered_transactions: Vec<FilteredTransaction>,
}

/// A transaction's id, kind, validation code and event names.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FilteredTransaction {
    /// Transaction id.
    #[prost(string, tag = "1")]
    pub txid: String,
    /// Kind of the envelope.
    #[prost(enumeration = "HeaderType", tag = "2")]
    pub r#type: i32,
    /// Whether it is valid.
    #[prost(enumeration = "TxValidationCode", tag = "3")]
    pub tx_validation_code: i32,
    /// Events, for endorser transactions.
    #[prost(oneof = "filtered_transaction::Data", tags = "4")]
    pub data: Option<filtered_transaction::Data>,
}

/// Nested in [`FilteredTransaction`].
pub mod filtered_transaction {
    /// What is left of a transaction.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Data {
        /// Its actions.
        #[prost(message, tag = "4")]
        TransactionActions(super::FilteredTransactionActions),
    }
}

/// Actions of a filtered transaction.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FilteredTransactionActions {
    /// One per action that set an event.
    #[prost(message, repeated, tag = "1")]
    pub chaincode_actions: Vec<FilteredChaincodeAction>,
}

/// One action of a filtered transaction.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FilteredChaincodeAction {
    /// Its event, without payload.
    #[prost(message, optional, tag = "1")]
    pub chaincode_event: Option<ChaincodeEvent>,
}

/// A block with the private data that the receiver may see.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct BlockAndPrivateData {
    /// The block.
    #[prost(message, optional, tag = "1")]
    pub block: Option<Block>,
    /// By place of the transaction in the block.
    #[prost(btree_map = "uint64, message", tag = "2")]
    pub private_data_map: BTreeMap<u64, TxPvtReadWriteSet>,
}

/// One answer on a peer's deliver stream.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct DeliverResponse {
    /// Which answer.
    #[prost(oneof = "deliver_response::Type", tags = "1, 2, 3, 4")]
    pub r#type: Option<deliver_response::Type>,
}

/// Nested in [`DeliverResponse`].
pub mod deliver_response {
    /// One answer on a peer's deliver stream.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Type {
        /// End of a seek request.
        #[prost(enumeration = "super::Status", tag = "1")]
        Status(i32),
        /// To `Deliver`.
        #[prost(message, tag = "2")]
        Block(super::Block),
        /// To `DeliverFiltered`.
        #[prost(message, tag = "3")]
        FilteredBlock(super::FilteredBlock),
        /// To `DeliverWithPrivateData`.
        #[prost(message, tag = "4")]
        BlockAndPrivateData(super::BlockAndPrivateData),
    }
}
