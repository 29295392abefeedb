//! What became of a submitted transaction.

use crate::error::{CommitError, Error, Failure, StepError};
use crate::gateway::Gateway;
use crate::signing::{Message, Unsigned};
use fabric_protos::gateway;
use fabric_protos::protos::TxValidationCode;
use prost::Message as _;

/// A signed question for a transaction's outcome.
#[derive(Debug, Clone)]
pub struct Commit {
    gateway: Gateway,
    transaction_id: String,
    request: gateway::SignedCommitStatusRequest,
}

/// Where a transaction was committed, and whether it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitStatus {
    /// The transaction id, 64 hexadecimal digits.
    pub transaction_id: String,
    /// The block that contains it.
    pub block_number: u64,
    /// `Valid`, or why it changed nothing.
    pub code: TxValidationCode,
}

/// A transaction that was committed and is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// What the function returned.
    pub result: Vec<u8>,
    /// The transaction id, 64 hexadecimal digits.
    pub transaction_id: String,
    /// The block that contains it.
    pub block_number: u64,
    /// How many transactions were proposed until one was valid.
    pub attempts: u32,
}

impl CommitStatus {
    /// The status itself, if the transaction is valid.
    ///
    /// # Errors
    /// [`Error::Commit`] if it is not.
    pub fn valid(self) -> Result<CommitStatus, Error> {
        match self.code {
            TxValidationCode::Valid => Ok(self),
            code => Err(Error::Commit(CommitError {
                transaction_id: self.transaction_id,
                block_number: self.block_number,
                code,
            })),
        }
    }
}

impl Commit {
    pub(super) fn new(gateway: &Gateway, channel: &str, transaction_id: &str) -> Unsigned<Commit> {
        let request = gateway::CommitStatusRequest {
            transaction_id: transaction_id.to_owned(),
            channel_id: channel.to_owned(),
            identity: gateway.creator().to_vec(),
        };
        Unsigned(Commit {
            gateway: gateway.clone(),
            transaction_id: transaction_id.to_owned(),
            request: gateway::SignedCommitStatusRequest { request: request.encode_to_vec(), signature: Vec::new() },
        })
    }

    /// The transaction id, 64 hexadecimal digits.
    pub fn transaction_id(&self) -> &str {
        &self.transaction_id
    }

    /// Waits until the transaction is in a block, valid or not.
    ///
    /// # Errors
    /// [`Error::CommitStatus`]; the outcome is unknown then.
    pub async fn status(&self) -> Result<CommitStatus, Error> {
        let failed = |failure| Error::CommitStatus(StepError { transaction_id: self.transaction_id.clone(), failure });
        let answer = self.gateway.commit_status(self.request.clone()).await.map_err(failed)?;
        let code = TxValidationCode::try_from(answer.result)
            .map_err(|_| failed(Failure::Malformed(format!("{} is no validation code", answer.result))))?;
        Ok(CommitStatus { transaction_id: self.transaction_id.clone(), block_number: answer.block_number, code })
    }

    /// Reads `gateway.SignedCommitStatusRequest`.
    pub(crate) fn from_bytes(gateway: &Gateway, bytes: &[u8]) -> Result<Unsigned<Commit>, String> {
        let signed = gateway::SignedCommitStatusRequest::decode(bytes).map_err(|e| e.to_string())?;
        let request = gateway::CommitStatusRequest::decode(signed.request.as_slice()).map_err(|e| e.to_string())?;
        Ok(Unsigned(Commit { gateway: gateway.clone(), transaction_id: request.transaction_id, request: signed }))
    }
}

impl Unsigned<Commit> {
    /// The transaction id, 64 hexadecimal digits.
    pub fn transaction_id(&self) -> &str {
        self.0.transaction_id()
    }
}

impl Message for Commit {
    fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    fn signed_bytes(&self) -> &[u8] {
        &self.request.request
    }

    fn set_signature(&mut self, signature: Vec<u8>) {
        self.request.signature = signature;
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.request.encode_to_vec()
    }
}
