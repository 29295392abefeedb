//! The market's rules: pure, integer, deterministic.
//!
//! Contracts run this crate with authority, the orchestrator previews with it. It has no input or output, no clock, no
//! randomness, no floats and no hash maps, so that every endorser computes the same bytes.
//!
//! | module | idea |
//! |---|---|
//! | [`units`], [`limits`] | what the numbers mean and how large they may be |
//! | [`order`], [`fees`] | orders, classes, and what a trade between two classes costs |
//! | [`canonical`], [`bundle`], [`instruction`] | the bytes that a member signs |
//! | [`clearing`] | exact clearing of one round: matching, list of trades, prices |
//! | [`outcome`], [`remainder`] | what a round came to, and why the rest of an order was left |
//! | [`session`] | the state machine of one trading session |
//! | [`grid`] | what the feeder can carry |
//! | [`metering`] | what a meter can say |
//! | [`certificate`] | green certificates: states, energy, code, validity |
//! | [`settlement`], [`credit`] | who pays whom, and what a member may declare next time |
//! | [`metrics`] | how good the result was |
//! | [`generator`] | books for benchmarks, the same for the same seed everywhere |
//! | `book` (feature `serde`) | one book as a JSON document, and its result |
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic, clippy::disallowed_types)]

extern crate alloc;

pub mod bundle;
pub mod canonical;
pub mod certificate;
pub mod clearing;
pub mod credit;
pub mod fees;
pub mod generator;
pub mod grid;
pub mod instruction;
pub mod limits;
pub mod metering;
pub mod metrics;
pub mod order;
pub mod outcome;
pub mod remainder;
pub mod session;
pub mod settlement;
pub mod units;

#[cfg(feature = "serde")]
pub mod book;
#[cfg(feature = "serde")]
pub mod decimal;
