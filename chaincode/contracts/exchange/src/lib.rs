//! Contract: members, sessions, clearing and settlement.
//!
//! The authority of the market. Every transaction needs the endorsements of all three consensus organizations
//! (`AND('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')`).
//!
//! # Functions
//!
//! | function | arguments | result | who |
//! |---|---|---|---|
//! | `register_members` | [[`messages::Registration`]] | deposit numbers | trading centre |
//! | `change_member` | member, [`messages::Terms`] | | trading centre |
//! | `suspend_member` | member, reason | | regulator |
//! | `reinstate_member` | member | | regulator |
//! | `set_feeder` | [`messages::Feeder`] | version | dispatcher |
//! | `open_session` | [`messages::SessionParameters`] | [`messages::RoundOpened`] | trading centre |
//! | `seal` | session | [`messages::RoundSealed`] | any consensus organization |
//! | `clear` | session | [`messages::RoundResult`] | any consensus organization |
//! | `expire` | session | [`messages::SessionEnded`] | any consensus organization |
//! | `cancel_session` | session, reason | | trading centre or regulator |
//! | `settle` | session | [`messages::PostingSummary`] | any consensus organization |
//! | `record_meters` | session, [[`messages::MeterReading`]] | [`messages::MetersRecorded`] | grid company |
//! | `reconcile` | session | [`messages::PostingSummary`] | any consensus organization |
//!
//! Queries, open to anyone: `member(member)`, `members(from, limit)`, `session(session)`, `sessions(from, limit)`,
//! `sealed(session, round)`, `round_result(session, round)`, `book(session, round, page)`,
//! `trades(session, round, page)`, `account(account)`, `accounts(from, limit)`, `statement(account, from, limit)`,
//! `meters(session)`, `deviations(session)`, `feeder(feeder)`.

pub mod access;
pub mod limits;
pub mod messages;
pub mod pages;
pub mod state_layout;

mod clearing;
mod contract;
mod conversions;
mod declaration_chaincode;
mod disclosure;
mod error;
mod feeders;
mod members;
mod rounds;
mod sessions;
mod settlement;

pub use contract::{CHAINCODE, Exchange};
pub use error::{Error, RuleError};
