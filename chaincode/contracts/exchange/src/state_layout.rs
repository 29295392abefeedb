//! What lies in the state of this contract, for whoever reads a ledger without this crate.
//!
//! Keys are composite keys: U+0000, then the object type and each part, each followed by U+0000. Integers in keys are
//! hexadecimal of fixed width: 8 digits for a u32, 16 for a u64. Values are JSON of the type in [`crate::messages`], or
//! bytes as below. The chaincode's policy (all three consensus organizations) protects every key.
//!
//! | object type | parts | value | written by |
//! |---|---|---|---|
//! | `member` | member | JSON [`Member`] | `register_members`, `change_member`, `evaluate_credit`, `suspend_member`, `reinstate_member` |
//! | `credit` | member | JSON [`CreditRecord`] | `reconcile`, `record_payments`, `suspend_member` |
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
//! | `device` | device | JSON [`Device`] | `register_devices`; never changes |
//! | `devices` | | JSON number: how many there are | `register_devices` |
//! | `member-device` | member, device | JSON `true` | `register_devices`; never changes |
//! | `project` | code of the project | JSON string: its device | `register_devices`; never changes |
//! | `reading` | device, start of the interval u64 | JSON [`Reading`], the latest version | `record_readings` |
//! | `reading-version` | device, start u64, version u32 | JSON [`Reading`] that was corrected | `record_readings`; never changes |
//! | `deviations` | session | JSON list of [`Deviation`] | `reconcile` |
//! | `account` | account | JSON string: the balance in account units | `settle`, `reconcile`, `instruct` (PAY) |
//! | `posting` | account, subject, number u32 | JSON [`Posting`] | `settle`, `reconcile`, `instruct` (PAY); never changes |
//! | `instruction` | member | JSON string: sequence of its last instruction | `instruct` |
//! | `granule` | device, start u64 | JSON [`Granule`] | `instruct` (REQUEST; RECALL deletes it), `audit_granules`, `reject_granules`, `issue_certificates`, `record_readings` once it is issued |
//! | `carry` | device | JSON [`CarriedEnergy`] | `issue_certificates`, `record_readings` once something is issued |
//! | `issuance` | code | JSON [`Issuance`] | `issue_certificates`; never changes |
//! | `certificate` | certificate | JSON [`Certificate`] | `issue_certificates`, `publish_certificates`, `expire_certificates`, `instruct` |
//! | `holding` | owner, certificate | JSON `true` | `issue_certificates`, `instruct` (PAY, SPLIT); a transfer deletes the seller's |
//! | `claim` | beneficiary, start of the period u64 | JSON [`ClaimedPeriod`] | `instruct` (CANCEL) |
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
//! # The life of a certificate in the state
//!
//! States and actions are those of `rules::certificate`. A reading is certified if its `granule` is ISSUED: no other
//! record says so, and only `issue_certificates` makes it so. What a granule counts for goes to the device's `carry`, the
//! oldest reading first, and leaves it in certificates of 1 MWh: each is an `issuance`, which lists the readings that it is
//! made of, and a `certificate` for its whole range. A split ends a certificate and puts one for each part of its range in
//! its place, under the same issuance. So at any time the certificates of an issuance that are not SPLIT cover it once.
//! A granule that is issued names the session of its interval and the places of its owner's sales in the trade lists.
//!
//! A corrected reading of an issued granule makes the granule count for the new version. A surplus is carried; a shortfall
//! comes off what is carried, and what that does not cover is the carry's debt, which comes off what is certified next.
//! Certificates stay as they are. `certified_wh = issued_wh + sources - debt_wh`, always.
//!
//! A claim is a cancelled certificate. Two claims never share energy, because certificates do not. What a beneficiary
//! claims for a period is at most what its meters say it drew; its periods are the same or do not overlap, and none ends
//! before the energy was produced.
//!
//! # Events
//!
//! Every transaction but a query has one event: see [`crate::messages::event_name`].

use fabric_contract_api::{Bytes, DecimalString, Item, Map};

use crate::messages::{
    CarriedEnergy, Certificate, ClaimedPeriod, CreditRecord, Deviation, Device, FeederVersion, FrozenSession, Granule,
    Issuance, Member, Posting, Progress, Reading, RoundResult,
};

pub(crate) const MEMBERS: Map<String, Member> = Map::new("member");
pub(crate) const CREDITS: Map<String, CreditRecord> = Map::new("credit");
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
pub(crate) const DEVICES: Map<String, Device> = Map::new("device");
pub(crate) const DEVICE_COUNT: Item<u32> = Item::new("devices");
pub(crate) const MEMBER_DEVICES: Map<(String, String), bool> = Map::new("member-device");
pub(crate) const PROJECTS: Map<String, String> = Map::new("project");
pub(crate) const READINGS: Map<(String, u64), Reading> = Map::new("reading");
pub(crate) const READING_VERSIONS: Map<(String, u64, u32), Reading> = Map::new("reading-version");
pub(crate) const DEVIATIONS: Map<String, Vec<Deviation>> = Map::new("deviations");
pub(crate) const ACCOUNTS: Map<String, DecimalString<i128>> = Map::new("account");
pub(crate) const POSTINGS: Map<(String, String, u32), Posting> = Map::new("posting");
pub(crate) const INSTRUCTIONS: Map<String, DecimalString<u64>> = Map::new("instruction");
pub(crate) const GRANULES: Map<(String, u64), Granule> = Map::new("granule");
pub(crate) const CARRIES: Map<String, CarriedEnergy> = Map::new("carry");
pub(crate) const ISSUANCES: Map<String, Issuance> = Map::new("issuance");
pub(crate) const CERTIFICATES: Map<String, Certificate> = Map::new("certificate");
pub(crate) const HOLDINGS: Map<(String, String), bool> = Map::new("holding");
pub(crate) const CLAIMS: Map<(String, u64), ClaimedPeriod> = Map::new("claim");
