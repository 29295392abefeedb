//! A ledger in memory, for native tests of contracts.
//!
//! It does to a transaction what Fabric does: simulates it on the state as it is, collects its reads and writes, and at
//! commit checks endorsement policies (of chaincodes and of keys), the versions of all that was read, and the ranges
//! that were scanned. The chaincode is the same code as in the Wasm module, down to the protobuf messages.
//!
//! ```
//! use fabric_contract_api::testing::{Client, Ledger, Policy};
//! use fabric_contract_api::{Context, Error, QueryContext, args, contract, contracts};
//!
//! pub struct Counter;
//!
//! #[contract(default)]
//! impl Counter {
//!     #[submit]
//!     fn add(context: &mut Context, name: String, amount: u64) -> Result<u64, Error> {
//!         let old = context.get(&name)?.map_or(0, |value| value[0].into());
//!         context.put(&name, [u8::try_from(old + amount).unwrap()])?;
//!         Ok(old + amount)
//!     }
//! }
//!
//! contracts!(Counter);
//!
//! # fn main() {
//! let mut ledger = Ledger::new("market");
//! ledger.deploy("counter", CHAINCODE, Policy::all_of(["Org1MSP", "Org2MSP"]));
//! let alice = Client::new("Org1MSP", "alice");
//!
//! let committed = ledger.submit(alice.propose("counter", "add", args!["hits", 2_u64])).unwrap();
//! assert_eq!(committed.result::<u64>().unwrap(), 2);
//! let error = ledger.submit(alice.propose("counter", "add", args!["hits"])).unwrap_err();
//! assert_eq!(error.to_string(), "ARGUMENTS: number of arguments: expected 2, got 1");
//!
//! // A conflict on demand: two transactions simulated on the same state, committed in one block.
//! let first = ledger.endorse(&alice.propose("counter", "add", args!["hits", 1_u64])).unwrap();
//! let second = ledger.endorse(&alice.propose("counter", "add", args!["hits", 1_u64])).unwrap();
//! let codes = ledger.commit([first, second]);
//! assert_eq!(codes.map(|code| code.as_str_name()), ["VALID", "MVCC_READ_CONFLICT"]);
//!
//! // Endorsed by too few.
//! let proposal = alice.propose("counter", "add", args!["hits", 1_u64]).endorsed_by(["Org1MSP"]);
//! assert_eq!(ledger.submit(proposal).unwrap_err().code(), "ENDORSEMENT_POLICY_FAILURE");
//! # }
//! ```
//!
//! It has no private data and no rich queries, and calls stay on the one channel.

mod certificate;
mod client;
mod policy;
mod read_write_set;
mod simulation;
mod state;
mod validation;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use fabric_protos::protos::TxValidationCode;

pub use self::client::{Client, Proposal};
pub use self::policy::Policy;
use self::read_write_set::ReadWriteSet;
use self::simulation::{Deployed, Simulation};
pub use self::state::state_digest;
use self::state::{State, Version};
use crate::contract::Chaincode;
use crate::value::{JsonError, Value};

/// Arguments of a call, encoded as contracts read them: `args!["car", 5_u64, &message]`.
///
/// Text is sent without quotes. A value is encoded through its [`Value`](crate::Value).
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => {{
        #[allow(unused_imports, reason = "a call may have no arguments")]
        use $crate::testing::Argument as _;
        ::std::vec![$((&$value).to_argument()),*]
    }};
}

/// What [`args!`](crate::args) takes.
pub trait Argument {
    /// Encodes it.
    fn to_argument(&self) -> Vec<u8>;
}

impl<T: Value> Argument for T {
    #[expect(clippy::expect_used, reason = "in a test a panic is the best answer")]
    fn to_argument(&self) -> Vec<u8> {
        self.to_result().expect("the argument has a JSON form")
    }
}

impl Argument for &str {
    fn to_argument(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

/// Time of the first transaction: 2026-01-01T00:00:00Z.
const START_NS: u64 = 1_767_225_600_000_000_000;

/// A channel with its chaincodes and state.
pub struct Ledger {
    channel: String,
    chaincodes: Rc<BTreeMap<String, Deployed>>,
    state: Rc<State>,
    blocks: u64,
    events: Vec<Event>,
    now_ns: u64,
    proposals: Cell<u64>,
}

/// The event of a valid transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The chaincode that the client called.
    pub chaincode: String,
    /// Name of the event.
    pub name: String,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// A simulated transaction that waits for commit.
pub struct Endorsed {
    chaincode: String,
    transaction_id: String,
    timestamp_ns: u64,
    payload: Vec<u8>,
    event: Option<Event>,
    set: ReadWriteSet,
    endorsers: BTreeSet<String>,
}

impl Endorsed {
    /// The payload of the response.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Chaincode and key of each value that it writes or deletes.
    pub fn written_keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.set.written_keys()
    }
}

/// A valid transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The payload of the response.
    pub payload: Vec<u8>,
    /// Its event.
    pub event: Option<Event>,
    /// Its id.
    pub transaction_id: String,
}

impl Committed {
    /// The result, decoded.
    ///
    /// # Errors
    /// The payload is not a `T`.
    pub fn result<T: Value>(&self) -> Result<T, JsonError> {
        T::from_argument(&String::from_utf8_lossy(&self.payload))
    }
}

/// Why a transaction did not take effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The chaincode failed: `CODE: text`.
    #[error("{0}")]
    Failed(String),
    /// It was endorsed, but is invalid.
    #[error("the transaction is invalid: {}", .0.as_str_name())]
    Invalid(TxValidationCode),
}

impl SubmitError {
    /// The contract's error code, or the name of the validation code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Failed(message) => message.split_once(": ").map_or(message, |(code, _)| code),
            Self::Invalid(code) => code.as_str_name(),
        }
    }
}

impl Ledger {
    /// An empty channel.
    #[must_use]
    pub fn new(channel: &str) -> Self {
        Self {
            channel: channel.to_owned(),
            chaincodes: Rc::default(),
            state: Rc::default(),
            blocks: 0,
            events: Vec::new(),
            now_ns: START_NS,
            proposals: Cell::new(0),
        }
    }

    /// Deploys a chaincode, or another version of it on the same state.
    pub fn deploy(&mut self, name: &str, chaincode: impl Chaincode + 'static, policy: Policy) {
        let deployed = Deployed { chaincode: Rc::new(chaincode), policy };
        Rc::make_mut(&mut self.chaincodes).insert(name.to_owned(), deployed);
    }

    /// The time that proposals get which set none.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// Sets that time.
    pub fn set_now_ns(&mut self, now_ns: u64) {
        self.now_ns = now_ns;
    }

    /// Simulates a transaction on the present state and returns the payload of its response.
    ///
    /// # Errors
    /// The message of its failure.
    pub fn evaluate(&self, proposal: impl AsRef<Proposal>) -> Result<Vec<u8>, SubmitError> {
        self.endorse(proposal).map(|endorsed| endorsed.payload)
    }

    /// Simulates a transaction on the present state; [`Ledger::commit`] it when you like.
    ///
    /// # Errors
    /// The message of its failure.
    pub fn endorse(&self, proposal: impl AsRef<Proposal>) -> Result<Endorsed, SubmitError> {
        let proposal = proposal.as_ref();
        let timestamp_ns = proposal.timestamp_ns.unwrap_or(self.now_ns);
        self.proposals.set(self.proposals.get() + 1);
        let message = proposal.message(&self.channel, timestamp_ns, self.proposals.get());

        let simulation = Simulation::new(Rc::clone(&self.state), Rc::clone(&self.chaincodes), message.clone());
        let (completion, set) = simulation.run(&proposal.chaincode).map_err(SubmitError::Failed)?;
        if completion.response.status != 200 {
            return Err(SubmitError::Failed(completion.response.message));
        }
        let event = completion.event.map(|event| Event {
            chaincode: proposal.chaincode.clone(),
            name: event.event_name,
            payload: event.payload,
        });
        Ok(Endorsed {
            chaincode: proposal.chaincode.clone(),
            transaction_id: message.txid,
            timestamp_ns,
            payload: completion.response.payload,
            event,
            set,
            endorsers: proposal.endorsers.clone().unwrap_or_else(|| self.organizations()),
        })
    }

    /// Commits transactions in one block, in their order, and returns the validation code of each.
    pub fn commit<const N: usize>(&mut self, transactions: [Endorsed; N]) -> [TxValidationCode; N] {
        let mut number = 0;
        let block = self.blocks;
        self.blocks += 1;
        let mut protected = BTreeSet::new();
        transactions.map(|transaction| {
            let version = Version { block, transaction: number };
            number += 1;
            let code = validation::validate(&transaction, &self.state, &self.chaincodes, &protected);
            if code == TxValidationCode::Valid {
                protected.extend(transaction.set.protected_keys());
                let state = Rc::make_mut(&mut self.state);
                state.apply(&transaction.set, version, &transaction.transaction_id, transaction.timestamp_ns);
                self.events.extend(transaction.event);
            }
            code
        })
    }

    /// Endorses a transaction and commits it in a block of its own.
    ///
    /// # Errors
    /// It failed, or it is invalid.
    pub fn submit(&mut self, proposal: impl AsRef<Proposal>) -> Result<Committed, SubmitError> {
        let endorsed = self.endorse(proposal)?;
        let committed = Committed {
            payload: endorsed.payload.clone(),
            event: endorsed.event.clone(),
            transaction_id: endorsed.transaction_id.clone(),
        };
        match self.commit([endorsed]) {
            [TxValidationCode::Valid] => Ok(committed),
            [code] => Err(SubmitError::Invalid(code)),
        }
    }

    /// The events of all valid transactions.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The value of a key in a chaincode's state.
    #[must_use]
    pub fn get(&self, chaincode: &str, key: &str) -> Option<&[u8]> {
        self.state.get(chaincode, key).map(|entry| entry.value.as_slice())
    }

    /// The key-level endorsement policy of a key, serialized.
    #[must_use]
    pub fn endorsement_policy(&self, chaincode: &str, key: &str) -> Option<&[u8]> {
        self.state.get(chaincode, key)?.policy.as_deref()
    }

    /// Chaincode, key and value of everything in the state, sorted.
    pub fn state(&self) -> impl Iterator<Item = (&str, &str, &[u8])> {
        self.state.entries()
    }

    /// The digest of the state: see [`state_digest`].
    #[must_use]
    pub fn state_digest(&self) -> [u8; 32] {
        state_digest(self.state())
    }

    /// All organizations that the chaincodes' policies name.
    fn organizations(&self) -> BTreeSet<String> {
        self.chaincodes.values().flat_map(|deployed| deployed.policy.organizations()).collect()
    }
}
