//! The worked cases of `tests/vectors/clearing.json`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod common;

use common::tests_file;
use rules::book::{BookDocument, NamedBook};
use rules::clearing::{PricingRule, Share, clear};
use rules::outcome::judge;
use serde_json::{Value, json};

fn all_cases() -> Vec<Value> {
    let text = std::fs::read_to_string(tests_file("vectors/clearing.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_worked_book_clears_as_written() {
    let mut compared = 0;
    for case in all_cases().into_iter().filter(|case| case.get("results").is_some()) {
        let document: BookDocument = serde_json::from_value(case.clone()).unwrap();
        let book = NamedBook::new(&document).unwrap();
        for (name, expected) in case["results"].as_object().unwrap() {
            let rule_name = name.split(' ').next().unwrap();
            let share = match expected.get("k") {
                Some(k) => serde_json::from_value(k.clone()).unwrap(),
                None => Share::HALF,
            };
            let rule = PricingRule::from_name(rule_name, share).unwrap();
            let context = format!("{} under {name}", case["name"]);
            compared += 1;
            if let Some(code) = expected.get("refused") {
                assert_eq!(book.clear(rule).unwrap_err().code(), code, "{context}");
                continue;
            }
            let result = serde_json::to_value(book.clear(rule).unwrap()).unwrap();
            for field in ["trades", "outcome", "reference"] {
                assert_eq!(result[field], expected[field], "{context}");
            }
            if rule != PricingRule::Mcafee {
                assert_eq!(result["class_prices"], expected["info"]["class_prices"], "{context}");
            }
        }
    }
    assert!(compared >= 20, "{compared} results compared");
}

/// Each round by itself: after the trades of round 2 nobody buys any more, so that a session would end before round 3.
#[test]
fn the_worked_rounds_come_to_what_is_written() {
    let case = all_cases().into_iter().find(|case| case.get("rounds").is_some()).unwrap();
    let mut quotes = None;
    for round in case["rounds"].as_array().unwrap() {
        let document = json!({"session": case["name"], "fee": case["fee"], "orders": round["orders"]});
        let document: BookDocument = serde_json::from_value(document).unwrap();
        let book = NamedBook::new(&document).unwrap();
        let rule = PricingRule::KDoubleAuction(Share::HALF);
        let clearing = clear(&book.book, &book.fees, rule).unwrap();
        let (outcome, next) = judge(&book.book, &clearing.trades, quotes);
        assert_eq!(json!(book.clear(rule).unwrap().trades), round["trades"], "{round}");
        assert_eq!(outcome.to_string(), round["outcome"], "{round}");
        assert_eq!(json!(next), round["reference_for_next"], "{round}");
        quotes = Some(next);
    }
}
