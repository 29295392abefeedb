use fabric_contract_api::message;

/// The account that collects network fees.
pub const FEE_ACCOUNT: &str = "@fee";
/// The account that collects the auction's margins.
pub const AUCTION_ACCOUNT: &str = "@auction";
/// The grid company's account, opposite of all deviations.
pub const BALANCING_ACCOUNT: &str = "@balancing";

/// An account: a member's, or one of the market's three.
#[message]
pub struct Account {
    /// Member, or a name that begins with `@`.
    pub account: String,
    /// Account units; positive: the holder is owed.
    #[decimal]
    pub balance: i128,
    /// What can be paid, fen: floor(balance / 10^6).
    #[decimal]
    pub payable_fen: i128,
}

/// A page of accounts in the order of their names.
#[message]
pub struct AccountPage {
    /// At most as many as were asked for.
    pub accounts: Vec<Account>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// Why something was posted.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PostingKind {
    /// Trades of a session.
    Trades,
    /// Deviations from them, or the difference that a later meter reading makes.
    Deviation,
    /// The price of a certificate.
    Certificate,
}

/// One line of a statement.
#[message]
pub struct Posting {
    /// What it is for: the session; or `@` and the certificate.
    pub subject: String,
    /// Of a session: 0 is the settlement, then come reconciliations. Of a certificate: how often it had changed hands.
    pub number: u32,
    /// Why.
    pub kind: PostingKind,
    /// Account units; the account changed by this much.
    #[decimal]
    pub amount: i128,
    /// When.
    #[decimal]
    pub posted_ns: u64,
}

/// All postings of an account, a page of them.
#[message]
pub struct Statement {
    /// The account as it stands.
    pub account: Account,
    /// Its postings by subject and number.
    pub postings: Vec<Posting>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// A member's part of a reconciliation.
#[message]
pub struct Deviation {
    /// The member.
    pub member: String,
    /// Sold minus bought, Wh.
    #[decimal]
    pub contract_wh: i64,
    /// Net injection, Wh.
    #[decimal]
    pub metered_wh: i64,
    /// All that was posted for the deviation up to now, account units.
    #[decimal]
    pub amount: i128,
}

/// What `settle` and `reconcile` posted.
#[message]
pub struct PostingSummary {
    /// The session.
    pub session: String,
    /// Accounts that changed.
    pub accounts: u32,
    /// Sum of what members got, account units.
    #[decimal]
    pub members: i128,
    /// What the fee account got.
    #[decimal]
    pub fees: i128,
    /// What the auction account got.
    #[decimal]
    pub auction: i128,
    /// What the balancing account got. The four add up to zero.
    #[decimal]
    pub balancing: i128,
}
