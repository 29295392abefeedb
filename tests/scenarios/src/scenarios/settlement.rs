use exchange::messages::{Deviation, PostingKind, Statement};
use fabric_contract_api::args;

use super::{START_NS, four_members};
use crate::{KWH, MWH, Market, Mismatch, Organization, Play, buy, code_of, expect, parameters, sell};

/// Deviations at two prices, a meter that is missing at first, and a reading that is corrected.
///
/// # Errors
/// Something else came of it.
pub fn settlement(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut play = Play::open(market, &four_members(), 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, MWH)])?;
    play.declare("shop", 1, 1, &[buy(1, 40_000, MWH)])?;
    play.at(15, 0);
    play.clear()?;
    expect("too early", code_of(play.market.settle("s09"))?, "SETTLEMENT_NOT_DUE".to_owned())?;
    play.at(45, 0);
    let settled = play.market.settle("s09")?;
    let volume = i128::from(MWH);
    // The fee of 501 leaves a gain of 9,499: the seller's half is 4,749, the odd tick is the buyer's.
    expect("seller", play.market.balance("wind")?, 34_749 * volume)?;
    expect("buyer", play.market.balance("shop")?, -(34_749 + 501) * volume)?;
    expect("fees", settled.fees, 501 * volume)?;

    expect("no meter before delivery", code_of(play.market.meter("s09", &[("wind", 0)]))?, "INTERVAL_NOT_OVER".into())?;
    expect("no deviation before delivery", code_of(play.market.reconcile("s09"))?, "DELIVERY_NOT_OVER".to_owned())?;
    play.at(120, 0);
    expect("a stranger's meter", code_of(play.market.meter("s09", &[("nobody", 0)]))?, "UNKNOWN_DEVICE".to_owned())?;
    play.market.meter("s09", &[("wind", 900_000)])?;
    let first = play.market.reconcile("s09")?;
    // 100 kWh short at 60,000; the shop's meter is missing, which counts as no deviation.
    expect("balancing", first.balancing, 60_000 * i128::from(100 * KWH))?;
    expect("members", first.members, -first.balancing)?;

    play.market.meter("s09", &[("shop", -900_000), ("roof", 50_000)])?;
    let second = play.market.reconcile("s09")?;
    // The shop took 100 kWh less, the roof gave 50 kWh that it had not sold: both earn 20,000.
    expect("surplus", second.members, 20_000 * i128::from(150 * KWH))?;

    let corrected = play.market.meter("s09", &[("wind", 1_050_000), ("roof", 50_000)])?;
    expect("one reading changed", corrected.readings.len(), 1)?;
    let third = play.market.reconcile("s09")?;
    expect("the correction", third.members, 60_000 * i128::from(100 * KWH) + 20_000 * i128::from(50 * KWH))?;
    let fourth = play.market.reconcile("s09")?;
    expect("nothing changed since", (fourth.accounts, fourth.members), (0, 0))?;

    let deviations: Vec<Deviation> = play.market.query("exchange", "deviations", args!["s09"])?;
    let amounts: Vec<_> = deviations.iter().map(|deviation| (deviation.member.as_str(), deviation.amount)).collect();
    let expected =
        [("roof", 50), ("shop", 100), ("wind", 50)].map(|(name, kwh)| (name, 20_000 * i128::from(kwh * KWH)));
    expect("deviations", amounts, expected.to_vec())?;
    let statement: Statement = play.market.query("exchange", "statement", args!["wind", "", 10_u32])?;
    let lines: Vec<_> = statement.postings.iter().map(|posting| (posting.number, posting.kind)).collect();
    let expected = vec![(0, PostingKind::Trades), (1, PostingKind::Deviation), (3, PostingKind::Deviation)];
    expect("the wind's statement", lines, expected)?;
    let total: i128 = statement.postings.iter().map(|posting| posting.amount).sum();
    expect("adds up to its balance", total, statement.account.balance)?;
    let cancelled = play.market.command(Organization::TradingCentre, "cancel_session", args!["s09", "too late"]);
    expect("a settled session stands", code_of(cancelled)?, "ALREADY_SETTLED".to_owned())?;
    expect("sum of all balances", play.market.sum_of_balances(), 0)
}
