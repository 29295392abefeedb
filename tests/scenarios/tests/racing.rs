//! Clients that race for the same step: one wins, nothing is done twice.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use fabric_contract_api::args;
use scenarios::scenarios::START_NS;
use scenarios::{Call, MWH, Market, Organization, Participant, Play, TestLedger, buy, parameters, sell};

fn in_session(test: impl FnOnce(&mut Play<'_, '_>)) {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let members = [Participant::new("wind", 11, 0), Participant::new("mill", 21, 0)];
    let mut play = Play::open(&mut market, &members, 10 * MWH, &parameters("s09", START_NS)).unwrap();
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 2 * MWH)]).unwrap();
    play.declare("mill", 1, 1, &[buy(1, 40_000, MWH)]).unwrap();
    test(&mut play);
}

fn step(play: &Play<'_, '_>, organization: Organization, function: &'static str) -> Call {
    play.market.call(organization, "exchange", function, args!["s09"])
}

/// The validation codes or error codes of calls that were endorsed on the same state.
fn codes(play: &mut Play<'_, '_>, calls: Vec<Call>) -> Vec<String> {
    let results = play.market.submit_together(calls);
    results.iter().map(|result| result.as_ref().err().map_or("VALID", |failure| failure.code()).to_owned()).collect()
}

#[test]
fn two_clients_take_each_step() {
    in_session(|play| {
        for (minutes, function, refused) in
            [(15, "seal", "NOT_OPEN"), (16, "clear", "NOT_SEALED"), (45, "settle", "NOT_ENDED")]
        {
            play.at(minutes, 0);
            let calls = [Organization::TradingCentre, Organization::Dispatcher].map(|who| step(play, who, function));
            assert_eq!(codes(play, calls.to_vec()), ["VALID", "MVCC_READ_CONFLICT"], "{function}");
            // The one that lost proposes again, on the new state.
            assert_eq!(codes(play, vec![calls[1].clone()]), [refused], "{function}");
        }
        assert_eq!(play.market.balance("wind").unwrap(), 35_000 * i128::from(MWH));
        assert_eq!(play.market.sum_of_balances(), 0);
    });
}

#[test]
fn an_honest_declaration_that_comes_after_the_seal_is_invalid() {
    in_session(|play| {
        // Declared in time, sealed by a client whose clock says that the window is over.
        play.at(14, 59);
        let bundle = play.market.bundle("mill", "s09", 1, 2, &[buy(1, 50_000, MWH)]).unwrap();
        let declaration = play.market.declaration_of(&bundle).unwrap();
        play.at(15, 0);
        let seal = step(play, Organization::TradingCentre, "seal");
        assert_eq!(codes(play, vec![seal, declaration]), ["VALID", "MVCC_READ_CONFLICT"]);
        assert_eq!(play.market.clear("s09").unwrap().bundles, 2);
    });
}

#[test]
fn a_seal_that_missed_a_declaration_is_invalid() {
    in_session(|play| {
        play.at(14, 59);
        let bundle = play.market.bundle("mill", "s09", 1, 2, &[buy(1, 50_000, MWH)]).unwrap();
        let declaration = play.market.declaration_of(&bundle).unwrap();
        play.at(15, 0);
        let seal = step(play, Organization::TradingCentre, "seal");
        assert_eq!(codes(play, vec![declaration, seal.clone()]), ["VALID", "PHANTOM_READ_CONFLICT"]);
        assert_eq!(codes(play, vec![seal]), ["VALID"]);
        assert_eq!(play.market.clear("s09").unwrap().bundles, 3);
    });
}

#[test]
fn members_do_not_get_in_each_others_way() {
    in_session(|play| {
        let declare = |play: &Play<'_, '_>, member, sequence, orders: &[scenarios::Order]| {
            let bundle = play.market.bundle(member, "s09", 1, sequence, orders).unwrap();
            play.market.declaration_of(&bundle).unwrap()
        };
        let calls = vec![
            declare(play, "wind", 2, &[sell(1, 31_000, MWH)]),
            declare(play, "mill", 2, &[buy(1, 41_000, MWH)]),
            // The same member twice on one state: the second saw no bundle 3.
            declare(play, "mill", 3, &[buy(1, 42_000, MWH)]),
        ];
        assert_eq!(codes(play, calls), ["VALID", "VALID", "PHANTOM_READ_CONFLICT"]);
    });
}
