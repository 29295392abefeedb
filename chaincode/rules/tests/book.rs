//! A book as a JSON document: what is refused, and that the order at fault is named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

use rules::book::{BookDocument, NamedBook};
use rules::clearing::{PricingRule, Share};
use serde_json::{Value, json};

fn document() -> Value {
    json!({
        "session": "s",
        "fee": [["z", "z", 0]],
        "orders": [
            {"id": "a", "side": "S", "member": "m", "cls": "z", "price": 1, "wh": 5},
            {"id": "b", "side": "B", "member": "n", "cls": "z", "price": 3, "wh": 4, "time": 7},
        ],
        "name": "other fields of the document are ignored",
    })
}

/// The message about a changed document, from whichever stage refuses it.
fn refusal(rule: PricingRule, change: impl Fn(&mut Value)) -> String {
    let mut document = document();
    change(&mut document);
    let document: BookDocument = match serde_json::from_value(document) {
        Ok(document) => document,
        Err(error) => return error.to_string(),
    };
    match NamedBook::new(&document).and_then(|book| book.clear(rule)) {
        Ok(result) => panic!("{result:?}"),
        Err(error) => {
            assert!(error.to_string().starts_with(error.code()), "{error}");
            error.to_string()
        }
    }
}

#[test]
fn a_book_clears() {
    let document: BookDocument = serde_json::from_value(document()).unwrap();
    let result = NamedBook::new(&document).unwrap().clear(PricingRule::KDoubleAuction(Share::HALF)).unwrap();
    assert_eq!(
        serde_json::to_value(result).unwrap(),
        json!({
            "trades": [{
                "ask": "a", "bid": "b", "wh": 4, "fee": 0, "seller_fee": 0, "buyer_fee": 0,
                "seller_net": 2, "buyer_gross": 2, "margin": 0,
            }],
            "class_prices": {"B:z": [1, 1, 1], "S:z": [1, 1, 1]},
            "outcome": "Traded",
            "reference": {"best_sell": 1, "best_buy": 3, "source": "last_trade"},
        })
    );
}

#[test]
fn an_empty_book_is_one_sided() {
    let document: BookDocument = serde_json::from_value(json!({"session": "s", "fee": [], "orders": []})).unwrap();
    let result = NamedBook::new(&document).unwrap().clear(PricingRule::Mcafee).unwrap();
    assert_eq!((result.outcome.as_str(), result.reference.best_sell), ("OneSided", None));
}

#[test]
fn the_order_at_fault_is_named() {
    let refused = |change: fn(&mut Value)| refusal(PricingRule::PayAsBid, change);
    assert_eq!(refused(|d| d["orders"][1]["id"] = json!("a")), "DUPLICATE_ORDER: two orders have the id a");
    let message = refused(|d| d["orders"][1]["price"] = json!(1_000_000_001));
    assert!(message.starts_with("PRICE_OUT_OF_RANGE") && message.ends_with("(b)"), "{message}");
    let message = refused(|d| d["orders"][0]["wh"] = json!(1_u64 << 43));
    assert!(message.starts_with("VOLUME_OUT_OF_RANGE") && message.ends_with("(a)"), "{message}");
    let message = refusal(PricingRule::Mcafee, |d| {
        d["orders"][1] = json!({"id": "twice", "side": "S", "member": "m", "cls": "z", "price": 2, "wh": 1});
    });
    assert!(message.starts_with("MCAFEE_ONE_ORDER_PER_MEMBER_AND_SIDE") && message.ends_with("(twice)"), "{message}");
}

#[test]
fn fees_must_be_a_table() {
    let refused = |change: fn(&mut Value)| refusal(PricingRule::PayAsBid, change);
    assert!(refused(|d| d["fee"] = json!([["z", "z", -1]])).starts_with("FEE_OUT_OF_RANGE"));
    assert!(refused(|d| d["fee"] = json!([["z", "z", 1], ["z", "z", 2]])).starts_with("DUPLICATE_FEE"));
    let seventeen = |d: &mut Value| {
        d["fee"] = (0..17).map(|class| json!([format!("c{class}"), "c0", 0])).collect();
    };
    assert!(refusal(PricingRule::PayAsBid, seventeen).starts_with("CLASS_COUNT"));
}

#[test]
fn fields_are_checked() {
    let refused = |change: fn(&mut Value)| refusal(PricingRule::PayAsBid, change);
    assert!(refused(|d| d["orders"][0]["side"] = json!("X")).contains("unknown variant `X`"));
    assert!(refused(|d| d["orders"][0]["wh"] = json!(-1)).contains("invalid value"));
    assert!(refused(|d| d["orders"][0]["price"] = json!(1.5)).contains("invalid type"));
    assert!(refused(|d| d["orders"][0]["volume"] = json!(1)).contains("unknown field `volume`"));
    assert!(refused(|d| d["orders"][0] = json!({})).contains("missing field"));
}
