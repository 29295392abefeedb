//! Transactions as they lie in blocks.

use fabric_msp::proposal::transaction_id;
use fabric_protos::common::{Block, BlockMetadataIndex, ChannelHeader, Envelope, HeaderType, Payload, SignatureHeader};
use fabric_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ProposalResponsePayload, Transaction, TxValidationCode,
};
use prost::Message;

use super::read_write_set::{self, NamespaceSet};

/// What clients want to know about a transaction in a committed block.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionSummary {
    /// The transaction's id; computed from nonce and creator if the header has none; empty if that fails, too.
    pub id: String,
    /// `common.HeaderType` of the envelope; none if it cannot be read.
    pub kind: Option<HeaderType>,
    /// The validation code.
    pub code: TxValidationCode,
    /// The event that the chaincode set.
    pub event: Option<ChaincodeEvent>,
}

/// The block's transactions, in order.
#[must_use]
pub fn transactions(block: &Block) -> Vec<TransactionSummary> {
    let codes = codes(block);
    envelopes(block)
        .iter()
        .enumerate()
        .map(|(index, envelope)| summary(envelope, codes.get(index).copied().unwrap_or(TxValidationCode::NotValidated)))
        .collect()
}

fn summary(envelope: &[u8], code: TxValidationCode) -> TransactionSummary {
    let Some((payload, header)) = headers(envelope) else {
        return TransactionSummary { id: String::new(), kind: None, code, event: None };
    };
    let kind = HeaderType::try_from(header.r#type).ok();
    let event = (kind == Some(HeaderType::EndorserTransaction)).then(|| Endorsed::decode(envelope)?.event()).flatten();
    TransactionSummary { id: id_of(&payload, header), kind, code, event }
}

/// The block's envelopes.
pub(crate) fn envelopes(block: &Block) -> &[Vec<u8>] {
    block.data.as_ref().map_or(&[], |data| &data.data)
}

/// One of the block's metadata; empty if it is not there.
pub(crate) fn metadata(block: &Block, index: BlockMetadataIndex) -> &[u8] {
    let metadata = block.metadata.as_ref().map_or(&[][..], |metadata| &metadata.metadata);
    metadata.get(index as usize).map_or(&[], Vec::as_slice)
}

/// The validation codes that the block's metadata give.
pub(crate) fn codes(block: &Block) -> Vec<TxValidationCode> {
    metadata(block, BlockMetadataIndex::TransactionsFilter)
        .iter()
        .map(|code| TxValidationCode::try_from(i32::from(*code)).unwrap_or(TxValidationCode::InvalidOtherReason))
        .collect()
}

/// The transaction's id, as the index of a peer finds it.
pub(crate) fn id(envelope: &[u8]) -> String {
    headers(envelope).map_or_else(String::new, |(payload, header)| id_of(&payload, header))
}

fn id_of(payload: &Payload, header: ChannelHeader) -> String {
    if !header.tx_id.is_empty() {
        return header.tx_id;
    }
    let bytes = payload.header.as_ref().map_or(&[][..], |header| &header.signature_header);
    SignatureHeader::decode(bytes)
        .map_or_else(|_| String::new(), |header| transaction_id(&header.nonce, &header.creator))
}

fn headers(envelope: &[u8]) -> Option<(Payload, ChannelHeader)> {
    let envelope = Envelope::decode(envelope).ok()?;
    let payload = Payload::decode(envelope.payload.as_slice()).ok()?;
    let header = ChannelHeader::decode(payload.header.as_ref()?.channel_header.as_slice()).ok()?;
    Some((payload, header))
}

/// The `ConfigEnvelope` in a config transaction's envelope.
pub(crate) fn config(envelope: &[u8]) -> Option<Vec<u8>> {
    let (payload, header) = headers(envelope)?;
    (header.r#type == HeaderType::Config as i32).then_some(payload.data)
}

/// The parts of an endorser's transaction that are needed once it is known to be valid.
pub(crate) struct Endorsed {
    pub(crate) header: ChannelHeader,
    pub(crate) action: ChaincodeAction,
    pub(crate) read_write_set: Vec<NamespaceSet>,
}

impl Endorsed {
    /// Decodes an envelope; `None` if it is none of an endorser's transaction, or not well made.
    pub(crate) fn decode(envelope: &[u8]) -> Option<Self> {
        let (payload, header) = headers(envelope)?;
        if header.r#type != HeaderType::EndorserTransaction as i32 {
            return None;
        }
        let transaction = Transaction::decode(payload.data.as_slice()).ok()?;
        let action = ChaincodeActionPayload::decode(transaction.actions.first()?.payload.as_slice()).ok()?;
        let response = action.action?.proposal_response_payload;
        let response = ProposalResponsePayload::decode(response.as_slice()).ok()?;
        let action = ChaincodeAction::decode(response.extension.as_slice()).ok()?;
        let read_write_set = read_write_set::decode(&action.results).ok()?;
        Some(Self { header, action, read_write_set })
    }

    fn event(&self) -> Option<ChaincodeEvent> {
        let events = &self.action.events;
        if events.is_empty() { None } else { ChaincodeEvent::decode(events.as_slice()).ok() }
    }
}
