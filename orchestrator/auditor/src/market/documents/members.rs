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
        pub(in crate::market) credit_ppm: u64,
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

document! {
    /// `exchange` credit.
    #[derive(Default)]
    pub(in crate::market) struct CreditRecord {
        pub(in crate::market) contracted_wh: Decimal<u64>,
        pub(in crate::market) unfulfilled_wh: Decimal<u64>,
        pub(in crate::market) bills: u32,
        pub(in crate::market) bills_late: u32,
        pub(in crate::market) breaches: u32,
    }
}

document! {
    /// An argument of `record_payments`.
    pub(in crate::market) struct PaidBills {
        pub(in crate::market) member: String,
        pub(in crate::market) due: u32,
        pub(in crate::market) late: u32,
    }
}

document! {
    /// What `evaluate_credit` finds.
    pub(in crate::market) struct CreditScore {
        pub(in crate::market) member: String,
        pub(in crate::market) score_ppm: u64,
    }
}

impl Member {
    /// What the member's credit leaves of a limit, rounded down.
    fn part_of(&self, Decimal(limit): Decimal<u64>) -> Decimal<u64> {
        let part = u128::from(limit) * u128::from(self.credit_ppm) / 1_000_000;
        Decimal(u64::try_from(part).unwrap_or(u64::MAX))
    }

    /// What declarations are checked against.
    pub(in crate::market) fn record(&self) -> MemberRecord {
        MemberRecord {
            public_key: self.terms.public_key.clone(),
            suspended: self.suspension.is_some(),
            connections: self.terms.connections.clone(),
            sell_limit_wh: self.part_of(self.terms.sell_limit_wh),
            buy_limit_wh: self.part_of(self.terms.buy_limit_wh),
        }
    }
}
