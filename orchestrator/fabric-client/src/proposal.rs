//! The call of a contract's function, as its endorsers sign it.

mod builder;
mod content;

pub use builder::ProposalBuilder;
pub(crate) use builder::{now, timestamp};
pub(crate) use content::{Content, channel_header};

use crate::error::{Error, Failure, StepError};
use crate::gateway::Gateway;
use crate::signing::{Message, Unsigned};
use crate::transaction::Transaction;
use fabric_protos::{gateway, protos};
use prost::Message as _;

/// A signed proposal: evaluate it as a query, or have it endorsed.
#[derive(Debug, Clone)]
pub struct Proposal {
    gateway: Gateway,
    content: Content,
    signature: Vec<u8>,
    organizations: Vec<String>,
}

impl Proposal {
    /// The transaction id, 64 hexadecimal digits.
    pub fn transaction_id(&self) -> &str {
        &self.content.transaction_id
    }

    /// The proposal as it goes to an endorser.
    pub fn signed_proposal(&self) -> protos::SignedProposal {
        protos::SignedProposal { proposal_bytes: self.content.bytes.clone(), signature: self.signature.clone() }
    }

    /// Runs the function on one peer and returns its result. Nothing is written.
    ///
    /// # Errors
    /// [`Error::Evaluate`].
    pub async fn evaluate(&self) -> Result<Vec<u8>, Error> {
        let request = gateway::EvaluateRequest {
            transaction_id: self.content.transaction_id.clone(),
            channel_id: self.content.channel.clone(),
            proposed_transaction: Some(self.signed_proposal()),
            target_organizations: self.organizations.clone(),
        };
        let answer = self.gateway.evaluate(request).await.map_err(|failure| Error::Evaluate(self.failed(failure)))?;
        match answer.result {
            Some(response) => Ok(response.payload),
            None => Err(Error::Evaluate(self.failed(Failure::Malformed("it has no result".into())))),
        }
    }

    /// Collects the endorsements that the chaincode's policy asks for, or those of the organizations that were named.
    ///
    /// # Errors
    /// [`Error::Endorse`], also if the answer belongs to another proposal than this one.
    pub async fn endorse(&self) -> Result<Unsigned<Transaction>, Error> {
        let request = gateway::EndorseRequest {
            transaction_id: self.content.transaction_id.clone(),
            channel_id: self.content.channel.clone(),
            proposed_transaction: Some(self.signed_proposal()),
            endorsing_organizations: self.organizations.clone(),
        };
        let endorsed = match self.gateway.endorse(request).await {
            Ok(answer) => match answer.prepared_transaction {
                Some(envelope) => {
                    Transaction::of_proposal(&self.gateway, &self.content, envelope).map_err(Failure::Malformed)
                }
                None => Err(Failure::Malformed("it has no transaction".into())),
            },
            Err(failure) => Err(failure),
        };
        endorsed.map_err(|failure| Error::Endorse(self.failed(failure)))
    }

    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    fn failed(&self, failure: Failure) -> StepError {
        StepError { transaction_id: self.content.transaction_id.clone(), failure }
    }

    /// Reads `gateway.ProposedTransaction`.
    pub(crate) fn from_bytes(gateway: &Gateway, bytes: &[u8]) -> Result<Unsigned<Proposal>, String> {
        let proposed = gateway::ProposedTransaction::decode(bytes).map_err(|e| e.to_string())?;
        let signed = proposed.proposal.ok_or("it has no proposal")?;
        let content = Content::read(signed.proposal_bytes)?;
        if content.transaction_id != proposed.transaction_id {
            return Err("its transaction id is not the one of its header".into());
        }
        Ok(Unsigned(Proposal {
            gateway: gateway.clone(),
            content,
            signature: signed.signature,
            organizations: proposed.endorsing_organizations,
        }))
    }
}

impl Unsigned<Proposal> {
    /// The transaction id, 64 hexadecimal digits.
    pub fn transaction_id(&self) -> &str {
        self.0.transaction_id()
    }
}

impl Message for Proposal {
    fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    fn signed_bytes(&self) -> &[u8] {
        &self.content.bytes
    }

    fn set_signature(&mut self, signature: Vec<u8>) {
        self.signature = signature;
    }

    fn to_bytes(&self) -> Vec<u8> {
        gateway::ProposedTransaction {
            transaction_id: self.content.transaction_id.clone(),
            proposal: Some(self.signed_proposal()),
            endorsing_organizations: self.organizations.clone(),
        }
        .encode_to_vec()
    }
}
