//! Contract: members' signed declarations.
//!
//! The fast half of the market. A declaration needs the endorsement of one of the three consensus organizations
//! (`OR('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')`); everything that decides about one is in
//! `exchange`, which needs all three. What this contract checks is a filter, not the authority: an organization that
//! skips the checks can put a bad bundle on the ledger, but no bad bundle passes the clearing.
//!
//! # Functions
//!
//! | function | arguments | result | who |
//! |---|---|---|---|
//! | `declare` (submit) | bundle: base64, signature: base64 | [`messages::Receipt`] | anyone; the member's signature counts |
//! | `bundle` (evaluate) | session, round, member, sequence | [`messages::DeclaredBundle`] | anyone |
//! | `bundles` (evaluate) | session, round, from, limit | [`messages::BundlePage`] | anyone |
//! | `member` (evaluate) | member | [`messages::MemberRecord`] | anyone |
//! | `round` (evaluate) | session | [`messages::RoundRecord`] | anyone |
//! | `position` (evaluate) | session, member | [`messages::Position`] | anyone |
//! | `set_members` (submit) | [[`messages::MemberUpdate`]] | | `exchange` by chaincode call |
//! | `set_round` (submit) | session, [`messages::RoundRecord`], [[`messages::PositionUpdate`]] | | `exchange` |
//! | `round_bundles` (submit) | session, round, bundles_max, bytes_max | [[`messages::BundleName`]] | `exchange` |
//! | `read_bundles` (submit) | session, round, [[`messages::BundleName`]] | [base64 or null] | `exchange` |

extern crate alloc;

pub mod encoding;
pub mod messages;
