use exchange::messages::{EndReason, SessionPhase};

use super::{START_NS, four_members};
use crate::{MINUTE_NS, MWH, Market, Mismatch, Play, buy, code_of, expect, parameters, sell};

/// Late clearings shorten and skip windows; without a clearing by minute 50 the session ends by TIME.
///
/// # Errors
/// Something else came of it.
pub fn time(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut play = Play::open(market, &four_members(), 10 * MWH, &parameters("s09", START_NS))?;
    expect("too early", code_of(play.market.seal("s09"))?, "WINDOW_NOT_OVER".to_owned())?;
    expect("not sealed", code_of(play.market.clear("s09"))?, "NOT_SEALED".to_owned())?;
    expect("not yet over", code_of(play.market.expire("s09"))?, "DEADLINE_NOT_OVER".to_owned())?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 3 * MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 45_000, MWH), buy(2, 20_000, MWH)])?;
    play.at(15, 0);
    expect("too late", play.refused("mill", 1, 2, &[])?, "WINDOW_OVER".to_owned())?;
    // The clearing comes when the second window is over: the third opens.
    play.at(31, 0);
    let first = play.clear()?;
    expect("the second window is skipped", first.next_round, Some(3))?;
    expect("not settled before minute 45", code_of(play.market.settle("s09"))?, "NOT_ENDED".to_owned())?;
    play.at(32, 0);
    expect("the round is over", play.refused("mill", 1, 2, &[])?, "WRONG_ROUND".to_owned())?;
    play.declare("mill", 3, 2, &[buy(1, 46_000, MWH)])?;
    play.at(50, 0);
    expect("too late to seal", code_of(play.market.seal("s09"))?, "DEADLINE_OVER".to_owned())?;
    expect("by time", play.market.expire("s09")?.reason, EndReason::Time)?;
    expect("once", code_of(play.market.expire("s09"))?, "ALREADY_ENDED".to_owned())?;
    let progress = play.market.progress("s09")?;
    expect("phase", progress.phase, SessionPhase::Ended)?;
    expect("cleared rounds", progress.cleared, vec![1])?;
    play.market.settle("s09")?;
    expect("once", code_of(play.market.settle("s09"))?, "NOT_ENDED".to_owned())?;
    expect("the first round stands", play.market.balance("mill")?, -37_500 * i128::from(MWH))?;

    // One session per delivery hour.
    let again = parameters("s09-again", START_NS);
    expect("the hour is taken", code_of(play.market.open(&again))?, "DELIVERY_TAKEN".to_owned())?;
    let next = parameters("s10", START_NS + 60 * MINUTE_NS);
    expect("too early", code_of(play.market.open(&next))?, "NOT_STARTED".to_owned())?;
    play.at(60, 0);
    play.market.open(&next)?;

    // Sealed or not, no round is cleared at a time when its window was open.
    play.at(75, 0);
    play.market.seal("s10")?;
    play.at(74, 59);
    expect("backdated", code_of(play.market.clear("s10"))?, "WINDOW_NOT_OVER".to_owned())?;
    play.at(75, 0);
    play.market.clear("s10").map(drop)?;
    Ok(())
}
