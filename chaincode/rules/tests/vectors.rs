//! The worked cases of `tests/vectors/clearing.json`.
#![cfg(feature = "serde")]

mod common;

use common::tests_file;
use rules::book::{BookDocument, NamedBook};
use rules::clearing::{PricingRule, Share};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let text = std::fs::read_to_string(tests_file("vectors/clearing.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    cases.into_iter().filter(|case| case.get("results").is_some()).collect()
}

#[test]
fn every_worked_book_clears_as_written() {
    let mut compared = 0;
    for case in cases() {
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
