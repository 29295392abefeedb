//! Arguments and results of the `declaration` contract, shared with its clients and with `exchange`.
//!
//! JSON conventions are those of [`crate::encoding`].

use fabric_contract_api::{Bytes, message};

use crate::encoding::{Hash, PublicKey, Signature};

/// The chaincode's name on every market channel.
pub const CHAINCODE: &str = "declaration";

/// What it is deployed under: any one of the consensus organizations endorses.
pub const ENDORSEMENT_POLICY: &str = "OR('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')";

/// What `declare` answers: the bundle is in the transaction. It counts once a seal lists this hash.
#[message]
pub struct Receipt {
    /// SHA-256 of the stored value: signature, declared time and canonical bytes.
    pub bundle_hash: Hash,
}

/// One bundle as it lies on the ledger.
#[message]
pub struct DeclaredBundle {
    /// The member in whose name the key was written.
    pub member: String,
    /// The sequence in the key.
    pub sequence: u64,
    /// SHA-256 of the stored value; what a seal lists.
    pub bundle_hash: Hash,
    /// Transaction timestamp of the declaration, nanoseconds since the epoch.
    #[decimal]
    pub declared_ns: u64,
    /// The member's signature over the digest.
    pub signature: Signature,
    /// The canonical bytes (`rules::bundle`).
    pub bundle: Bytes,
}

/// A page of bundles in key order (member, then sequence).
#[message]
pub struct BundlePage {
    /// At most as many as were asked for.
    pub bundles: Vec<DeclaredBundle>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// Where a member may inject or withdraw.
#[message]
pub struct Connection {
    /// Number of the connection point.
    pub point: u32,
    /// Name of the class that the point belongs to, such as `A1/20kV`.
    pub class: String,
}

/// What a declaration is checked against, kept by `exchange` in this chaincode for every member.
#[message]
pub struct MemberRecord {
    /// Verifies the member's bundles.
    pub public_key: PublicKey,
    /// A suspended member declares nothing.
    pub suspended: bool,
    /// The member's connection points, by number.
    pub connections: Vec<Connection>,
    /// Most that a member may sell in one session, traded and open, Wh.
    #[decimal]
    pub sell_limit_wh: u64,
    /// Most that a member may buy in one session, traded and open, Wh.
    #[decimal]
    pub buy_limit_wh: u64,
}

/// Whether a session takes declarations.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Yes, inside the window.
    Open,
    /// No: the round is sealed and waits for its clearing.
    Sealed,
    /// No more: ended or cancelled.
    Ended,
}

/// The state of a session as far as a declaration needs it, kept by `exchange` in this chaincode.
#[message]
pub struct RoundRecord {
    /// Whether declarations are taken.
    pub phase: Phase,
    /// The current round, from 1.
    pub round: u32,
    /// First moment of the window, nanoseconds since the epoch.
    #[decimal]
    pub window_start_ns: u64,
    /// First moment after the window.
    #[decimal]
    pub window_end_ns: u64,
    /// Lowest price allowed, fen/MWh.
    #[decimal]
    pub price_floor: i64,
    /// Highest price allowed, fen/MWh.
    #[decimal]
    pub price_cap: i64,
    /// Most orders in one bundle.
    pub bundle_orders_max: u32,
    /// The pricing rule allows one order per member and side only (McAfee).
    pub one_order_per_side: bool,
    /// Names of the session's classes; an order holds an index into this list.
    pub classes: Vec<String>,
}

/// What a member has behind it in a session.
#[message]
#[derive(Copy, Default)]
pub struct Position {
    /// Sold in cleared rounds, Wh.
    #[decimal]
    pub sold_wh: u64,
    /// Bought in cleared rounds, Wh.
    #[decimal]
    pub bought_wh: u64,
    /// Highest sequence that counted in cleared rounds; 0 for none.
    pub sequence: u64,
}

/// A member's record as `exchange` hands it over.
#[message]
pub struct MemberUpdate {
    /// The member.
    pub member: String,
    /// Its record from now on.
    pub record: MemberRecord,
}

/// A member's position as `exchange` hands it over.
#[message]
pub struct PositionUpdate {
    /// The member.
    pub member: String,
    /// Its position from now on.
    pub position: Position,
}

/// Names one bundle of a round: its key and what it held when the round was sealed.
#[message]
pub struct BundleName {
    /// The member in the key.
    pub member: String,
    /// The sequence in the key.
    pub sequence: u64,
    /// SHA-256 of the stored value.
    pub bundle_hash: Hash,
}
