//! The day as a table for people.

use crate::output::{hundredths, megawatt_hours};
use app::{
    plan::Plan,
    summary::{SessionSummary, Summary},
};

pub(crate) fn title(plan: &Plan, members: usize) -> String {
    format!(
        "Trading day {}: {members} members in {} fee classes, 24 sessions, five organizations\n",
        plan.day,
        plan.fees.classes().len(),
    )
}

pub(crate) fn head() -> String {
    "hour  rounds  orders  trades  matched MWh   CNY/MWh sold - bought  efficiency  fees CNY  certified MWh    tx  tx/s"
        .to_owned()
}

pub(crate) fn row(session: &SessionSummary) -> String {
    let prices = match (session.price_low, session.price_high) {
        (Some(low), Some(high)) => format!("{} - {}", hundredths(low), hundredths(high)),
        _ => "no trade".to_owned(),
    };
    format!(
        "{:>2}:00  {:>6}  {:>6}  {:>6}  {:>11}  {prices:>22}  {:>8}.{} %  {:>8}  {:>13}  {:>4}  {:>4}",
        session.hour,
        session.rounds.len(),
        session.orders,
        session.trades,
        megawatt_hours(session.matched_wh),
        session.efficiency_ppm / 10_000,
        session.efficiency_ppm / 1_000 % 10,
        hundredths(session.fees_fen),
        megawatt_hours(session.certified_wh),
        session.transactions,
        session.transactions_per_second,
    )
}

/// What the day came to, and what to do next; `ledger` is how `gridbourse audit` is told where the ledger is.
pub(crate) fn foot(summary: &Summary, ledger: &str) -> String {
    let run = match summary.orders_per_second {
        Some(orders) => format!(
            "in {:.1} s ({} transactions and {orders} orders a second)",
            summary.seconds, summary.transactions_per_second,
        ),
        None => format!(
            "on the ledger, {} of them by this run in {:.1} s ({} a second)",
            summary.transactions_of_run, summary.seconds, summary.transactions_per_second,
        ),
    };
    let grid = grid(summary);
    format!(
        "\n{} MWh matched in {} trades, {}.{} % of the possible surplus, {} CNY of network fees
{grid}
{} green certificates of {} MWh certified, {} MWh of them claimed
{} records off the chain, {} kB of {} kB
{} orders in {} signed bundles, {} transactions {run}, {} MiB at most
state digest  {}
genesis hash  {}

Next:
  look at the report          {}
  audit the ledger            gridbourse audit {ledger} --genesis-hash {}
  attack it                   gridbourse attack --list
  trade another day           gridbourse demo --day 2016-02-06 --data-dir another
  change the market's terms   gridbourse demo --print-config > market.toml, then --config market.toml
(gridbourse is target/release/gridbourse)",
        megawatt_hours(summary.matched_wh),
        summary.trades,
        summary.efficiency_ppm / 10_000,
        summary.efficiency_ppm / 1_000 % 10,
        hundredths(summary.fees_fen),
        summary.certificates,
        megawatt_hours(summary.certified_wh),
        megawatt_hours(summary.cancelled_wh),
        summary.records,
        summary.records_bytes_stored / 1_000,
        summary.records_bytes_raw / 1_000,
        summary.orders,
        summary.bundles,
        summary.transactions,
        summary.peak_memory_bytes >> 20,
        summary.state_digest,
        summary.genesis_hash,
        summary.report,
        summary.genesis_hash,
    )
}

/// What the grid check came to, over all sessions.
fn grid(summary: &Summary) -> String {
    let grids = || summary.sessions.iter().map(|session| &session.grid);
    let cut: usize = grids().map(|grid| grid.trades_cut).sum();
    let most_loaded = grids().max_by_key(|grid| grid.load_ppm);
    let most_loaded = most_loaded.map(|grid| format!("{} at {} %", grid.most_loaded, grid.load_ppm / 10_000));
    let lowest = grids().map(|grid| grid.lowest_voltage_v).min().unwrap_or(0);
    let highest = grids().map(|grid| grid.highest_voltage_v).max().unwrap_or(0);
    format!(
        "grid: {cut} trades cut, most loaded {}, {lowest} to {highest} V",
        most_loaded.unwrap_or_else(|| "nothing".to_owned())
    )
}
