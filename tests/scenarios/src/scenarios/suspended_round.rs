use exchange::messages::Outcome;

use super::{START_NS, four_members};
use crate::{MWH, Market, Mismatch, Play, buy, expect, parameters, sell};

/// Rounds without a trade although both sides are there (paper, rule 3): all orders go back, members quote again.
///
/// # Errors
/// Something else came of it.
pub fn suspended_round(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut play = Play::open(market, &four_members(), 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 40_000, MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 39_999, MWH)])?;
    play.at(15, 1);
    let first = play.clear()?;
    expect("all bids below all asks", first.outcome, Outcome::AllBidsBelowAllAsks)?;

    // Between the classes a fee of 501 is due: 500 of gain are not enough.
    play.at(16, 0);
    play.declare("wind", 2, 2, &[sell(1, 40_000, MWH)])?;
    play.declare("shop", 2, 1, &[buy(1, 40_500, MWH)])?;
    play.at(30, 0);
    let second = play.clear()?;
    expect("not enough for the fee", second.outcome, Outcome::NoPairLeftAfterFees)?;

    // Nothing rests: the wind alone in round 3 is one-sided.
    play.at(31, 0);
    play.declare("wind", 3, 3, &[sell(1, 40_000, MWH)])?;
    play.at(45, 0);
    let third = play.clear()?;
    expect("orders in round 3", third.orders, 1)?;
    expect("a side is empty", third.outcome, Outcome::OneSided)?;
    play.market.settle("s09")?;
    expect("nothing is posted", play.market.balance("wind")?, 0)
}
