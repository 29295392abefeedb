//! Runs a proposal on a snapshot of the state, as an endorsing peer does, and collects what it reads and writes.
//!
//! A [`Simulator`] belongs to one proposal. Each chaincode that it runs, the one that was proposed and those that it calls,
//! has a [frame](calls::Frame) of its own, which answers its ledger calls; all write into the same read-write set.

mod builder;
mod calls;
mod interest;
mod invoke;
mod queries;

use std::sync::Arc;

use fabric_protos::protos::{ChaincodeInput, ChaincodeInterest, SignedProposal};
use wasm_host::{Chaincode, Completed, HostError};

use self::builder::Builder;
use self::interest::WrittenKeys;
use super::error::LedgerError;
use super::state::Snapshot;

/// What the endorser knows about the proposal.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The channel that the proposal is for.
    pub channel: String,
    /// The transaction's id.
    pub transaction_id: String,
    /// The proposal, which chaincodes read creator, timestamp and transient data from.
    pub signed_proposal: SignedProposal,
}

/// Where a simulation finds chaincodes and other channels.
pub trait Chaincodes: Send + Sync {
    /// The code that the endorsing organization runs as `name` on `channel`; `None` if it has installed none.
    fn chaincode(&self, channel: &str, name: &str) -> Option<Arc<dyn Chaincode>>;

    /// A snapshot of another channel, for a chaincode call into it.
    ///
    /// # Errors
    /// The text for the calling chaincode, if there is no such channel or the proposal's creator may not write to it.
    fn snapshot(&self, channel: &str, proposal: &SignedProposal) -> Result<Arc<Snapshot>, String>;
}

/// Why a proposal could not be run. What a chaincode itself answers, however bad, is no error.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// There is no such chaincode to run; the text is the one that Fabric's peers give.
    #[error("invalid invocation: {0}")]
    Invalid(String),
    /// The host could not run the chaincode.
    #[error("error sending: {0}")]
    Host(#[from] HostError),
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The outcome of a simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulationResult {
    /// `rwset.TxReadWriteSet` as a Fabric peer encodes it, to the byte: `ChaincodeAction.results`.
    pub read_write_set: Vec<u8>,
    /// Whose policies the endorsements must satisfy: `ProposalResponse.interest`.
    pub interest: ChaincodeInterest,
}

/// Runs one proposal.
pub struct Simulator {
    snapshot: Arc<Snapshot>,
    invocation: Invocation,
    chaincodes: Arc<dyn Chaincodes>,
    builder: Builder,
    written_keys: WrittenKeys,
    /// Something was written; paged queries are refused from then on.
    wrote: bool,
    /// A paged query was made; writes are refused from then on.
    paged: bool,
    /// The chaincodes that are running, the innermost last: none may be called again.
    running: Vec<String>,
}

impl Simulator {
    /// A simulation that has read nothing yet.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>, invocation: Invocation, chaincodes: Arc<dyn Chaincodes>) -> Self {
        Self {
            snapshot,
            invocation,
            chaincodes,
            builder: Builder::default(),
            written_keys: WrittenKeys::default(),
            wrote: false,
            paged: false,
            running: Vec::new(),
        }
    }

    /// Runs chaincode `name`. As on a peer, the sequence of its definition becomes part of the read set.
    ///
    /// # Errors
    /// If the chaincode is not defined or not installed, or host or ledger fail.
    pub fn execute(&mut self, name: &str, input: &ChaincodeInput) -> Result<Completed, SimulationError> {
        let mut completed = self.run(name, input)?;
        if let Some(event) = &mut completed.event {
            name.clone_into(&mut event.chaincode_id);
            event.tx_id.clone_from(&self.invocation.transaction_id);
        }
        Ok(completed)
    }

    /// The read-write set.
    #[must_use]
    pub fn finish(self) -> SimulationResult {
        let (read_write_set, namespaces) = self.builder.finish();
        SimulationResult { read_write_set, interest: self.written_keys.interest(&namespaces) }
    }
}

/// Whether `name` is one of the chaincodes that are part of a peer.
pub(crate) fn is_system(name: &str) -> bool {
    matches!(name, "_lifecycle" | "cscc" | "lscc" | "qscc")
}
