//! The day as one self-contained page: prices and volumes, supply and demand, convergence, bills.

use crate::summary::{Bill, SessionSummary, Summary};
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
pub fn render(summary: &Summary, bills: &[Bill]) -> Result<String, serde_json::Error> {
    let sessions = summary.sessions.iter().map(|session| Session {
        summary: session,
        rounds: session
            .rounds
            .iter()
            .map(|round| Round { summary: round, asks: &round.asks, bids: &round.bids })
            .collect(),
    });
    let data = Data { day: &summary.day, seed: summary.seed, totals: summary, sessions: sessions.collect(), bills };
    // A "<" inside of a script element could end it.
    let data = serde_json::to_string(&data)?.replace('<', "\\u003c");
    Ok(PAGE.replace("/*SCRIPT*/", SCRIPT).replace("/*DATA*/", &data))
}
