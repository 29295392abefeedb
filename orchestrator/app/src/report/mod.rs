//! The day as one self-contained page: prices and volumes, supply and demand, convergence, bills.

use crate::{
    day::{Example, TradedDay},
    summary::{Bill, SessionSummary, Summary},
};
use exchange::messages::{Carrier, CertificateState, IssuedCertificate};
use serde::Serialize;

const PAGE: &str = include_str!("report.html");
const SCRIPT: &str = include_str!("report.js");

#[derive(Serialize)]
struct Data<'a> {
    day: &'a str,
    seed: u64,
    totals: &'a Summary,
    sessions: Vec<Session<'a>>,
    bills: &'a [Bill],
    carriers: Vec<CarrierCertificates>,
    example: Option<&'a Example>,
}

/// Certificates of energy from one carrier, Wh.
#[derive(Serialize)]
struct CarrierCertificates {
    carrier: Carrier,
    issuances: usize,
    issued_wh: u64,
    offered_wh: u64,
    sold_wh: u64,
    claimed_wh: u64,
}

impl CarrierCertificates {
    fn of(carrier: Carrier, certificates: &[IssuedCertificate]) -> Self {
        let of_carrier = certificates.iter().filter(|one| one.issuance.carrier == carrier);
        let sum = |counts: &dyn Fn(&IssuedCertificate) -> bool| -> u64 {
            let counted = of_carrier.clone().filter(|one| counts(one));
            counted.map(|one| one.certificate.to_wh - one.certificate.from_wh).sum()
        };
        let state = |one: &IssuedCertificate| one.certificate.state;
        Self {
            carrier,
            issuances: of_carrier.clone().filter(|one| one.certificate.certificate == one.issuance.issuance).count(),
            // The parts of a split take the place of the whole.
            issued_wh: sum(&|one| state(one) != CertificateState::Split),
            offered_wh: sum(&|one| state(one) == CertificateState::Listed),
            sold_wh: sum(&|one| state(one) != CertificateState::Split && one.certificate.transfers > 0),
            claimed_wh: sum(&|one| state(one) == CertificateState::Cancelled),
        }
    }
}

#[derive(Serialize)]
struct Session<'a> {
    #[serde(flatten)]
    summary: &'a SessionSummary,
    /// In place of the summary's rounds: with the books.
    rounds: Vec<Round<'a>>,
}

#[derive(Serialize)]
struct Round<'a> {
    #[serde(flatten)]
    summary: &'a crate::summary::RoundSummary,
    asks: &'a [(i64, u64)],
    bids: &'a [(i64, u64)],
}

/// The page. It needs nothing from elsewhere and can be kept, mailed or printed.
///
/// # Errors
/// `serde_json` could not write the data, which does not happen for these types.
pub fn render(summary: &Summary, traded: &TradedDay) -> Result<String, serde_json::Error> {
    let sessions = summary.sessions.iter().map(|session| Session {
        summary: session,
        rounds: session
            .rounds
            .iter()
            .map(|round| Round { summary: round, asks: &round.asks, bids: &round.bids })
            .collect(),
    });
    let carriers = [Carrier::Wind, Carrier::Solar, Carrier::Hydro, Carrier::Biomass];
    let data = Data {
        day: &summary.day,
        seed: summary.seed,
        totals: summary,
        sessions: sessions.collect(),
        bills: &traded.bills,
        carriers: carriers.map(|carrier| CarrierCertificates::of(carrier, &traded.certificates)).into(),
        example: traded.example.as_ref(),
    };
    // A "<" inside of a script element could end it.
    let data = serde_json::to_string(&data)?.replace('<', "\\u003c");
    Ok(PAGE.replace("/*SCRIPT*/", SCRIPT).replace("/*DATA*/", &data))
}
