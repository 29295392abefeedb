//! Errors with stable codes.

use std::fmt::Display;

/// An error of a contract: it fails the transaction with status 500 and the message `CODE: text`.
///
/// Fabric loses the payload of a failed transaction on the way to the client, so the code is part of the message.
/// Derive it beside `thiserror::Error`:
///
/// ```
/// use fabric_contract_api::ContractError;
///
/// #[derive(Debug, thiserror::Error, ContractError)]
/// pub enum Error {
///     #[error("asset {0} exists")]
///     AssetExists(String), // ASSET_EXISTS
///     #[error_code("NOT_OWNER")]
///     #[error("{0} does not own the asset")]
///     Foreign(String),
///     #[error(transparent)]
///     #[error_code(transparent)]
///     Api(#[from] fabric_contract_api::Error),
/// }
///
/// assert_eq!(Error::AssetExists("a".into()).message(), "ASSET_EXISTS: asset a exists");
/// ```
pub trait ContractError: Display {
    /// What programs compare: upper case, never changed once released.
    fn code(&self) -> &'static str;

    /// The message of the failed transaction.
    fn message(&self) -> String {
        format!("{}: {self}", self.code())
    }
}

/// What can go wrong in this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `ARGUMENTS`: the wrong number of arguments, or one that is not what the function takes.
    #[error("{0}")]
    Arguments(String),
    /// `UNKNOWN_FUNCTION`: the module has no such contract or function.
    #[error("{0}")]
    UnknownFunction(String),
    /// `LEDGER`: the peer refused a call, with its text.
    #[error("{0}")]
    Ledger(String),
    /// `PROTOCOL`: the peer or host sent something that is not Fabric's protocol.
    #[error("{0}")]
    Protocol(String),
    /// `NOT_FOUND`: a stored value that must be there is not.
    #[error("{0} is not in the state")]
    NotFound(String),
    /// `KEY`: a key or a part of one that Fabric does not allow.
    #[error("{0}")]
    Key(String),
    /// `STATE`: a stored key or value that is not what the storage map holds.
    #[error("{0}")]
    State(String),
    /// `RESULT`: a result or an event that cannot be written.
    #[error("{0}")]
    Result(String),
    /// `IDENTITY`: the client's identity cannot be read.
    #[error("{0}")]
    Identity(String),
    /// `ACCESS`: the client lacks what the function asks of it.
    #[error("{0}")]
    Access(String),
    /// `EVENT`: a second event, or one without a name. Fabric keeps one per transaction.
    #[error("{0}")]
    Event(String),
    /// `CALLEE`: a called chaincode failed, with its status and message.
    #[error("chaincode {chaincode} failed with status {status}: {message}")]
    Callee {
        /// Name of the chaincode that was called.
        chaincode: String,
        /// Its status, 400 or more.
        status: i32,
        /// Its message, with its own code if it has one.
        message: String,
    },
}

impl ContractError for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Arguments(_) => "ARGUMENTS",
            Self::UnknownFunction(_) => "UNKNOWN_FUNCTION",
            Self::Ledger(_) => "LEDGER",
            Self::Protocol(_) => "PROTOCOL",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Key(_) => "KEY",
            Self::State(_) => "STATE",
            Self::Result(_) => "RESULT",
            Self::Identity(_) => "IDENTITY",
            Self::Access(_) => "ACCESS",
            Self::Event(_) => "EVENT",
            Self::Callee { .. } => "CALLEE",
        }
    }
}

/// The message of a failed transaction, on its way from a contract to the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl<E: ContractError> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.message())
    }
}
