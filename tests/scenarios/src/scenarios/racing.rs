use fabric_contract_api::args;

use super::START_NS;
use crate::{Failure, MWH, Market, Mismatch, Organization, Participant, Play, buy, expect, parameters, sell};

/// Clients that were endorsed on the same state: the first wins, the others are invalid.
///
/// # Errors
/// Something else came of it.
pub fn racing(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let members = [Participant::new("wind", 11, 0), Participant::new("mill", 21, 0)];
    let mut play = Play::open(market, &members, 10 * MWH, &parameters("s09", START_NS))?;
    play.at(14, 59);
    play.declare("wind", 1, 1, &[sell(1, 30_000, MWH)])?;
    let late = play.market.bundle("mill", "s09", 1, 1, &[buy(1, 40_000, MWH)])?;
    let late = play.market.declaration_of(&late)?;
    play.at(15, 0);
    let seal = play.market.call(Organization::TradingCentre, "exchange", "seal", args!["s09"]);
    let again = play.market.call(Organization::Dispatcher, "exchange", "seal", args!["s09"]);
    let results = play.market.submit_together(vec![seal, again.clone(), late]);
    let code = |result: &Result<Vec<u8>, Failure>| result.as_ref().err().map_or("VALID", Failure::code).to_owned();
    let codes: Vec<_> = results.iter().map(code).collect();
    let conflict = "MVCC_READ_CONFLICT".to_owned();
    expect("a race for the seal", codes, vec!["VALID".to_owned(), conflict.clone(), conflict])?;
    expect("a seal of the new state", code(&play.market.submit(again)), "NOT_OPEN".to_owned())
}
