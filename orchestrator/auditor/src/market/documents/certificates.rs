use super::{Carrier, Decimal, document, names};

names! {
    /// Where a granule or a certificate stands.
    "SCREAMING_SNAKE_CASE" enum CertificateState {
        Requested, Audited, Rejected, Issued, Published, Listed, Locked, Split, Cancelled, Withdrawn, Expired,
    }
}

names! {
    /// What is done to it.
    "SCREAMING_SNAKE_CASE" enum Action {
        Request, Recall, Audit, Reject, Issue, Correct, Publish, List, Unlist, Lock, Release, Transfer, Split, Cancel,
        Withdraw, Expire,
    }
}

document! {
    /// What was done last.
    pub(in crate::market) struct Change {
        pub(in crate::market) action: Action,
        pub(in crate::market) actor: String,
        pub(in crate::market) sequence: Decimal<u64>,
        pub(in crate::market) at_ns: Decimal<u64>,
    }
}

document! {
    /// An argument of `instruct`.
    pub(in crate::market) struct SignedInstruction {
        /// In base64.
        pub(in crate::market) instruction: String,
        pub(in crate::market) signature: String,
    }
}

document! {
    /// Names a granule.
    #[derive(PartialOrd, Ord)]
    pub(in crate::market) struct GranuleName {
        pub(in crate::market) device: String,
        pub(in crate::market) start_ns: Decimal<u64>,
    }
}

document! {
    /// `exchange` granule.
    pub(in crate::market) struct Granule {
        pub(in crate::market) granule: String,
        pub(in crate::market) device: String,
        pub(in crate::market) start_ns: Decimal<u64>,
        pub(in crate::market) member: String,
        pub(in crate::market) state: CertificateState,
        pub(in crate::market) version: u32,
        pub(in crate::market) energy_wh: Decimal<u64>,
        pub(in crate::market) evidence_hash: String,
        pub(in crate::market) session: Option<String>,
        pub(in crate::market) trades: Vec<RoundTrades>,
        pub(in crate::market) reason: String,
        pub(in crate::market) change: Change,
    }
}

document! {
    /// Places in a round's trade list.
    pub(in crate::market) struct RoundTrades {
        pub(in crate::market) round: u32,
        pub(in crate::market) trades: Vec<u32>,
    }
}

document! {
    /// Energy of one reading, or a part of it.
    pub(in crate::market) struct Source {
        pub(in crate::market) start_ns: Decimal<u64>,
        pub(in crate::market) version: u32,
        pub(in crate::market) evidence_hash: String,
        pub(in crate::market) energy_wh: Decimal<u64>,
    }
}

document! {
    /// `exchange` carry.
    #[derive(Default)]
    pub(in crate::market) struct Carry {
        pub(in crate::market) sources: Vec<Source>,
        pub(in crate::market) debt_wh: Decimal<u64>,
        pub(in crate::market) certified_wh: Decimal<u64>,
        pub(in crate::market) issued_wh: Decimal<u64>,
        pub(in crate::market) certificates: Decimal<u64>,
    }
}

document! {
    /// `exchange` issuance.
    pub(in crate::market) struct Issuance {
        pub(in crate::market) issuance: String,
        pub(in crate::market) device: String,
        pub(in crate::market) member: String,
        pub(in crate::market) carrier: Carrier,
        pub(in crate::market) technology: String,
        pub(in crate::market) zone: String,
        pub(in crate::market) emission_g_per_mwh: Decimal<u64>,
        pub(in crate::market) interval_s: u32,
        pub(in crate::market) energy_wh: Decimal<u64>,
        pub(in crate::market) sources: Vec<Source>,
        pub(in crate::market) issued_ns: Decimal<u64>,
    }
}

document! {
    /// `exchange` certificate.
    pub(in crate::market) struct Certificate {
        pub(in crate::market) certificate: String,
        pub(in crate::market) issuance: String,
        pub(in crate::market) from_wh: Decimal<u64>,
        pub(in crate::market) to_wh: Decimal<u64>,
        pub(in crate::market) state: CertificateState,
        pub(in crate::market) owner: String,
        pub(in crate::market) produced_ns: Decimal<u64>,
        pub(in crate::market) expires_ns: Decimal<u64>,
        pub(in crate::market) offer: Option<Offer>,
        pub(in crate::market) lock: Option<Lock>,
        pub(in crate::market) claim: Option<Claim>,
        pub(in crate::market) transfers: u32,
        pub(in crate::market) change: Change,
    }
}

document! {
    /// A price, fen/MWh.
    pub(in crate::market) struct Offer {
        pub(in crate::market) price: Decimal<i64>,
    }
}

document! {
    /// Who may pay, and until when.
    pub(in crate::market) struct Lock {
        pub(in crate::market) buyer: String,
        pub(in crate::market) until_ns: Decimal<u64>,
    }
}

document! {
    /// Who says to have used the energy, and when.
    pub(in crate::market) struct Claim {
        pub(in crate::market) beneficiary: String,
        pub(in crate::market) from_ns: Decimal<u64>,
        pub(in crate::market) to_ns: Decimal<u64>,
    }
}

document! {
    /// `exchange` claim.
    pub(in crate::market) struct ClaimedPeriod {
        pub(in crate::market) beneficiary: String,
        pub(in crate::market) from_ns: Decimal<u64>,
        pub(in crate::market) to_ns: Decimal<u64>,
        pub(in crate::market) claimed_wh: Decimal<u64>,
        pub(in crate::market) consumed_wh: Decimal<u64>,
    }
}

document! {
    /// `instructed`.
    pub(in crate::market) struct Instructed {
        pub(in crate::market) instructions: Vec<CarriedOut>,
    }
}

document! {
    /// What came of an instruction.
    pub(in crate::market) struct CarriedOut {
        pub(in crate::market) member: String,
        pub(in crate::market) sequence: Decimal<u64>,
        pub(in crate::market) action: Action,
        pub(in crate::market) granules: Vec<GranuleName>,
        pub(in crate::market) certificates: Vec<String>,
    }
}

document! {
    /// `granules_audited`, `granules_rejected`.
    pub(in crate::market) struct GranulesDecided {
        pub(in crate::market) granules: Vec<GranuleName>,
        pub(in crate::market) reason: String,
    }
}

document! {
    /// `certificates_issued`.
    pub(in crate::market) struct CertificatesIssued {
        pub(in crate::market) granules: Vec<GranuleName>,
        pub(in crate::market) certificates: Vec<String>,
    }
}

document! {
    /// `certificates_published`, `certificates_expired`.
    pub(in crate::market) struct CertificatesChanged {
        pub(in crate::market) certificates: Vec<String>,
    }
}

impl Certificate {
    /// What it is worth, Wh.
    pub(in crate::market) fn energy_wh(&self) -> u64 {
        self.to_wh.0.saturating_sub(self.from_wh.0)
    }
}
