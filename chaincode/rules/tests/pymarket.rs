//! At zero fees and one class: welfare and largest volume against the linear programs of pymarket 0.7.6.
//!
//! `GRIDBOURSE_PYTHON` names a Python that has `tests/reference/requirements.txt`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod common;

use common::{Reference, cases, random};
use rules::clearing::{PricingRule, Share, clear};
use rules::fees::FeeTable;
use rules::metrics::{max_volume, surplus_of};
use rules::order::{Book, ClassIndex, Order, Side};
use serde_json::{Value, json};

#[test]
fn welfare_and_largest_volume_are_those_of_pymarket() {
    let Some(python) = std::env::var_os("GRIDBOURSE_PYTHON") else {
        println!("pymarket: not run (GRIDBOURSE_PYTHON names no Python that has it)");
        return;
    };
    let mut random = random("pymarket");
    let mut pymarket = Reference::start_with(&python, "reference/pymarket_oracle.py");
    let fees = FeeTable::new(vec!["one".into()], vec![vec![Some(0)]]).unwrap();
    let count = cases("RULES_PYMARKET", 40);
    for number in 0..count {
        let orders = 2 + random.below(12);
        let book = Book {
            session: format!("book-{number}"),
            members: (0..orders).map(|member| format!("member-{member}")).collect(),
            orders: (0..u32::try_from(orders).unwrap())
                .map(|number| Order {
                    side: if random.below(2) == 0 { Side::Sell } else { Side::Buy },
                    class: ClassIndex(0),
                    member: number,
                    number,
                    price: random.below(30).cast_signed(),
                    volume: 1 + random.below(20),
                    time: 0,
                    sequence: 1,
                    index: 0,
                })
                .collect(),
        };
        let question: Vec<Value> = book
            .orders
            .iter()
            .map(|order| json!([if order.side == Side::Sell { "S" } else { "B" }, order.price, order.volume]))
            .collect();
        let answer = pymarket.ask("optimum", json!({"orders": question}));
        let clearing = clear(&book, &fees, PricingRule::KDoubleAuction(Share::HALF)).unwrap();
        let ours = json!({
            "welfare": i64::try_from(surplus_of(&book, &clearing)).unwrap(),
            "max_volume": max_volume(&book, &fees),
        });
        assert_eq!(ours, answer, "{question:?}");
    }
    println!("pymarket: {count} books agree");
}
