//! The shim as a peer sees it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod peer;
mod process;
mod protocol;
mod recordings;
mod scripted;
mod transport;
