//! What lies in the state of this contract, for whoever reads a ledger without this crate.
//!
//! Keys are composite keys: U+0000, then the object type and each part, each followed by U+0000. Integers in keys are
//! hexadecimal of fixed width: 8 digits for a u32, 16 for a u64. Values are JSON of the type in [`crate::messages`], or
//! bytes as below. The chaincode's policy (all three consensus organizations) protects every key.
//!
//! | object type | parts | value | written by |
//! |---|---|---|---|
//! | `member` | member | JSON [`Member`] | `register_members`, `change_member`, `suspend_member`, `reinstate_member` |
//! | `feeder` | feeder, version u32 | JSON [`FeederVersion`] | `set_feeder`; never changes |
//! | `feeder-version` | feeder | JSON number: the latest version | `set_feeder` |
//! | `session` | session | JSON [`FrozenSession`] | `open_session`; never changes |
//! | `delivery` | start of delivery u64 | JSON string: the session | `open_session`; deleted by `cancel_session` |
//! | `progress` | session | JSON [`Progress`] | every step of the session |
//! | `standing` | session | bytes: members | `clear`, `expire`, `cancel_session` |
//! | `seal` | session, round u32 | bytes: seal | `seal`; never changes |
//! | `result` | session, round u32 | JSON [`RoundResult`] | `clear`; never changes |
//! | `book` | session, round u32, page u32 | bytes: book | `clear`; never changes |
//! | `trades` | session, round u32, page u32 | bytes: trade list | `clear`; never changes |
//! | `meter` | session, member | JSON string: the [reading](crate::messages::MeterReading) in Wh | `record_meters` |
//! | `deviations` | session | JSON list of [`Deviation`] | `reconcile` |
//! | `account` | account | JSON string: the balance in account units | `settle`, `reconcile` |
//! | `posting` | account, session, number u32 | JSON [`Posting`] | `settle`, `reconcile`; never changes |
//!
//! # Bytes
//!
//! All integers have a fixed width and come most significant byte first; i64 is two's complement. A *name* is one byte
//! for its length, then UTF-8. Sides: 0 sells, 1 buys. Energy is in Wh, prices are in fen/MWh, times in nanoseconds since
//! the epoch, classes are places in the session's list of classes.
//!
//! ```text
//! members    = u32 count, then per member, sorted by name:
//!              name, u64 sold, u64 bought, u64 last sequence that counted, u32 count of open orders, then per order:
//!              u32 number, u8 side, u8 class, u32 point, i64 price, u64 open volume, u64 time, u64 sequence, u32 index
//! seal       = u32 count, then per bundle, sorted by member and sequence:
//!              name of the member, u64 sequence, 32 bytes SHA-256 of the bundle's value in `declaration`
//! book       = u32 count of members, their names; u32 count of orders, then per order:
//!              u32 member (place in the page's names), u32 number, u8 side, u8 class, u32 point, i64 price,
//!              u64 volume, u64 time, u64 sequence, u32 index, u64 filled, u8 reason for the remainder
//! trade list = u32 count, then per pair in the order of the matching:
//!              u32 ask, u32 bid (places in the round's book, counted through its pages), u64 volume matched,
//!              u64 volume that the grid carries (what is traded), i64 fee, i64 seller's net, i64 margin
//! ```
//!
//! Reasons: 0 none (filled), 1 OUT_OF_MONEY, 2 AT_MARGIN, 3 NO_COUNTERPARTY, 4 REDUCED, 5 RATIONED, 6 GRID.
//!
//! A book holds every open order as it entered the clearing, sorted by member, then as the member's bundle lists them.
//! Time, sequence and index give an order its priority: they stay while its side, class and price are the same and its
//! volume is not raised. A page of a book has 1,000 orders, a page of a trade list 1,000 pairs.
//!
//! # The life of a session in the state
//!
//! After `clear` of round k, `standing` holds what is open for the next round: every order of the book less what was
//! filled, nothing at all if the round was suspended or the session has ended. `progress.cleared` lists the rounds that
//! have a `result` with a book. A buyer pays seller's net + fee + margin, times the volume traded; accounts `@fee`,
//! `@auction` and `@balancing` are the market's own. The balances of all accounts add up to zero.
//!
//! # Events
//!
//! Every transaction but a query has one event: see [`crate::messages::event_name`].

use fabric_contract_api::{Bytes, DecimalString, Map};

use crate::messages::{Deviation, FeederVersion, FrozenSession, Member, Posting, Progress, RoundResult};

pub(crate) const MEMBERS: Map<String, Member> = Map::new("member");
pub(crate) const FEEDERS: Map<(String, u32), FeederVersion> = Map::new("feeder");
pub(crate) const FEEDER_VERSIONS: Map<String, u32> = Map::new("feeder-version");
pub(crate) const SESSIONS: Map<String, FrozenSession> = Map::new("session");
pub(crate) const DELIVERIES: Map<u64, String> = Map::new("delivery");
pub(crate) const PROGRESS: Map<String, Progress> = Map::new("progress");
pub(crate) const STANDINGS: Map<String, Bytes> = Map::new("standing");
pub(crate) const SEALS: Map<(String, u32), Bytes> = Map::new("seal");
pub(crate) const RESULTS: Map<(String, u32), RoundResult> = Map::new("result");
pub(crate) const BOOK_PAGES: Map<(String, u32, u32), Bytes> = Map::new("book");
pub(crate) const TRADE_PAGES: Map<(String, u32, u32), Bytes> = Map::new("trades");
pub(crate) const METERS: Map<(String, String), DecimalString<i64>> = Map::new("meter");
pub(crate) const DEVIATIONS: Map<String, Vec<Deviation>> = Map::new("deviations");
pub(crate) const ACCOUNTS: Map<String, DecimalString<i128>> = Map::new("account");
pub(crate) const POSTINGS: Map<(String, String, u32), Posting> = Map::new("posting");
