use std::fmt::Display;

use fabric_contract_api::ContractError;

/// Why a function of this contract fails.
#[derive(Debug, thiserror::Error, ContractError)]
pub enum Error {
    /// `BAD_NAME`.
    #[error("an identifier has 1 to 64 bytes, no control characters, and does not start with `@`")]
    BadName,
    /// `BAD_TERMS`.
    #[error("the terms of member {0} have a key that is not compressed, a point twice, or too many points")]
    BadTerms(String),
    /// `TOO_MANY_ENTRIES`: more than one transaction may carry.
    #[error("a list has {0} entries, allowed are {max}", max = crate::limits::BATCH_MAX)]
    TooManyEntries(usize),
    /// `DUPLICATE_ENTRY`: a member twice in one list.
    #[error("{0} is in the list twice")]
    DuplicateEntry(String),
    /// `REASON_TOO_LONG`.
    #[error("a reason has at most {max} bytes", max = crate::limits::REASON_BYTES_MAX)]
    ReasonTooLong,
    /// `MEMBER_EXISTS`.
    #[error("member {0} is registered already")]
    MemberExists(String),
    /// `UNKNOWN_MEMBER`.
    #[error("there is no member {0}")]
    UnknownMember(String),
    /// `ALREADY_SUSPENDED`.
    #[error("member {0} is suspended already")]
    AlreadySuspended(String),
    /// `NOT_SUSPENDED`.
    #[error("member {0} is not suspended")]
    NotSuspended(String),
    /// `UNKNOWN_FEEDER`.
    #[error("there is no feeder {0}")]
    UnknownFeeder(String),
    /// `SESSION_EXISTS`.
    #[error("session {0} exists already")]
    SessionExists(String),
    /// `DELIVERY_TAKEN`: a member's limits hold for one session, so a delivery hour has one.
    #[error("session {0} has the same start of delivery")]
    DeliveryTaken(String),
    /// `UNKNOWN_SESSION`.
    #[error("there is no session {0}")]
    UnknownSession(String),
    /// `BOUNDS_TOO_LARGE`.
    #[error("the bounds of a round exceed what one clearing may hold: shard the market")]
    BoundsTooLarge,
    /// `UNKNOWN_CLASS`: a fee for a class that is not listed.
    #[error("a fee names a class that is not in the list")]
    UnknownClass,
    /// `DUPLICATE_FEE`.
    #[error("a pair of classes has two fees")]
    DuplicateFee,
    /// `ROUND_TOO_LARGE`: the round holds more than the session's bounds.
    #[error("the round holds more bundles, orders or bytes than one clearing may: shard the market")]
    RoundTooLarge,
    /// `KEY_TAKEN`: one organization made up a key in `declaration` under a policy of its own.
    #[error("an organization has made up the key of this identifier: use another one")]
    KeyTaken,
    /// `DELIVERY_NOT_OVER`.
    #[error("the delivery is not over")]
    DeliveryNotOver,
    /// `SESSION_CANCELLED`.
    #[error("the session is cancelled")]
    SessionCancelled,
    /// `READING_OUT_OF_RANGE`.
    #[error("the reading of {0} is out of range")]
    ReadingOutOfRange(String),
    /// `NOT_BALANCED`: what would be posted does not add up to zero. It cannot happen; if it did, nothing is posted.
    #[error("the postings do not add up to zero")]
    NotBalanced,
    /// An error of the rules, with its code.
    #[error(transparent)]
    #[error_code(transparent)]
    Rule(#[from] RuleError),
    /// An error of the contract API.
    #[error(transparent)]
    #[error_code(transparent)]
    Api(#[from] fabric_contract_api::Error),
}

/// An error of the rules: its code, and its text without the code.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct RuleError {
    code: &'static str,
    text: String,
}

impl RuleError {
    /// `error` is displayed as `CODE: text`.
    fn new(code: &'static str, error: &dyn Display) -> Self {
        let text = error.to_string();
        Self { code, text: text.split_once(": ").map_or(text.clone(), |(_, text)| text.to_owned()) }
    }
}

impl ContractError for RuleError {
    fn code(&self) -> &'static str {
        self.code
    }
}

macro_rules! from_rules {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                RuleError::new(error.code(), &error).into()
            }
        }
    )+};
}

from_rules!(
    rules::clearing::ShareError,
    rules::fees::FeeTableError,
    rules::grid::FeederError,
    rules::session::ParameterError,
    rules::session::StepError,
);

impl From<rules::settlement::DeviationPriceError> for Error {
    fn from(error: rules::settlement::DeviationPriceError) -> Self {
        RuleError::new("DEVIATION_PRICES", &error).into()
    }
}
