//! What a chaincode's service can do wrong.

use std::time::Duration;

use fabric_protos::protos::Response;

/// A service's own fault, or that of whoever runs it. It costs the transactions that it had, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceFailure {
    /// Nobody is there, or the certificates do not fit.
    #[error("SERVICE_UNREACHABLE: no connection to the chaincode's service at {address}: {reason}")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// What the attempt ended with.
        reason: String,
    },
    /// It did not register, or as something else.
    #[error("SERVICE_NOT_REGISTERED: the chaincode's service at {address} {reason}")]
    NotRegistered {
        /// Where it is.
        address: String,
        /// What it did instead.
        reason: String,
    },
    /// It did not end the transaction in time.
    #[error("SERVICE_SILENT: the chaincode's service at {address} did not end the transaction in {timeout:?}")]
    Silent {
        /// Where it is.
        address: String,
        /// How long it had.
        timeout: Duration,
    },
    /// The stream ended under the transaction.
    #[error("SERVICE_GONE: the stream to the chaincode's service at {address} ended: {reason}")]
    Gone {
        /// Where it was.
        address: String,
        /// How the stream ended.
        reason: String,
    },
    /// It said what no chaincode may say.
    #[error("SERVICE_PROTOCOL: the chaincode's service at {address} sent {what}")]
    Protocol {
        /// Where it is.
        address: String,
        /// What it sent.
        what: String,
    },
    /// It answered ERROR in place of a response.
    #[error("SERVICE_ERROR: transaction returned with failure: {0}")]
    Error(String),
    /// The transaction runs on the same stream already.
    #[error("SERVICE_BUSY: txid: {transaction_id}({channel}) exists")]
    Busy {
        /// The transaction.
        transaction_id: String,
        /// Its channel.
        channel: String,
    },
}

impl ServiceFailure {
    /// The stable code that starts the failure's text.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "SERVICE_UNREACHABLE",
            Self::NotRegistered { .. } => "SERVICE_NOT_REGISTERED",
            Self::Silent { .. } => "SERVICE_SILENT",
            Self::Gone { .. } => "SERVICE_GONE",
            Self::Protocol { .. } => "SERVICE_PROTOCOL",
            Self::Error(_) => "SERVICE_ERROR",
            Self::Busy { .. } => "SERVICE_BUSY",
        }
    }

    /// The response of the transaction that failed so: status 500, and the text as message.
    #[must_use]
    pub fn response(&self) -> Response {
        Response { status: 500, message: self.to_string(), payload: Vec::new() }
    }
}
