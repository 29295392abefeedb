//! One running transaction: what the imported functions do, told without a Wasm runtime.

use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeEvent, Response};
use prost::Message;
use thiserror::Error;

use crate::limits::EVENT_BYTES_MAX;
use crate::{GuestFailure, LedgerError, Limits, Metering};

/// Ends a transaction before its time.
#[derive(Debug, Error)]
pub(crate) enum Stop {
    /// The guest's fault.
    #[error(transparent)]
    Guest(#[from] GuestFailure),
    /// The ledger's.
    #[error("{0}")]
    Ledger(String),
}

/// What a contract answered.
pub(crate) type Outcome = (Response, Option<ChaincodeEvent>);

/// The state of one transaction.
pub(crate) struct Transaction {
    message: Vec<u8>,
    limits: Limits,
    /// What the guest may read next, once.
    pending: Option<Vec<u8>>,
    outcome: Option<Outcome>,
    pub(crate) metering: Metering,
}

impl Transaction {
    /// `message` is the transaction's encoded `ChaincodeMessage`.
    pub(crate) fn new(message: Vec<u8>, limits: Limits) -> Self {
        Self { message, limits, pending: None, outcome: None, metering: Metering::default() }
    }

    /// Makes the message the pending bytes.
    pub(crate) fn input(&mut self) -> usize {
        let length = self.message.len();
        self.pending = Some(self.message.clone());
        length
    }

    /// The pending bytes. They are pending no more.
    pub(crate) fn read(&mut self) -> Result<Vec<u8>, Stop> {
        Ok(self.pending.take().ok_or(GuestFailure::NothingPending)?)
    }

    /// A ledger call with a payload of `length` bytes begins, if it may; its type.
    pub(crate) fn begin_call(&mut self, kind: i32, length: usize) -> Result<MessageType, Stop> {
        let kind = allowed(kind).ok_or(GuestFailure::ForbiddenKind(kind))?;
        self.check_size(length)?;
        if self.outcome.is_some() {
            return Err(GuestFailure::CallAfterComplete.into());
        }
        if self.metering.ledger_calls.total() == self.limits.ledger_calls {
            return Err(GuestFailure::TooManyCalls(self.limits.ledger_calls).into());
        }
        self.metering.ledger_calls.count(kind);
        self.metering.bytes_sent += length as u64;
        Ok(kind)
    }

    /// The ledger has answered. The answer's bytes are pending; `Ok` within has the length of a RESPONSE, `Err` that of an
    /// ERROR's text.
    pub(crate) fn end_call(&mut self, answer: Result<Vec<u8>, LedgerError>) -> Result<Result<usize, usize>, Stop> {
        let (answer, refused) = match answer {
            Ok(response) => (response, false),
            Err(LedgerError::Refused(text)) => (text.into_bytes(), true),
            Err(LedgerError::Broken(text)) => return Err(Stop::Ledger(text)),
        };
        let length = answer.len();
        self.check_size(length)?;
        self.metering.bytes_received += length as u64;
        self.pending = Some(answer);
        Ok(if refused { Err(length) } else { Ok(length) })
    }

    /// Sets the outcome, from an encoded `Response` and `ChaincodeEvent` (empty: none).
    pub(crate) fn complete(&mut self, response: &[u8], event: &[u8]) -> Result<(), Stop> {
        if self.outcome.is_some() {
            return Err(GuestFailure::CompletedTwice.into());
        }
        for (bytes, allowed) in [(response, self.limits.response_bytes), (event, EVENT_BYTES_MAX)] {
            if bytes.len() > allowed {
                return Err(GuestFailure::MessageTooLarge { length: bytes.len(), allowed }.into());
            }
        }
        let malformed =
            |what: &str, error: prost::DecodeError| GuestFailure::MalformedResult(format!("{what}: {error}"));
        let response = Response::decode(response).map_err(|error| malformed("the response", error))?;
        let event = (!event.is_empty()).then(|| ChaincodeEvent::decode(event)).transpose();
        let event = event.map_err(|error| malformed("the event", error))?;
        // Whose event it is, and in which transaction, is not for the guest to say.
        let event = event.map(|event| ChaincodeEvent { chaincode_id: String::new(), tx_id: String::new(), ..event });
        self.outcome = Some((response, event));
        Ok(())
    }

    /// The outcome, once the guest has returned.
    pub(crate) fn take_outcome(&mut self) -> Result<Outcome, GuestFailure> {
        self.outcome.take().ok_or(GuestFailure::NotCompleted)
    }

    fn check_size(&self, length: usize) -> Result<(), GuestFailure> {
        let allowed = self.limits.message_bytes;
        if length > allowed { Err(GuestFailure::MessageTooLarge { length, allowed }) } else { Ok(()) }
    }
}

/// The type of a message that a contract may send; the others are the host's own (REGISTER, COMPLETED, KEEPALIVE...).
fn allowed(kind: i32) -> Option<MessageType> {
    MessageType::try_from(kind).ok().filter(|kind| kind.is_ledger_call())
}
