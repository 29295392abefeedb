use exchange::messages::{ClassFee, EndReason, PricingRule};

use super::{START_NS, four_members};
use crate::{MWH, Market, Mismatch, Play, buy, code_of, expect, parameters, sell};

/// McAfee's trade reduction in its one round: truthful prices, a margin for the auction account.
///
/// # Errors
/// Something else came of it.
pub fn mcafee(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut session = parameters("s09", START_NS);
    session.pricing.rule = PricingRule::Mcafee;
    session.fees = session.fees.into_iter().map(|fee| ClassFee { fee: 0, ..fee }).collect();
    market.set_time(START_NS);
    expect("several rounds", code_of(market.open(&session))?, "MCAFEE_SINGLE_ROUND".to_owned())?;
    session.rounds = 1;
    let mut play = Play::open(market, &four_members(), 10 * MWH, &session)?;
    play.at(1, 0);
    let two = [buy(1, 60_000, MWH), buy(2, 50_000, MWH)];
    let code = play.refused("mill", 1, 1, &two)?;
    expect("two bids", code, "MCAFEE_ONE_ORDER_PER_MEMBER_AND_SIDE".to_owned())?;
    play.declare("wind", 1, 1, &[sell(1, 30_000, 2 * MWH)])?;
    play.declare("roof", 1, 1, &[sell(1, 32_000, MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 60_000, 2 * MWH)])?;
    play.declare("shop", 1, 1, &[buy(1, 40_000, MWH)])?;
    play.at(15, 0);
    let result = play.clear()?;
    expect("the dearest pair is given up", result.volume_wh, 2 * MWH)?;
    expect("the auction's margin", result.margins, 8_000 * i128::from(2 * MWH))?;
    expect("one round", result.end_reason, Some(EndReason::Time))?;
    play.at(45, 0);
    let settled = play.market.settle("s09")?;
    expect("the auction account", settled.auction, result.margins)?;
    expect("sum of all balances", play.market.sum_of_balances(), 0)
}
