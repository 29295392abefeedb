use fabric_contract_api::message;

/// What a member's credit is evaluated from.
#[message]
#[derive(Default)]
pub struct CreditRecord {
    /// Energy sold and bought under contract in reconciled sessions, Wh.
    #[decimal]
    pub contracted_wh: u64,
    /// The part of it that was not fed in or not drawn, Wh.
    #[decimal]
    pub unfulfilled_wh: u64,
    /// Bills that fell due.
    pub bills: u32,
    /// Those of them that were paid late or not at all.
    pub bills_late: u32,
    /// Suspensions.
    pub breaches: u32,
}

/// A member's record, and what an evaluation would find in it now.
#[message]
pub struct Credit {
    /// The record.
    pub record: CreditRecord,
    /// The part of its limits that the member could use, millionths.
    pub score_ppm: u64,
}

/// Which of a member's bills fell due, and which of those were late.
#[message]
pub struct PaidBills {
    /// The member.
    pub member: String,
    /// Bills that fell due.
    pub due: u32,
    /// Those of them that were paid late or not at all.
    pub late: u32,
}

/// A member's score.
#[message]
pub struct CreditScore {
    /// The member.
    pub member: String,
    /// The part of its limits that it may use, millionths.
    pub score_ppm: u64,
}
