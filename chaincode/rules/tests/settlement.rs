//! Settlement: the worked case, and random books against the reference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/books.rs"]
mod books;
mod common;

use std::collections::BTreeMap;

use books::{named_book, random_book};
use common::{Reference, cases, random, tests_file};
use rules::book::NamedBook;
use rules::clearing::{Clearing, PricingRule, Share, clear};
use rules::session::FirmTrade;
use rules::settlement::{
    Account, Bill, DeviationPrices, DeviationRule, Injections, Postings, contracted, deviation_postings, deviations,
    trade_postings,
};
use serde_json::{Value, json};

fn firm_trades(named: &NamedBook, clearing: &Clearing) -> Vec<FirmTrade> {
    let firm = |trade: &rules::clearing::Trade| {
        let (ask, bid) = (&named.book.orders[trade.ask as usize], &named.book.orders[trade.bid as usize]);
        FirmTrade {
            seller: named.book.members[ask.member as usize].clone(),
            ask: ask.number,
            seller_point: 0,
            seller_class: ask.class,
            buyer: named.book.members[bid.member as usize].clone(),
            bid: bid.number,
            buyer_point: 0,
            buyer_class: bid.class,
            volume: trade.volume,
            fee: trade.fee,
            seller_net: trade.seller_net,
            margin: trade.margin,
        }
    };
    clearing.trades.iter().map(firm).collect()
}

fn settle(trades: &[FirmTrade], meters: &Injections, prices: &DeviationPrices) -> (Postings, Injections) {
    let mut postings = trade_postings(trades);
    let deviations = deviations(&contracted(trades), meters);
    postings.add(&deviation_postings(&deviations, prices));
    assert_eq!(postings.sum(), 0);
    (postings, deviations)
}

/// The balances under the reference's names, without accounts that nothing was posted to.
fn balances(postings: &Postings) -> BTreeMap<String, i128> {
    let name = |account: &Account| match account {
        Account::Member(member) => member.clone(),
        Account::Fees => "fee".into(),
        Account::Auction => "auction_surplus".into(),
        Account::Balancing => "balancing".into(),
    };
    postings.iter().map(|(account, amount)| (name(account), amount)).filter(|(_, amount)| *amount != 0).collect()
}

fn prices(case: &Value, rule: DeviationRule) -> DeviationPrices {
    let price = |name: &str| case[name].as_i64().unwrap();
    DeviationPrices { long: price("p_long"), short: price("p_short"), rule }
}

#[test]
fn the_worked_case_settles_as_written() {
    let text = std::fs::read_to_string(tests_file("vectors/clearing.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut case = cases.into_iter().find(|case| case.get("settlement").is_some()).unwrap();
    case["session"] = case["name"].clone();
    let named = named_book(&case);
    let clearing = clear(&named.book, &named.fees, PricingRule::KDoubleAuction(Share::HALF)).unwrap();
    let trades = firm_trades(&named, &clearing);
    let names = [("two_price", 0), ("one_price", 0), ("two_price_long", 1), ("one_price_long", 1)];
    for (name, meters) in names {
        let rule = if name.starts_with("two") { DeviationRule::TwoPrice } else { DeviationRule::OnePrice };
        let meters: Injections = serde_json::from_value(case["meters"][meters].clone()).unwrap();
        let (postings, deviations) = settle(&trades, &meters, &prices(&case, rule));
        let expected = &case["settlement"][name];
        assert_eq!(json!(deviations), expected["deviation_wh"], "{name}");
        for (account, amount) in balances(&postings) {
            assert_eq!(json!(i64::try_from(amount).unwrap()), expected["balances_ufen"][&account], "{name} {account}");
            let bill = Bill::of(amount);
            let bill = [bill.payable_fen, bill.remainder].map(|part| i64::try_from(part).unwrap());
            assert_eq!(json!(bill), expected["payable_fen_and_rest_ufen"][&account], "{name} {account}");
        }
    }
}

#[test]
fn random_trades_settle_as_in_the_reference() {
    let mut random = random("settlement");
    let mut reference = Reference::start();
    for number in 0..cases("RULES_SETTLEMENTS", 300) {
        let document = random_book(&mut random, &format!("book-{number}"));
        let named = named_book(&document);
        let rule = PricingRule::KDoubleAuction(Share::HALF);
        let clearing = clear(&named.book, &named.fees, rule).unwrap();
        let trades = firm_trades(&named, &clearing);
        let mut meters = Injections::new();
        for member in &named.book.members {
            if random.below(4) > 0 {
                meters.insert(member.clone(), random.below(21).cast_signed() - 10);
            }
        }
        let long = random.below(30).cast_signed() - 10;
        let short = long + random.below(20).cast_signed();
        for (name, rule) in [("two_price", DeviationRule::TwoPrice), ("one_price", DeviationRule::OnePrice)] {
            let (postings, deviations) = settle(&trades, &meters, &DeviationPrices { long, short, rule });
            let question = json!({
                "orders": document["orders"], "trades": named.clear(PricingRule::KDoubleAuction(Share::HALF)).unwrap().trades,
                "meters": meters, "p_long": long, "p_short": short, "rule": name,
            });
            let expected = reference.ask("settle", question.clone());
            assert_eq!(json!(deviations), expected["deviations"], "{question}");
            let theirs: BTreeMap<String, String> = serde_json::from_value(expected["balances"].clone()).unwrap();
            let theirs = theirs.into_iter().filter(|(_, amount)| amount != "0").collect::<BTreeMap<_, _>>();
            let ours = balances(&postings).into_iter().map(|(account, amount)| (account, amount.to_string())).collect();
            assert_eq!(theirs, ours, "{question}");
        }
    }
}

#[test]
fn a_late_meter_is_posted_as_a_difference() {
    let prices = DeviationPrices { long: 25_000, short: 60_000, rule: DeviationRule::OnePrice };
    let before = deviation_postings(&[("load".into(), -5)].into(), &prices);
    // The late reading turns the system from short to long, and with it the price of everybody.
    let after = deviation_postings(&[("load".into(), -5), ("gen".into(), 20)].into(), &prices);
    let correction = after.difference(&before);
    assert_eq!(correction.sum(), 0);
    assert_eq!(correction.amount(&Account::Member("load".into())), 5 * 35_000);
    assert_eq!(correction.amount(&Account::Member("gen".into())), 20 * 25_000);
    let mut posted = before;
    posted.add(&correction);
    assert_eq!(posted, after);
    assert_eq!(after.difference(&posted), Postings::default());
}

#[test]
fn deviating_must_not_pay() {
    let prices = DeviationPrices { long: 2, short: 1, rule: DeviationRule::TwoPrice };
    assert!(prices.check().unwrap_err().to_string().starts_with("DEVIATION_PRICES"));
}
