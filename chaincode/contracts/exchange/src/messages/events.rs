use fabric_contract_api::message;

use super::{CertificateAction, CreditScore, EndReason, GranuleName, Outcome, ReadingName, ReferencePrices};

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
    /// [`super::PaymentsRecorded`].
    pub const PAYMENTS_RECORDED: &str = "payments_recorded";
    /// [`super::CreditEvaluated`].
    pub const CREDIT_EVALUATED: &str = "credit_evaluated";
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
    /// [`super::DevicesRegistered`].
    pub const DEVICES_REGISTERED: &str = "devices_registered";
    /// [`super::ReadingsRecorded`].
    pub const READINGS_RECORDED: &str = "readings_recorded";
    /// [`super::super::PostingSummary`].
    pub const SESSION_RECONCILED: &str = "session_reconciled";
    /// [`super::Instructed`].
    pub const INSTRUCTED: &str = "instructed";
    /// [`super::GranulesDecided`].
    pub const GRANULES_AUDITED: &str = "granules_audited";
    /// [`super::GranulesDecided`].
    pub const GRANULES_REJECTED: &str = "granules_rejected";
    /// [`super::CertificatesIssued`].
    pub const CERTIFICATES_ISSUED: &str = "certificates_issued";
    /// [`super::CertificatesChanged`].
    pub const CERTIFICATES_PUBLISHED: &str = "certificates_published";
    /// [`super::CertificatesChanged`].
    pub const CERTIFICATES_EXPIRED: &str = "certificates_expired";
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

/// It is recorded which bills were paid in time.
#[message]
pub struct PaymentsRecorded {
    /// In the order of the argument.
    pub members: Vec<String>,
}

/// Members' credit was evaluated.
#[message]
pub struct CreditEvaluated {
    /// In the order of the argument.
    pub scores: Vec<CreditScore>,
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

/// Devices are registered.
#[message]
pub struct DevicesRegistered {
    /// In the order of the argument.
    pub devices: Vec<String>,
}

/// Meter readings came in.
#[message]
pub struct ReadingsRecorded {
    /// Those that are new or corrected.
    pub readings: Vec<ReadingName>,
}

/// Members' instructions were carried out.
#[message]
pub struct Instructed {
    /// In the order of the argument.
    pub instructions: Vec<CarriedOut>,
}

/// What came of an instruction.
#[message]
pub struct CarriedOut {
    /// The member that signed it.
    pub member: String,
    /// Its sequence.
    #[decimal]
    pub sequence: u64,
    /// What was done.
    pub action: CertificateAction,
    /// The granules that changed.
    pub granules: Vec<GranuleName>,
    /// The certificates that changed; after a split its parts as well.
    pub certificates: Vec<String>,
}

/// The regulator decided on granules.
#[message]
pub struct GranulesDecided {
    /// The granules.
    pub granules: Vec<GranuleName>,
    /// Why they were rejected.
    pub reason: String,
}

/// Granules are minted, and filled certificates.
#[message]
pub struct CertificatesIssued {
    /// The granules.
    pub granules: Vec<GranuleName>,
    /// The certificates.
    pub certificates: Vec<String>,
}

/// Certificates changed.
#[message]
pub struct CertificatesChanged {
    /// The certificates.
    pub certificates: Vec<String>,
}
