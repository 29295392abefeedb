//! How large things may be.
//!
//! While a peer simulates a clearing it holds its commit lock, so a clearing must be bounded. With these bounds it takes
//! less than a second; a market that needs more is sharded over channels.

/// Bundles in a round. Far below 10,000, where a peer without a configured query limit cuts a range off silently.
pub const ROUND_BUNDLES_MAX: u32 = 5_000;

/// Orders in a round's book.
pub const ROUND_ORDERS_MAX: u32 = 50_000;

/// Bytes that a round's bundles may hold together.
pub const ROUND_BYTES_MAX: u32 = 8 << 20;

/// Orders on a page of a book.
pub const BOOK_PAGE_ORDERS: usize = 1_000;

/// Entries on a page of a trade list.
pub const TRADE_PAGE_ENTRIES: usize = 1_000;

/// Members or devices in one registration, and readings in one record.
pub const BATCH_MAX: usize = 1_000;

/// Bytes of an identifier.
pub const NAME_BYTES_MAX: usize = 64;

/// Connection points of one member.
pub const MEMBER_CONNECTIONS_MAX: usize = 64;

/// Bytes of a reason in words.
pub const REASON_BYTES_MAX: usize = 500;

/// Devices of one market. Reconciling reads them all in one range: far below 10,000, where a peer without a configured
/// query limit cuts a range off silently.
pub const DEVICES_MAX: u32 = 5_000;

/// Rated power of one device, W: larger plants are made of units.
pub const CAPACITY_W_MAX: u64 = 1_000_000_000;

/// Bytes of a technology's name.
pub const TECHNOLOGY_BYTES_MAX: usize = 64;

/// Instructions in one transaction.
pub const INSTRUCTIONS_MAX: usize = 500;

/// Granules and certificates that one transaction may change.
pub const CHANGES_MAX: usize = 2_000;

/// Hours of the period of one claim: a month. The consumption in it is read from the ledger.
pub const CLAIM_HOURS_MAX: u64 = 31 * 24;

/// How long a lock lasts: the buyer has to pay within an hour.
pub const LOCK_NS: u64 = 3_600_000_000_000;
