//! Transactions put together by hand, past the gateway: single peers, single endorsements, an orderer of one's own
//! choice.
//!
//! The gateway is the way for honest clients. This is for whoever tests a network with what an organization can do that
//! does not follow the rules: endorse with its own key what no contract computed, leave endorsements out, send an
//! envelope twice.

use crate::connection::MESSAGE_BYTES_MAX;
use crate::error::{Error, StepError};
use crate::proposal::Proposal;
use crate::signing::Unsigned;
use crate::transaction::Transaction;
use fabric_protos::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use fabric_protos::protos::endorser_client::EndorserClient;
use fabric_protos::{common, orderer, protos};
use futures_util::{StreamExt as _, stream};
use prost::Message as _;
use tonic::transport::Channel;

/// The endorser of one peer.
#[derive(Debug, Clone)]
pub struct Peer {
    client: EndorserClient<Channel>,
}

impl Peer {
    /// Speaks to a peer over a channel that stands already.
    pub fn new(channel: Channel) -> Self {
        let client = EndorserClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        Peer { client }
    }

    /// Has the peer simulate a proposal and returns its answer, endorsed or not.
    ///
    /// # Errors
    /// [`Error::Endorse`] if the peer does not answer or does not take the proposal.
    pub async fn endorse(&self, proposal: &Proposal) -> Result<protos::ProposalResponse, Error> {
        let answer = self.client.clone().process_proposal(proposal.signed_proposal()).await;
        let answer = answer.map_err(|status| {
            Error::Endorse(StepError { transaction_id: proposal.transaction_id().to_owned(), failure: status.into() })
        });
        Ok(answer?.into_inner())
    }
}

/// One orderer.
#[derive(Debug, Clone)]
pub struct Orderer {
    client: AtomicBroadcastClient<Channel>,
}

impl Orderer {
    /// Speaks to an orderer over a channel that stands already.
    pub fn new(channel: Channel) -> Self {
        Orderer { client: AtomicBroadcastClient::new(channel).max_encoding_message_size(MESSAGE_BYTES_MAX) }
    }

    /// Hands an envelope to the orderer.
    ///
    /// # Errors
    /// [`Error::Submit`] if the orderer does not take it.
    pub async fn broadcast(&self, transaction: &Transaction) -> Result<(), Error> {
        let outcome = self.send(transaction.envelope().clone()).await;
        outcome.map_err(|status| {
            Error::Submit(StepError { transaction_id: transaction.transaction_id().to_owned(), failure: status.into() })
        })
    }

    async fn send(&self, envelope: common::Envelope) -> Result<(), tonic::Status> {
        // The orderer answers while this side is open.
        let request = stream::iter([envelope]).chain(stream::pending());
        let mut answers = self.client.clone().broadcast(request).await?.into_inner();
        let answer = answers.message().await?.ok_or_else(|| tonic::Status::unavailable("no answer"))?;
        refuse_unless_success(&answer)
    }
}

fn refuse_unless_success(answer: &orderer::BroadcastResponse) -> Result<(), tonic::Status> {
    match common::Status::try_from(answer.status) {
        Ok(common::Status::Success) => Ok(()),
        status => {
            let name = status.map_or("unknown", |status| status.as_str_name());
            Err(tonic::Status::aborted(format!("orderer: {} {name}: {}", answer.status, answer.info)))
        }
    }
}

/// What endorsers of a proposal sign if this is what they computed: bytes of `protos.ProposalResponsePayload`.
///
/// [`fabric_msp::proposal::endorse`] signs it with an endorser's key.
pub fn response_payload(proposal: &Proposal, action: &protos::ChaincodeAction) -> Vec<u8> {
    let proposal_hash = proposal.content().hash().to_vec();
    protos::ProposalResponsePayload { proposal_hash, extension: action.encode_to_vec() }.encode_to_vec()
}

/// A transaction of a proposal, a response payload and endorsements, whether they belong together or not.
pub fn assemble(
    proposal: &Proposal,
    response_payload: Vec<u8>,
    endorsements: Vec<protos::Endorsement>,
) -> Unsigned<Transaction> {
    let content = proposal.content();
    let endorsed = protos::ChaincodeEndorsedAction { proposal_response_payload: response_payload, endorsements };
    let action = protos::ChaincodeActionPayload {
        chaincode_proposal_payload: content.public_payload.clone(),
        action: Some(endorsed),
    };
    let action =
        protos::TransactionAction { header: content.header.signature_header.clone(), payload: action.encode_to_vec() };
    let transaction = protos::Transaction { actions: vec![action] };
    let payload = common::Payload { header: Some(content.header.clone()), data: transaction.encode_to_vec() };
    let envelope = common::Envelope { payload: payload.encode_to_vec(), signature: Vec::new() };
    Transaction::forged(proposal.gateway(), content, envelope)
}
