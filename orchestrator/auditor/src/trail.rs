//! The trail of a certificate: from the reading that its energy comes from to the claim that ended it, each step with
//! the transaction that made it.

use serde::Serialize;

/// All that a ledger says of one certificate. Energy in Wh, prices in fen/MWh.
#[derive(Clone, Debug, Serialize)]
pub struct Trail {
    /// Its identifier.
    pub certificate: String,
    /// The code that it was issued under.
    pub issuance: String,
    /// Which part of the issued energy it covers: from this Wh.
    pub from_wh: u64,
    /// To before this Wh.
    pub to_wh: u64,
    /// Where it stands.
    pub state: String,
    /// Whose it is.
    pub owner: String,
    /// When the last of the energy was produced.
    pub produced: String,
    /// From when it is not valid any more.
    pub expires: String,
    /// The device that has generated the energy.
    pub device: Device,
    /// The readings that the issued energy is the sum of.
    pub readings: Vec<Reading>,
    /// What happened to the certificate, and before a split to the one that it is a part of.
    pub changes: Vec<Change>,
    /// What was paid for it.
    pub payments: Vec<Payment>,
    /// Who claims to have used the energy.
    pub claim: Option<Claim>,
}

/// A transaction that was valid. Its signatures were all verified again.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// The block's number.
    pub block: u64,
    /// The transaction's id.
    pub transaction: String,
    /// What its client stamped it with, UTC.
    pub time: String,
    /// The function of the contract.
    pub function: String,
    /// The organization whose client signed the proposal.
    pub creator: String,
    /// The organizations whose peers signed the result.
    pub endorsers: Vec<String>,
}

/// A generating device.
#[derive(Clone, Debug, Serialize)]
pub struct Device {
    /// Its identifier.
    pub device: String,
    /// Its owner.
    pub member: String,
    /// The energy carrier.
    pub carrier: String,
    /// The technology.
    pub technology: String,
    /// Its code in the register of projects.
    pub project_code: String,
    /// Where it is.
    pub zone: String,
    /// Its connection point.
    pub point: u32,
    /// Rated power, W.
    pub capacity_w: u64,
    /// When it was registered.
    pub registered: Option<Evidence>,
}

/// A reading, and how it came to be certified.
#[derive(Clone, Debug, Serialize)]
pub struct Reading {
    /// Start of its interval, UTC.
    pub start: String,
    /// The version that was certified.
    pub version: u32,
    /// How much of it is in the issued energy.
    pub energy_wh: u64,
    /// SHA-256 of the meter's own record, in hex.
    pub evidence_hash: String,
    /// Its versions, each with the transaction that recorded it.
    pub recorded: Vec<Version>,
    /// Request, audit and issue.
    pub certified: Vec<Change>,
    /// Where the owner sold the energy of that interval.
    pub sales: Vec<Sale>,
}

/// A version of a reading.
#[derive(Clone, Debug, Serialize)]
pub struct Version {
    /// The version.
    pub version: u32,
    /// The energy that was read.
    pub energy_wh: u64,
    /// Who recorded it.
    pub recorded: Evidence,
}

/// A change of a certificate or of the granule of a reading.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// What changed.
    pub subject: String,
    /// What was done.
    pub action: String,
    /// Who did it: a member by its own signature, or an organization.
    pub actor: String,
    /// Sequence of the member's signed instruction; none if an organization acted.
    pub instruction: Option<u64>,
    /// The state after it.
    pub state: String,
    /// The transaction.
    pub evidence: Evidence,
}

/// A trade in electricity.
#[derive(Clone, Debug, Serialize)]
pub struct Sale {
    /// The session.
    pub session: String,
    /// The round.
    pub round: u32,
    /// Place in the round's trade list, from 0.
    pub place: u32,
    /// Who bought.
    pub buyer: String,
    /// How much.
    pub volume_wh: u64,
    /// What the seller gets.
    pub seller_net: i64,
    /// What the buyer pays.
    pub buyer_gross: i64,
    /// The clearing.
    pub cleared: Option<Evidence>,
}

/// A payment for a certificate.
#[derive(Clone, Debug, Serialize)]
pub struct Payment {
    /// The certificate that was paid for.
    pub certificate: String,
    /// The account.
    pub account: String,
    /// What was posted to it, 10^-6 fen, as a decimal string: positive for who was paid.
    pub amount: String,
    /// The transaction.
    pub evidence: Evidence,
}

/// A claim.
#[derive(Clone, Debug, Serialize)]
pub struct Claim {
    /// The member that used the energy.
    pub beneficiary: String,
    /// Start of the period in which it used it, UTC.
    pub from: String,
    /// End of that period.
    pub to: String,
}

impl Trail {
    /// All transactions that are part of it.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        let readings = self.readings.iter().flat_map(|reading| {
            let recorded = reading.recorded.iter().map(|version| &version.recorded);
            let certified = reading.certified.iter().map(|change| &change.evidence);
            recorded.chain(certified).chain(reading.sales.iter().filter_map(|sale| sale.cleared.as_ref()))
        });
        let changes = self.changes.iter().map(|change| &change.evidence);
        let payments = self.payments.iter().map(|payment| &payment.evidence);
        self.device.registered.iter().chain(readings).chain(changes).chain(payments)
    }
}
