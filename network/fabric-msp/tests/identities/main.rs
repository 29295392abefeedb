//! Whose certificates an MSP accepts, in which role, and what it refuses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod authority;
mod bft;
mod membership;
mod setup;
mod signing;
