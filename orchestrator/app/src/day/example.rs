//! The life of one certificate, for people to see: the readings that it is made of, the trades of that energy, and what
//! happened to it.

use crate::{Error, market::Market};
use exchange::messages::{
    Carrier, CertificateAction, CertificateRevision, CertificateState, GranuleName, IssuedCertificate,
};
use serde::Serialize;

/// A certificate from its readings to its claim. `gridbourse certificate trace` proves it from the blocks.
#[derive(Clone, Debug, Serialize)]
pub struct Example {
    /// Its identifier.
    pub certificate: String,
    /// What the energy was generated from.
    pub carrier: Carrier,
    /// The device.
    pub device: String,
    /// Who uses the energy.
    pub beneficiary: String,
    /// How much it is.
    pub energy_wh: u64,
    /// What it is made of.
    pub readings: Vec<ExampleReading>,
    /// What happened, in order.
    pub changes: Vec<ExampleChange>,
}

/// A reading in a certificate.
#[derive(Clone, Debug, Serialize)]
pub struct ExampleReading {
    /// Start of its interval, nanoseconds since the epoch, as a decimal string.
    pub start_ns: String,
    /// How much of it is in the certificate's issuance.
    pub energy_wh: u64,
    /// SHA-256 of the meter's own record.
    pub evidence_hash: String,
    /// The session in which the owner could sell that energy.
    pub session: Option<String>,
    /// Its sales in that session.
    pub trades: usize,
}

/// A change of a certificate.
#[derive(Clone, Debug, Serialize)]
pub struct ExampleChange {
    /// What was done.
    pub action: CertificateAction,
    /// Who did it.
    pub actor: String,
    /// When, nanoseconds since the epoch, as a decimal string.
    pub at_ns: String,
    /// The transaction.
    pub transaction: String,
}

/// The life of a claimed certificate, one that was split if there is one; none if nothing is claimed.
pub(super) async fn example(market: &Market, certificates: &[IssuedCertificate]) -> Result<Option<Example>, Error> {
    let mut claimed = certificates.iter().filter(|one| one.certificate.state == CertificateState::Cancelled);
    let is_part = |one: &&IssuedCertificate| one.certificate.certificate != one.issuance.issuance;
    let Some(chosen) = claimed.clone().find(is_part).or_else(|| claimed.next()) else { return Ok(None) };
    let IssuedCertificate { certificate, issuance } = chosen;
    let mut readings = Vec::with_capacity(issuance.sources.len());
    for source in &issuance.sources {
        let name = GranuleName { device: issuance.device.clone(), start_ns: source.start_ns };
        let granule = market.granule(&name).await?;
        readings.push(ExampleReading {
            start_ns: source.start_ns.to_string(),
            energy_wh: source.energy_wh,
            evidence_hash: source.evidence_hash.to_string(),
            trades: granule.iter().flat_map(|granule| &granule.trades).map(|round| round.trades.len()).sum(),
            session: granule.and_then(|granule| granule.session),
        });
    }
    let mut revisions = market.certificate_history(&certificate.certificate).await?;
    if certificate.certificate != issuance.issuance {
        revisions.extend(market.certificate_history(&issuance.issuance).await?);
    }
    revisions.sort_by_key(|revision| revision.at_ns);
    Ok(Some(Example {
        certificate: certificate.certificate.clone(),
        carrier: issuance.carrier,
        device: issuance.device.clone(),
        beneficiary: certificate.claim.as_ref().map(|claim| claim.beneficiary.clone()).unwrap_or_default(),
        energy_wh: certificate.to_wh - certificate.from_wh,
        readings,
        changes: changes(&revisions),
    }))
}

/// One entry per transaction: a split changes the whole and makes the part.
fn changes(revisions: &[CertificateRevision]) -> Vec<ExampleChange> {
    let mut changes: Vec<ExampleChange> = Vec::with_capacity(revisions.len());
    for CertificateRevision { transaction, at_ns, certificate } in revisions {
        if changes.last().is_none_or(|last| last.transaction != *transaction) {
            changes.push(ExampleChange {
                action: certificate.change.action,
                actor: certificate.change.actor.clone(),
                at_ns: at_ns.to_string(),
                transaction: transaction.clone(),
            });
        }
    }
    changes
}
