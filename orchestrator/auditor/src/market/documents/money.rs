use super::{Decimal, document, names};

/// The account that collects network fees.
pub(in crate::market) const FEE_ACCOUNT: &str = "@fee";
/// The account that collects the auction's margins.
pub(in crate::market) const AUCTION_ACCOUNT: &str = "@auction";
/// The opposite of all deviations.
pub(in crate::market) const BALANCING_ACCOUNT: &str = "@balancing";

names! {
    /// Why something was posted.
    "SCREAMING_SNAKE_CASE" enum PostingKind { Trades, Deviation, Certificate }
}

document! {
    /// `exchange` posting.
    pub(in crate::market) struct Posting {
        pub(in crate::market) subject: String,
        pub(in crate::market) number: u32,
        pub(in crate::market) kind: PostingKind,
        pub(in crate::market) amount: Decimal<i128>,
        pub(in crate::market) posted_ns: Decimal<u64>,
    }
}

document! {
    /// An entry of `exchange` deviations.
    pub(in crate::market) struct Deviation {
        pub(in crate::market) member: String,
        pub(in crate::market) contract_wh: Decimal<i64>,
        pub(in crate::market) metered_wh: Decimal<i64>,
        pub(in crate::market) amount: Decimal<i128>,
    }
}
