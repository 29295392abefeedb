//! What a guest can do wrong while it runs.

use fabric_protos::protos::Response;
use thiserror::Error;

/// A guest's own fault. It costs the transaction in which it happens and nothing else.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum GuestFailure {
    /// A Wasm trap: `unreachable` (how a Rust contract panics), a division by zero, an access outside the memory.
    #[error("GUEST_TRAPPED: {0}")]
    Trapped(String),
    /// The fuel for one transaction is used up.
    #[error("OUT_OF_FUEL: the transaction needs more than {0} units of fuel")]
    OutOfFuel(u64),
    /// The call stack is used up.
    #[error("STACK_OVERFLOW: the contract's calls are nested too deeply")]
    StackOverflow,
    /// The memory or the table may not grow that far.
    #[error("MEMORY_LIMIT: the contract asked for {requested} bytes, {allowed} are allowed")]
    MemoryLimit {
        /// Bytes that the memory would have had.
        requested: usize,
        /// Bytes that it may have.
        allowed: usize,
    },
    /// A pointer and length that do not lie within the guest's memory.
    #[error("OUT_OF_BOUNDS: {function} was given {length} bytes at {pointer:#x}, outside of the contract's memory")]
    OutOfBounds {
        /// The imported function.
        function: &'static str,
        /// Where the bytes were said to start.
        pointer: u32,
        /// How many there were said to be.
        length: u64,
    },
    /// A call of a type that a contract may not send.
    #[error("FORBIDDEN_KIND: a contract may not send messages of type {0}")]
    ForbiddenKind(i32),
    /// A message, request or answer, longer than allowed.
    #[error("MESSAGE_TOO_LARGE: {length} bytes, {allowed} are allowed")]
    MessageTooLarge {
        /// Its length in bytes.
        length: usize,
        /// Bytes that it may have.
        allowed: usize,
    },
    /// More ledger calls than one transaction may make.
    #[error("TOO_MANY_CALLS: the transaction made more than {0} ledger calls")]
    TooManyCalls(u64),
    /// Chaincode calls nested deeper than allowed.
    #[error("CALL_DEPTH: chaincode calls may be nested {0} deep")]
    CallDepth(usize),
    /// `read` without bytes to be read: none were pending, or they were read already.
    #[error("NOTHING_PENDING: read was called with nothing to be read")]
    NothingPending,
    /// `invoke` returned without a call of `complete`.
    #[error("NOT_COMPLETED: the contract returned without completing the transaction")]
    NotCompleted,
    /// `complete` was called again.
    #[error("COMPLETED_TWICE: the contract completed the transaction twice")]
    CompletedTwice,
    /// A ledger call after `complete`.
    #[error("CALL_AFTER_COMPLETE: the contract called the ledger after it had completed the transaction")]
    CallAfterComplete,
    /// The bytes given to `complete` are not the message that they should be.
    #[error("MALFORMED_RESULT: {0}")]
    MalformedResult(String),
}

impl GuestFailure {
    /// The stable code that starts the failure's text.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Trapped(_) => "GUEST_TRAPPED",
            Self::OutOfFuel(_) => "OUT_OF_FUEL",
            Self::StackOverflow => "STACK_OVERFLOW",
            Self::MemoryLimit { .. } => "MEMORY_LIMIT",
            Self::OutOfBounds { .. } => "OUT_OF_BOUNDS",
            Self::ForbiddenKind(_) => "FORBIDDEN_KIND",
            Self::MessageTooLarge { .. } => "MESSAGE_TOO_LARGE",
            Self::TooManyCalls(_) => "TOO_MANY_CALLS",
            Self::CallDepth(_) => "CALL_DEPTH",
            Self::NothingPending => "NOTHING_PENDING",
            Self::NotCompleted => "NOT_COMPLETED",
            Self::CompletedTwice => "COMPLETED_TWICE",
            Self::CallAfterComplete => "CALL_AFTER_COMPLETE",
            Self::MalformedResult(_) => "MALFORMED_RESULT",
        }
    }

    /// The response of the transaction that failed so: status 500, and the text as message.
    #[must_use]
    pub fn response(&self) -> Response {
        Response { status: 500, message: self.to_string(), payload: Vec::new() }
    }
}
