use declaration::encoding::{Hash, PublicKey};
use declaration::messages::Connection;
use fabric_contract_api::message;

/// A member as the trading centre registers it, after its identity was checked off chain.
#[message]
pub struct Registration {
    /// Identifier: 1 to 64 bytes of UTF-8 without control characters, not starting with `@`.
    pub member: String,
    /// SHA-256 of the member's information, which itself stays off chain.
    pub information_hash: Hash,
    /// What the member may do.
    pub terms: Terms,
}

/// What a member may do, and the key that it does it with.
#[message]
pub struct Terms {
    /// Verifies the member's declarations.
    pub public_key: PublicKey,
    /// Its connection points.
    pub connections: Vec<Connection>,
    /// Most that it may sell in one session with full credit, Wh.
    #[decimal]
    pub sell_limit_wh: u64,
    /// Most that it may buy in one session with full credit, Wh.
    #[decimal]
    pub buy_limit_wh: u64,
}

/// A registered member.
#[message]
pub struct Member {
    /// Identifier.
    pub member: String,
    /// SHA-256 of the member's information.
    pub information_hash: Hash,
    /// Deposit number of the identity certificate: SHA-256 over identifier, information hash and first public key.
    pub deposit_number: Hash,
    /// When it was registered.
    #[decimal]
    pub registered_ns: u64,
    /// What it may do.
    pub terms: Terms,
    /// Its credit when that was last evaluated, the part of its limits that it may use, millionths.
    pub credit_ppm: u64,
    /// Set while the regulator has suspended it.
    pub suspension: Option<Suspension>,
}

/// Why and since when a member is suspended.
#[message]
pub struct Suspension {
    /// The regulator's reason.
    pub reason: String,
    /// Since when.
    #[decimal]
    pub since_ns: u64,
}

/// A page of members in the order of their identifiers.
#[message]
pub struct MemberPage {
    /// At most as many as were asked for.
    pub members: Vec<Member>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}
