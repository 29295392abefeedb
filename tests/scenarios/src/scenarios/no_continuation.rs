use exchange::messages::{EndReason, Outcome, ReferenceSource};

use super::{START_NS, four_members};
use crate::{MWH, Market, Mismatch, Play, buy, expect, parameters, sell};

/// Nobody declares in the second round: the session ends though orders rest (paper, rule 4).
///
/// # Errors
/// Something else came of it.
pub fn no_continuation(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut play = Play::open(market, &four_members(), 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 3 * MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 45_000, MWH), buy(2, 20_000, MWH)])?;
    play.at(15, 0);
    let first = play.clear()?;
    expect("reference", first.reference.map(|reference| reference.source), Some(ReferenceSource::LastTrade))?;
    play.at(30, 0);
    let second = play.clear()?;
    expect("outcome", second.outcome, Outcome::NoContinuation)?;
    expect("end", second.end_reason, Some(EndReason::NoContinuation))?;
    expect("no book", (second.orders, second.book_pages), (0, 0))?;
    play.at(45, 0);
    let settled = play.market.settle("s09")?;
    expect("accounts", settled.accounts, 2)?;
    expect("the wind's income", play.market.balance("wind")?, 37_500 * i128::from(MWH))
}
