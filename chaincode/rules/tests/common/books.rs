//! Random books as JSON documents, small and full of ties, and what they are in the crate's terms.

use rules::book::{BookDocument, NamedBook};
use rules::generator::SplitMix64;
use serde_json::{Value, json};

/// A random book document.
pub(crate) fn random_book(random: &mut SplitMix64, name: &str) -> Value {
    // One book in 250 is as wide as a market may be; the reference takes long for those.
    let wide = random.below(250) == 0;
    let classes = if wide { 16 } else { 1 + random.below(6) };
    let price_range = [2, 8, 20, 40_000][pick(random, 4)];
    let fee_range = [1, 3, 8, price_range / 3 + 1][pick(random, 4)];
    let forbidden_in_8 = [0, 0, 2, 4][pick(random, 4)];
    let separable = random.below(3) == 0;
    let parts: Vec<(u64, u64)> = (0..classes).map(|_| (random.below(fee_range), random.below(fee_range))).collect();
    let mut fee = Vec::new();
    for sell in 0..classes {
        for buy in 0..classes {
            if separable {
                fee.push(json!([class(sell), class(buy), parts[at(sell)].0 + parts[at(buy)].1]));
            } else if random.below(8) >= forbidden_in_8 {
                fee.push(json!([class(sell), class(buy), random.below(fee_range)]));
            }
        }
    }
    let lowest = if random.below(6) == 0 { -i64::try_from(price_range / 2).unwrap() } else { 0 };
    let one_order_per_member = random.below(3) > 0;
    let count = random.below(if wide { 40 } else { 15 });
    let orders: Vec<Value> = (0..count)
        .map(|number| {
            let side = if random.below(2) == 0 { "S" } else { "B" };
            let member = if one_order_per_member { number } else { random.below(5) };
            json!({
                "id": format!("{side}{number}"),
                "side": side,
                // A member on both sides must not trade with itself: only the session's rules keep it from crossing.
                "member": format!("{side}-member-{member}"),
                "cls": class(random.below(classes)),
                "price": lowest + i64::try_from(random.below(price_range)).unwrap(),
                "wh": if random.below(20) == 0 { 0 } else { 1 + random.below(9) },
                "time": random.below(3),
                "seq": random.below(2),
                "index": random.below(2),
            })
        })
        .collect();
    json!({"session": name, "fee": fee, "orders": orders})
}

/// Its parts in the crate's terms.
pub(crate) fn named_book(document: &Value) -> NamedBook {
    let document: BookDocument = serde_json::from_value(document.clone()).unwrap();
    NamedBook::new(&document).unwrap()
}

fn class(number: u64) -> String {
    format!("class-{number}")
}

fn at(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

fn pick(random: &mut SplitMix64, count: u64) -> usize {
    at(random.below(count))
}
