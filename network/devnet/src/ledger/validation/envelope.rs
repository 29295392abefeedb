//! The checks on one envelope that need no state: form, creator, signatures. Envelopes are checked in parallel.
//!
//! Codes and their order are those of Fabric's `core/common/validation` and `txvalidator/v20`. Checks that Fabric makes
//! after its look for duplicate ids are made here as well, with their code kept apart in [`Content::Endorsed`].

use std::collections::HashSet;
use std::sync::Arc;

use fabric_msp::policy::verified_identities;
use fabric_msp::proposal::{proposal_hash, transaction_id};
use fabric_msp::{ChannelConfig, Identity, MspManager, SignedData};
use fabric_protos::common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use fabric_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ChaincodeHeaderExtension, Endorsement,
    ProposalResponsePayload, Transaction, TxValidationCode,
};
use prost::Message;

use crate::ledger::read_write_set::{self, NamespaceSet};

/// An envelope after the checks.
pub(crate) enum Content {
    /// Invalid by itself.
    Refused(TxValidationCode),
    /// An endorsed transaction; the code if it is invalid unless it is a duplicate, which counts first.
    Endorsed {
        /// The transaction's id, computed from nonce and creator.
        id: String,
        /// What it does, and who endorsed it.
        endorsed: Result<EndorsedSet, TxValidationCode>,
    },
}

/// A well-formed endorsed transaction.
pub(crate) struct EndorsedSet {
    /// The chaincode that was invoked.
    pub(crate) chaincode: String,
    pub(crate) read_write_set: Vec<NamespaceSet>,
    /// The endorsers whose signatures are right, each once.
    pub(crate) signers: Vec<Arc<Identity>>,
}

/// Checks one envelope of a block under the channel's configuration.
pub(crate) fn check(envelope: &[u8], config: &ChannelConfig) -> Content {
    try_check(envelope, config).unwrap_or_else(Content::Refused)
}

fn try_check(envelope: &[u8], config: &ChannelConfig) -> Result<Content, TxValidationCode> {
    use TxValidationCode as Code;
    let envelope = Envelope::decode(envelope).map_err(|_| Code::InvalidOtherReason)?;
    let payload = Payload::decode(envelope.payload.as_slice()).map_err(|_| Code::BadPayload)?;
    let header = payload.header.as_ref().ok_or(Code::BadCommonHeader)?;
    let (channel_header, signature_header) = common_header(header).ok_or(Code::BadCommonHeader)?;
    let creator = config.msps.valid_identity(&signature_header.creator).map_err(|_| Code::BadCreatorSignature)?;
    creator.verify(&envelope.payload, &envelope.signature).map_err(|_| Code::BadCreatorSignature)?;
    // A peer takes the identities of the channel that the header names; here that is another chain.
    if channel_header.channel_id != config.channel_id {
        return Err(Code::TargetChainNotFound);
    }
    match HeaderType::try_from(channel_header.r#type) {
        Ok(HeaderType::EndorserTransaction) => {
            if channel_header.tx_id != transaction_id(&signature_header.nonce, &signature_header.creator) {
                return Err(Code::BadProposalTxid);
            }
            let action = proposal_action(&payload.data, header).ok_or(Code::InvalidEndorserTransaction)?;
            let endorsed = endorsed_set(&channel_header, &action, &config.msps);
            Ok(Content::Endorsed { id: channel_header.tx_id, endorsed })
        }
        // Changes of the configuration are not offered; they would have to be checked here against the present one.
        Ok(HeaderType::Config) => Err(Code::InvalidConfigTransaction),
        _ => Err(Code::UnsupportedTxPayload),
    }
}

fn common_header(header: &Header) -> Option<(ChannelHeader, SignatureHeader)> {
    let channel = ChannelHeader::decode(header.channel_header.as_slice()).ok()?;
    let signature = SignatureHeader::decode(header.signature_header.as_slice()).ok()?;
    let known = [HeaderType::EndorserTransaction, HeaderType::ConfigUpdate, HeaderType::Config]
        .iter()
        .any(|kind| channel.r#type == *kind as i32);
    let complete = known && channel.epoch == 0 && !signature.nonce.is_empty() && !signature.creator.is_empty();
    complete.then_some((channel, signature))
}

/// The one action of the transaction, if it belongs to the proposal that the endorsers saw.
fn proposal_action(data: &[u8], header: &Header) -> Option<ChaincodeActionPayload> {
    let transaction = Transaction::decode(data).ok()?;
    let [action] = transaction.actions.as_slice() else { return None };
    let signature_header = SignatureHeader::decode(action.header.as_slice()).ok()?;
    if signature_header.nonce.is_empty() || signature_header.creator.is_empty() {
        return None;
    }
    let payload = ChaincodeActionPayload::decode(action.payload.as_slice()).ok()?;
    let response = &payload.action.as_ref()?.proposal_response_payload;
    let response = ProposalResponsePayload::decode(response.as_slice()).ok()?;
    if payload.chaincode_proposal_payload.is_empty() || header.channel_header.is_empty() {
        return None;
    }
    let proposed = Header { channel_header: header.channel_header.clone(), signature_header: action.header.clone() };
    let hash = proposal_hash(&proposed, &payload.chaincode_proposal_payload);
    (hash.as_slice() == response.proposal_hash).then_some(payload)
}

/// The checks that Fabric's dispatcher makes before it looks at policies, then the endorsers' signatures.
fn endorsed_set(
    header: &ChannelHeader,
    payload: &ChaincodeActionPayload,
    msps: &MspManager,
) -> Result<EndorsedSet, TxValidationCode> {
    use TxValidationCode as Code;
    let extension =
        ChaincodeHeaderExtension::decode(header.extension.as_slice()).map_err(|_| Code::BadHeaderExtension)?;
    let endorsed = payload.action.as_ref().ok_or(Code::BadResponsePayload)?;
    let action = chaincode_action(&endorsed.proposal_response_payload).ok_or(Code::BadResponsePayload)?;
    let read_write_set = read_write_set::decode(&action.results).map_err(|_| Code::BadRwset)?;
    let (Some(proposed), Some(invoked)) = (&extension.chaincode_id, &action.chaincode_id) else {
        return Err(Code::InvalidOtherReason);
    };
    if proposed.name.is_empty() || proposed.name != invoked.name || invoked.version.is_empty() {
        return Err(Code::InvalidChaincode);
    }
    if !action.events.is_empty() {
        let event = ChaincodeEvent::decode(action.events.as_slice()).map_err(|_| Code::InvalidOtherReason)?;
        if event.chaincode_id != invoked.name {
            return Err(Code::InvalidOtherReason);
        }
    }
    let mut namespaces = HashSet::new();
    if !read_write_set.iter().all(|set| namespaces.insert(set.namespace.as_str())) {
        return Err(Code::IllegalWriteset);
    }
    let response = &endorsed.proposal_response_payload;
    let signed: Vec<_> = endorsed.endorsements.iter().map(|endorsement| signed_data(response, endorsement)).collect();
    let signers = verified_identities(msps, &signed);
    Ok(EndorsedSet { chaincode: invoked.name.clone(), read_write_set, signers })
}

fn chaincode_action(response: &[u8]) -> Option<ChaincodeAction> {
    let response = ProposalResponsePayload::decode(response).ok()?;
    if response.extension.is_empty() {
        return None;
    }
    ChaincodeAction::decode(response.extension.as_slice()).ok()
}

/// What an endorser signs: the response, and its own identity behind it.
fn signed_data(response: &[u8], endorsement: &Endorsement) -> SignedData {
    SignedData {
        identity: endorsement.endorser.clone(),
        data: [response, &endorsement.endorser].concat(),
        signature: endorsement.signature.clone(),
    }
}
