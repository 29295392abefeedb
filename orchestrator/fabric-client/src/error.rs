//! What can go wrong, by the step at which it does: a caller acts differently on each.

use crate::refusal::{ContractError, Refusal};
use fabric_protos::protos::TxValidationCode;

/// Why a step has no result.
///
/// The step tells what became of the transaction. Up to [`Error::Endorse`] nothing was sent to the orderer. After
/// [`Error::Submit`] and [`Error::CommitStatus`] the outcome is unknown ([`Error::is_outcome_unknown`]): ask for the
/// commit status again, or submit the same signed transaction again (its transaction id commits at most once). After
/// [`Error::Commit`] it is in a block and has changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no connection to the peer, or what describes it cannot be used.
    #[error("cannot connect to {address}: {reason}")]
    Connect {
        /// Address of the peer.
        address: String,
        /// What stood in the way, with its causes.
        reason: String,
    },
    /// The signer gave no signature, or there is none.
    #[error("cannot sign: {0}")]
    Sign(String),
    /// Bytes or values given to this client are not what they should be.
    #[error("invalid {what}: {reason}")]
    Invalid {
        /// What was given.
        what: &'static str,
        /// Why it cannot be used.
        reason: String,
    },
    /// A query has no result.
    #[error("cannot evaluate transaction {}: {}", .0.transaction_id, .0.failure)]
    Evaluate(StepError),
    /// A proposal was not endorsed: nothing was sent to the orderer.
    #[error("cannot endorse transaction {}: {}", .0.transaction_id, .0.failure)]
    Endorse(StepError),
    /// The orderer may or may not have the transaction.
    #[error("cannot submit transaction {}: {}", .0.transaction_id, .0.failure)]
    Submit(StepError),
    /// The transaction was submitted, and its outcome could not be learned.
    #[error("no commit status of transaction {}: {}", .0.transaction_id, .0.failure)]
    CommitStatus(StepError),
    /// The transaction is in a block and was found invalid.
    #[error("transaction {} is invalid in block {}: {}", .0.transaction_id, .0.block_number, .0.code.as_str_name())]
    Commit(CommitError),
    /// A stream of events cannot be opened, or broke.
    #[error("events: {0}")]
    Events(Failure),
    /// A checkpoint can be neither read nor written.
    #[error("checkpoint {path}: {reason}")]
    Checkpoint {
        /// The file.
        path: String,
        /// What stood in the way.
        reason: String,
    },
}

impl Error {
    /// A code that stays the same from version to version, for programs and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Connect { .. } => "CONNECT",
            Error::Sign(_) => "SIGN",
            Error::Invalid { .. } => "INVALID",
            Error::Evaluate(_) => "EVALUATE",
            Error::Endorse(_) => "ENDORSE",
            Error::Submit(_) => "SUBMIT",
            Error::CommitStatus(_) => "COMMIT_STATUS",
            Error::Commit(_) => "COMMIT",
            Error::Events(_) => "EVENTS",
            Error::Checkpoint { .. } => "CHECKPOINT",
        }
    }

    /// The peer's refusal, if a peer answered at all.
    pub fn refusal(&self) -> Option<&Refusal> {
        let failure = match self {
            Error::Evaluate(step) | Error::Endorse(step) | Error::Submit(step) | Error::CommitStatus(step) => {
                &step.failure
            }
            Error::Events(failure) => failure,
            _ => return None,
        };
        match failure {
            Failure::Refused(refusal) => Some(refusal),
            Failure::Malformed(_) | Failure::Ended(_) => None,
        }
    }

    /// The contract's own error, if it was the contract that refused.
    pub fn contract_error(&self) -> Option<ContractError<'_>> {
        self.refusal()?.contract_error()
    }

    /// The transaction that failed, if the step had one.
    pub fn transaction_id(&self) -> Option<&str> {
        match self {
            Error::Evaluate(step) | Error::Endorse(step) | Error::Submit(step) | Error::CommitStatus(step) => {
                Some(&step.transaction_id)
            }
            Error::Commit(commit) => Some(&commit.transaction_id),
            _ => None,
        }
    }

    /// Whether the transaction may still commit, or may have committed already.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Error::Submit(_) | Error::CommitStatus(_))
    }
}

/// A step of one transaction that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepError {
    /// The transaction, as 64 hexadecimal digits.
    pub transaction_id: String,
    /// What went wrong.
    pub failure: Failure,
}

/// A transaction that was ordered and found invalid: it changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitError {
    /// The transaction, as 64 hexadecimal digits.
    pub transaction_id: String,
    /// The block that contains it.
    pub block_number: u64,
    /// Why it is invalid.
    pub code: TxValidationCode,
}

/// Why a call to a peer has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The peer, or the connection to it, answered with an error.
    #[error("{0}")]
    Refused(Refusal),
    /// The peer's answer breaks the protocol: it must not be trusted.
    #[error("malformed answer: {0}")]
    Malformed(String),
    /// The peer ended a stream that has no end.
    #[error("the peer ended the stream: {0}")]
    Ended(String),
}

impl From<tonic::Status> for Failure {
    fn from(status: tonic::Status) -> Self {
        Failure::Refused(Refusal::from(status))
    }
}
