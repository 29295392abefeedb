//! How fast a million orders clear, and how that compares with pymarket's MUDA on one book of 10,000:
//! `cargo test --release -p rules --test throughput -- --ignored --nocapture --test-threads 1`.
#![allow(clippy::disallowed_types, clippy::float_arithmetic, reason = "a measurement, not a rule")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod common;

use std::time::Instant;

use common::Reference;
use rules::clearing::{Clearing, PricingRule, Share, clear};
use rules::fees::FeeTable;
use rules::generator::{generate, trades_digest};
use rules::order::{Book, Side};
use serde_json::{Value, json};

/// The shortest of five runs in seconds: everything from the unsorted book to the priced trades.
fn measure(book: &Book, fees: &FeeTable) -> (f64, Clearing) {
    let run = |_| {
        let start = Instant::now();
        let clearing = clear(book, fees, PricingRule::KDoubleAuction(Share::HALF)).unwrap();
        (start.elapsed().as_secs_f64(), clearing)
    };
    (0..5).map(run).min_by(|one, other| one.0.total_cmp(&other.0)).unwrap()
}

#[test]
#[ignore = "a measurement"]
fn a_million_orders() {
    for classes in [1, 4, 12, 16] {
        let (book, fees) = generate(1_000_000, classes, 1);
        let (seconds, clearing) = measure(&book, &fees);
        println!(
            "{classes} classes: {:.0} ms, {:.2}M orders/s, {} trades, digest {}",
            seconds * 1e3,
            1.0 / seconds,
            clearing.trades.len(),
            hex::encode(trades_digest(&clearing.trades))
        );
    }
}

#[test]
#[ignore = "a measurement"]
fn ten_thousand_orders_beside_pymarket() {
    let Some(python) = std::env::var_os("GRIDBOURSE_PYTHON") else {
        println!("pymarket: not run (GRIDBOURSE_PYTHON names no Python that has it)");
        return;
    };
    let (book, fees) = generate(10_000, 1, 1);
    let (ours, _) = measure(&book, &fees);
    let letter = |side| if side == Side::Sell { "S" } else { "B" };
    let orders: Vec<Value> = book.orders.iter().map(|o| json!([letter(o.side), o.price, o.volume])).collect();
    let mut pymarket = Reference::start_with(&python, "reference/pymarket_oracle.py");
    let theirs = pymarket.ask("muda", json!({"orders": orders}))["seconds"].as_f64().unwrap();
    println!(
        "10,000 orders: {:.0} orders/s, MUDA of pymarket {:.0} orders/s, ratio {:.0}",
        1e4 / ours,
        1e4 / theirs,
        theirs / ours
    );
}
