use declaration::encoding::{Hash, Signature};
use fabric_contract_api::{Bytes, message};

use super::Carrier;

/// Where a granule or a certificate stands: `rules::certificate::State`.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CertificateState {
    /// The reading is recorded; never stored, because there is no granule then.
    Metered,
    /// The owner wants it certified.
    Requested,
    /// The regulator has found it good.
    Audited,
    /// The regulator has refused it.
    Rejected,
    /// Minted.
    Issued,
    /// On the market.
    Published,
    /// Offered at a price.
    Listed,
    /// A buyer has it for a while, to pay for it.
    Locked,
    /// Its parts have taken its place.
    Split,
    /// Claimed.
    Cancelled,
    /// Taken out of circulation.
    Withdrawn,
    /// Its time is over.
    Expired,
}

/// What was done last: `rules::certificate::Action`.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CertificateAction {
    /// Asked for.
    Request,
    /// Request taken back.
    Recall,
    /// Found good.
    Audit,
    /// Found bad.
    Reject,
    /// Minted.
    Issue,
    /// Reading corrected after the mint.
    Correct,
    /// Released to the market.
    Publish,
    /// Offered.
    List,
    /// Offer taken back.
    Unlist,
    /// Offer accepted.
    Lock,
    /// Given free.
    Release,
    /// Paid; changed hands.
    Transfer,
    /// Divided, or made by dividing.
    Split,
    /// Claimed.
    Cancel,
    /// Taken out of circulation.
    Withdraw,
    /// Time over.
    Expire,
}

/// The last change of a granule or a certificate; the ledger's history has those before.
#[message]
pub struct Change {
    /// What was done.
    pub action: CertificateAction,
    /// Who did it: the member that signed the instruction, else the client's MSP id.
    pub actor: String,
    /// Sequence of the member's instruction; 0 if it was none.
    #[decimal]
    pub sequence: u64,
    /// When.
    #[decimal]
    pub at_ns: u64,
}

/// An instruction of a member as it is submitted, by whoever.
#[message]
pub struct SignedInstruction {
    /// Canonical bytes (`rules::instruction`).
    pub instruction: Bytes,
    /// The member's signature over their digest.
    pub signature: Signature,
}

/// Names a granule.
#[message]
pub struct GranuleName {
    /// The device.
    pub device: String,
    /// Start of the interval.
    #[decimal]
    pub start_ns: u64,
}

/// The energy of one device in one interval, on its way to certificates.
#[message]
pub struct Granule {
    /// SHA-256 over device and start of the interval: see [`crate::granule_id`].
    pub granule: Hash,
    /// The device.
    pub device: String,
    /// Start of the interval.
    #[decimal]
    pub start_ns: u64,
    /// The member that asked for it: the device's owner.
    pub member: String,
    /// REQUESTED, AUDITED, REJECTED or ISSUED.
    pub state: CertificateState,
    /// The version of the reading that it counts by.
    pub version: u32,
    /// The energy that it counts for, Wh: that of the reading.
    #[decimal]
    pub energy_wh: u64,
    /// SHA-256 of the reading's evidence.
    pub evidence_hash: Hash,
    /// The session in which the owner could sell this energy, once it is issued; none if there was none.
    pub session: Option<String>,
    /// The owner's sales in that session, by round.
    pub trades: Vec<RoundTrades>,
    /// Why it was rejected.
    pub reason: String,
    /// What was done last.
    pub change: Change,
}

/// Places of trades in the trade list of a round, from 0.
#[message]
pub struct RoundTrades {
    /// The round.
    pub round: u32,
    /// Places in its list, counted through the pages.
    pub trades: Vec<u32>,
}

/// A page of a device's granules in the order of their intervals.
#[message]
pub struct GranulePage {
    /// At most as many as were asked for.
    pub granules: Vec<Granule>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// Energy of one granule, or a part of it, in a certificate or on the way to one.
#[message]
pub struct Source {
    /// Start of the interval.
    #[decimal]
    pub start_ns: u64,
    /// Version of the reading at that time.
    pub version: u32,
    /// SHA-256 of the reading's evidence.
    pub evidence_hash: Hash,
    /// How much of the reading it is, Wh.
    #[decimal]
    pub energy_wh: u64,
}

/// What a device has towards its next certificate. Always: certified = issued + sources - debt.
#[message]
#[derive(Default)]
pub struct CarriedEnergy {
    /// Certified, and in no certificate yet, the oldest first.
    pub sources: Vec<Source>,
    /// In certificates, though later readings say that it was not there; comes off what is certified next, Wh.
    #[decimal]
    pub debt_wh: u64,
    /// What all issued granules count for by their latest readings, Wh.
    #[decimal]
    pub certified_wh: u64,
    /// What was issued in certificates, Wh.
    #[decimal]
    pub issued_wh: u64,
    /// Certificates that were issued.
    #[decimal]
    pub certificates: u64,
}

/// What was issued under one code. Never changes.
#[message]
pub struct Issuance {
    /// The 32-digit code (`rules::certificate::EnergyCode`).
    pub issuance: String,
    /// The device.
    pub device: String,
    /// Its owner then.
    pub member: String,
    /// The energy carrier.
    pub carrier: Carrier,
    /// The technology.
    pub technology: String,
    /// Where the device is.
    pub zone: String,
    /// Emission factor, gCO2 per MWh.
    #[decimal]
    pub emission_g_per_mwh: u64,
    /// Length of the readings' intervals, seconds.
    pub interval_s: u32,
    /// Energy, Wh: 1 MWh, or what `rules::certificate::PARTS_MAX` readings came to.
    #[decimal]
    pub energy_wh: u64,
    /// The readings that it is made of.
    pub sources: Vec<Source>,
    /// When it was issued.
    #[decimal]
    pub issued_ns: u64,
}

/// A certificate: all that was issued under a code, or a part of it after a split.
#[message]
pub struct Certificate {
    /// The issuance's code; of a part followed by `:FROM-TO`, its range in Wh.
    pub certificate: String,
    /// The code that it was issued under.
    pub issuance: String,
    /// First Wh of the issued energy that it covers, from 0.
    #[decimal]
    pub from_wh: u64,
    /// After the last Wh that it covers.
    #[decimal]
    pub to_wh: u64,
    /// Where it stands.
    pub state: CertificateState,
    /// Whose it is.
    pub owner: String,
    /// End of the last interval of production.
    #[decimal]
    pub produced_ns: u64,
    /// From when it is no longer valid.
    #[decimal]
    pub expires_ns: u64,
    /// Set while it is listed or locked.
    pub offer: Option<Offer>,
    /// Set while it is locked.
    pub lock: Option<Lock>,
    /// Set once it is cancelled.
    pub claim: Option<Claim>,
    /// How often it, or what it was split from, has changed hands.
    pub transfers: u32,
    /// What was done last.
    pub change: Change,
}

/// An offer.
#[message]
pub struct Offer {
    /// fen/MWh.
    #[decimal]
    pub price: i64,
}

/// Who may pay for a certificate now.
#[message]
pub struct Lock {
    /// The buyer.
    pub buyer: String,
    /// Until when.
    #[decimal]
    pub until_ns: u64,
}

/// What a cancelled certificate is used for.
#[message]
pub struct Claim {
    /// The member that used the energy.
    pub beneficiary: String,
    /// Start of the period in which it used it.
    #[decimal]
    pub from_ns: u64,
    /// End of the period.
    #[decimal]
    pub to_ns: u64,
}

/// All that a beneficiary claims for one period. Its periods do not overlap.
#[message]
pub struct ClaimedPeriod {
    /// The member.
    pub beneficiary: String,
    /// Start of the period.
    #[decimal]
    pub from_ns: u64,
    /// End of the period.
    #[decimal]
    pub to_ns: u64,
    /// Energy of the certificates that were cancelled for it, Wh.
    #[decimal]
    pub claimed_wh: u64,
    /// What it drew in the period by its meters at the last claim, Wh: never less than what is claimed.
    #[decimal]
    pub consumed_wh: u64,
}

/// A page of a beneficiary's claims in the order of their periods.
#[message]
pub struct ClaimPage {
    /// At most as many as were asked for.
    pub claims: Vec<ClaimedPeriod>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// A certificate with what it was issued as.
#[message]
pub struct IssuedCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// Its issuance.
    pub issuance: Issuance,
}

/// A page of a member's certificates in the order of their identifiers.
#[message]
pub struct CertificatePage {
    /// At most as many as were asked for.
    pub certificates: Vec<Certificate>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// A certificate as a transaction left it.
#[message]
pub struct CertificateRevision {
    /// The transaction.
    pub transaction: String,
    /// Its time.
    #[decimal]
    pub at_ns: u64,
    /// The certificate after it.
    pub certificate: Certificate,
}

/// A granule as a transaction left it.
#[message]
pub struct GranuleRevision {
    /// The transaction.
    pub transaction: String,
    /// Its time.
    #[decimal]
    pub at_ns: u64,
    /// The granule after it; none: the request was taken back.
    pub granule: Option<Granule>,
}
