//! Every limit of the host, in one place.
//!
//! Endorsers must agree on what fails, so limits are rules like any other: two hosts with different limits may
//! disagree on a transaction. Whoever changes one of the constants raises [`LIMITS_VERSION`].
//!
//! Fuel is wasmtime's measure: about one unit per Wasm instruction. Work that the host does for a guest is charged in
//! the same unit, so that a contract cannot hide behind it.

/// The version of this table.
pub const LIMITS_VERSION: u32 = 2;

/// Fuel of one transaction: some one to four seconds. A peer ends a transaction after 30 seconds
/// (`chaincode.executetimeout`) and holds its commit lock while it simulates, so a contract must be done long before.
pub const FUEL_PER_TRANSACTION: u64 = 10_000_000_000;
/// Fuel after which a transaction that waits for no peer lets others run: a millisecond or so. It changes no result.
pub const FUEL_PER_TURN: u64 = 5_000_000;
/// Fuel of a ledger call, whatever it carries: what a round trip to a peer in the same process costs.
pub const FUEL_PER_LEDGER_CALL: u64 = 10_000;
/// Fuel of each byte that crosses the boundary, either way: it is copied, and encoded or decoded.
pub const FUEL_PER_BYTE: u64 = 1;
/// Fuel of a signature's verification: about 60 microseconds.
pub const FUEL_PER_P256_VERIFICATION: u64 = 100_000;
/// Fuel of each byte that is hashed: half a gigabyte and more per second.
pub const FUEL_PER_SHA256_BYTE: u64 = 3;

/// Memory of one instance in bytes. A contract's data are a few megabytes; the largest clearing that the market
/// admits needs less than half of this.
pub const MEMORY_BYTES_MAX: usize = 128 << 20;
/// Elements of a module's table: the functions that it calls indirectly.
pub const TABLE_ELEMENTS_MAX: usize = 16_384;
/// Native stack of one instance in bytes. [`CALL_DEPTH_MAX`] of them, and what the ledger needs between them, fit into
/// the 2 MiB that the standard library and tokio give a thread.
pub const WASM_STACK_BYTES: usize = 256 << 10;
/// Chaincodes on top of each other on one thread, the first one included.
pub const CALL_DEPTH_MAX: usize = 4;

/// One message in bytes, to the ledger or from it. Fabric's gRPC limit is 100 MiB; a batch of 1,000 writes of 32 kB
/// fits.
pub const MESSAGE_BYTES_MAX: usize = 32 << 20;
/// The response of a transaction in bytes. It is stored in the block.
pub const RESPONSE_BYTES_MAX: usize = 16 << 20;
/// The event of a transaction in bytes. It is stored in the block and sent to every listener.
pub const EVENT_BYTES_MAX: usize = 1 << 20;
/// Ledger calls of one transaction. 100,000 single writes, or the pages of the longest range, and as many again.
pub const LEDGER_CALLS_MAX: u64 = 200_000;

/// A module in bytes. The platform's own contracts have a few hundred kilobytes.
pub const MODULE_BYTES_MAX: usize = 8 << 20;
/// Functions of a module.
pub const FUNCTIONS_MAX: u32 = 20_000;
/// Parameters, locals and results of one function: cranelift's time grows with them.
pub const LOCALS_MAX: u32 = 2_000;
/// Data segments of a module.
pub const DATA_SEGMENTS_MAX: u32 = 10_000;
/// Globals of a module.
pub const GLOBALS_MAX: u32 = 1_000;
/// A package file in bytes, and what is unpacked from it.
pub const PACKAGE_BYTES_MAX: usize = 2 * MODULE_BYTES_MAX;

/// Instances that may live at once. A gateway admits 500 transactions at a time unless told otherwise; the rest is for
/// chaincodes that these call. Only addresses are reserved for them, no memory.
pub const INSTANCES_MAX: u32 = 1_000;
/// Names of functions that a meter tells apart; what comes later is counted together, as names are the client's choice.
pub const METERED_FUNCTIONS_MAX: usize = 256;

/// The limits that differ between a transaction and a benchmark. Everything else is constant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Fuel of one transaction.
    pub fuel: u64,
    /// Memory of one instance in bytes.
    pub memory_bytes: usize,
    /// Ledger calls of one transaction.
    pub ledger_calls: u64,
    /// One message in bytes, to the ledger or from it.
    pub message_bytes: usize,
    /// The response in bytes.
    pub response_bytes: usize,
}

impl Default for Limits {
    /// What every endorser grants a transaction.
    fn default() -> Self {
        Self {
            fuel: FUEL_PER_TRANSACTION,
            memory_bytes: MEMORY_BYTES_MAX,
            ledger_calls: LEDGER_CALLS_MAX,
            message_bytes: MESSAGE_BYTES_MAX,
            response_bytes: RESPONSE_BYTES_MAX,
        }
    }
}

impl Limits {
    /// Room for a benchmark that clears a million orders in one call. No endorser uses these: the market bounds a
    /// clearing so that it fits into [`Limits::default`].
    #[must_use]
    pub fn bench() -> Self {
        Self {
            fuel: 1_000_000_000_000,
            memory_bytes: 2 << 30,
            message_bytes: 256 << 20,
            response_bytes: 256 << 20,
            ..Self::default()
        }
    }
}
