use fabric_contract_api::ContractError;

use crate::acceptance::Refusal;

/// Why a function of this contract fails.
#[derive(Debug, thiserror::Error, ContractError)]
pub enum Error {
    /// The bundle does not count; the code is the refusal's.
    #[error(transparent)]
    #[error_code(transparent)]
    Refused(#[from] Refusal),
    /// `UNKNOWN_SESSION`.
    #[error("there is no session {0}")]
    UnknownSession(String),
    /// `NOT_OPEN`: the session takes no declarations now.
    #[error("session {0} takes no declarations now")]
    NotOpen(String),
    /// `ROUND_TOO_LARGE`: more than one clearing may hold.
    #[error(
        "round {round} of session {session} holds more than {bundles_max} bundles or {bytes_max} bytes: shard the market"
    )]
    RoundTooLarge {
        /// The session.
        session: String,
        /// The round.
        round: u32,
        /// Most bundles.
        bundles_max: u32,
        /// Most bytes.
        bytes_max: u32,
    },
    /// `ONLY_EXCHANGE`: the function is for the `exchange` chaincode.
    #[error("only the exchange chaincode may call this function")]
    OnlyExchange,
    /// `KEY_TAKEN`: one organization made the key up under a policy of its own.
    #[error("the key of {0} was made up by an organization; use another identifier")]
    KeyTaken(String),
    /// An error of the contract API.
    #[error(transparent)]
    #[error_code(transparent)]
    Api(#[from] fabric_contract_api::Error),
}
