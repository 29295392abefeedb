//! How large things may be.
//!
//! While a peer simulates a clearing it holds its commit lock, so a clearing must be bounded. With these bounds it takes
//! a few hundred milliseconds at most; a market that needs more is sharded over channels.

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

/// Members in one registration, and readings in one record of meters.
pub const BATCH_MAX: usize = 1_000;

/// Bytes of an identifier.
pub const NAME_BYTES_MAX: usize = 64;

/// Connection points of one member.
pub const MEMBER_CONNECTIONS_MAX: usize = 64;

/// Bytes of a reason in words.
pub const REASON_BYTES_MAX: usize = 500;
