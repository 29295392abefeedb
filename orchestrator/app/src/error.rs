use agents::{day::DayError, key::KeyError};

/// Why a use case could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger or a contract refused, or could not be reached.
    #[error("{function} failed")]
    Ledger {
        /// The contract's function.
        function: &'static str,
        /// What the client says.
        source: fabric_client::Error,
    },
    /// A contract answered with something that is not its message.
    #[error(
        "UNEXPECTED_ANSWER: {function} answered with something else than its message ({source}); do program and contracts have the same version?"
    )]
    Answer {
        /// The contract's function.
        function: &'static str,
        /// Where the text differs.
        source: serde_json::Error,
    },
    /// The store of records failed.
    #[error(transparent)]
    Store(#[from] records::StoreError),
    /// The store's checkpoint is none that this program has written.
    #[error("UNKNOWN_CHECKPOINT: the store of records says {0:?} where the feed's position should be")]
    Checkpoint(String),
    /// The ledger's state is not as this program's contracts write it.
    #[error("UNEXPECTED_STATE: {0}; do program and contracts have the same version?")]
    State(String),
    /// A member's key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The day cannot be had.
    #[error(transparent)]
    Day(#[from] DayError),
    /// The plan is inconsistent.
    #[error("INVALID_PLAN: {0}")]
    Plan(String),
    /// A session's state on the ledger does not let it go on.
    #[error("STUCK: session {session} is {phase} and does not go on")]
    Stuck {
        /// The session.
        session: String,
        /// Its phase.
        phase: String,
    },
}

impl Error {
    /// The stable code that a contract refused with, if one did.
    #[must_use]
    pub fn contract_code(&self) -> Option<&str> {
        match self {
            Self::Ledger { source, .. } => source.contract_error().and_then(|error| error.code),
            _ => None,
        }
    }
}
