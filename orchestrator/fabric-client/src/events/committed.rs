//! What a block's valid transactions wrote, for readers that make something of the state's changes.

use super::blocks::BlockContent;
use fabric_protos::common;
use fabric_protos::kvrwset::KvrwSet;
use fabric_protos::protos::deliver_client::DeliverClient;
use fabric_protos::protos::deliver_response::Type;
use fabric_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, DeliverResponse, ProposalResponsePayload, Transaction,
    TxValidationCode,
};
use fabric_protos::rwset::TxReadWriteSet;
use futures_util::Stream;
use prost::{DecodeError, Message as _};
use tonic::transport::Channel;

/// A block, as far as its valid transactions changed the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedBlock {
    /// Its number.
    pub number: u64,
    /// Its valid transactions of chaincodes, in order.
    pub transactions: Vec<CommittedTransaction>,
}

/// A valid transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedTransaction {
    /// 64 hexadecimal digits.
    pub transaction_id: String,
    /// Name of its event; empty if it has none.
    pub event: String,
    /// Payload of its event.
    pub event_payload: Vec<u8>,
    /// What it wrote, in the order of chaincodes and keys.
    pub writes: Vec<Write>,
}

/// A key's new value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The chaincode whose key it is.
    pub chaincode: String,
    /// The key.
    pub key: String,
    /// The value; `None` if the key was deleted.
    pub value: Option<Vec<u8>>,
}

impl CommittedBlock {
    /// Reads a block, from wherever it came.
    ///
    /// # Errors
    /// A part of it is not what it should be.
    pub fn decode(block: &common::Block) -> Result<Self, DecodeError> {
        let number = block.header.as_ref().map_or(0, |header| header.number);
        let metadata = block.metadata.as_ref().map(|metadata| metadata.metadata.as_slice()).unwrap_or_default();
        let codes = metadata.get(common::BlockMetadataIndex::TransactionsFilter as usize);
        let codes = codes.map(Vec::as_slice).unwrap_or_default();
        let envelopes = block.data.as_ref().map(|data| data.data.as_slice()).unwrap_or_default();
        let valid = envelopes.iter().zip(codes).filter(|(_, code)| i32::from(**code) == TxValidationCode::Valid as i32);
        let mut transactions = Vec::new();
        for (envelope, _) in valid {
            transactions.extend(CommittedTransaction::decode(envelope)?);
        }
        Ok(Self { number, transactions })
    }
}

impl CommittedTransaction {
    /// `None` if the envelope is no chaincode's transaction.
    fn decode(envelope: &[u8]) -> Result<Option<Self>, DecodeError> {
        let payload = common::Payload::decode(common::Envelope::decode(envelope)?.payload.as_slice())?;
        let header = payload.header.unwrap_or_default();
        let header = common::ChannelHeader::decode(header.channel_header.as_slice())?;
        if header.r#type != common::HeaderType::EndorserTransaction as i32 {
            return Ok(None);
        }
        let Some(action) = Transaction::decode(payload.data.as_slice())?.actions.into_iter().next() else {
            return Ok(None);
        };
        let endorsed = ChaincodeActionPayload::decode(action.payload.as_slice())?.action.unwrap_or_default();
        let response = ProposalResponsePayload::decode(endorsed.proposal_response_payload.as_slice())?;
        let action = ChaincodeAction::decode(response.extension.as_slice())?;
        let event = ChaincodeEvent::decode(action.events.as_slice())?;
        let mut writes = Vec::new();
        for set in TxReadWriteSet::decode(action.results.as_slice())?.ns_rwset {
            let written = KvrwSet::decode(set.rwset.as_slice())?.writes.into_iter();
            writes.extend(written.map(|write| Write {
                chaincode: set.namespace.clone(),
                key: write.key,
                value: (!write.is_delete).then_some(write.value),
            }));
        }
        let (event, event_payload) = (event.event_name, event.payload);
        Ok(Some(Self { transaction_id: header.tx_id, event, event_payload, writes }))
    }
}

impl BlockContent for CommittedBlock {
    fn from_response(response: Type) -> Option<Self> {
        Self::decode(&common::Block::from_response(response)?).ok()
    }

    async fn deliver(
        client: DeliverClient<Channel>,
        request: impl Stream<Item = common::Envelope> + Send + 'static,
    ) -> Result<tonic::Response<tonic::Streaming<DeliverResponse>>, tonic::Status> {
        common::Block::deliver(client, request).await
    }

    fn number(&self) -> Option<u64> {
        Some(self.number)
    }
}
