//! What the register of members and the opening of sessions refuse.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use declaration::encoding::Hexadecimal;
use exchange::messages::{ClassFee, FeederVersion, Member, MemberPage, Registration, SessionParameters, Terms};
use fabric_contract_api::args;
use scenarios::scenarios::START_NS;
use scenarios::{CLASSES, Failure, MINUTE_NS, MWH, Market, Organization, Participant, TestLedger, code_of, parameters};

fn registration(name: &str) -> Registration {
    Participant::new(name, 11, 0).registration(&CLASSES, MWH, MWH)
}

fn register(market: &mut Market<'_>, registrations: &[Registration]) -> Result<(), Failure> {
    market.command(Organization::TradingCentre, "register_members", args![registrations.to_vec()])
}

#[test]
fn registrations() {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    register(&mut market, &[registration("wind"), registration("mill 2")]).unwrap();
    let cases = [
        (vec![registration("roof"), registration("wind")], "MEMBER_EXISTS"),
        (vec![registration("roof"), registration("roof")], "DUPLICATE_ENTRY"),
        (vec![registration("")], "BAD_NAME"),
        (vec![registration("@fee")], "BAD_NAME"),
        (vec![registration("a\nb")], "BAD_NAME"),
        (vec![registration(&"a".repeat(65))], "BAD_NAME"),
        ((0..=1_000).map(|number| registration(&number.to_string())).collect(), "TOO_MANY_ENTRIES"),
    ];
    for (registrations, code) in cases {
        assert_eq!(code_of(register(&mut market, &registrations)).unwrap(), code);
    }
    let mut no_key = registration("roof");
    no_key.terms.public_key = Hexadecimal([4; 33]);
    assert_eq!(code_of(register(&mut market, &[no_key])).unwrap(), "BAD_TERMS");
    let mut twice = registration("roof");
    twice.terms.connections.push(twice.terms.connections[0].clone());
    assert_eq!(code_of(register(&mut market, &[twice])).unwrap(), "BAD_TERMS");

    let page: MemberPage = market.query("exchange", "members", args!["", 1_u32]).unwrap();
    assert_eq!(page.members[0].member, "mill 2");
    let page: MemberPage = market.query("exchange", "members", args![page.next, 9_u32]).unwrap();
    assert_eq!(page.members.iter().map(|member| member.member.as_str()).collect::<Vec<_>>(), ["wind"]);
}

#[test]
fn the_life_of_a_member() {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    register(&mut market, &[registration("wind")]).unwrap();
    let regulator = Organization::Regulator;
    let refused =
        |market: &mut Market<'_>, function, arguments| code_of(market.command(regulator, function, arguments)).unwrap();
    assert_eq!(refused(&mut market, "reinstate_member", args!["wind"]), "NOT_SUSPENDED");
    assert_eq!(refused(&mut market, "suspend_member", args!["roof", "why"]), "UNKNOWN_MEMBER");
    assert_eq!(refused(&mut market, "suspend_member", args!["wind", "x".repeat(501)]), "REASON_TOO_LONG");
    market.command(regulator, "suspend_member", args!["wind", "why"]).unwrap();
    assert_eq!(refused(&mut market, "suspend_member", args!["wind", "why"]), "ALREADY_SUSPENDED");

    // Other terms do not lift a suspension, and the deposit number stays.
    let before: Member = market.query("exchange", "member", args!["wind"]).unwrap();
    let terms = Terms { public_key: Participant::new("new key", 11, 0).public_key(), ..before.terms.clone() };
    market.command(Organization::TradingCentre, "change_member", args!["wind", terms.clone()]).unwrap();
    let after: Member = market.query("exchange", "member", args!["wind"]).unwrap();
    assert_eq!(after, Member { terms, ..before });
    let record: declaration::messages::MemberRecord = market.query("declaration", "member", args!["wind"]).unwrap();
    assert_eq!(record, after.record());
}

#[test]
fn parameters_that_are_refused() {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let mut code = |change: &dyn Fn(&mut SessionParameters)| {
        let mut parameters = parameters("s09", START_NS);
        change(&mut parameters);
        code_of(market.open(&parameters)).unwrap()
    };
    assert_eq!(code(&|parameters| parameters.session = "@".into()), "BAD_NAME");
    assert_eq!(code(&|parameters| parameters.bounds.bundles_max = 5_001), "BOUNDS_TOO_LARGE");
    assert_eq!(code(&|parameters| parameters.bounds.bundle_orders_max = 10_001), "BOUNDS_TOO_LARGE");
    assert_eq!(code(&|parameters| parameters.rounds = 0), "SCHEDULE_NOT_IN_ORDER");
    assert_eq!(code(&|parameters| parameters.schedule.clear_by_s = 45 * 60), "SCHEDULE_NOT_IN_ORDER");
    assert_eq!(code(&|parameters| parameters.schedule.delivery_end_ns = 0), "DELIVERY_NOT_IN_ORDER");
    assert_eq!(code(&|parameters| parameters.schedule.start_ns += MINUTE_NS), "NOT_STARTED");
    assert_eq!(code(&|parameters| parameters.schedule.start_ns -= 45 * MINUTE_NS), "DEADLINE_OVER");
    assert_eq!(code(&|parameters| parameters.price_floor = 150_001), "PRICE_RANGE");
    assert_eq!(code(&|parameters| parameters.deviation.shortfall_price = 19_999), "DEVIATION_PRICES");
    assert_eq!(code(&|parameters| parameters.pricing.k_numerator = 3), "SHARE_OUT_OF_RANGE");
    assert_eq!(code(&|parameters| parameters.classes.clear()), "UNKNOWN_CLASS");
    assert_eq!(code(&|parameters| parameters.classes[1] = CLASSES[0].into()), "DUPLICATE_CLASS");
    let fee = |fee| ClassFee { sell_class: 1, buy_class: 1, fee };
    assert_eq!(code(&|parameters| parameters.fees.push(fee(0))), "DUPLICATE_FEE");
    assert_eq!(code(&|parameters| parameters.fees[3] = fee(-1)), "FEE_OUT_OF_RANGE");
    assert_eq!(code(&|parameters| parameters.feeder = Some("F1".into())), "UNKNOWN_FEEDER");
    market.open(&parameters("s09", START_NS)).unwrap();
    let again = parameters("s09", START_NS - MINUTE_NS);
    assert_eq!(code_of(market.open(&again)).unwrap(), "SESSION_EXISTS");
}

#[test]
fn feeders_have_versions() {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let branch = |from, to| exchange::messages::Branch {
        from,
        to,
        resistance_uohm: 1_000,
        reactance_uohm: 1_000,
        limit_w: 1_000_000,
    };
    let feeder = |branches: Vec<exchange::messages::Branch>| exchange::messages::Feeder {
        feeder: "F1".into(),
        source_point: 1,
        source_voltage_v: 20_000,
        lowest_voltage_ppm: 930_000,
        highest_voltage_ppm: 1_070_000,
        branches,
        loads: Vec::new(),
    };
    let mut set = |feeder: exchange::messages::Feeder| {
        market.exchange::<u32>(Organization::Dispatcher, "set_feeder", args![feeder])
    };
    assert_eq!(code_of(set(feeder(vec![branch(1, 2), branch(2, 1)]))).unwrap(), "FEEDER_LOOP");
    assert_eq!(set(feeder(vec![branch(1, 2)])).unwrap(), 1);
    assert_eq!(set(feeder(vec![branch(1, 2), branch(2, 3)])).unwrap(), 2);
    let latest: FeederVersion = market.query("exchange", "feeder", args!["F1"]).unwrap();
    assert_eq!((latest.version, latest.feeder.branches.len()), (2, 2));
}

#[test]
fn a_round_that_is_too_large_cannot_be_sealed() {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let members = ["a", "b", "c"].map(|name| Participant::new(name, 11, 0));
    market.register(&members, MWH).unwrap();
    let mut parameters = parameters("s09", START_NS);
    parameters.bounds.bundles_max = 2;
    market.open(&parameters).unwrap();
    market.set_time(START_NS + MINUTE_NS);
    for member in &members {
        let bundle = market.bundle(&member.name, "s09", 1, 1, &[]).unwrap();
        market.declare(&bundle).unwrap();
    }
    market.set_time(START_NS + 15 * MINUTE_NS);
    let failure = market.seal("s09").unwrap_err();
    assert_eq!(failure.code(), "ROUND_TOO_LARGE");
    assert!(failure.to_string().contains("shard the market"));
    // It does not hang: the session ends by TIME.
    market.set_time(START_NS + 50 * MINUTE_NS);
    market.expire("s09").unwrap();
}

#[test]
fn a_book_that_is_too_large_cannot_be_cleared() {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let members = ["a", "b"].map(|name| Participant::new(name, 11, 0));
    market.register(&members, MWH).unwrap();
    let mut parameters = parameters("s09", START_NS);
    parameters.bounds.orders_max = 8;
    market.open(&parameters).unwrap();
    for member in &members {
        let orders: Vec<_> = (0..5).map(|number| scenarios::sell(number, 30_000, 1)).collect();
        let bundle = market.bundle(&member.name, "s09", 1, 1, &orders).unwrap();
        market.declare(&bundle).unwrap();
    }
    market.set_time(START_NS + 15 * MINUTE_NS);
    market.seal("s09").unwrap();
    assert_eq!(code_of(market.clear("s09")).unwrap(), "ROUND_TOO_LARGE");
}
