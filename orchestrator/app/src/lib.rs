//! Use cases of the market: running sessions, registering members, settling, reporting.
//!
//! Knows contracts by their messages and the ledger by its client; knows no HTTP, no protobuf and no
//! BSON.
//!
//! | module | idea |
//! |---|---|
//! | [`clock`] | real time, or simulated time that jumps to the next event |
//! | [`market`] | the contracts' functions, typed, each called with the right role's identity |
//! | [`plan`] | what a trading day consists of: sessions, fees, windows |
//! | [`scheduler`] | drives one session from its opening to its reconciliation, and goes on where it was interrupted |
//! | [`day`] | trades a whole day with simulated members |
//! | [`efficiency`] | how much of the possible surplus was realized, known to the simulation only |
//! | [`feed`], [`anchors`] | makes records of what is on the chain, keeps them in a store and anchors their roots |
//! | [`archive`] | the grid company's own records: the evidence of the readings |
//! | [`summary`], [`report`] | what a day came to: for programs, and for people |
//!
//! **The ledger is the truth:** a scheduler holds nothing that it could not read from the chain again.

pub mod anchors;
pub mod archive;
pub mod clock;
pub mod day;
pub mod efficiency;
mod error;
pub mod feed;
pub mod market;
pub mod plan;
pub mod report;
pub mod scheduler;
pub mod summary;

pub use error::Error;
