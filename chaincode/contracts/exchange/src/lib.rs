//! Contract: members, sessions, clearing, settlement and certificates.
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
//! | `record_payments` | [[`messages::PaidBills`]] | | trading centre |
//! | `evaluate_credit` | list of members | [[`messages::CreditScore`]] | any consensus organization |
//! | `set_feeder` | [`messages::Feeder`] | version | dispatcher |
//! | `open_session` | [`messages::SessionParameters`] | [`messages::RoundOpened`] | trading centre |
//! | `seal` | session | [`messages::RoundSealed`] | any consensus organization |
//! | `clear` | session | [`messages::RoundResult`] | any consensus organization |
//! | `expire` | session | [`messages::SessionEnded`] | any consensus organization |
//! | `cancel_session` | session, reason | | trading centre or regulator |
//! | `settle` | session | [`messages::PostingSummary`] | any consensus organization |
//! | `register_devices` | [[`messages::Device`]] | | grid company |
//! | `record_readings` | [[`messages::MeterReading`]] | [`messages::ReadingsRecorded`] | grid company |
//! | `reconcile` | session | [`messages::PostingSummary`] | any consensus organization |
//! | `instruct` | [[`messages::SignedInstruction`]] | [`messages::Instructed`] | anyone: members sign |
//! | `audit_granules` | [[`messages::GranuleName`]] | | regulator |
//! | `reject_granules` | [[`messages::GranuleName`]], reason | | regulator |
//! | `issue_certificates` | [[`messages::GranuleName`]] | [`messages::CertificatesIssued`] | trading centre |
//! | `publish_certificates` | list of certificates | | trading centre |
//! | `expire_certificates` | list of certificates | | any consensus organization |
//!
//! Queries, open to anyone: `member(member)`, `members(from, limit)`, `credit(member)`, `session(session)`, `sessions(from, limit)`,
//! `sealed(session, round)`, `round_result(session, round)`, `book(session, round, page)`,
//! `trades(session, round, page)`, `account(account)`, `accounts(from, limit)`, `statement(account, from, limit)`,
//! `deviations(session)`, `feeder(feeder)`, `device(device)`, `devices(from, limit)`, `reading(device, start)`,
//! `reading_versions(device, start)`, `readings(device, from, limit)`, `readings_at(start)`, `granule(device, start)`,
//! `granule_history(device, start)`, `granules(device, from, limit)`, `carried_energy(device)`,
//! `certificate(certificate)`, `certificate_history(certificate)`, `certificates(owner, from, limit)`,
//! `claims(beneficiary, from, limit)`, `last_sequence(member)`.

pub mod access;
pub mod limits;
pub mod messages;
pub mod pages;
pub mod state_layout;

mod accounts;
mod certificates;
mod clearing;
mod contract;
mod conversions;
mod credit;
mod declaration_chaincode;
mod devices;
mod disclosure;
mod error;
mod feeders;
mod members;
mod overlay;
mod readings;
mod rounds;
mod sessions;
mod settlement;

pub use certificates::granule_id;
pub use contract::{CHAINCODE, Exchange};
pub use error::{Error, RuleError};
pub use rounds::disclosed_trades;
