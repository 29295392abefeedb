use super::{Decimal, document};

document! {
    /// A connection point of a member.
    pub(in crate::market) struct Connection {
        pub(in crate::market) point: u32,
        /// Name of its class.
        pub(in crate::market) class: String,
    }
}

document! {
    /// What a member may do, and the key that it does it with.
    pub(in crate::market) struct Terms {
        /// Compressed SEC 1, in hex.
        pub(in crate::market) public_key: String,
        pub(in crate::market) connections: Vec<Connection>,
        pub(in crate::market) sell_limit_wh: Decimal<u64>,
        pub(in crate::market) buy_limit_wh: Decimal<u64>,
    }
}

document! {
    /// An argument of `register_members`.
    pub(in crate::market) struct Registration {
        pub(in crate::market) member: String,
        pub(in crate::market) information_hash: String,
        pub(in crate::market) terms: Terms,
    }
}

document! {
    /// `exchange` member.
    pub(in crate::market) struct Member {
        pub(in crate::market) member: String,
        pub(in crate::market) information_hash: String,
        pub(in crate::market) deposit_number: String,
        pub(in crate::market) registered_ns: Decimal<u64>,
        pub(in crate::market) terms: Terms,
        pub(in crate::market) suspension: Option<Suspension>,
    }
}

document! {
    /// Why and since when a member is suspended.
    pub(in crate::market) struct Suspension {
        pub(in crate::market) reason: String,
        pub(in crate::market) since_ns: Decimal<u64>,
    }
}

document! {
    /// `declaration` member.
    pub(in crate::market) struct MemberRecord {
        pub(in crate::market) public_key: String,
        pub(in crate::market) suspended: bool,
        pub(in crate::market) connections: Vec<Connection>,
        pub(in crate::market) sell_limit_wh: Decimal<u64>,
        pub(in crate::market) buy_limit_wh: Decimal<u64>,
    }
}

document! {
    /// `declaration` position.
    pub(in crate::market) struct Position {
        pub(in crate::market) sold_wh: Decimal<u64>,
        pub(in crate::market) bought_wh: Decimal<u64>,
        pub(in crate::market) sequence: u64,
    }
}

impl Member {
    /// What declarations are checked against.
    pub(in crate::market) fn record(&self) -> MemberRecord {
        MemberRecord {
            public_key: self.terms.public_key.clone(),
            suspended: self.suspension.is_some(),
            connections: self.terms.connections.clone(),
            sell_limit_wh: self.terms.sell_limit_wh,
            buy_limit_wh: self.terms.buy_limit_wh,
        }
    }
}
