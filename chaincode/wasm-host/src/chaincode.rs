//! The traits between a chaincode and whatever ledger it runs in front of.
//!
//! There are two pairs of them: [`Chaincode`] and [`Ledger`] where the answers are at hand, in the same process, and
//! [`AsyncChaincode`] and [`AsyncLedger`] where a transaction waits for a peer. Such a transaction holds no thread while it
//! waits: handing each answer from one thread to another costs more than what a contract does with it.

use std::pin::Pin;

use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeEvent, ChaincodeMessage, Response};
use thiserror::Error;

use crate::Metering;

/// Answers the ledger calls of one running transaction.
pub trait Ledger {
    /// Carries out one call: `kind` is the type of one of Fabric's chaincode messages, `payload` its protobuf, and the
    /// result the payload of the RESPONSE.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Refused`] is an answer that the contract sees; [`LedgerError::Broken`] ends the transaction.
    fn call(&mut self, kind: MessageType, payload: &[u8]) -> Result<Vec<u8>, LedgerError>;
}

/// A result that comes later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A [`Ledger`] whose answers come later.
pub trait AsyncLedger: Send {
    /// Carries out one call, as [`Ledger::call`] does. There is one at a time.
    fn call(&mut self, kind: MessageType, payload: Vec<u8>) -> Later<'_, Result<Vec<u8>, LedgerError>>;
}

/// Why a ledger call has no result.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum LedgerError {
    /// The ledger answered ERROR with this text. The contract sees it and decides what follows.
    #[error("{0}")]
    Refused(String),
    /// There was no answer: the connection is gone, or the ledger itself failed. The contract does not see it.
    #[error("{0}")]
    Broken(String),
}

/// A transaction that ran to its end, for better or worse.
#[derive(Clone, Debug, PartialEq)]
pub struct Completed {
    /// What the contract answered; status 500 and `CODE: text` where it failed.
    pub response: Response,
    /// The event that it set. `chaincode_id` and `tx_id` are empty: whoever runs the chaincode knows them.
    pub event: Option<ChaincodeEvent>,
    /// What the transaction used.
    pub metering: Metering,
}

/// A chaincode: a Wasm module, or native code where a test wants it.
pub trait Chaincode: Send + Sync {
    /// Runs one transaction and blocks until it is over. `message` is of type TRANSACTION or INIT, with a
    /// `ChaincodeInput` as its payload, as a peer would send it.
    ///
    /// # Errors
    ///
    /// [`HostError`] if it could not be run. Whatever the contract itself does wrong is not an error here.
    fn execute(&self, message: &ChaincodeMessage, ledger: &mut dyn Ledger) -> Result<Completed, HostError>;
}

/// A chaincode in front of an [`AsyncLedger`].
pub trait AsyncChaincode: Send + Sync {
    /// Runs one transaction, as [`Chaincode::execute`] does, and never keeps others waiting for long.
    fn execute_async<'a>(
        &'a self,
        message: &'a ChaincodeMessage,
        ledger: Box<dyn AsyncLedger>,
    ) -> Later<'a, Result<Completed, HostError>>;
}

/// Our fault, not the contract's: the transaction has no outcome and may be tried again elsewhere.
#[derive(Debug, Error)]
pub enum HostError {
    /// The ledger did not answer.
    #[error("LEDGER_BROKEN: {0}")]
    Ledger(String),
    /// More transactions run at once than there is room for.
    #[error("HOST_BUSY: {0}")]
    Busy(String),
    /// The message is no transaction.
    #[error("BAD_MESSAGE: {0}")]
    Message(String),
    /// The Wasm runtime failed in a way that no guest should be able to cause.
    #[error("RUNTIME: {0}")]
    Runtime(String),
}

impl HostError {
    /// The stable code that starts the error's text.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ledger(_) => "LEDGER_BROKEN",
            Self::Busy(_) => "HOST_BUSY",
            Self::Message(_) => "BAD_MESSAGE",
            Self::Runtime(_) => "RUNTIME",
        }
    }
}
