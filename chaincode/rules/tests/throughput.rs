//! How fast a million orders clear: `cargo test --release -p rules --test throughput -- --ignored --nocapture`.
#![allow(clippy::disallowed_types, clippy::float_arithmetic, reason = "a measurement, not a rule")]

use std::time::Instant;

use rules::clearing::{PricingRule, Share, clear};
use rules::generator::{generate, trades_digest};

#[test]
#[ignore = "a measurement"]
fn a_million_orders() {
    for classes in [1, 4, 12, 16] {
        let (book, fees) = generate(1_000_000, classes, 1);
        let mut best = f64::MAX;
        let mut clearing = None;
        for _ in 0..5 {
            let start = Instant::now();
            clearing = Some(clear(&book, &fees, PricingRule::KDoubleAuction(Share::HALF)).unwrap());
            best = best.min(start.elapsed().as_secs_f64());
        }
        let trades = clearing.unwrap().trades;
        let digest = trades_digest(&trades);
        println!(
            "{classes} classes: {:.0} ms, {:.2}M orders/s, {} trades, digest {}",
            best * 1e3,
            1.0 / best,
            trades.len(),
            hex::encode(digest)
        );
    }
}
