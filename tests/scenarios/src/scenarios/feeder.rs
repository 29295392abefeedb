use exchange::messages::{Branch, Feeder, Outcome, RemainderReason};
use fabric_contract_api::args;
use rules::grid::{self, Headroom, VoltageBand};

use super::{START_NS, four_members};
use crate::{MWH, Market, Mismatch, Organization, Play, buy, expect, parameters, sell};

/// The dispatcher's feeder carries a part of what is matched; the rest is open again, and what earlier rounds traded
/// counts as carried.
///
/// # Errors
/// Something else came of it.
pub fn feeder(market: &mut Market<'_>) -> Result<(), Mismatch> {
    // A line from the source to the generators, and one to the consumers that carries 1.5 MW.
    let lines = [(1, 11, 10_000_000), (11, 12, 10_000_000), (1, 21, 1_500_000), (21, 22, 10_000_000)];
    let branch = |(from, to, limit_w)| Branch { from, to, resistance_uohm: 1_000, reactance_uohm: 1_000, limit_w };
    let feeder = Feeder {
        feeder: "F1".to_owned(),
        source_point: 1,
        source_voltage_v: 20_000,
        lowest_voltage_ppm: 930_000,
        highest_voltage_ppm: 1_070_000,
        branches: lines.map(branch).to_vec(),
        loads: Vec::new(),
    };
    market.command(Organization::Dispatcher, "set_feeder", args![feeder])?;
    let mut session = parameters("s09", START_NS);
    session.feeder = Some("F1".to_owned());
    let mut play = Play::open(market, &four_members(), 10 * MWH, &session)?;
    let mut grid = headroom(lines)?;

    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 3 * MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 45_000, MWH), buy(2, 20_000, MWH)])?;
    play.at(15, 0);
    let first = play.clear_on(&mut grid)?;
    expect("1 MW fits", (first.outcome, first.volume_wh), (Outcome::Traded, MWH))?;

    play.at(16, 0);
    play.declare("mill", 2, 2, &[buy(1, 45_000, MWH)])?;
    play.at(30, 0);
    let second = play.clear_on(&mut grid)?;
    expect("half of the next fits", second.volume_wh, MWH / 2)?;
    let book = play.market.book(&second)?;
    let mill = book.iter().find(|order| order.member == "mill");
    expect("the reason", mill.and_then(|order| order.remainder), Some(RemainderReason::Grid))?;

    // What was cut is open again, and still does not fit.
    play.at(31, 0);
    play.declare("roof", 3, 1, &[sell(1, 29_000, MWH)])?;
    play.at(45, 0);
    let third = play.clear_on(&mut grid)?;
    expect("nothing fits", third.outcome, Outcome::NoTradeLeftAfterGridCheck)?;
    expect("matched, not traded", (third.matches, third.trades), (1, 0))?;
    play.market.settle("s09")?;
    expect("sum of all balances", play.market.sum_of_balances(), 0)
}

fn headroom(lines: [(u32, u32, u32); 4]) -> Result<Headroom, Mismatch> {
    let branch =
        |(from, to, limit_w)| grid::Branch { from, to, resistance_uohm: 1_000, reactance_uohm: 1_000, limit_w };
    let refused = |error: grid::FeederError| Mismatch::Difference(error.to_string());
    let feeder = grid::Feeder::new(1, 20_000, &lines.map(branch)).map_err(refused)?;
    Headroom::new(feeder, &[], VoltageBand::default()).map_err(refused)
}
