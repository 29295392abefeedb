use crate::Organization;

/// A call of a chaincode by a client of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The channel.
    pub channel: String,
    /// The chaincode.
    pub chaincode: &'static str,
    /// The function.
    pub function: &'static str,
    /// Its arguments, encoded.
    pub arguments: Vec<Vec<u8>>,
    /// Whose client calls.
    pub client: Organization,
    /// Whose peers endorse.
    pub endorsers: Vec<Organization>,
    /// Timestamp of the proposal, nanoseconds since the epoch.
    pub timestamp_ns: u64,
}

/// Why a call did not take effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The chaincode refused: `CODE: text`.
    #[error("{0}")]
    Refused(String),
    /// It was endorsed, but is invalid: the name of Fabric's validation code.
    #[error("the transaction is invalid: {0}")]
    Invalid(String),
}

impl Failure {
    /// The contract's error code, or the name of the validation code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(message) => message.split_once(": ").map_or(message, |(code, _)| code),
            Self::Invalid(code) => code,
        }
    }
}

/// What a dishonest organization writes without asking any contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgery {
    /// The channel.
    pub channel: String,
    /// Whose peer endorses whatever its owner likes.
    pub organization: Organization,
    /// In whose state it writes.
    pub chaincode: &'static str,
    /// Keys and their new values; `None` deletes.
    pub writes: Vec<(String, Option<Vec<u8>>)>,
    /// Serialized key-level policy that it puts on these keys.
    pub policy: Option<Vec<u8>>,
    /// Timestamp of the proposal, nanoseconds since the epoch.
    pub timestamp_ns: u64,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateEntry {
    /// Whose state.
    pub chaincode: String,
    /// The key.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
}

/// A Fabric network with the contracts `declaration` (policy: one of the three consensus organizations) and `exchange`
/// (all three).
pub trait Network {
    /// Has a transaction endorsed, ordered and committed, and returns the payload of its response.
    ///
    /// # Errors
    /// It was refused, or is invalid.
    fn submit(&mut self, call: &Call) -> Result<Vec<u8>, Failure>;

    /// Has these transactions endorsed on one and the same state, then ordered into one block.
    ///
    /// # Errors
    /// Each by itself, as for [`Network::submit`].
    fn submit_together(&mut self, calls: &[Call]) -> Vec<Result<Vec<u8>, Failure>>;

    /// Asks a peer of the first endorser.
    ///
    /// # Errors
    /// It was refused.
    fn evaluate(&mut self, call: &Call) -> Result<Vec<u8>, Failure>;

    /// Submits writes that only a dishonest organization endorses.
    ///
    /// # Errors
    /// The transaction is invalid.
    fn forge(&mut self, forgery: &Forgery) -> Result<(), Failure>;

    /// Everything in the state of the two contracts on a channel, sorted.
    fn state(&mut self, channel: &str) -> Vec<StateEntry>;
}
