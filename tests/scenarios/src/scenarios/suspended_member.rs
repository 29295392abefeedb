use exchange::messages::{EndReason, Lapsed, LeftOut, Outcome, Terms};
use fabric_contract_api::args;

use super::{START_NS, four_members};
use crate::{MWH, Market, Mismatch, Organization, Play, buy, expect, parameters, sell};

/// A member that the regulator suspends: its declaration is refused, its sealed bundle left out, its resting orders
/// lapse; and a member whose limit is lowered below what rests.
///
/// # Errors
/// Something else came of it.
pub fn suspended_member(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let members = four_members();
    let mut play = Play::open(market, &members, 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 3 * MWH)])?;
    play.declare("roof", 1, 1, &[sell(1, 33_000, 2 * MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 45_000, MWH)])?;
    play.declare("shop", 1, 1, &[buy(1, 20_000, MWH)])?;
    play.at(15, 0);
    play.clear()?;

    play.at(16, 0);
    play.market.command(Organization::Regulator, "suspend_member", args!["wind", "capacity is not proven"])?;
    expect("a suspended member", play.refused("wind", 2, 2, &[])?, "MEMBER_SUSPENDED".to_owned())?;
    let terms = Terms { sell_limit_wh: MWH, ..members[1].registration(&crate::CLASSES, 0, MWH).terms };
    play.market.command(Organization::TradingCentre, "change_member", args!["roof", terms])?;
    let bundle = play.market.bundle("mill", "s09", 2, 2, &[buy(1, 45_000, MWH)])?;
    play.market.declare(&bundle)?;
    play.at(30, 0);
    play.market.seal("s09")?;
    play.market.command(Organization::Regulator, "suspend_member", args!["mill", "meter is broken"])?;
    let second = play.market.clear("s09")?;
    let lapsed = |member: &str, code: &str| Lapsed { member: member.to_owned(), code: code.to_owned() };
    expect("lapsed", second.lapsed, vec![lapsed("roof", "OVER_LIMIT"), lapsed("wind", "MEMBER_SUSPENDED")])?;
    let left_out = LeftOut { member: "mill".to_owned(), sequence: 2, code: "MEMBER_SUSPENDED".to_owned() };
    expect("left out", second.left_out, vec![left_out])?;
    expect(
        "no bundle counts",
        (second.outcome, second.end_reason),
        (Outcome::NoContinuation, Some(EndReason::NoContinuation)),
    )?;

    play.market.command(Organization::Regulator, "reinstate_member", args!["wind"])?;
    play.at(45, 0);
    play.market.settle("s09")?;
    expect("earlier trades stand", play.market.balance("mill")?, -37_500 * i128::from(MWH))?;
    expect("sum of all balances", play.market.sum_of_balances(), 0)
}
