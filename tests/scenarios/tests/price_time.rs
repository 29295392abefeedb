//! Priority by price, then time; what keeps an order's time and what loses it.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use exchange::messages::RoundResult;
use scenarios::scenarios::START_NS;
use scenarios::{MWH, Market, Participant, Play, TestLedger, buy, parameters, sell};

fn in_session(test: impl FnOnce(&mut Play<'_, '_>)) {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let members = ["first", "second", "buyer"].map(|name| Participant::new(name, 11, 0));
    let mut play = Play::open(&mut market, &members, 10 * MWH, &parameters("s09", START_NS)).unwrap();
    test(&mut play);
}

/// Who sold how much in a round.
fn sold(play: &mut Play<'_, '_>, result: &RoundResult) -> Vec<(String, u64)> {
    play.market.trades(result).unwrap().into_iter().map(|trade| (trade.seller, trade.volume_wh)).collect()
}

fn both_ask(play: &mut Play<'_, '_>, first: i64, second: i64) {
    play.at(1, 0);
    play.declare("first", 1, 1, &[sell(1, first, 2 * MWH)]).unwrap();
    play.at(2, 0);
    play.declare("second", 1, 1, &[sell(1, second, 2 * MWH)]).unwrap();
}

fn buyer_takes(play: &mut Play<'_, '_>, round: u32, volume: u64, closes: u64) -> Vec<(String, u64)> {
    play.at(closes - 1, 0);
    play.declare("buyer", round, round.into(), &[buy(1, 50_000, volume), buy(2, 1, MWH)]).unwrap();
    play.at(closes, 0);
    let result = play.clear().unwrap();
    sold(play, &result)
}

#[test]
fn the_lower_ask_goes_first() {
    in_session(|play| {
        both_ask(play, 30_001, 30_000);
        assert_eq!(buyer_takes(play, 1, MWH, 15), [("second".to_owned(), MWH)]);
    });
}

#[test]
fn of_equal_asks_the_earlier_goes_first() {
    in_session(|play| {
        both_ask(play, 30_000, 30_000);
        assert_eq!(buyer_takes(play, 1, MWH, 15), [("first".to_owned(), MWH)]);
    });
}

#[test]
fn less_volume_keeps_the_time_from_round_to_round() {
    in_session(|play| {
        both_ask(play, 30_000, 30_000);
        buyer_takes(play, 1, MWH / 2, 15);
        play.at(16, 0);
        play.declare("first", 2, 2, &[sell(1, 30_000, MWH)]).unwrap();
        assert_eq!(buyer_takes(play, 2, MWH / 2, 30), [("first".to_owned(), MWH / 2)]);
    });
}

#[test]
fn more_volume_or_another_price_loses_the_time() {
    for orders in [[sell(1, 30_000, 2 * MWH)], [sell(2, 30_000, MWH)]] {
        in_session(|play| {
            both_ask(play, 30_000, 30_000);
            buyer_takes(play, 1, MWH / 2, 15);
            // 1.5 MWh are left of the order: 2 MWh is more, and an order of another number is a new one.
            play.at(16, 0);
            play.declare("first", 2, 2, &orders).unwrap();
            assert_eq!(buyer_takes(play, 2, MWH / 2, 30), [("second".to_owned(), MWH / 2)]);
        });
    }
}
