//! The client against the embedded network, which signs, verifies, orders and commits as Fabric does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod events;
mod load;
mod network;
mod raw;
mod submit;
