//! What must hold of certificates however a transaction came about, and what is counted of them.

use super::super::documents::{Carry, Certificate, CertificateState, Granule, Issuance};
use super::super::keys::{EXCHANGE, Key, parts_after};
use super::super::step::{Step, Wrong};
use super::states::is_final;
use crate::finding::{Code, Findings};
use crate::report::MarketSummary;

/// Checks what a transaction wrote, and adds it to the summary.
pub(in crate::market) fn check_invariants(step: &Step<'_>, summary: &mut MarketSummary, findings: &mut Findings) {
    let prefixes = ["granule", "certificate", "issuance", "carry"].map(|object| (object, Key::exchange(object, &[])));
    for (key, written) in step.writes.iter().filter(|(key, _)| key.chaincode == EXCHANGE) {
        let Some((object, prefix)) = prefixes.iter().find(|(_, prefix)| key.text.starts_with(&prefix.text)) else {
            continue;
        };
        let names = parts_after(&key.text, prefix).unwrap_or_default();
        match (*object, names.as_slice()) {
            ("granule", _) => check_mint(step, key, *written, findings),
            ("certificate", _) => check_certificate(step, key, *written, summary, findings),
            ("issuance", _) => check_issuance(step, key, *written, summary, findings),
            ("carry", [device]) => {
                let carry = written.and_then(|written| serde_json::from_slice::<Carry>(written).ok());
                if let Some(Err(Wrong { code, message })) = carry.map(|carry| carry.check(device)) {
                    findings.add(code, message);
                }
            }
            _ => {}
        }
    }
}

fn before<T: serde::de::DeserializeOwned>(step: &Step<'_>, key: &Key) -> Option<T> {
    serde_json::from_slice(step.bytes(key)?).ok()
}

/// A reading is certified by the mint alone, and stays so.
fn check_mint(step: &Step<'_>, key: &Key, written: Option<&[u8]>, findings: &mut Findings) {
    let is_issued = |granule: &Granule| granule.state == CertificateState::Issued;
    let was = before::<Granule>(step, key).is_some_and(|granule| is_issued(&granule));
    let is =
        written.and_then(|written| serde_json::from_slice(written).ok()).is_some_and(|granule| is_issued(&granule));
    let function = step.function();
    if is && !was && function != "issue_certificates" {
        findings.add(Code::MintedElsewhere, format!("{function} certifies {key}"));
    }
    if is && was && function == "issue_certificates" {
        findings.add(Code::CertificateExists, format!("{key} is issued a second time"));
    }
    if was && !is {
        findings.add(Code::FinalState, format!("{function} makes {key} as if it had not been certified"));
    }
}

/// What is over stays over, and no certificate goes away.
fn check_certificate(
    step: &Step<'_>,
    key: &Key,
    written: Option<&[u8]>,
    summary: &mut MarketSummary,
    findings: &mut Findings,
) {
    let was = before::<Certificate>(step, key);
    let is = written.and_then(|written| serde_json::from_slice::<Certificate>(written).ok());
    if was.as_ref().is_some_and(|was| is_final(was.state)) {
        findings.add(Code::FinalState, format!("{} changes {key}, for which it is over", step.function()));
    } else if was.is_some() && written.is_none() {
        findings.add(Code::FinalState, format!("{} deletes {key}", step.function()));
    }
    if let Some(is) = is.filter(|is| is.state == CertificateState::Cancelled) {
        summary.cancelled_wh = summary.cancelled_wh.saturating_add(is.energy_wh());
    }
}

/// What is issued never changes, and is the sum of the readings that it is made of.
fn check_issuance(
    step: &Step<'_>,
    key: &Key,
    written: Option<&[u8]>,
    summary: &mut MarketSummary,
    findings: &mut Findings,
) {
    if step.bytes(key).is_some() {
        findings.add(Code::CertificateExists, format!("{} issues {key} a second time", step.function()));
    }
    let Some(issuance) = written.and_then(|written| serde_json::from_slice::<Issuance>(written).ok()) else { return };
    let sum: u128 = issuance.sources.iter().map(|source| u128::from(source.energy_wh.0)).sum();
    if sum != u128::from(issuance.energy_wh.0) {
        let message = format!("{key} is {} Wh of readings with {sum} Wh", issuance.energy_wh.0);
        findings.add(Code::CertificateEnergy, message);
    }
    summary.certificates += 1;
    summary.certified_wh = summary.certified_wh.saturating_add(issuance.energy_wh.0);
}
