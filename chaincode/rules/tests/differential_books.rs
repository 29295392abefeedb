//! Random books, cleared by this crate and by the Python reference: every answer must be the same, and the reference's
//! independent checker must find nothing wrong with ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/books.rs"]
mod books;
mod common;

use books::{named_book, random_book};
use common::{Reference, cases, random};
use rules::clearing::{Clearing, PricingRule, Share};
use rules::generator::SplitMix64;
use rules::metrics;
use rules::order::Book;
use rules::remainder;
use serde_json::{Value, json};

#[test]
fn random_books_clear_as_in_the_reference() {
    let mut random = random("books");
    let mut reference = Reference::start();
    let (mut traded, mut reduced) = (0, 0);
    let count = cases("RULES_BOOKS", 1_000);
    for number in 0..count {
        let document = random_book(&mut random, &format!("book-{number}"));
        for (rule, k) in all_rules(&mut random) {
            let answer = compare(&mut reference, &document, rule, &k);
            traded += usize::from(answer["outcome"] == "Traded");
            reduced += usize::from(answer["info"]["branch"] == "reduced");
        }
    }
    assert!(traded > count && reduced > count / 50, "too few books trade to mean anything: {traded}, {reduced}");
    println!("{count} books, 5 rules each: {traded} clearings with trades");
}

/// The rules under which every book is cleared.
fn all_rules(random: &mut SplitMix64) -> Vec<(PricingRule, Value)> {
    let denominator = 1 + u32::try_from(random.below(7)).unwrap();
    let numerator = u32::try_from(random.below(u64::from(denominator) + 1)).unwrap();
    let (k, share) = (json!([numerator, denominator]), Share::new(numerator, denominator).unwrap());
    ["k_double_auction", "pay_as_bid", "pay_as_ask", "uniform", "mcafee"]
        .map(|name| (PricingRule::from_name(name, share).unwrap(), k.clone()))
        .to_vec()
}

/// Clears one book under one rule on both sides and compares all that both know.
fn compare(reference: &mut Reference, document: &Value, rule: PricingRule, k: &Value) -> Value {
    let mut question = document.clone();
    question["rule"] = rule.name().into();
    question["k"] = k.clone();
    let expected = reference.ask("clear", question.clone());
    let named = named_book(document);
    let result = match named.clear(rule) {
        Ok(result) => serde_json::to_value(result).unwrap(),
        Err(error) => {
            assert_eq!(expected["refused"], error.code(), "{question}");
            return expected;
        }
    };
    assert_eq!(result["trades"], expected["trades"], "{question}");
    assert_eq!(result["outcome"], expected["outcome"], "{question}");
    assert_eq!(result["reference"], expected["reference"], "{question}");
    let clearing = rules::clearing::clear(&named.book, &named.fees, rule).unwrap();
    if rule != PricingRule::Mcafee {
        assert_eq!(result["class_prices"], expected["info"]["class_prices"], "{question}");
        let matched = clearing.matched.iter().map(|matched| {
            let name = |class: rules::order::ClassIndex| &named.fees.classes()[class.index()];
            (format!("{}>{}", name(matched.sell), name(matched.buy)), json!(matched.volume))
        });
        assert_eq!(Value::Object(matched.collect()), expected["info"]["X"], "{question}");
        assert_eq!(reasons(&named, &clearing), expected["reasons"], "{question}");
    }
    question["trades"] = result["trades"].clone();
    compare_metrics(reference, &question, &named, &clearing);
    // The checker's McAfee branch expects books without empty orders; they take no part in ours.
    question["orders"].as_array_mut().unwrap().retain(|order| order["wh"] != 0);
    assert_eq!(reference.ask("check", question.clone()), json!([]), "{question}");
    expected
}

fn reasons(named: &rules::book::NamedBook, clearing: &Clearing) -> Value {
    let reasons = remainder::reasons(&named.book, &named.fees, clearing);
    let given = named.ids.iter().zip(reasons).filter_map(|(id, reason)| Some((id.clone(), json!(reason?.code()))));
    Value::Object(given.collect())
}

fn compare_metrics(reference: &mut Reference, question: &Value, named: &rules::book::NamedBook, clearing: &Clearing) {
    let expected = reference.ask("metrics", question.clone());
    // The reference breaks ties of the competitive result by the lottery of a session without a name.
    let values = Book { session: String::new(), ..named.book.clone() };
    let ours = metrics::measure(&values, &named.fees, &clearing.trades).unwrap();
    let number = |value: i128| json!(i64::try_from(value).unwrap());
    let ratio = |value: Option<i128>| value.map_or(Value::Null, number);
    let ours = json!({
        "surplus": number(ours.surplus),
        "surplus_max": number(ours.surplus_max),
        "efficiency_ppm": ratio(ours.efficiency_ppm),
        "seller_surplus": number(ours.seller_surplus),
        "buyer_surplus": number(ours.buyer_surplus),
        "auction_surplus": number(ours.auction_surplus),
        "fees": number(ours.fees),
        "seller_share_ppm": ratio(ours.seller_share_ppm),
        "alpha_ppm": ratio(ours.alpha_ppm),
        "volume": ours.volume,
        "volume_efficient_ppm": ratio(ours.volume_efficient_ppm),
        "volume_max_ppm": ratio(ours.volume_max_ppm),
    });
    assert_eq!(ours, expected, "{question}");
}
