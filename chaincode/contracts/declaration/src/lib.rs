//! Contract: members' signed declarations.
//!
//! The fast half of the market. A declaration needs the endorsement of one of the three consensus organizations
//! (`OR('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')`); everything that decides about one is in
//! `exchange`, which needs all three. What this contract checks is a filter, not the authority: an organization that
//! skips the checks can put a bad bundle on the ledger, but no bad bundle passes the clearing, which repeats every check
//! of [`acceptance`] under all three endorsements.
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
//! | `sealable_bundles` (evaluate) | session, round, bundles_max, bytes_max | [[`messages::BundleName`]] | anyone |
//! | `read_bundles` (evaluate) | session, round, [[`messages::BundleName`]] | [base64 or null] | anyone |
//! | `set_members` (submit) | [[`messages::MemberUpdate`]] | | `exchange` by chaincode call |
//! | `set_round` (submit) | session, [`messages::RoundRecord`], [[`messages::PositionUpdate`]] | | `exchange` by chaincode call |
//!
//! # State
//!
//! | object type | key | value | policy |
//! |---|---|---|---|
//! | `bundle` | session, round (u32), member, sequence (u64) | [`StoredBundle`], raw bytes | all three |
//! | `member` | member | [`messages::MemberRecord`], JSON | all three |
//! | `round` | session | [`messages::RoundRecord`], JSON | all three |
//! | `position` | session, member | [`messages::Position`], JSON | all three |
//!
//! Keys are composite keys; integers in them are hexadecimal of fixed width (8 digits for u32, 16 for u64). Every key
//! gets a key-level policy of all three consensus organizations with its first write, so that from then on one
//! organization can neither change nor delete it. An honest declaration that comes too late dies on the version of
//! the `round` record that it read.
//!
//! # What one dishonest organization can do
//!
//! It can write any key that does not exist yet. A bundle that it makes up is left out at clearing. A `position` key of
//! its own making, under a policy that the others cannot satisfy, is left alone by `set_round`, because positions are
//! only needed to refuse early. A `member` or `round` key of its own making blocks that one name, and the error says so
//! (`KEY_TAKEN`): pick another session or member identifier. It can fill a round with junk until the seal refuses it:
//! like refusing to endorse, that stops the service and nothing else.

pub mod acceptance;
pub mod encoding;
pub mod messages;

mod contract;
mod error;
mod protection;
mod stored_bundle;

pub use contract::{CHAINCODE, Declarations};
pub use error::Error;
pub use stored_bundle::StoredBundle;

/// The organizations that decide together (paper 3.3): a key-level policy names all of them.
pub const CONSENSUS_MSPS: [&str; 3] = ["RegulatorMSP", "TradingCentreMSP", "DispatcherMSP"];

/// Bundles of one member that count in one round, so that no member can fill a round alone.
pub const MEMBER_BUNDLES_MAX: usize = 32;
