//! The grid in a day: the dispatcher sets it, and what the trades make of it.

use super::members::Disclosed;
use crate::{Error, clock::Clock, market::Market, plan::Plan, summary::UseOfGrid};
use exchange::messages::{Branch as LedgerBranch, FeederVersion, Trade};
use rules::{
    grid::{Branch, Feeder, Load},
    units::WHOLE_PPM,
};

/// Sets the day's feeder, unless the latest one is the same.
pub(super) async fn set_feeder(market: &Market, clock: &Clock, plan: &Plan) -> Result<(), Error> {
    let at_ns = clock.reach(plan.session(0).schedule.start_ns - 24 * 3_600_000_000_000).await;
    match market.feeder(&plan.feeder.feeder).await? {
        Some(FeederVersion { feeder, .. }) if feeder == plan.feeder => Ok(()),
        latest => market.set_feeder_as_seen(&plan.feeder, latest.map(|feeder| feeder.version), at_ns).await,
    }
}

/// What the trades of a session's rounds make flow.
pub(super) fn use_of_grid(plan: &Plan, rounds: &[Disclosed]) -> Result<UseOfGrid, Error> {
    let wrong = |error| Error::Plan(format!("the grid does not carry the trades: {error}"));
    let branches: Vec<Branch> = plan.feeder.branches.iter().map(branch).collect();
    let feeder = Feeder::new(plan.feeder.source_point, plan.feeder.source_voltage_v, &branches).map_err(wrong)?;
    let trades = || rounds.iter().flat_map(|round| round.trades.iter().map(move |trade| (round, trade)));
    let loads: Vec<Load> = trades().flat_map(|(round, trade)| loads(round, trade)).collect();
    let flows = feeder.flows(&loads).map_err(wrong)?;

    let load_ppm = |point: u32| {
        let limit = u64::from(feeder.branch_to(point)?.limit_w);
        (feeder.active_power(&flows, point)?.unsigned_abs() * WHOLE_PPM).checked_div(limit)
    };
    let most_loaded = feeder.points().filter_map(|point| Some((load_ppm(point)?, point))).max();
    let (load_ppm, point) = most_loaded.unwrap_or_default();
    let name = |at: &Branch| {
        let named = agents::grid::branches().ok()?;
        named.into_iter().find(|branch| (branch.from, branch.to) == (at.from, at.to)).map(|branch| branch.name)
    };
    let squared_voltages = || feeder.points().filter_map(|point| feeder.squared_voltage(&flows, point));
    let cut = || trades().map(|(_, trade)| trade.matched_wh - trade.volume_wh).filter(|cut| *cut > 0);
    Ok(UseOfGrid {
        trades_cut: cut().count(),
        cut_wh: cut().sum(),
        most_loaded: feeder.branch_to(point).and_then(name).unwrap_or_default().to_owned(),
        load_ppm,
        lowest_voltage_v: squared_voltages().min().map_or(0, volts),
        highest_voltage_v: squared_voltages().max().map_or(0, volts),
    })
}

fn branch(branch: &LedgerBranch) -> Branch {
    let LedgerBranch { from, to, resistance_uohm, reactance_uohm, limit_w } = *branch;
    Branch { from, to, resistance_uohm, reactance_uohm, limit_w }
}

/// The energy of an hour in Wh is its mean power in W.
fn loads(round: &Disclosed, trade: &Trade) -> [Load; 2] {
    let power = i64::try_from(trade.volume_wh).unwrap_or(i64::MAX);
    let at = |place: u32, active_w: i64| {
        let point = round.book.get(place as usize).map_or(0, |order| order.point);
        Load { point, active_w, reactive_var: 0 }
    };
    [at(trade.ask, power), at(trade.bid, -power)]
}

/// Whole volts of a squared voltage in 10^-6 V².
fn volts(squared: i128) -> u64 {
    u64::try_from((squared.max(0) / 1_000_000).isqrt()).unwrap_or(u64::MAX)
}
