//! The proof of a clearing finds what the reference's checker finds: in worked cases, in random books, and in results
//! that somebody changed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use auditor::proof::{Code, Order, Proof, Rule, Side, Terms, Trade, check};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use support::root;

const RULES: [(&str, Rule); 5] = [
    ("k_double_auction", Rule::KDoubleAuction),
    ("pay_as_bid", Rule::PayAsBid),
    ("pay_as_ask", Rule::PayAsAsk),
    ("uniform", Rule::Uniform),
    ("mcafee", Rule::Mcafee),
];

/// The Python reference as a process that answers questions.
struct Reference(Child, ChildStdin, BufReader<ChildStdout>);

impl Reference {
    fn start() -> Self {
        let mut process = Command::new("python3")
            .arg(root().join("tests/reference/driver.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (questions, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self(process, questions, BufReader::new(answers))
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.1, "{question}").unwrap();
        let mut answer = String::new();
        self.2.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("the reference died at {question}"))
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A book, and what it is cleared by, in both worlds.
struct Case {
    terms: Terms,
    rule: &'static str,
    book: Vec<Order>,
    classes: Vec<String>,
    names: Vec<String>,
    fee: Value,
    orders: Value,
}

impl Case {
    fn new(document: &Value, (rule_name, rule): (&'static str, Rule), k: (u32, u32)) -> Self {
        let text = |value: &Value, field: &str| value[field].as_str().unwrap().to_owned();
        let number = |value: &Value, field: &str| value[field].as_u64().unwrap();
        let orders = document["orders"].as_array().unwrap();
        let fees = document["fee"].as_array().unwrap();
        let ends = fees.iter().flat_map(|fee| [fee[0].clone(), fee[1].clone()]);
        let all =
            orders.iter().map(|order| order["cls"].clone()).chain(ends).map(|name| name.as_str().unwrap().to_owned());
        let classes: Vec<String> = all.collect::<BTreeSet<_>>().into_iter().collect();
        let class = |name: &Value| classes.iter().position(|class| name == class).unwrap();
        let mut matrix = vec![vec![None; classes.len()]; classes.len()];
        for fee in fees {
            matrix[class(&fee[0])][class(&fee[1])] = fee[2].as_i64();
        }
        let book = (0..).zip(orders).map(|(place, order)| Order {
            side: if order["side"] == "S" { Side::Sell } else { Side::Buy },
            class: class(&order["cls"]),
            member: text(order, "member"),
            number: place,
            price: order["price"].as_i64().unwrap(),
            volume: number(order, "wh"),
            time: number(order, "time"),
            sequence: number(order, "seq"),
            index: u32::try_from(number(order, "index")).unwrap(),
        });
        Self {
            terms: Terms { session: text(document, "session"), fees: matrix, rule, k },
            rule: rule_name,
            book: book.collect(),
            names: orders.iter().map(|order| text(order, "id")).collect(),
            classes: classes.clone(),
            fee: document["fee"].clone(),
            orders: document["orders"].clone(),
        }
    }

    fn question(&self, ask: &str) -> Value {
        let Terms { session, k, .. } = &self.terms;
        json!({ "ask": ask, "session": session, "fee": self.fee, "orders": self.orders, "rule": self.rule, "k": [k.0, k.1] })
    }

    fn trades(&self, trades: &Value) -> Vec<Trade> {
        let place = |name: &Value| u32::try_from(self.names.iter().position(|one| name == one).unwrap()).unwrap();
        let trade = |trade: &Value| Trade {
            ask: place(&trade["ask"]),
            bid: place(&trade["bid"]),
            volume: trade["wh"].as_u64().unwrap(),
            fee: trade["fee"].as_i64().unwrap(),
            seller_net: trade["seller_net"].as_i64().unwrap(),
            margin: trade["margin"].as_i64().unwrap_or(0),
        };
        trades.as_array().unwrap().iter().map(trade).collect()
    }

    /// What the reference's checker says. It does not look at the order of McAfee's trades.
    fn verdict(&self, reference: &mut Reference, trades: &[Trade]) -> BTreeSet<String> {
        let name = |place: u32| self.names.get(place as usize).cloned().unwrap_or_default();
        let trade = |trade: &Trade| {
            json!({
                "ask": name(trade.ask), "bid": name(trade.bid), "wh": trade.volume, "fee": trade.fee,
                "seller_fee": trade.fee.div_euclid(2), "buyer_fee": trade.fee - trade.fee.div_euclid(2),
                "seller_net": trade.seller_net, "margin": trade.margin,
                "buyer_gross": trade.seller_net + trade.fee + trade.margin,
            })
        };
        let mut question = self.question("check");
        question["trades"] = trades.iter().map(trade).collect();
        let answer = reference.ask(&question);
        answer.as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
    }

    fn proven(&self, trades: &[Trade]) -> Proof {
        check(&self.terms, &self.book, trades)
    }

    /// Both must say the same; returns whether something is wrong.
    fn compare(&self, reference: &mut Reference, trades: &[Trade]) -> bool {
        let proven = self.proven(trades).violations;
        let is_asked = |code: &&Code| self.terms.rule != Rule::Mcafee || **code != Code::TradeOrder;
        let codes: BTreeSet<String> = proven.iter().filter(is_asked).map(|code| code.code().to_owned()).collect();
        assert_eq!(codes, self.verdict(reference, trades), "{} {trades:?}", self.question("check"));
        !proven.is_empty()
    }

    /// The supporting prices as the reference names them.
    fn prices(&self, proof: &Proof) -> Value {
        let side = |side| if side == Side::Sell { "S" } else { "B" };
        let prices = proof.class_prices.iter().map(|price| {
            let name = format!("{}:{}", side(price.side), self.classes[price.class]);
            let number = |price: i128| i64::try_from(price).unwrap();
            (name, json!([number(price.lowest), number(price.highest), number(price.chosen)]))
        });
        prices.collect::<serde_json::Map<_, _>>().into()
    }
}

fn random_book(random: &mut ChaCha8Rng, rule: &str, number: u32) -> Value {
    let classes = random.random_range(1..=4_usize);
    let name = |class: usize| format!("c{class}");
    let mut fee = Vec::new();
    for sell in 0..classes {
        for buy in 0..classes {
            let separable = i64::try_from(sell * 2 + buy).unwrap();
            let any = if sell == buy { 0 } else { random.random_range(0..6) };
            // McAfee's rule is not asked about fees that it does not apply to.
            if rule == "mcafee" || sell == buy || random.random_bool(0.85) {
                fee.push(json!([name(sell), name(buy), if rule == "mcafee" { separable } else { any }]));
            }
        }
    }
    let count = random.random_range(2..16_u32);
    let orders: Vec<Value> = (0..count)
        .map(|order| {
            let side = if random.random_bool(0.5) { "S" } else { "B" };
            let member =
                if rule == "mcafee" { format!("m{order}") } else { format!("{side}{}", random.random_range(0..6)) };
            json!({
                "id": format!("o{order}"), "side": side, "member": member,
                "cls": name(random.random_range(0..classes)), "price": random.random_range(0..24_i64),
                "wh": random.random_range(1..9_u64), "time": random.random_range(0..4_u64), "seq": 1, "index": order,
            })
        })
        .collect();
    json!({ "session": format!("s{number}"), "fee": fee, "orders": orders })
}

/// Changes a result somewhere.
fn mutate(random: &mut ChaCha8Rng, trades: &mut Vec<Trade>, orders: u32) {
    let places = trades.len();
    let place = random.random_range(0..places);
    let step = if random.random_bool(0.5) { 1 } else { -1 };
    match random.random_range(0..10) {
        0 => trades[place].volume += 1,
        1 => trades[place].volume -= 1,
        2 => trades[place].seller_net += step,
        3 => trades[place].margin += step,
        4 => trades[place].fee += step,
        5 => drop(trades.remove(place)),
        6 => trades.swap(place, random.random_range(0..places)),
        7 => trades[place].ask = random.random_range(0..=orders),
        8 => trades[place].bid = random.random_range(0..=orders),
        // Part of one trade goes to the orders of another.
        _ => {
            let other = random.random_range(0..places);
            let bid = trades[other].bid;
            trades[other].bid = trades[place].bid;
            trades[place].bid = bid;
        }
    }
}

#[test]
fn worked_cases_are_proven() {
    let cases = fs::read(root().join("tests/vectors/clearing.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&cases).unwrap();
    let mut reference = Reference::start();
    let mut proven = 0;
    for document in cases.iter().filter(|case| case.get("results").is_some() && case.get("orders").is_some()) {
        for (name, result) in document["results"].as_object().unwrap() {
            let (rule, k) = name.split_once(" k=").unwrap_or((name, "1/2"));
            let (numerator, denominator) = k.split_once('/').unwrap();
            let k = (numerator.parse().unwrap(), denominator.parse().unwrap());
            let rule = RULES.into_iter().find(|(name, _)| *name == rule).unwrap();
            let case = Case::new(document, rule, k);
            let Some(trades) = result.get("trades") else { continue };
            let trades = case.trades(trades);
            assert!(!case.compare(&mut reference, &trades), "{} {name}", document["name"]);
            proven += 1;
        }
    }
    assert!(proven >= 15, "{proven} cases");
}

#[test]
fn numbers_beyond_all_measure_are_judged_as_well() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    let volumes = [0, 1, 1 << 42, u64::MAX - 1, u64::MAX];
    for round in 0..2_000_u32 {
        let mut price = || extremes[random.random_range(0..extremes.len())];
        let fees = (0..2).map(|_| (0..2).map(|_| Some(price())).collect()).collect();
        let mut book: Vec<Order> = (0..6)
            .map(|place| Order {
                side: if place % 2 == 0 { Side::Sell } else { Side::Buy },
                class: place % 3,
                member: format!("m{place}"),
                number: 0,
                price: price(),
                volume: 0,
                time: 0,
                sequence: 0,
                index: 0,
            })
            .collect();
        let mut trades: Vec<Trade> = (0..3)
            .map(|_| Trade { ask: 0, bid: 1, volume: 0, fee: price(), seller_net: price(), margin: price() })
            .collect();
        let mut volume = || volumes[random.random_range(0..volumes.len())];
        book.iter_mut().for_each(|order| order.volume = volume());
        trades.iter_mut().for_each(|trade| trade.volume = volume());
        if round % 2 == 0 {
            book.iter_mut().for_each(|order| order.class %= 2);
        }
        let (_, rule) = RULES[round as usize % RULES.len()];
        let terms = Terms { session: String::new(), fees, rule, k: (u32::MAX, u32::MAX) };
        assert!(!check(&terms, &book, &trades).violations.is_empty());
        let _ = check(&terms, &book, &[]);
    }
}

#[test]
fn random_results_and_changed_ones_get_the_reference_checkers_verdict() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut reference = Reference::start();
    let (mut honest, mut mutated, mut wrong) = (0, 0, 0);
    for number in 0..400 {
        let rule = RULES[number as usize % RULES.len()];
        let k = [(1, 2), (1, 3), (2, 3), (0, 1)][random.random_range(0..4)];
        let case = Case::new(&random_book(&mut random, rule.0, number), rule, k);
        let cleared = reference.ask(&case.question("clear"));
        let trades = case.trades(&cleared["trades"]);
        assert!(!case.compare(&mut reference, &trades), "{}", case.question("clear"));
        if rule.1 != Rule::Mcafee {
            assert_eq!(
                case.prices(&case.proven(&trades)),
                cleared["info"]["class_prices"],
                "{}",
                case.question("clear")
            );
        }
        honest += 1;
        for _ in 0..3 {
            let mut changed = trades.clone();
            for _ in 0..random.random_range(1..3) {
                if !changed.is_empty() {
                    mutate(&mut random, &mut changed, u32::try_from(case.book.len()).unwrap());
                }
            }
            if changed != trades {
                mutated += 1;
                wrong += u32::from(case.compare(&mut reference, &changed));
            }
        }
    }
    assert!(honest == 400 && mutated >= 500, "{mutated} results were changed");
    // Two equal trades that change places, and the like, are still right.
    assert!(wrong * 100 >= mutated * 97, "{wrong} of {mutated} changes were found");
}
