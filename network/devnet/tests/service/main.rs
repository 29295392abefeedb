//! Chaincodes that run as services, behind a network: the project's own chaincode process over real connections, and
//! services that misbehave.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod behaviour;
mod faults;
mod packages;
mod served;
#[path = "../support/mod.rs"]
mod support;
