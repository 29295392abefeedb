//! The host as its users see it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod cache;
mod fuzz;
mod guests;
mod support;
mod waiting;
