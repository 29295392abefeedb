//! Replays a ledger and believes nothing.
//!
//! An audit reads the blocks of a channel, from block files or from a peer of the auditor's choice, and checks again all
//! that orderers, peers and contracts have done:
//!
//! | layer | what is checked | where |
//! |---|---|---|
//! | chain | numbers, hashes, orderers' signatures, metadata | `chain` |
//! | transactions | creators' and endorsers' signatures, policies of chaincodes and keys, versions and ranges that were read: each validation code is worked out again, and each commit hash | `validation`, `state` |
//! | code | the module that a definition names, and the organizations' packages | [`packages`] |
//! | market | every transaction of the contracts against their rules, on the auditor's own state | `market` |
//!
//! The rules of the market are not computed with the code that computed them: this crate depends on neither `rules` nor
//! `devnet`, and a clearing is not cleared again but [proven](proof) to be the best.
//!
//! Each transaction is checked against the state before it; afterwards its writes are the state. So a forgery is found
//! where it was made, and nowhere else.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking"))]

pub mod packages;
pub mod proof;
pub mod source;

mod audit;
mod calendar;
mod chain;
mod finding;
mod market;
mod parallel;
mod report;
mod state;
mod trail;
mod transaction;
mod validation;

pub use audit::{Followed, Options, audit, follow};
pub use finding::{Code, Finding};
pub use report::{Chaincode, MarketSummary, Report};
pub use trail::{Change, Claim, Device, Evidence, Payment, Reading, Sale, Trail, Version};
