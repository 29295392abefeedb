//! Whole trading sessions as scenarios that run on any [`Network`]: on the contract API's test ledger, where the
//! contracts are native code, and on a network of peers, where they are Wasm.
//!
//! A [scenario](scenarios::ALL) drives a [`Market`] and says what must come of it. The market writes a transcript of
//! every call with its result, so that two networks can be compared call by call and in their final state.

pub mod embedded;
pub mod fabric;
pub mod scenarios;

mod certificates;
mod clients;
mod comparison;
mod forged;
mod market;
mod network;
mod organization;
mod participant;
mod play;
mod session;
mod shadow;
mod test_ledger;

pub use certificates::{granules, request};
pub use comparison::assert_same;
pub use market::{Market, NO_SIGNATURE, Step, bundle_key};
pub use network::{Call, Failure, Forgery, Network, StateEntry};
pub use organization::Organization;
pub use participant::{Participant, buy, sell};
pub use play::{Order, Play, code_of};
pub use session::{CLASSES, KWH, MINUTE_NS, MWH, SECOND_NS, parameters};
pub use shadow::Shadow;
pub use test_ledger::TestLedger;

/// What a scenario expected and did not find.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// A call failed that must not.
    #[error("unexpected failure: {0}")]
    Failure(#[from] Failure),
    /// Something else is there than must be.
    #[error("{0}")]
    Difference(String),
}

/// Compares what is there with what must be.
///
/// # Errors
/// They differ.
#[allow(clippy::needless_pass_by_value, reason = "what is compared is mostly made on the spot")]
pub fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), Mismatch> {
    if found == expected {
        return Ok(());
    }
    Err(Mismatch::Difference(format!("{what}: found {found:?}, expected {expected:?}")))
}
