//! The ledger with a channel whose keys the tests have: storage, validation, and what committing costs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod channel;
mod cost;
mod simulation;
mod storage;
mod validation;
