//! The `gridbourse` program as somebody runs it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the best answer")]

mod attack;
mod bench;
mod program;
