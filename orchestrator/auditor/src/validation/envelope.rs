//! What can be said of an envelope without the state: its form, its creator's and its endorsers' signatures.
//!
//! Codes and their order are those of Fabric's committer. What it asks only after it has looked for the transaction's
//! id in the ledger is kept apart: a duplicate is a duplicate, whatever else is wrong with it.

use std::sync::Arc;

use fabric_msp::block::open_envelope;
use fabric_msp::proposal::{proposal_hash, transaction_id, verified_endorsers};
use fabric_msp::{ChannelConfig, Identity};
use fabric_protos::common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use fabric_protos::protos::{
    self, ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ChaincodeHeaderExtension, ProposalResponsePayload,
    TxValidationCode,
};
use prost::Message;

use crate::transaction::{ReadWriteSet, Transaction, decode_arguments, decode_read_write_sets};

/// An envelope after these checks.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The transaction id that its header claims; empty if it has none.
    pub(crate) id: String,
    pub(crate) content: Content,
}

/// What is in an envelope.
#[derive(Debug)]
pub(crate) enum Content {
    /// Invalid by itself.
    Refused(TxValidationCode),
    /// A configuration.
    Configuration,
    /// An endorsed transaction; or why it is invalid, unless it is a duplicate.
    Endorsed(Result<Box<Endorsed>, TxValidationCode>),
}

/// A well-formed endorsed transaction.
#[derive(Debug)]
pub(crate) struct Endorsed {
    pub(crate) transaction: Transaction,
    /// Those whose endorsements are right, each once.
    pub(crate) signers: Vec<Arc<Identity>>,
}

/// Checks an envelope under the channel's configuration.
pub(crate) fn check(envelope: &[u8], config: &ChannelConfig) -> Checked {
    let id = open_envelope(envelope).map(|(header, _)| header.tx_id).unwrap_or_default();
    Checked { id, content: try_check(envelope, config).unwrap_or_else(Content::Refused) }
}

/// The first block's one envelope is a configuration that nobody signed.
pub(crate) fn first(envelope: &[u8]) -> Checked {
    let id = open_envelope(envelope).map(|(header, _)| header.tx_id).unwrap_or_default();
    Checked { id, content: Content::Configuration }
}

/// What an envelope says that it reads and writes, whoever signed it; nothing if it says nothing.
pub(crate) fn claimed_sets(envelope: &[u8]) -> Vec<ReadWriteSet> {
    let claimed = || {
        let (_, payload) = open_envelope(envelope).ok()?;
        let action = protos::Transaction::decode(payload.data.as_slice()).ok()?.actions.pop()?;
        let endorsed = ChaincodeActionPayload::decode(action.payload.as_slice()).ok()?.action?;
        let action = decode_chaincode_action(&endorsed.proposal_response_payload)?;
        Some(decode_read_write_sets(&action.results).ok()?.0)
    };
    claimed().unwrap_or_default()
}

fn try_check(envelope: &[u8], config: &ChannelConfig) -> Result<Content, TxValidationCode> {
    use TxValidationCode as Code;
    let envelope = Envelope::decode(envelope).map_err(|_| Code::InvalidOtherReason)?;
    let payload = Payload::decode(envelope.payload.as_slice()).map_err(|_| Code::BadPayload)?;
    let header = payload.header.as_ref().ok_or(Code::BadCommonHeader)?;
    let (channel_header, signature_header) = decode_header(header).ok_or(Code::BadCommonHeader)?;
    let creator = config.msps.valid_identity(&signature_header.creator).map_err(|_| Code::BadCreatorSignature)?;
    creator.verify(&envelope.payload, &envelope.signature).map_err(|_| Code::BadCreatorSignature)?;
    if channel_header.channel_id != config.channel_id {
        return Err(Code::TargetChainNotFound);
    }
    match HeaderType::try_from(channel_header.r#type) {
        Ok(HeaderType::EndorserTransaction) => {
            if channel_header.tx_id != transaction_id(&signature_header.nonce, &signature_header.creator) {
                return Err(Code::BadProposalTxid);
            }
            let action = decode_action(&payload.data, header).ok_or(Code::InvalidEndorserTransaction)?;
            let endorsed = decode_endorsed(&channel_header, creator.mspid(), &action, config).map(Box::new);
            Ok(Content::Endorsed(endorsed))
        }
        Ok(HeaderType::Config) => Ok(Content::Configuration),
        _ => Err(Code::UnsupportedTxPayload),
    }
}

/// Both headers, if they are complete.
fn decode_header(header: &Header) -> Option<(ChannelHeader, SignatureHeader)> {
    let channel = ChannelHeader::decode(header.channel_header.as_slice()).ok()?;
    let signature = SignatureHeader::decode(header.signature_header.as_slice()).ok()?;
    let known = [HeaderType::EndorserTransaction, HeaderType::ConfigUpdate, HeaderType::Config]
        .iter()
        .any(|kind| channel.r#type == *kind as i32);
    let complete = known && channel.epoch == 0 && is_complete(&signature);
    complete.then_some((channel, signature))
}

fn is_complete(header: &SignatureHeader) -> bool {
    !header.nonce.is_empty() && !header.creator.is_empty()
}

/// The one action of the transaction, if it belongs to the proposal that the endorsers saw.
fn decode_action(data: &[u8], header: &Header) -> Option<ChaincodeActionPayload> {
    let [action] = <[_; 1]>::try_from(protos::Transaction::decode(data).ok()?.actions).ok()?;
    if !is_complete(&SignatureHeader::decode(action.header.as_slice()).ok()?) {
        return None;
    }
    let payload = ChaincodeActionPayload::decode(action.payload.as_slice()).ok()?;
    let endorsed = &payload.action.as_ref()?.proposal_response_payload;
    let endorsed = ProposalResponsePayload::decode(endorsed.as_slice()).ok()?;
    if payload.chaincode_proposal_payload.is_empty() || header.channel_header.is_empty() {
        return None;
    }
    let proposed = Header { channel_header: header.channel_header.clone(), signature_header: action.header };
    let hash = proposal_hash(&proposed, &payload.chaincode_proposal_payload);
    (hash.as_slice() == endorsed.proposal_hash).then_some(payload)
}

/// What was endorsed, and by whom.
fn decode_endorsed(
    header: &ChannelHeader,
    creator: &str,
    payload: &ChaincodeActionPayload,
    config: &ChannelConfig,
) -> Result<Endorsed, TxValidationCode> {
    use TxValidationCode as Code;
    let extension =
        ChaincodeHeaderExtension::decode(header.extension.as_slice()).map_err(|_| Code::BadHeaderExtension)?;
    let endorsed = payload.action.as_ref().ok_or(Code::BadResponsePayload)?;
    let action = decode_chaincode_action(&endorsed.proposal_response_payload).ok_or(Code::BadResponsePayload)?;
    let (sets, namespace_twice) = decode_read_write_sets(&action.results).map_err(|_| Code::BadRwset)?;
    let (Some(proposed), Some(invoked)) = (&extension.chaincode_id, action.chaincode_id) else {
        return Err(Code::InvalidOtherReason);
    };
    if proposed.name.is_empty() || proposed.name != invoked.name || invoked.version.is_empty() {
        return Err(Code::InvalidChaincode);
    }
    let event = match action.events.as_slice() {
        [] => None,
        bytes => Some(ChaincodeEvent::decode(bytes).map_err(|_| Code::InvalidOtherReason)?),
    };
    if event.as_ref().is_some_and(|event| event.chaincode_id != invoked.name) {
        return Err(Code::InvalidOtherReason);
    }
    if namespace_twice {
        return Err(Code::IllegalWriteset);
    }
    let signers = verified_endorsers(&config.msps, &endorsed.proposal_response_payload, &endorsed.endorsements);
    let transaction = Transaction {
        creator: creator.to_owned(),
        timestamp_ns: nanoseconds(header),
        chaincode: invoked.name,
        arguments: decode_arguments(&payload.chaincode_proposal_payload).unwrap_or_default(),
        event,
        endorsers: signers.iter().map(|signer| signer.mspid().to_owned()).collect(),
        sets,
    };
    Ok(Endorsed { transaction, signers })
}

fn decode_chaincode_action(response: &[u8]) -> Option<ChaincodeAction> {
    let response = ProposalResponsePayload::decode(response).ok()?;
    if response.extension.is_empty() {
        return None;
    }
    ChaincodeAction::decode(response.extension.as_slice()).ok()
}

/// The header's time since the epoch; 0 before it.
fn nanoseconds(header: &ChannelHeader) -> u64 {
    let Some(timestamp) = header.timestamp else { return 0 };
    let seconds = u64::try_from(timestamp.seconds).unwrap_or(0);
    let fraction = u64::try_from(timestamp.nanos).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(fraction)
}
