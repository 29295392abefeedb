//! Certificates in words.

use super::Ledger;
use crate::output::{hundredths, megawatt_hours};
use auditor::{Change, Evidence, Reading, Sale, Trail};
use std::{collections::BTreeMap, fmt::Write};

/// Adds lines to a text, which cannot fail.
macro_rules! line {
    ($text:expr, $($argument:tt)*) => {
        let _ = writeln!($text, $($argument)*);
    };
}

pub(super) fn history(trail: &Trail, ledger: &Ledger) -> String {
    let mut text = head(trail);
    line!(text, "");
    line!(text, "{:<10}{:<20}{:<11}{:>6}  {:<22}transaction", "action", "by", "state", "block", "time (UTC)");
    for change in &trail.changes {
        let Evidence { block, transaction, time, .. } = &change.evidence;
        let Change { action, actor, state, .. } = change;
        line!(text, "{action:<10}{actor:<20}{state:<11}{block:>6}  {time:<22}{transaction}");
    }
    text + &foot(ledger, trail.changes.iter().map(|change| &change.evidence))
}

pub(super) fn trace(trail: &Trail, ledger: &Ledger) -> String {
    let mut text = head(trail);
    let device = &trail.device;
    line!(
        text,
        "\nDevice {}, {} {}, {} kW, of {}",
        device.device,
        device.carrier,
        device.technology,
        device.capacity_w / 1_000,
        device.member
    );
    line!(text, "  project {}, zone {}, connection point {}", device.project_code, device.zone, device.point);
    if let Some(registered) = &device.registered {
        line!(text, "  {}", step("REGISTERED", &registered.creator, registered));
    }
    for reading in &trail.readings {
        add_reading(&mut text, reading);
    }
    line!(text, "\nCertificate");
    for change in &trail.changes {
        line!(text, "  {}", step(&change.action, &change.actor, &change.evidence));
    }
    add_payments(&mut text, trail);
    match &trail.claim {
        Some(claim) => {
            line!(text, "\nClaimed by {} for {} to {}", claim.beneficiary, claim.from, claim.to);
        }
        None => {
            line!(text, "\nNot claimed.");
        }
    }
    text + &foot(ledger, trail.evidence())
}

fn head(trail: &Trail) -> String {
    let Trail { certificate, issuance, from_wh, to_wh, state, owner, produced, expires, .. } = trail;
    let part = if certificate == issuance { String::new() } else { format!(", a part of {issuance}") };
    format!(
        "Certificate {certificate}{part}\n{} MWh, {state}, owner {owner}, produced until {produced}, valid until {expires}\n",
        megawatt_hours(to_wh - from_wh)
    )
}

/// One transaction, on one line.
fn step(action: &str, actor: &str, evidence: &Evidence) -> String {
    let Evidence { block, transaction, time, .. } = evidence;
    format!("{action:<11}by {actor:<18} {time}  block {block:>5}  {transaction}")
}

fn add_reading(text: &mut String, reading: &Reading) {
    let Reading { start, version, energy_wh, evidence_hash, recorded, certified, sales } = reading;
    line!(text, "\nReading from {start}: {} MWh of it are in the certificate", megawatt_hours(*energy_wh));
    line!(text, "  version {version}, the meter's own record has SHA-256 {evidence_hash}");
    for version in recorded {
        let what = if version.version == 1 { "RECORDED" } else { "CORRECTED" };
        line!(text, "  {}", step(what, &version.recorded.creator, &version.recorded));
        line!(text, "             version {}: {} MWh", version.version, megawatt_hours(version.energy_wh));
    }
    for change in certified {
        line!(text, "  {}", step(&change.action, &change.actor, &change.evidence));
    }
    if sales.is_empty() {
        line!(text, "  the owner sold nothing in that interval");
    }
    for round in sales.chunk_by(|one, other| (&one.session, one.round) == (&other.session, other.round)) {
        add_sales(text, round);
    }
}

/// What the owner sold in one round; `--output json` has every trade of it.
fn add_sales(text: &mut String, sales: &[Sale]) {
    let Some(first) = sales.first() else { return };
    if let Some(cleared) = &first.cleared {
        line!(text, "  {}", step("SOLD", &cleared.creator, cleared));
    }
    let volume_wh = sales.iter().map(|sale| sale.volume_wh).sum();
    let prices = |of: fn(&Sale) -> i64| {
        let (low, high) = (sales.iter().map(of).min(), sales.iter().map(of).max());
        let [low, high] = [low, high].map(|price| hundredths(price.unwrap_or_default()));
        if low == high { low } else { format!("{low} to {high}") }
    };
    let trades = if sales.len() == 1 { "1 trade".to_owned() } else { format!("{} trades", sales.len()) };
    line!(
        text,
        "             {} MWh in {trades} of session {}, round {}: seller gets {}, buyers pay {} CNY/MWh",
        megawatt_hours(volume_wh),
        first.session,
        first.round,
        prices(|sale| sale.seller_net),
        prices(|sale| sale.buyer_gross)
    );
}

fn add_payments(text: &mut String, trail: &Trail) {
    if trail.payments.is_empty() {
        line!(text, "\nNot paid for: it never changed hands.");
        return;
    }
    line!(text, "\nPayments");
    for payment in &trail.payments {
        line!(text, "  {}", step("POSTED", &payment.evidence.creator, &payment.evidence));
        let fen = payment.amount.parse::<i128>().unwrap_or_default() / 1_000_000;
        let sign = if fen < 0 { "pays" } else { "gets" };
        let fen = fen.unsigned_abs();
        line!(
            text,
            "             {} {sign} {}.{:02} CNY for {}",
            payment.account,
            fen / 100,
            fen % 100,
            payment.certificate
        );
    }
}

/// Who signed, and what that is worth.
fn foot<'a>(ledger: &Ledger, evidence: impl Iterator<Item = &'a Evidence>) -> String {
    let mut signers = BTreeMap::<String, BTreeMap<&str, ()>>::new();
    for evidence in evidence {
        signers.entry(evidence.endorsers.join(", ")).or_default().insert(&evidence.transaction, ());
    }
    let mut text = String::new();
    line!(text, "\nVerified again from {} blocks of {}: every hash and signature.", ledger.blocks, ledger.channel);
    for (endorsers, transactions) in signers {
        line!(text, "  {} transactions endorsed by {endorsers}", transactions.len());
    }
    let pinned = if ledger.genesis_pinned { "as pinned" } else { "not pinned: give it with --genesis-hash" };
    line!(text, "  genesis hash {} ({pinned})", ledger.genesis_hash);
    if ledger.findings_elsewhere > 0 {
        line!(text, "  {} findings elsewhere on the ledger: `gridbourse audit` lists them", ledger.findings_elsewhere);
    }
    match ledger.findings.as_slice() {
        [] => text += "No findings.",
        findings => {
            line!(text, "{} findings about this certificate or the chain:", findings.len());
            for finding in findings {
                line!(text, "  {finding}");
            }
            text.truncate(text.trim_end().len());
        }
    }
    text
}
