use exchange::messages::{EndReason, Outcome};

use super::{START_NS, four_members};
use crate::{KWH, MWH, Market, Mismatch, Play, buy, expect, parameters, sell};

/// A session that trades in three rounds: orders rest, are changed with and without loss of their time, and are
/// withdrawn; then it is settled and reconciled.
///
/// # Errors
/// Something else came of it.
pub fn three_rounds(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut play = Play::open(market, &four_members(), 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 3 * MWH), sell(2, 34_000, MWH)])?;
    play.at(2, 0);
    play.declare("roof", 1, 1, &[sell(1, 31_000, 500 * KWH)])?;
    play.at(3, 0);
    play.declare("mill", 1, 1, &[buy(1, 45_000, 2 * MWH)])?;
    play.declare("shop", 1, 1, &[buy(1, 40_000, 300 * KWH), buy(2, 28_000, 300 * KWH)])?;
    play.at(4, 0);
    play.declare("shop", 1, 2, &[buy(1, 40_000, 400 * KWH), buy(2, 28_000, 300 * KWH)])?;
    play.at(15, 0);
    let first = play.clear()?;
    expect("outcome of round 1", first.outcome, Outcome::Traded)?;
    expect("volume of round 1", first.volume_wh, 2 * MWH + 400 * KWH)?;
    expect("next round", first.next_round, Some(2))?;

    // The mill comes back for more, the roof lowers its price, the wind's orders rest.
    play.at(16, 0);
    expect("the mill's limit", play.refused("mill", 2, 2, &[buy(1, 41_000, 8 * MWH + 1)])?, "OVER_LIMIT".to_owned())?;
    expect("an old sequence", play.refused("shop", 2, 2, &[])?, "SEQUENCE_REPLAYED".to_owned())?;
    play.declare("mill", 2, 2, &[buy(1, 33_000, 500 * KWH)])?;
    play.declare("roof", 2, 2, &[sell(1, 29_000, 50 * KWH)])?;
    play.at(30, 0);
    let second = play.clear()?;
    expect("outcome of round 2", second.outcome, Outcome::Traded)?;

    // All that is left is sold: a side without open volume ends the session.
    play.at(31, 0);
    let open = play.market.book(&second)?;
    let left: u64 =
        open.iter().filter(|order| order.member == "wind").map(|order| order.volume_wh - order.filled_wh).sum();
    play.declare("mill", 3, 3, &[buy(1, 60_000, left)])?;
    play.declare("shop", 3, 3, &[])?;
    play.at(45, 0);
    let third = play.clear()?;
    expect("end of the session", third.end_reason, Some(EndReason::Exhausted))?;
    expect("declaring after the end", play.refused("mill", 3, 4, &[])?, "NOT_OPEN".to_owned())?;

    let settled = play.market.settle("s09")?;
    expect("sum of the settlement", settled.members + settled.fees + settled.auction + settled.balancing, 0)?;
    expect("fees", settled.fees, first.fees + second.fees + third.fees)?;
    play.at(120, 0);
    play.market.meter("s09", &[("wind", 4_000_000), ("roof", 60_000), ("mill", -4_100_000), ("shop", -350_000)])?;
    play.market.reconcile("s09")?;
    expect("sum of all balances", play.market.sum_of_balances(), 0)
}
