use fabric_contract_api::message;

use super::{EndReason, Outcome, ReferencePrices};

/// Event names. The payload is the JSON of the type named with it.
pub mod event_name {
    /// [`super::MembersRegistered`].
    pub const MEMBERS_REGISTERED: &str = "members_registered";
    /// [`super::MemberChanged`]: new terms.
    pub const MEMBER_CHANGED: &str = "member_changed";
    /// [`super::MemberChanged`].
    pub const MEMBER_SUSPENDED: &str = "member_suspended";
    /// [`super::MemberChanged`].
    pub const MEMBER_REINSTATED: &str = "member_reinstated";
    /// [`super::FeederChanged`].
    pub const FEEDER_CHANGED: &str = "feeder_changed";
    /// [`super::RoundOpened`].
    pub const SESSION_OPENED: &str = "session_opened";
    /// [`super::RoundSealed`].
    pub const ROUND_SEALED: &str = "round_sealed";
    /// [`super::RoundCleared`].
    pub const ROUND_CLEARED: &str = "round_cleared";
    /// [`super::SessionEnded`]: by TIME, without a clearing.
    pub const SESSION_EXPIRED: &str = "session_expired";
    /// [`super::SessionCancelled`].
    pub const SESSION_CANCELLED: &str = "session_cancelled";
    /// [`super::super::PostingSummary`].
    pub const SESSION_SETTLED: &str = "session_settled";
    /// [`super::MetersRecorded`].
    pub const METERS_RECORDED: &str = "meters_recorded";
    /// [`super::super::PostingSummary`].
    pub const SESSION_RECONCILED: &str = "session_reconciled";
}

/// Members are registered.
#[message]
pub struct MembersRegistered {
    /// In the order of the argument.
    pub members: Vec<String>,
}

/// Something about a member changed.
#[message]
pub struct MemberChanged {
    /// The member.
    pub member: String,
}

/// The dispatcher set a feeder.
#[message]
pub struct FeederChanged {
    /// Its name.
    pub feeder: String,
    /// Its version; sessions keep the one that they were opened with.
    pub version: u32,
}

/// A session opened its first round.
#[message]
pub struct RoundOpened {
    /// The session.
    pub session: String,
    /// The round.
    pub round: u32,
    /// Start of its window.
    #[decimal]
    pub window_start_ns: u64,
    /// End of its window.
    #[decimal]
    pub window_end_ns: u64,
}

/// A round is sealed.
#[message]
pub struct RoundSealed {
    /// The session.
    pub session: String,
    /// The round.
    pub round: u32,
    /// Bundles in it.
    pub bundles: u32,
}

/// A round is cleared and its result can be read.
#[message]
pub struct RoundCleared {
    /// The session.
    pub session: String,
    /// The round.
    pub round: u32,
    /// Whether it traded.
    pub outcome: Outcome,
    /// Reference quotes for the next round.
    pub reference: Option<ReferencePrices>,
    /// Trades.
    pub trades: u32,
    /// Energy traded, Wh.
    #[decimal]
    pub volume_wh: u64,
    /// Bundles that did not count.
    pub left_out: u32,
    /// Why the session ended, if it did.
    pub end_reason: Option<EndReason>,
    /// The next round with its window, if there is one.
    pub next: Option<RoundOpened>,
}

/// A session ended without a clearing.
#[message]
pub struct SessionEnded {
    /// The session.
    pub session: String,
    /// Why.
    pub reason: EndReason,
}

/// A session is void.
#[message]
pub struct SessionCancelled {
    /// The session.
    pub session: String,
    /// The trading centre's reason.
    pub reason: String,
}

/// Meter readings came in.
#[message]
pub struct MetersRecorded {
    /// The session.
    pub session: String,
    /// Readings that are new or changed.
    pub readings: u32,
}
