//! Random sessions, run by this crate and by the Python reference: every refusal, trade, state and open order must be the
//! same after every step, and the independent checker must accept every round.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod common;

use common::{Reference, cases, random};
use rules::bundle::{Bundle, DeclaredOrder};
use rules::clearing::{PricingRule, Share};
use rules::fees::FeeTable;
use rules::generator::SplitMix64;
use rules::grid::CopperPlate;
use rules::order::{ClassIndex, Side};
use rules::session::{Declaration, Limits, Parameters, RoundResult, Schedule, Session, State, Window};
use rules::units::SECOND_NS;
use serde_json::{Value, json};

const START: u64 = 1_467_417_600 * SECOND_NS;
const FLOOR: i64 = 0;
const CAP: i64 = 40;
const MEMBERS: usize = 6;

#[test]
fn random_sessions_run_as_in_the_reference() {
    let mut random = random("sessions");
    let mut reference = Reference::start();
    let mut ends = std::collections::BTreeMap::<String, usize>::new();
    let (mut refusals, mut traded) = (0, 0);
    let count = cases("RULES_SESSIONS", 400);
    for number in 0..count {
        let mut run = Run::new(format!("session-{number}"), &mut random);
        while run.play_round(&mut random) {}
        let answers = reference.ask("session", run.question());
        run.compare(&answers);
        let State::Ended(reason) = run.session.state() else { panic!("{:?}", run.session) };
        *ends.entry(reason.code().into()).or_default() += 1;
        refusals += run.refusals;
        traded += usize::from(run.session.traded() > 0);
    }
    println!("{count} sessions: ends {ends:?}, {refusals} refused declarations, {traded} with trades");
    assert_eq!(ends.len(), 3, "not every way to end was met: {ends:?}");
    assert!(refusals > count && traded > count / 4);
}

/// One session on our side, and what to ask the reference.
struct Run {
    session: Session,
    limits: [[u64; 2]; MEMBERS],
    k: Value,
    events: Vec<Value>,
    /// What we found, by event.
    ours: Vec<Ours>,
    refusals: usize,
    sequence: u64,
}

/// What is compared after an event.
enum Ours {
    Declared(Option<&'static str>),
    Sealed,
    Cleared(Value),
}

impl Run {
    fn new(name: String, random: &mut SplitMix64) -> Self {
        let classes = 1 + random.below(3);
        let rules = ["k_double_auction", "pay_as_bid", "pay_as_ask", "uniform", "mcafee"];
        let rule = rules[usize::try_from(random.below(5)).unwrap()];
        let mcafee = rule == "mcafee";
        let fee_range = 1 + random.below(6);
        let row = |random: &mut SplitMix64| {
            let mut fee =
                || if !mcafee && random.below(6) == 0 { None } else { Some(random.below(fee_range).cast_signed()) };
            (0..classes).map(|_| fee()).collect::<Vec<_>>()
        };
        let first = row(random);
        let fees = (0..classes).map(|_| if mcafee { first.clone() } else { row(random) }).collect();
        let schedule =
            Schedule { rounds: if mcafee { 1 } else { 1 + narrow::<u32>(random.below(5)) }, ..Schedule::default() };
        let parameters = Parameters {
            channel: "market".into(),
            session: name,
            starts: START,
            delivery_starts: START + 3600 * SECOND_NS,
            delivery_ends: START + 7200 * SECOND_NS,
            schedule,
            rule: PricingRule::from_name(rule, Share::new(1, 3).unwrap()).unwrap(),
            fees: FeeTable::new((0..classes).map(|class| format!("c{class}")).collect(), fees).unwrap(),
            price_floor: FLOOR,
            price_cap: CAP,
        };
        let mut session = Session::new(parameters).unwrap();
        session.open(START).unwrap();
        let mut limit = || [10, 20, 1_000_000][usize::try_from(random.below(3)).unwrap()];
        let limits = std::array::from_fn(|_| [limit(), limit()]);
        Self { session, limits, k: json!([1, 3]), events: vec![], ours: vec![], refusals: 0, sequence: 0 }
    }

    /// Declarations, seal and clearing of one round; false when the session has ended.
    fn play_round(&mut self, random: &mut SplitMix64) -> bool {
        let State::Open(window) = self.session.state() else { return false };
        let declarations: Vec<Declaration> =
            (0..random.below(10)).map(|_| self.random_declaration(window, random)).collect();
        for Declaration { bundle, declared_at } in &declarations {
            let orders: Vec<Value> = bundle
                .orders
                .iter()
                .map(|o| json!([o.number, letter(o.side), format!("c{}", o.class.0), o.price, o.volume]))
                .collect();
            self.event(
                "declare",
                &json!([seconds(*declared_at), bundle.member, bundle.round, bundle.sequence, orders]),
                window,
            );
        }
        self.event("seal", &json!([seconds(window.closes)]), window);
        self.session.seal(window.closes).unwrap();
        let late = if random.below(4) == 0 { random.below(1_000) } else { random.below(2) };
        let now = (window.closes + late * SECOND_NS).min(START + 2_999 * SECOND_NS);
        self.event("clear", &json!([seconds(now)]), window);
        let limits = self.limits;
        let limits_of = |member: &str| {
            let [sell, buy] = limits[member[1..].parse::<usize>().unwrap()];
            Limits { sell, buy }
        };
        let result = self.session.clear(now, &declarations, limits_of, &mut CopperPlate).unwrap();
        let mut refused = vec![None; declarations.len()];
        for left_out in &result.left_out {
            refused[left_out.place] = Some(left_out.refusal.code());
        }
        self.refusals += result.left_out.len();
        self.ours.extend(refused.into_iter().map(Ours::Declared));
        self.ours.push(Ours::Sealed);
        let cleared = self.cleared(&result);
        self.ours.push(Ours::Cleared(cleared));
        matches!(self.session.state(), State::Open(_))
    }

    fn random_declaration(&mut self, window: Window, random: &mut SplitMix64) -> Declaration {
        let single = self.session.parameters().rule == PricingRule::Mcafee;
        let member = random.below(MEMBERS as u64);
        let classes = self.session.parameters().fees.classes().len() as u64;
        let usual_side = if member.is_multiple_of(2) { Side::Sell } else { Side::Buy };
        let count = random.below(if single { 2 } else { 4 });
        let orders = (0..count)
            .map(|number| DeclaredOrder {
                number: narrow(if random.below(15) == 0 { 0 } else { number }),
                side: if random.below(8) == 0 && !single { usual_side.opposite() } else { usual_side },
                class: ClassIndex(narrow(random.below(classes))),
                point: narrow(random.below(5)),
                price: (random.below(20) + if random.below(15) == 0 { 30 } else { 0 }).cast_signed(),
                volume: if random.below(25) == 0 { 0 } else { 1 + random.below(9) },
            })
            .collect();
        if random.below(12) > 0 {
            self.sequence += 1;
        }
        let length = window.closes - window.opens;
        let after = if random.below(12) == 0 { length + random.below(100) * SECOND_NS } else { random.below(length) };
        let bundle = Bundle {
            channel: "market".into(),
            session: self.session.parameters().session.clone(),
            member: format!("m{member}"),
            round: if random.below(12) == 0 { window.round + 1 } else { window.round },
            sequence: self.sequence.max(1),
            orders,
        };
        // The reference counts in whole seconds.
        Declaration { bundle, declared_at: (window.opens + after) / SECOND_NS * SECOND_NS }
    }

    fn event(&mut self, name: &str, with: &Value, window: Window) {
        self.events.push(json!({"do": name, "with": with, "round": window.round}));
    }

    fn cleared(&self, result: &RoundResult) -> Value {
        let (state, reason, round) = match self.session.state() {
            State::Open(window) => ("Open", Value::Null, json!(window.round)),
            State::Ended(reason) => ("Ended", json!(reason.code()), Value::Null),
            other => panic!("{other:?}"),
        };
        let trades = result.cleared.as_ref().map(|cleared| {
            let trades: Vec<Value> = cleared
                .firm_trades()
                .map(|trade| {
                    json!({
                        "ask": format!("{}/{}", trade.seller, trade.ask),
                        "bid": format!("{}/{}", trade.buyer, trade.bid),
                        "wh": trade.volume,
                        "fee": trade.fee,
                        "seller_fee": trade.fee / 2,
                        "buyer_fee": trade.fee - trade.fee / 2,
                        "seller_net": trade.seller_net,
                        "buyer_gross": trade.buyer_gross(),
                        "margin": trade.margin,
                    })
                })
                .collect();
            json!({"trades": trades, "outcome": cleared.outcome.to_string(), "reference": cleared.quotes})
        });
        let mut open = serde_json::Map::new();
        for (name, member) in self.session.members().iter() {
            for resting in &member.open {
                let order = resting.order;
                let class = format!("c{}", order.class.0);
                let terms = json!([letter(order.side), class, order.price, order.volume]);
                let priority = json!([seconds(resting.time), resting.sequence, resting.index]);
                let both = terms.as_array().unwrap().iter().chain(priority.as_array().unwrap()).cloned().collect();
                open.insert(format!("{name}/{}", order.number), Value::Array(both));
            }
        }
        json!({"state": state, "reason": reason, "round": round, "traded": self.session.traded(), "result": trades, "open": open})
    }

    fn question(&self) -> Value {
        let Parameters { session, rule, schedule, fees, .. } = self.session.parameters();
        let mut fee = Vec::new();
        for (sell, sell_name) in (0..).zip(fees.classes()) {
            for (buy, buy_name) in (0..).zip(fees.classes()) {
                if let Some(amount) = fees.fee(ClassIndex(sell), ClassIndex(buy)) {
                    fee.push(json!([sell_name, buy_name, amount]));
                }
            }
        }
        let limits: Vec<Value> = self
            .limits
            .iter()
            .enumerate()
            .flat_map(|(member, [sell, buy])| {
                [json!([format!("m{member}"), "S", sell]), json!([format!("m{member}"), "B", buy])]
            })
            .collect();
        json!({
            "session": session, "fee": fee, "rule": rule.name(), "k": self.k, "rounds": schedule.rounds,
            "limits": limits, "floor": FLOOR, "cap": CAP, "events": self.events,
        })
    }

    fn compare(&self, answers: &Value) {
        let answers = answers.as_array().unwrap();
        assert_eq!(answers.len(), self.ours.len());
        for (place, (ours, theirs)) in self.ours.iter().zip(answers).enumerate() {
            let context = || format!("event {place} of {}", self.question());
            match ours {
                Ours::Declared(refused) => assert_eq!(json!(refused), theirs["refused"], "{}", context()),
                Ours::Sealed => assert_eq!(theirs["state"], "Sealed", "{}", context()),
                Ours::Cleared(cleared) => {
                    for field in ["state", "reason", "result", "open"] {
                        assert_eq!(cleared[field], theirs[field], "{field}, {}", context());
                    }
                    if cleared["state"] == "Open" {
                        assert_eq!(cleared["round"], theirs["round"], "{}", context());
                    }
                    for side in ["S", "B"] {
                        assert_eq!(cleared["traded"], theirs["traded"][side], "{}", context());
                    }
                    if !cleared["result"].is_null() {
                        assert_eq!(theirs["check"], json!([]), "{}", context());
                    }
                }
            }
        }
    }
}

fn seconds(time: u64) -> u64 {
    (time - START) / SECOND_NS
}

fn letter(side: Side) -> &'static str {
    match side {
        Side::Sell => "S",
        Side::Buy => "B",
    }
}

fn narrow<T: TryFrom<u64, Error: std::fmt::Debug>>(small: u64) -> T {
    T::try_from(small).unwrap()
}
