use exchange::messages::SessionPhase;
use fabric_contract_api::args;

use super::{START_NS, four_members};
use crate::{MWH, Market, Mismatch, Organization, Play, buy, code_of, expect, parameters, sell};

/// A session that is cancelled after a round: nothing of it counts, and its hour is free again.
///
/// # Errors
/// Something else came of it.
pub fn cancellation(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut play = Play::open(market, &four_members(), 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 3 * MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 45_000, MWH), buy(2, 20_000, MWH)])?;
    play.at(15, 0);
    play.clear()?;
    play.market.command(Organization::Regulator, "cancel_session", args!["s09", "the grid is down"])?;
    expect("phase", play.market.progress("s09")?.phase, SessionPhase::Cancelled)?;
    expect("no more declarations", play.refused("mill", 2, 2, &[])?, "NOT_OPEN".to_owned())?;
    play.at(50, 0);
    expect("no settlement", code_of(play.market.settle("s09"))?, "NOT_ENDED".to_owned())?;
    expect("no end by time", code_of(play.market.expire("s09"))?, "ALREADY_ENDED".to_owned())?;
    play.at(120, 0);
    play.market.meter("s09", &[("wind", 0)])?;
    expect("no deviations", code_of(play.market.reconcile("s09"))?, "NOT_SETTLED".to_owned())?;
    expect(
        "nothing is posted",
        play.market.state().iter().filter(|entry| entry.key.starts_with("\0account\0")).count(),
        0,
    )?;
    // The same hour can be announced again, as long as its windows are not over.
    play.at(20, 0);
    expect("a late session opens its second round", play.market.open(&parameters("s09-b", START_NS))?.round, 2)
}
