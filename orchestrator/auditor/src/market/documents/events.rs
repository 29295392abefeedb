use super::{CreditScore, Decimal, EndReason, Outcome, ReferencePrices, document};

document! {
    /// `members_registered`.
    pub(in crate::market) struct MembersRegistered {
        pub(in crate::market) members: Vec<String>,
    }
}

document! {
    /// `member_changed`, `member_suspended`, `member_reinstated`.
    pub(in crate::market) struct MemberChanged {
        pub(in crate::market) member: String,
    }
}

document! {
    /// `payments_recorded`.
    pub(in crate::market) struct PaymentsRecorded {
        pub(in crate::market) members: Vec<String>,
    }
}

document! {
    /// `credit_evaluated`.
    pub(in crate::market) struct CreditEvaluated {
        pub(in crate::market) scores: Vec<CreditScore>,
    }
}

document! {
    /// `feeder_changed`.
    pub(in crate::market) struct FeederChanged {
        pub(in crate::market) feeder: String,
        pub(in crate::market) version: u32,
    }
}

document! {
    /// `session_opened`.
    pub(in crate::market) struct RoundOpened {
        pub(in crate::market) session: String,
        pub(in crate::market) round: u32,
        pub(in crate::market) window_start_ns: Decimal<u64>,
        pub(in crate::market) window_end_ns: Decimal<u64>,
    }
}

document! {
    /// `round_sealed`.
    pub(in crate::market) struct RoundSealed {
        pub(in crate::market) session: String,
        pub(in crate::market) round: u32,
        pub(in crate::market) bundles: u32,
    }
}

document! {
    /// `round_cleared`.
    pub(in crate::market) struct RoundCleared {
        pub(in crate::market) session: String,
        pub(in crate::market) round: u32,
        pub(in crate::market) outcome: Outcome,
        pub(in crate::market) reference: Option<ReferencePrices>,
        pub(in crate::market) trades: u32,
        pub(in crate::market) volume_wh: Decimal<u64>,
        pub(in crate::market) left_out: u32,
        pub(in crate::market) end_reason: Option<EndReason>,
        pub(in crate::market) next: Option<RoundOpened>,
    }
}

document! {
    /// `session_expired`.
    pub(in crate::market) struct SessionEnded {
        pub(in crate::market) session: String,
        pub(in crate::market) reason: EndReason,
    }
}

document! {
    /// `session_cancelled`.
    pub(in crate::market) struct SessionCancelled {
        pub(in crate::market) session: String,
        pub(in crate::market) reason: String,
    }
}

document! {
    /// `session_settled`, `session_reconciled`.
    pub(in crate::market) struct PostingSummary {
        pub(in crate::market) session: String,
        pub(in crate::market) accounts: u32,
        pub(in crate::market) members: Decimal<i128>,
        pub(in crate::market) fees: Decimal<i128>,
        pub(in crate::market) auction: Decimal<i128>,
        pub(in crate::market) balancing: Decimal<i128>,
    }
}
