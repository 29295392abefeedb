//! What is refused about devices, readings, instructions and certificates, each by its code.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use declaration::encoding::Hexadecimal;
use exchange::messages::{
    CertificateRevision, CertificateState, CertificatesIssued, Device, GranuleName, GranuleRevision, Instructed,
    MeterReading, SignedInstruction,
};
use exchange::{granule_id, limits};
use fabric_contract_api::args;
use proptest::prelude::*;
use rules::instruction::{Instruction, Order, ReadingVersion};
use scenarios::scenarios::START_NS;
use scenarios::{
    Failure, KWH, MINUTE_NS, MWH, Market, Organization, Participant, TestLedger, code_of, granules, parameters, request,
};

const HOUR_NS: u64 = 60 * MINUTE_NS;
const PLANT: &str = "wind-plant";

/// A day after the scenarios' start: the wind made 2 MWh in each of three hours, the mill drew 3 MWh in each.
fn after_a_day(test: impl FnOnce(&mut Market<'_>)) {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let members = [("wind", 11, 0), ("roof", 12, 1), ("mill", 21, 0), ("shop", 22, 1)];
    let members = members.map(|(name, point, class)| Participant::new(name, point, class));
    market.register(&members, 10 * MWH).unwrap();
    market.set_time(START_NS + 24 * HOUR_NS);
    let hours = (0..3).map(hour);
    let readings =
        hours.flat_map(|start| [(PLANT.to_owned(), start, 2 * MWH), ("mill-load".to_owned(), start, 3 * MWH)]);
    market.record(&readings.collect::<Vec<_>>()).unwrap();
    test(&mut market);
}

fn hour(number: u64) -> u64 {
    START_NS + number * HOUR_NS
}

/// The code that an order is refused by.
fn refused(market: &mut Market<'_>, member: &str, order: Order) -> String {
    code_of(market.instruct(&[(member, order)])).unwrap()
}

fn all_of(certificates: &[String]) -> Vec<String> {
    certificates.to_vec()
}

#[test]
fn devices_that_are_refused() {
    after_a_day(|market| {
        let [plant, load] = Participant::new("wind", 11, 0).devices();
        let mut code = |change: &dyn Fn(&mut Device)| {
            let mut device = Device { device: "other".to_owned(), ..load.clone() };
            change(&mut device);
            code_of(market.command(Organization::GridCompany, "register_devices", args![vec![device]])).unwrap()
        };
        assert_eq!(code(&|device| device.device = PLANT.into()), "DEVICE_EXISTS");
        assert_eq!(code(&|device| device.device = "@fee".into()), "BAD_NAME");
        assert_eq!(code(&|device| device.member = "nobody".into()), "UNKNOWN_MEMBER");
        assert_eq!(code(&|device| device.point = 12), "WRONG_POINT");
        assert_eq!(code(&|device| device.capacity_w = 0), "BAD_DEVICE");
        assert_eq!(code(&|device| device.capacity_w = limits::CAPACITY_W_MAX + 1), "BAD_DEVICE");
        assert_eq!(code(&|device| device.interval_s = 7_200), "BAD_DEVICE");
        assert_eq!(code(&|device| device.interval_s = 0), "BAD_DEVICE");
        assert_eq!(code(&|device| device.zone.clear()), "BAD_DEVICE");
        assert_eq!(code(&|device| device.generation = plant.generation.clone()), "PROJECT_TAKEN");
        let project = |code: &'static str| {
            let generation = plant.generation.clone().unwrap();
            move |device: &mut Device| {
                device.generation =
                    Some(exchange::messages::Generation { project_code: code.into(), ..generation.clone() });
            }
        };
        assert_eq!(code(&project("1234")), "PROJECT_CODE_FORM");
        assert_eq!(code(&project("12126061101010010")), "PROJECT_CODE_CHECK");
        let twice = vec![Device { device: "other".into(), ..load.clone() }; 2];
        let twice = market.command(Organization::GridCompany, "register_devices", args![twice]);
        assert_eq!(code_of(twice).unwrap(), "DUPLICATE_ENTRY");
    });
}

#[test]
fn a_market_has_a_limit_of_devices() {
    after_a_day(|market| {
        let [_, load] = Participant::new("wind", 11, 0).devices();
        let mut numbers = 0..;
        let mut register = |count: usize| {
            let names = numbers.by_ref().take(count).map(|number: u32| format!("load-{number}"));
            let devices: Vec<_> = names.map(|device| Device { device, ..load.clone() }).collect();
            market.command(Organization::GridCompany, "register_devices", args![devices])
        };
        // Four members have two each.
        for count in [1_000, 1_000, 1_000, 1_000, 992] {
            register(count).unwrap();
        }
        assert_eq!(code_of(register(1)).unwrap(), "TOO_MANY_DEVICES");
        assert_eq!(code_of(register(1_001)).unwrap(), "TOO_MANY_ENTRIES");
    });
}

#[test]
fn readings_that_are_refused() {
    after_a_day(|market| {
        let mut code = |device: &str, start: u64, energy: u64| {
            code_of(market.record(&[(device.to_owned(), start, energy)])).unwrap()
        };
        assert_eq!(code("nothing", hour(0), 1), "UNKNOWN_DEVICE");
        assert_eq!(code(PLANT, hour(0) + 1, 1), "BAD_INTERVAL");
        assert_eq!(code(PLANT, hour(0) + 30 * MINUTE_NS, 1), "BAD_INTERVAL");
        assert_eq!(code(PLANT, hour(24), 1), "INTERVAL_NOT_OVER");
        assert_eq!(code(PLANT, u64::MAX / HOUR_NS * HOUR_NS, 1), "INTERVAL_NOT_OVER");
        // 1 GW for an hour, and 5%.
        assert_eq!(code(PLANT, hour(5), 1_050_000_001), "OVER_CAPACITY");
        market.record(&[(PLANT.to_owned(), hour(5), 1_050_000_000)]).unwrap();
        let twice = [(PLANT.to_owned(), hour(6), 1), (PLANT.to_owned(), hour(6), 2)];
        assert_eq!(code_of(market.record(&twice)).unwrap(), "DUPLICATE_ENTRY");
        let many: Vec<_> = (0..=1_000).map(|number| (PLANT.to_owned(), hour(0) + number, 0)).collect();
        assert_eq!(code_of(market.record(&many)).unwrap(), "TOO_MANY_ENTRIES");

        // Before its commissioning a device is not metered.
        let [_, load] = Participant::new("roof", 12, 1).devices();
        let late = Device { device: "late".to_owned(), commissioned_ns: hour(3), ..load };
        market.command(Organization::GridCompany, "register_devices", args![vec![late]]).unwrap();
        assert_eq!(code_of(market.record(&[("late".to_owned(), hour(2), 1)])).unwrap(), "BAD_INTERVAL");
        market.record(&[("late".to_owned(), hour(3), 1)]).unwrap();
    });
}

#[test]
fn requests_that_are_refused() {
    after_a_day(|market| {
        market.record(&[(PLANT.to_owned(), hour(3), 0)]).unwrap();
        assert_eq!(refused(market, "wind", request("nothing", &[hour(0)])), "UNKNOWN_DEVICE");
        assert_eq!(refused(market, "roof", request(PLANT, &[hour(0)])), "NOT_OWNER");
        assert_eq!(refused(market, "mill", request("mill-load", &[hour(0)])), "NOT_A_GENERATOR");
        assert_eq!(refused(market, "wind", request(PLANT, &[hour(9)])), "UNKNOWN_READING");
        assert_eq!(refused(market, "wind", request(PLANT, &[hour(3)])), "NOTHING_TO_CERTIFY");
        let readings = vec![ReadingVersion { start: hour(0), version: 2 }];
        assert_eq!(refused(market, "wind", Order::Request { device: PLANT.into(), readings }), "READING_CHANGED");
        assert_eq!(refused(market, "wind", request(PLANT, &[hour(0), hour(0)])), "WRONG_STATE");
        let recall = |start| Order::Recall { device: PLANT.into(), starts: vec![start] };
        assert_eq!(refused(market, "wind", recall(hour(0))), "UNKNOWN_GRANULE");
        assert_eq!(code_of(market.audit(&granules(PLANT, &[hour(0)]))).unwrap(), "UNKNOWN_GRANULE");
        assert_eq!(code_of(market.issue(&granules(PLANT, &[hour(0)]))).unwrap(), "UNKNOWN_GRANULE");

        market.certify("wind", &[hour(0)]).unwrap();
        let granule = market.granule(PLANT, hour(0)).unwrap();
        assert_eq!(granule.granule.0, granule_id(PLANT, hour(0)));
        assert_eq!(refused(market, "wind", request(PLANT, &[hour(0)])), "CERTIFICATE_EXISTS");
        assert_eq!(refused(market, "wind", recall(hour(0))), "CERTIFICATE_EXISTS");
        assert_eq!(code_of(market.issue(&granules(PLANT, &[hour(0)]))).unwrap(), "CERTIFICATE_EXISTS");
        market.instruct(&[("wind", request(PLANT, &[hour(1)]))]).unwrap();
        let twice = [granules(PLANT, &[hour(1)]), granules(PLANT, &[hour(1)])].concat();
        assert_eq!(code_of(market.audit(&twice)).unwrap(), "WRONG_STATE");
        market.audit(&twice[..1]).unwrap();
        assert_eq!(code_of(market.issue(&twice)).unwrap(), "CERTIFICATE_EXISTS");
    });
}

#[test]
fn trades_that_are_refused() {
    after_a_day(|market| {
        let issued = market.certify("wind", &[hour(0), hour(1)]).unwrap();
        let [first, second] = [&issued[0], &issued[1]];
        let one = vec![first.clone()];
        let list = |price| Order::List { price, certificates: vec![first.clone()] };
        let lock = |price| Order::Lock { price, certificates: vec![first.clone()] };
        let pay = |payee: &str, amount| Order::Pay { payee: payee.into(), amount, certificates: vec![first.clone()] };
        let release = || Order::Release { certificates: vec![first.clone()] };
        assert_eq!(
            refused(market, "wind", Order::List { price: 1, certificates: vec!["none".into()] }),
            "UNKNOWN_CERTIFICATE"
        );
        assert_eq!(refused(market, "mill", list(1)), "NOT_OWNER");
        assert_eq!(refused(market, "wind", list(-1)), "PRICE_OUT_OF_RANGE");
        assert_eq!(refused(market, "wind", list(1_000_000_001)), "PRICE_OUT_OF_RANGE");
        assert_eq!(refused(market, "mill", lock(5)), "WRONG_STATE");
        market.instruct(&[("wind", list(5))]).unwrap();
        assert_eq!(refused(market, "wind", lock(5)), "OWN_CERTIFICATE");
        assert_eq!(refused(market, "mill", lock(4)), "WRONG_PRICE");
        assert_eq!(refused(market, "mill", pay("wind", 5_000_000)), "WRONG_STATE");
        market.instruct(&[("mill", lock(5))]).unwrap();
        assert_eq!(refused(market, "shop", lock(5)), "WRONG_STATE");
        assert_eq!(refused(market, "wind", Order::Unlist { certificates: one.clone() }), "WRONG_STATE");
        assert_eq!(refused(market, "shop", pay("wind", 5_000_000)), "NOT_BUYER");
        assert_eq!(refused(market, "mill", pay("roof", 5_000_000)), "WRONG_PAYEE");
        assert_eq!(refused(market, "mill", pay("wind", 4_999_999)), "WRONG_AMOUNT");
        assert_eq!(refused(market, "shop", release()), "NOT_BUYER");
        assert_eq!(refused(market, "wind", release()), "LOCK_NOT_OVER");
        market.set_time(market.now_ns() + limits::LOCK_NS);
        assert_eq!(refused(market, "mill", pay("wind", 5_000_000)), "LOCK_OVER");
        market.instruct(&[("wind", release())]).unwrap();
        // Both again, and paid: three instructions of one transaction build on each other.
        market.instruct(&[("wind", list(0)), ("mill", lock(0)), ("mill", pay("wind", 0))]).unwrap();
        assert_eq!(refused(market, "wind", list(1)), "NOT_OWNER");

        let split = |energies: &[u64]| Order::Split { certificate: second.clone(), energies: energies.to_vec() };
        assert_eq!(refused(market, "mill", split(&[1, 2])), "NOT_OWNER");
        assert_eq!(refused(market, "wind", split(&[MWH])), "SPLIT_TOO_FEW");
        assert_eq!(refused(market, "wind", split(&[MWH, 0])), "SPLIT_EMPTY");
        assert_eq!(refused(market, "wind", split(&[MWH, 1])), "SPLIT_SUM");
        market.instruct(&[("wind", split(&[1, MWH - 1]))]).unwrap();
        assert_eq!(refused(market, "wind", split(&[1, MWH - 1])), "WRONG_STATE");
        let withdraw = |certificate: String| Order::Withdraw { certificates: vec![certificate] };
        market.instruct(&[("wind", withdraw(format!("{second}:0-1")))]).unwrap();
        assert_eq!(refused(market, "wind", withdraw(format!("{second}:0-1"))), "WRONG_STATE");
        assert_eq!(code_of(market.publish(&one)).unwrap(), "WRONG_STATE");
        assert_eq!(market.sum_of_balances(), 0);
    });
}

#[test]
fn claims_that_are_refused() {
    after_a_day(|market| {
        let issued = market.certify("wind", &[hour(0), hour(1), hour(2)]).unwrap();
        let claim = |beneficiary: &str, from: u64, to: u64, certificates: &[String]| Order::Cancel {
            beneficiary: beneficiary.into(),
            from,
            to,
            certificates: all_of(certificates),
        };
        let mut code = |order| refused(market, "wind", order);
        assert_eq!(code(claim("nobody", hour(0), hour(1), &issued[..1])), "UNKNOWN_MEMBER");
        assert_eq!(code(claim("mill", hour(1), hour(1), &issued[..1])), "BAD_PERIOD");
        assert_eq!(code(claim("mill", hour(1), hour(0), &issued[..1])), "BAD_PERIOD");
        assert_eq!(code(claim("mill", hour(0) + 1, hour(1), &issued[..1])), "BAD_PERIOD");
        assert_eq!(code(claim("mill", hour(0), hour(745), &issued[..1])), "BAD_PERIOD");
        assert_eq!(code(claim("mill", hour(0), hour(744), &issued[..1])), "PERIOD_NOT_OVER");
        assert_eq!(code(claim("mill", hour(0), hour(1), &issued[5..])), "PRODUCED_LATER");
        assert_eq!(code(claim("shop", hour(0), hour(1), &issued[..1])), "CLAIM_EXCEEDS_CONSUMPTION");
        assert_eq!(code(claim("mill", hour(0), hour(1), &[])), "EMPTY_INSTRUCTION");
        let mill = Order::Cancel {
            beneficiary: "mill".into(),
            from: hour(0),
            to: hour(1),
            certificates: issued[..1].to_vec(),
        };
        assert_eq!(refused(market, "mill", mill), "NOT_OWNER");

        // The mill drew 9 MWh in three hours; all six certificates can be claimed for them, none twice.
        market.instruct(&[("wind", claim("mill", hour(0), hour(3), &issued[..5]))]).unwrap();
        assert_eq!(refused(market, "wind", claim("mill", hour(0), hour(3), &issued[..1])), "WRONG_STATE");
        assert_eq!(refused(market, "wind", claim("mill", hour(2), hour(3), &issued[5..])), "CLAIM_OVERLAPS");
        // Within one transaction as well.
        let both =
            [("wind", claim("mill", hour(3), hour(4), &[])), ("wind", claim("mill", hour(0), hour(3), &issued[5..]))];
        assert_eq!(code_of(market.instruct(&both)).unwrap(), "EMPTY_INSTRUCTION");
        market.instruct(&both[1..]).unwrap();
        for certificate in &issued {
            assert_eq!(market.certificate(certificate).unwrap().state, CertificateState::Cancelled);
            for order in [
                Order::List { price: 1, certificates: vec![certificate.clone()] },
                Order::Withdraw { certificates: vec![certificate.clone()] },
                Order::Split { certificate: certificate.clone(), energies: vec![1, MWH - 1] },
            ] {
                assert_eq!(refused(market, "wind", order), "WRONG_STATE", "cancelled is final");
            }
        }
    });
}

#[test]
fn time_runs_out() {
    after_a_day(|market| {
        let issued = market.certify("wind", &[hour(0)]).unwrap();
        let expires_ns = market.certificate(&issued[0]).unwrap().expires_ns;
        let expire = |market: &mut Market<'_>| {
            market.command(Organization::Dispatcher, "expire_certificates", args![issued.clone()])
        };
        assert_eq!(code_of(expire(market)).unwrap(), "NOT_EXPIRED");
        let list = Order::List { price: 1, certificates: issued.clone() };
        market.instruct(&[("wind", list.clone())]).unwrap();
        market.set_time(expires_ns - 1);
        market.instruct(&[("mill", Order::Lock { price: 1, certificates: issued.clone() })]).unwrap();
        market.set_time(expires_ns);
        let pay = Order::Pay { payee: "wind".into(), amount: 2_000_000, certificates: issued.clone() };
        assert_eq!(refused(market, "mill", pay), "CERTIFICATE_EXPIRED");
        assert_eq!(refused(market, "wind", list), "CERTIFICATE_EXPIRED");
        expire(market).unwrap();
        let expired = market.certificate(&issued[0]).unwrap();
        assert_eq!((expired.state, expired.offer, expired.lock), (CertificateState::Expired, None, None));
        assert_eq!(expired.change.actor, "DispatcherMSP");
        assert_eq!(code_of(expire(market)).unwrap(), "WRONG_STATE");
    });
}

/// An instruction as anybody could pass it on.
#[expect(clippy::needless_pass_by_value, reason = "callers make the list for this call")]
fn submit(market: &mut Market<'_>, signed: Vec<SignedInstruction>) -> Result<Instructed, Failure> {
    market.exchange(Organization::TradingCentre, "instruct", args![signed])
}

#[test]
fn instructions_that_are_not_the_members() {
    after_a_day(|market| {
        let [wind, mill] = ["wind", "mill"].map(|name| market.participant(name).unwrap().clone());
        let good = market.instruction("wind", 7, request(PLANT, &[hour(0)]));
        let mut code = |signed: SignedInstruction| code_of(submit(market, vec![signed])).unwrap();
        assert_eq!(code(mill.instruct(&good)), "BAD_SIGNATURE");
        assert_eq!(
            code(SignedInstruction { signature: Hexadecimal([0; 64]), ..wind.instruct(&good) }),
            "BAD_SIGNATURE"
        );
        assert_eq!(code(wind.instruct(&Instruction { channel: "elsewhere".into(), ..good.clone() })), "WRONG_CHANNEL");
        assert_eq!(code(wind.instruct(&Instruction { member: "nobody".into(), ..good.clone() })), "UNKNOWN_MEMBER");
        assert_eq!(
            code(wind.instruct(&Instruction { expires: START_NS + 24 * HOUR_NS, ..good.clone() })),
            "INSTRUCTION_EXPIRED"
        );
        // A bundle's digest has another prefix: what is signed for one is no signature for the other.
        let as_bundle = SignedInstruction { signature: wind.sign(&good.encode()), ..wind.instruct(&good) };
        assert_eq!(code(as_bundle), "BAD_SIGNATURE");

        submit(market, vec![wind.instruct(&good)]).unwrap();
        assert_eq!(code_of(submit(market, vec![wind.instruct(&good)])).unwrap(), "SEQUENCE_REPLAYED");
        let earlier = Instruction { sequence: 6, ..good.clone() };
        assert_eq!(code_of(submit(market, vec![wind.instruct(&earlier)])).unwrap(), "SEQUENCE_REPLAYED");
        let twice = market.instruction("wind", 8, request(PLANT, &[hour(1)]));
        assert_eq!(code_of(submit(market, vec![wind.instruct(&twice); 2])).unwrap(), "SEQUENCE_REPLAYED");
        let sequence: String = market.query("exchange", "last_sequence", args!["wind"]).unwrap();
        assert_eq!(sequence, "7");

        market.command(Organization::Regulator, "suspend_member", args!["wind", "why"]).unwrap();
        assert_eq!(code_of(submit(market, vec![wind.instruct(&twice)])).unwrap(), "MEMBER_SUSPENDED");
    });
}

#[test]
fn transactions_are_bounded() {
    after_a_day(|market| {
        let wind = market.participant("wind").unwrap().clone();
        let many = |count: u64, entries: usize, market: &Market<'_>| -> Vec<SignedInstruction> {
            let order = Order::Unlist { certificates: vec!["none".into(); entries] };
            (1..=count).map(|sequence| wind.instruct(&market.instruction("wind", sequence, order.clone()))).collect()
        };
        let signed = many(501, 1, market);
        assert_eq!(code_of(submit(market, signed)).unwrap(), "TOO_MANY_INSTRUCTIONS");
        let names: Vec<_> = (0..=2_000).map(|start_ns| GranuleName { device: PLANT.into(), start_ns }).collect();
        assert_eq!(code_of(market.audit(&names)).unwrap(), "TOO_MANY_CHANGES");
        assert_eq!(code_of(market.issue(&names)).unwrap(), "TOO_MANY_CHANGES");
        assert_eq!(code_of(market.publish(&vec!["none".to_owned(); 2_001])).unwrap(), "TOO_MANY_CHANGES");
        // Three hours of a gigawatt are more certificates than one transaction issues: the next one goes on.
        let large: Vec<_> = (10..13).map(|number| (PLANT.to_owned(), hour(number), 1_000 * MWH)).collect();
        market.record(&large).unwrap();
        let starts: Vec<_> = (10..13).map(hour).collect();
        market.instruct(&[("wind", request(PLANT, &starts))]).unwrap();
        market.audit(&granules(PLANT, &starts)).unwrap();
        let issued = market.issue(&granules(PLANT, &starts)).unwrap();
        assert_eq!(issued.certificates.len(), limits::CHANGES_MAX);
        market.instruct(&[("wind", request(PLANT, &[hour(0)]))]).unwrap();
        market.audit(&granules(PLANT, &[hour(0)])).unwrap();
        let rest: CertificatesIssued = market.issue(&granules(PLANT, &[hour(0)])).unwrap();
        assert_eq!(rest.certificates.len(), 1_002);
        assert_eq!(market.carried(PLANT).unwrap().issued_wh, 3_002 * MWH);
    });
}

#[test]
fn the_ledger_has_the_history() {
    after_a_day(|market| {
        let issued = market.certify("wind", &[hour(0)]).unwrap();
        let list = Order::List { price: 1, certificates: issued.clone() };
        market.instruct(&[("wind", list)]).unwrap();
        let history: Vec<CertificateRevision> =
            market.query("exchange", "certificate_history", args![issued[0].as_str()]).unwrap();
        let states: Vec<_> = history.iter().map(|revision| revision.certificate.state).collect();
        assert_eq!(states, [CertificateState::Listed, CertificateState::Published, CertificateState::Issued]);
        assert_eq!((history[0].at_ns, history[0].certificate.change.actor.as_str()), (market.now_ns(), "wind"));
        assert_eq!(history[2].certificate.change.actor, "TradingCentreMSP");
        let history: Vec<GranuleRevision> =
            market.query("exchange", "granule_history", args![PLANT, hour(0).to_string()]).unwrap();
        assert_eq!(history.len(), 3);
        let unknown = market.query::<Vec<CertificateRevision>>("exchange", "certificate_history", args!["none"]);
        assert_eq!(unknown.unwrap_err().code(), "UNKNOWN_CERTIFICATE");
    });
}

/// Sessions count with quarter-hour meters as well: all four must be there.
#[test]
fn an_hour_of_quarters() {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    market.register(&[Participant::new("wind", 11, 0)], MWH).unwrap();
    let [_, load] = Participant::new("wind", 11, 0).devices();
    let quarters = Device { device: "quarters".to_owned(), interval_s: 900, ..load };
    market.command(Organization::GridCompany, "register_devices", args![vec![quarters]]).unwrap();
    market.open(&parameters("s09", START_NS)).unwrap();
    market.set_time(START_NS + 50 * MINUTE_NS);
    market.expire("s09").unwrap();
    market.settle("s09").unwrap();
    market.set_time(START_NS + 120 * MINUTE_NS);
    market.meter("s09", &[("wind", 100_000)]).unwrap();
    let quarter = |number: u64| ("quarters".to_owned(), hour(1) + number * 15 * MINUTE_NS, 10_000);
    market.record(&[quarter(0), quarter(1), quarter(2)]).unwrap();
    assert_eq!(market.reconcile("s09").unwrap().accounts, 0, "a meter is missing");
    market.record(&[quarter(3)]).unwrap();
    assert_eq!(market.reconcile("s09").unwrap().members, 20_000 * 60_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done to a signed instruction on its way, it is carried out as it was signed or not at all.
    #[test]
    fn an_instruction_that_was_tampered_with_is_refused(
        place in any::<prop::sample::Index>(),
        to in any::<u8>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
        in_signature in any::<bool>(),
    ) {
        after_a_day(|market| {
            let wind = market.participant("wind").unwrap().clone();
            let honest = wind.instruct(&market.instruction("wind", 1, request(PLANT, &[hour(0)])));
            let mut signed = honest.clone();
            if in_signature {
                let place = place.index(64);
                signed.signature.0[place] = to;
            } else {
                let place = place.index(signed.instruction.0.len());
                signed.instruction.0[place] = to;
                if let Some(cut) = cut {
                    let length = cut.index(signed.instruction.0.len());
                    signed.instruction.0.truncate(length);
                }
            }
            let changed = signed != honest;
            let before = market.state();
            let result = submit(market, vec![signed]);
            assert_eq!(result.is_err(), changed, "{result:?}");
            assert_eq!(market.state() == before, changed);
        });
    }

    /// Neither does anything of no form at all.
    #[test]
    fn any_bytes_change_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        after_a_day(|market| {
            let signature = market.participant("wind").unwrap().sign(&bytes);
            let before = market.state();
            submit(market, vec![SignedInstruction { instruction: bytes.into(), signature }]).unwrap_err();
            assert!(market.state() == before);
        });
    }
}

#[test]
fn readings_say_what_evidence_they_have() {
    after_a_day(|market| {
        let reading = |evidence: u8| MeterReading {
            device: PLANT.to_owned(),
            start_ns: hour(7),
            energy_wh: 5 * KWH,
            evidence_hash: Hexadecimal([evidence; 32]),
        };
        let record = |market: &mut Market<'_>, evidence| {
            let recorded = market.exchange::<exchange::messages::ReadingsRecorded>(
                Organization::GridCompany,
                "record_readings",
                args![vec![reading(evidence)]],
            );
            recorded.unwrap().readings.first().map(|reading| reading.version)
        };
        // Other evidence is a new version, though it says the same.
        assert_eq!([record(market, 1), record(market, 1), record(market, 2)], [Some(1), None, Some(2)]);
    });
}
