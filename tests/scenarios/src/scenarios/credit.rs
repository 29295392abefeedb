use exchange::messages::{Credit, CreditRecord, CreditScore, PaidBills};
use fabric_contract_api::args;

use super::{START_NS, four_members};
use crate::{
    Failure, KWH, MINUTE_NS, MWH, Market, Mismatch, Organization, Play, buy, code_of, expect, parameters, sell,
};

/// A member that feeds in half of what it sold, pays late and is suspended once: each takes something off its credit, and
/// its limits go with it.
///
/// # Errors
/// Something else came of it.
pub fn credit(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let limit = 10 * MWH;
    let mut play = Play::open(market, &four_members(), limit, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 4 * MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 45_000, 4 * MWH)])?;
    play.at(15, 0);
    play.clear()?;
    play.at(45, 0);
    play.market.settle("s09")?;

    play.at(120, 0);
    let meters = |wind: u64, mill: u64| [("wind", signed(wind)), ("mill", -signed(mill))];
    play.market.meter("s09", &meters(2 * MWH, 5 * MWH))?;
    play.market.reconcile("s09")?;
    expect("half is missing", record(play.market, "wind")?, fulfilled(4 * MWH, 2 * MWH))?;
    expect("who draws more misses nothing", record(play.market, "mill")?, fulfilled(4 * MWH, 0))?;
    // Fulfilment weighs 0.6, punctuality 0.4: 0.6 / 2 + 0.4.
    expect("what was missed", evaluate(play.market, &["wind", "mill"])?, vec![700_000, 1_000_000])?;
    expect("the same again", evaluate(play.market, &["wind"])?, vec![700_000])?;

    play.market.meter("s09", &meters(3 * MWH, 5 * MWH))?;
    play.market.reconcile("s09")?;
    expect("corrected to a quarter", record(play.market, "wind")?, fulfilled(4 * MWH, MWH))?;
    let mut pay = |due: u32, late: u32| {
        let bills = vec![PaidBills { member: "wind".to_owned(), due, late }];
        play.market.command(Organization::TradingCentre, "record_payments", args![bills])
    };
    expect("more late than due", code_of(pay(1, 2))?, "BAD_PAYMENTS".to_owned())?;
    pay(4, 1)?;
    play.market.command(Organization::Regulator, "suspend_member", args!["wind", "capacity is not proven"])?;
    play.market.command(Organization::Regulator, "reinstate_member", args!["wind"])?;
    // 0.6 * 3 / 4 + 0.4 * 3 / 4 - 0.2.
    expect("all of it", evaluate(play.market, &["wind"])?, vec![550_000])?;

    let next_ns = START_NS + 180 * MINUTE_NS;
    let mut next = Play::open_again(play.market, limit, &parameters("s12", next_ns))?;
    next.at(1, 0);
    let over = next.refused("wind", 1, 1, &[sell(1, 30_000, 5_500 * KWH + 1)])?;
    expect("more than its credit allows", over, "OVER_LIMIT".to_owned())?;
    next.declare("wind", 1, 1, &[sell(1, 30_000, 5_500 * KWH)])?;
    next.declare("mill", 1, 1, &[buy(1, 45_000, limit)])?;
    next.at(15, 0);
    expect("what it allows is traded", next.clear()?.volume_wh, 5_500 * KWH)
}

fn fulfilled(contracted_wh: u64, unfulfilled_wh: u64) -> CreditRecord {
    CreditRecord { contracted_wh, unfulfilled_wh, ..CreditRecord::default() }
}

fn record(market: &mut Market<'_>, member: &str) -> Result<CreditRecord, Failure> {
    Ok(market.query::<Credit>("exchange", "credit", args![member])?.record)
}

fn evaluate(market: &mut Market<'_>, members: &[&str]) -> Result<Vec<u64>, Failure> {
    let members: Vec<String> = members.iter().map(|member| (*member).to_owned()).collect();
    let scores: Vec<CreditScore> = market.exchange(Organization::Dispatcher, "evaluate_credit", args![members])?;
    Ok(scores.into_iter().map(|score| score.score_ppm).collect())
}

/// Energies of the scenario fit by far.
fn signed(energy_wh: u64) -> i64 {
    i64::try_from(energy_wh).unwrap_or(i64::MAX)
}
