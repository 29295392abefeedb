//! Random operations on devices, readings and certificates: whatever is asked for, what must hold holds after every step.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use exchange::messages::{CarriedEnergy, Certificate, CertificateState, ClaimedPeriod, Granule, Issuance, Reading};
use fabric_contract_api::{Value, args, from_json};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use rules::instruction::{Order, ReadingVersion};
use scenarios::scenarios::START_NS;
use scenarios::{KWH, MINUTE_NS, MWH, Market, Organization, Participant, TestLedger, granules};

const MEMBERS: [&str; 4] = ["wind", "roof", "mill", "shop"];
const HOUR_NS: u64 = 60 * MINUTE_NS;
const HOURS: u64 = 6;
/// 1 GW for an hour, and 5%.
const READING_WH_MAX: u64 = 1_050_000_000;

/// What somebody tries. Much of it is refused.
#[derive(Clone, Debug)]
enum Step {
    /// The meters of a member's plant or load are read, or a reading is corrected.
    Read {
        member: usize,
        plant: bool,
        hour: u64,
        kwh: u64,
    },
    /// Of a reading, by its device's owner or by another member.
    Request {
        reading: Index,
        by_owner: bool,
    },
    Recall {
        granule: Index,
    },
    Audit {
        granule: Index,
    },
    Reject {
        granule: Index,
    },
    /// Of one granule, or of two of one device.
    Issue {
        granule: Index,
        hour: Option<u64>,
    },
    /// Of all that are issued.
    Publish,
    /// Of the certificate's owner, or of another member.
    List {
        certificate: Index,
        price: i64,
        by_owner: bool,
    },
    Unlist {
        certificate: Index,
    },
    /// At the price of the offer, or at another one.
    Lock {
        certificate: Index,
        member: usize,
        exact: bool,
    },
    /// By the member that has locked it, or by another one.
    Release {
        certificate: Index,
        by_buyer: bool,
    },
    /// Of the member that has locked it, or of another one.
    Pay {
        certificate: Index,
        by_buyer: bool,
        exact: bool,
    },
    Split {
        certificate: Index,
        first_wh: u64,
        exact: bool,
    },
    Cancel {
        certificate: Index,
        beneficiary: usize,
        hour: u64,
        hours: u64,
    },
    Withdraw {
        certificate: Index,
    },
    Expire {
        certificate: Index,
    },
    /// Time passes: minutes, or more than two years.
    Wait {
        minutes: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (index, member, hour, price) = (any::<Index>, || 0..MEMBERS.len(), || 0..HOURS, || 0..3_i64);
    let mostly = || prop::bool::weighted(0.9);
    // The last is more than the capacity allows.
    let kwh = prop_oneof![30 => 0..3_000_u64, 1 => 0..9_000_u64, 1 => Just(1_050_001_u64)];
    let minutes = prop_oneof![10 => 1..60_u64, 1 => Just(2 * 366 * 24 * 60)];
    // Mostly until the last hour that is read.
    let hours = prop::option::weighted(0.2, 1..5_u64);
    prop_oneof![
        4 => (member(), any::<bool>(), hour(), kwh)
            .prop_map(|(member, plant, hour, kwh)| Step::Read { member, plant, hour, kwh }),
        4 => (index(), mostly()).prop_map(|(reading, by_owner)| Step::Request { reading, by_owner }),
        1 => index().prop_map(|granule| Step::Recall { granule }),
        5 => index().prop_map(|granule| Step::Audit { granule }),
        1 => index().prop_map(|granule| Step::Reject { granule }),
        5 => (index(), prop::option::weighted(0.2, hour())).prop_map(|(granule, hour)| Step::Issue { granule, hour }),
        3 => Just(Step::Publish),
        5 => (index(), price(), mostly())
            .prop_map(|(certificate, price, by_owner)| Step::List { certificate, price, by_owner }),
        2 => index().prop_map(|certificate| Step::Unlist { certificate }),
        9 => (index(), member(), mostly())
            .prop_map(|(certificate, member, exact)| Step::Lock { certificate, member, exact }),
        3 => (index(), mostly()).prop_map(|(certificate, by_buyer)| Step::Release { certificate, by_buyer }),
        6 => (index(), mostly(), mostly())
            .prop_map(|(certificate, by_buyer, exact)| Step::Pay { certificate, by_buyer, exact }),
        2 => (index(), 1..1_000_000_u64, mostly())
            .prop_map(|(certificate, first_wh, exact)| Step::Split { certificate, first_wh, exact }),
        6 => (index(), member(), hour(), hours).prop_map(|(certificate, beneficiary, hour, hours)| {
            Step::Cancel { certificate, beneficiary, hour, hours: hours.unwrap_or(HOURS - hour) }
        }),
        1 => index().prop_map(|certificate| Step::Withdraw { certificate }),
        2 => index().prop_map(|certificate| Step::Expire { certificate }),
        1 => minutes.prop_map(|minutes| Step::Wait { minutes }),
    ]
}

/// Everything on the ledger that has to do with certificates, as it lies there.
#[derive(Clone, Default, PartialEq)]
struct Picture {
    readings: BTreeMap<(String, u64), Reading>,
    /// The most that any version of a reading has said.
    most: BTreeMap<(String, u64), u64>,
    granules: BTreeMap<(String, u64), Granule>,
    carries: BTreeMap<String, CarriedEnergy>,
    issuances: BTreeMap<String, Issuance>,
    certificates: BTreeMap<String, Certificate>,
    holdings: BTreeSet<(String, String)>,
    claims: Vec<ClaimedPeriod>,
    balances: i128,
}

impl Picture {
    fn of(market: &mut Market<'_>) -> Self {
        let mut picture = Self { balances: market.sum_of_balances(), ..Self::default() };
        for entry in market.state() {
            let parts: Vec<&str> = entry.key.trim_matches('\0').split('\0').collect();
            match parts[..] {
                ["reading" | "reading-version", ..] => {
                    let reading: Reading = read(&entry.value);
                    let key = (reading.device.clone(), reading.start_ns);
                    let most = picture.most.entry(key.clone()).or_default();
                    *most = reading.energy_wh.max(*most);
                    if parts[0] == "reading" {
                        picture.readings.insert(key, reading);
                    }
                }
                ["granule", ..] => {
                    let granule: Granule = read(&entry.value);
                    picture.granules.insert((granule.device.clone(), granule.start_ns), granule);
                }
                ["carry", device] => drop(picture.carries.insert(device.to_owned(), read(&entry.value))),
                ["issuance", code] => drop(picture.issuances.insert(code.to_owned(), read(&entry.value))),
                ["certificate", name] => drop(picture.certificates.insert(name.to_owned(), read(&entry.value))),
                ["holding", owner, name] => drop(picture.holdings.insert((owner.to_owned(), name.to_owned()))),
                ["claim", ..] => picture.claims.push(read(&entry.value)),
                _ => {}
            }
        }
        picture
    }

    /// Keys of what is certified.
    fn certified(&self) -> BTreeSet<&(String, u64)> {
        let issued = self.granules.iter().filter(|(_, granule)| granule.state == CertificateState::Issued);
        issued.map(|(key, _)| key).collect()
    }

    /// What must hold whatever happened.
    fn check(&self) {
        assert_eq!(self.balances, 0, "accounts add up to zero");
        self.check_energy();
        self.check_ranges();
        self.check_claims();
        let owners = self.certificates.iter().map(|(name, certificate)| (certificate.owner.clone(), name.clone()));
        assert_eq!(self.holdings, owners.collect(), "everybody's certificates");
    }

    /// Wh are conserved through aggregation, each reading counts once, and none is beyond the device's capacity.
    fn check_energy(&self) {
        let mut used = BTreeMap::<(String, u64), u64>::new();
        for (device, carry) in &self.carries {
            let issuances = || self.issuances.values().filter(|issuance| issuance.device == *device);
            let carried: u64 = carry.sources.iter().map(|source| source.energy_wh).sum();
            assert_eq!(carry.certified_wh + carry.debt_wh, carry.issued_wh + carried, "{device}");
            let certified = self.granules.values().filter(|granule| granule.device == *device);
            let certified = certified.filter(|granule| granule.state == CertificateState::Issued);
            assert_eq!(carry.certified_wh, certified.map(|granule| granule.energy_wh).sum::<u64>(), "{device}");
            assert_eq!(carry.issued_wh, issuances().map(|issuance| issuance.energy_wh).sum::<u64>(), "{device}");
            assert_eq!(carry.certificates, issuances().count() as u64, "{device}");
            for source in issuances().flat_map(|issuance| &issuance.sources).chain(&carry.sources) {
                *used.entry((device.clone(), source.start_ns)).or_default() += source.energy_wh;
            }
        }
        for issuance in self.issuances.values() {
            let sources: u64 = issuance.sources.iter().map(|source| source.energy_wh).sum();
            assert_eq!(issuance.energy_wh, sources, "{}", issuance.issuance);
            assert_eq!(issuance.energy_wh, MWH, "{}", issuance.issuance);
        }
        for (key, used) in used {
            // After a correction downwards the certificates may still have what an earlier version said; corrections that
            // go up and down again can bring new energy of the interval into others, never without a debt in between.
            let issued_granule = self.granules.get(&key).is_some_and(|it| it.state == CertificateState::Issued);
            assert!(issued_granule, "{key:?} is used and not certified");
            let debts: u64 = self.carries.values().map(|carry| carry.debt_wh).sum();
            let corrected = self.granules[&key].version > 1 || debts > 0;
            assert!(corrected || used <= self.most[&key], "{key:?}: {used} Wh of {} Wh", self.most[&key]);
        }
        for ((device, start_ns), granule) in self.granules.iter().filter(|(_, it)| it.state == CertificateState::Issued)
        {
            let reading = &self.readings[&(device.clone(), *start_ns)];
            assert_eq!(
                (granule.version, granule.energy_wh),
                (reading.version, reading.energy_wh),
                "the latest reading"
            );
        }
        assert!(self.readings.values().all(|reading| reading.energy_wh <= READING_WH_MAX), "within capacity");
    }

    /// The certificates of an issuance that are not split cover it once.
    fn check_ranges(&self) {
        for (code, issuance) in &self.issuances {
            let all = self.certificates.values().filter(|certificate| certificate.issuance == *code);
            let mut ranges: Vec<_> = all
                .filter(|certificate| certificate.state != CertificateState::Split)
                .map(|certificate| (certificate.from_wh, certificate.to_wh))
                .collect();
            ranges.sort_unstable();
            let mut covered = 0;
            for (from, to) in ranges {
                assert!(from == covered && to > from, "{code}: {from} to {to} after {covered}");
                covered = to;
            }
            assert_eq!(covered, issuance.energy_wh, "{code}");
        }
    }

    /// A beneficiary's periods do not overlap, and claims are what was cancelled for them, and no more than was drawn.
    fn check_claims(&self) {
        for claim in &self.claims {
            let cancelled = self.certificates.values().filter(|certificate| {
                certificate.claim.as_ref().is_some_and(|it| {
                    (&it.beneficiary, it.from_ns, it.to_ns) == (&claim.beneficiary, claim.from_ns, claim.to_ns)
                })
            });
            assert_eq!(claim.claimed_wh, cancelled.map(Certificate::energy_wh).sum::<u64>(), "{claim:?}");
            assert!(claim.claimed_wh <= claim.consumed_wh, "{claim:?}");
            let overlaps = |other: &&ClaimedPeriod| {
                *other != claim
                    && other.beneficiary == claim.beneficiary
                    && other.from_ns < claim.to_ns
                    && claim.from_ns < other.to_ns
            };
            assert_eq!(self.claims.iter().find(overlaps), None, "{claim:?}");
        }
        let claimed = self.certificates.values().filter(|certificate| certificate.claim.is_some());
        assert!(claimed.clone().all(|certificate| certificate.state == CertificateState::Cancelled));
        let sum: u64 = claimed.map(Certificate::energy_wh).sum();
        assert_eq!(sum, self.claims.iter().map(|claim| claim.claimed_wh).sum::<u64>());
    }

    /// What must hold between two pictures with this step between them.
    fn check_after(&self, before: &Self, step: &Step) {
        for (name, certificate) in &before.certificates {
            let state = rules::certificate::State::from(certificate.state);
            if state.is_final() {
                assert_eq!(self.certificates.get(name), Some(certificate), "what is over stays over");
            }
        }
        for (code, issuance) in &before.issuances {
            assert_eq!(self.issuances.get(code), Some(issuance), "an issuance never changes");
        }
        let (before, now) = (before.certified(), self.certified());
        assert!(now.is_superset(&before), "what is certified stays certified");
        assert!(now == before || matches!(step, Step::Issue { .. }), "certified by the mint only: {step:?}");
    }
}

fn read<T: Value>(value: &[u8]) -> T {
    from_json(value).unwrap()
}

fn hour_ns(hour: u64) -> u64 {
    START_NS + hour * HOUR_NS
}

/// Tries a step; says what was done if it was.
fn take(market: &mut Market<'_>, picture: &Picture, step: &Step) -> Option<&'static str> {
    let pick = |index: &Index| (!picture.certificates.is_empty()).then(|| index.get(&certificates(picture)).clone());
    let orders = |market: &mut Market<'_>, member: &str, order| market.instruct(&[(member, order)]).is_ok();
    match step {
        Step::Read { member, plant, hour, kwh } => {
            let device = format!("{}-{}", MEMBERS[*member], if *plant { "plant" } else { "load" });
            market.record(&[(device, hour_ns(*hour), kwh * KWH)]).is_ok().then_some("read")
        }
        Step::Request { reading, by_owner } => {
            let plants: Vec<_> =
                picture.readings.values().filter(|reading| reading.device.ends_with("-plant")).collect();
            let reading = (!plants.is_empty()).then(|| *reading.get(&plants))?;
            let owner = if *by_owner { reading.device.trim_end_matches("-plant") } else { "shop" };
            let readings = vec![ReadingVersion { start: reading.start_ns, version: reading.version }];
            orders(market, owner, Order::Request { device: reading.device.clone(), readings }).then_some("request")
        }
        Step::Recall { granule } => {
            let (device, start) = pick_granule(picture, granule)?;
            let owner = device.trim_end_matches("-plant").to_owned();
            orders(market, &owner, Order::Recall { device, starts: vec![start] }).then_some("recall")
        }
        Step::Audit { granule } => {
            let (device, start) = pick_granule(picture, granule)?;
            market.audit(&granules(&device, &[start])).is_ok().then_some("audit")
        }
        Step::Reject { granule } => {
            let (device, start) = pick_granule(picture, granule)?;
            let granules = granules(&device, &[start]);
            let rejected = market.command(Organization::Regulator, "reject_granules", args![granules, "why"]);
            rejected.is_ok().then_some("reject")
        }
        Step::Issue { granule, hour } => {
            let (device, start) = pick_granule(picture, granule)?;
            let starts: Vec<_> = [start].into_iter().chain(hour.map(hour_ns)).collect();
            market.issue(&granules(&device, &starts)).is_ok().then_some("issue")
        }
        Step::Publish => {
            let issued = picture.certificates.values().filter(|it| it.state == CertificateState::Issued);
            let issued: Vec<_> = issued.map(|certificate| certificate.certificate.clone()).collect();
            (!issued.is_empty() && market.publish(&issued).is_ok()).then_some("publish")
        }
        Step::List { certificate, price, by_owner } => {
            let certificate = pick(certificate)?;
            let member = if *by_owner { certificate.owner.as_str() } else { "shop" };
            let order = Order::List { price: *price, certificates: vec![certificate.certificate.clone()] };
            orders(market, member, order).then_some("list")
        }
        Step::Unlist { certificate } => {
            let certificate = pick(certificate)?;
            let order = Order::Unlist { certificates: vec![certificate.certificate] };
            orders(market, &certificate.owner, order).then_some("unlist")
        }
        Step::Lock { certificate, member, exact } => {
            let certificate = pick(certificate)?;
            let price = certificate.offer.as_ref().map_or(0, |offer| offer.price) + i64::from(!exact);
            let order = Order::Lock { price, certificates: vec![certificate.certificate] };
            orders(market, MEMBERS[*member], order).then_some("lock")
        }
        Step::Release { certificate, by_buyer } => {
            let certificate = pick(certificate)?;
            let buyer = certificate.lock.as_ref().filter(|_| *by_buyer).map_or("shop", |lock| lock.buyer.as_str());
            let order = Order::Release { certificates: vec![certificate.certificate.clone()] };
            orders(market, buyer, order).then_some("release")
        }
        Step::Pay { certificate, by_buyer, exact } => {
            let certificate = pick(certificate)?;
            let buyer = certificate.lock.as_ref().filter(|_| *by_buyer).map_or("shop", |lock| lock.buyer.as_str());
            let price = certificate.offer.as_ref().map_or(0, |offer| offer.price.unsigned_abs());
            let amount = price * certificate.energy_wh() + u64::from(!exact);
            let certificates = vec![certificate.certificate.clone()];
            let order = Order::Pay { payee: certificate.owner.clone(), amount, certificates };
            orders(market, buyer, order).then_some("pay")
        }
        Step::Split { certificate, first_wh, exact } => {
            let certificate = pick(certificate)?;
            let rest = certificate.energy_wh().saturating_sub(*first_wh) + u64::from(!exact);
            let order = Order::Split { certificate: certificate.certificate, energies: vec![*first_wh, rest] };
            orders(market, &certificate.owner, order).then_some("split")
        }
        Step::Cancel { certificate, beneficiary, hour, hours } => {
            let certificate = pick(certificate)?;
            let order = Order::Cancel {
                beneficiary: MEMBERS[*beneficiary].to_owned(),
                from: hour_ns(*hour),
                to: hour_ns(hour + hours),
                certificates: vec![certificate.certificate],
            };
            orders(market, &certificate.owner, order).then_some("cancel")
        }
        Step::Withdraw { certificate } => {
            let certificate = pick(certificate)?;
            let order = Order::Withdraw { certificates: vec![certificate.certificate] };
            orders(market, &certificate.owner, order).then_some("withdraw")
        }
        Step::Expire { certificate } => {
            let certificates = vec![pick(certificate)?.certificate];
            let expired = market.command(Organization::Regulator, "expire_certificates", args![certificates]);
            expired.is_ok().then_some("expire")
        }
        Step::Wait { minutes } => {
            market.set_time(market.now_ns() + minutes * MINUTE_NS);
            None
        }
    }
}

/// A granule, mostly one that is not issued.
fn pick_granule(picture: &Picture, index: &Index) -> Option<(String, u64)> {
    let is_issued = |granule: &&Granule| granule.state == CertificateState::Issued;
    let waiting = picture.granules.values().filter(|granule| !is_issued(granule));
    let keys = waiting.chain(picture.granules.values().filter(is_issued).take(1));
    let keys: Vec<_> = keys.map(|granule| (granule.device.clone(), granule.start_ns)).collect();
    (!keys.is_empty()).then(|| index.get(&keys).clone())
}

/// Those that something can still happen to come first in line, with one that is over among them.
fn certificates(picture: &Picture) -> Vec<Certificate> {
    let is_over = |certificate: &&Certificate| rules::certificate::State::from(certificate.state).is_final();
    let alive = picture.certificates.values().filter(|certificate| !is_over(certificate)).take(6);
    alive.chain(picture.certificates.values().filter(is_over).take(1)).cloned().collect()
}

#[test]
fn whatever_is_tried_what_must_hold_holds() {
    let done = RefCell::new(BTreeMap::<&str, usize>::new());
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let sequences = prop::collection::vec(step(), 150..300);
    let run = TestRunner::new(config).run(&sequences, |steps| {
        let mut ledger = TestLedger::new("market");
        let mut market = Market::new(&mut ledger, "market", START_NS);
        let members = MEMBERS.map(|name| Participant::new(name, 11, 0));
        market.register(&members, MWH).unwrap();
        market.set_time(START_NS + 24 * HOUR_NS);
        let mut before = Picture::of(&mut market);
        for step in steps {
            let taken = take(&mut market, &before, &step);
            let now = Picture::of(&mut market);
            match taken {
                Some(name) => *done.borrow_mut().entry(name).or_default() += 1,
                None => assert!(now == before, "what is refused changes nothing: {step:?}"),
            }
            now.check();
            now.check_after(&before, &step);
            before = now;
        }
        Ok(())
    });
    run.unwrap();
    // The test is worth something: everything was done, and more than once.
    let done = done.into_inner();
    for name in [
        "read", "request", "recall", "audit", "reject", "issue", "publish", "list", "unlist", "lock", "release", "pay",
        "split", "cancel", "withdraw", "expire",
    ] {
        assert!(done.get(name).copied().unwrap_or(0) >= 2, "{name}: {done:?}");
    }
}
