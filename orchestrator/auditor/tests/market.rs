//! Ledgers of the market, made on the embedded network: honest ones are in order, and what organizations that collude
//! put on them is found where they did it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/network.rs"]
mod network;
mod support;

use std::collections::BTreeSet;
use std::fs;

use auditor::packages::Packages;
use auditor::source::{BlockFiles, Deliver};
use auditor::{Code, Options, Report, audit};
use declaration::encoding::Hexadecimal;
use exchange::messages::{Branch, Feeder, MeterReading, PricingRule};
use fabric_contract_api::args;
use fabric_protos::common::Block;
use fabric_protos::kvrwset::KvWrite;
use network::{CHANNEL, Computed, Ledger};
use prost::Message;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scenarios::scenarios::{ALL, START_NS};
use scenarios::{Call, MINUTE_NS, MWH, Market, Organization, Participant, bundle_key, buy, expect, parameters, sell};
use support::{add_record, audit_file, codes};

fn audit_network(ledger: &Ledger) -> Report {
    audit(BlockFiles::open(&ledger.blocks()).unwrap(), &Options::default()).unwrap()
}

#[test]
fn every_scenario_is_in_order_but_for_what_one_organization_forged() {
    for (name, scenario) in ALL {
        let ledger = Ledger::start();
        scenario(&mut Market::new(&mut ledger.network.clone(), CHANNEL, START_NS))
            .unwrap_or_else(|mismatch| panic!("{name}: {mismatch}"));
        let report = audit_network(&ledger);
        let mut expected = BTreeSet::new();
        if name == "forged-bundles" {
            // They are on the ledger, and clearing has left them out.
            expected.insert(Code::DishonestDeclaration);
            assert!(report.findings.iter().all(|finding| finding.message.starts_with("endorsed by RegulatorMSP")
                || finding.message.starts_with("endorsed by TradingCentreMSP")
                || finding.message.starts_with("endorsed by DispatcherMSP")));
        }
        assert_eq!(codes(&report), expected, "{name}: {:#?}", report.findings);
        assert!(report.market.sessions > 0 && report.market.declarations > 0, "{name}");
    }
}

/// A market in which each forgery has a session of its own.
struct Stage<'a> {
    ledger: Ledger,
    market: Market<'a>,
    hour: u64,
    expected: Vec<(String, Code)>,
}

const CONSENSUS: [Organization; 3] = Organization::CONSENSUS;

impl<'a> Stage<'a> {
    fn new(ledger: &'a mut Ledger) -> Self {
        let shared = ledger.clone();
        let mut market = Market::new(&mut ledger.network, CHANNEL, START_NS);
        let members = [("wind", 11, 0), ("roof", 12, 1), ("mill", 21, 0), ("shop", 22, 1)];
        let members = members.map(|(name, point, class)| Participant::new(name, point, class));
        market.register(&members, 100 * MWH).unwrap();
        let branch = |from, to, limit_w| Branch { from, to, resistance_uohm: 1_000, reactance_uohm: 1_000, limit_w };
        let feeder = Feeder {
            feeder: "F1".to_owned(),
            source_point: 1,
            source_voltage_v: 20_000,
            lowest_voltage_ppm: 930_000,
            highest_voltage_ppm: 1_070_000,
            branches: vec![
                branch(1, 11, 90_000_000),
                branch(11, 12, 90_000_000),
                branch(1, 21, 2_500_000),
                branch(21, 22, 90_000_000),
            ],
            loads: Vec::new(),
        };
        market.command(Organization::Dispatcher, "set_feeder", args![feeder]).unwrap();
        Self { ledger: shared, market, hour: 0, expected: Vec::new() }
    }

    fn at(&mut self, minutes: u64) {
        self.market.set_time(START_NS + (60 * self.hour + minutes) * MINUTE_NS);
    }

    /// Opens the next session, with orders from four members in its first round.
    fn open(&mut self, rule: PricingRule, feeder: Option<&str>) -> String {
        self.hour += 1;
        let session = format!("s{}", self.hour);
        self.at(0);
        let mut terms = parameters(&session, self.market.now_ns());
        terms.pricing.rule = rule;
        terms.feeder = feeder.map(str::to_owned);
        self.market.open(&terms).unwrap();
        let orders: [(&str, &[_]); 4] = [
            ("wind", &[sell(1, 30_000, 2 * MWH), sell(2, 50_000, MWH)]),
            ("roof", &[sell(1, 31_000, MWH)]),
            ("mill", &[buy(1, 45_000, MWH), buy(2, 36_000, 2 * MWH)]),
            ("shop", &[buy(1, 40_000, 2 * MWH)]),
        ];
        for (minutes, (member, orders)) in (1..).zip(orders) {
            self.at(minutes);
            let bundle = self.market.bundle(member, &session, 1, 1, orders).unwrap();
            self.market.declare(&bundle).unwrap();
        }
        self.at(15);
        session
    }

    fn call(&self, client: Organization, function: &'static str, arguments: Vec<Vec<u8>>) -> Call {
        self.market.call(client, "exchange", function, arguments)
    }

    /// The three collude over a function's result.
    fn forge(&mut self, call: &Call, code: Code, change: impl FnOnce(&mut Computed<'_>)) {
        let id = self.ledger.collude(&CONSENSUS, call, call, change);
        self.expected.push((id, code));
    }

    /// Readings of the hour that has just passed.
    fn readings(&self) -> Vec<MeterReading> {
        let start_ns = self.market.now_ns() - 60 * MINUTE_NS;
        let reading = |(device, energy_wh): (&str, u64)| MeterReading {
            device: device.to_owned(),
            start_ns,
            energy_wh,
            evidence_hash: Hexadecimal([7; 32]),
        };
        [("wind-plant", 1_000), ("wind-load", 1_000)].map(reading).to_vec()
    }

    /// The three hand in a function's honest result as if it had been called just before it may be, which is so many
    /// minutes after the session's start.
    fn backdate(&mut self, client: Organization, function: &'static str, arguments: Vec<Vec<u8>>, due: u64) {
        self.at(due);
        let honest = self.call(client, function, arguments);
        let early = Call { timestamp_ns: honest.timestamp_ns - 1, ..honest.clone() };
        let id = self.ledger.collude(&CONSENSUS, &honest, &early, |_| {});
        self.expected.push((id, Code::StepRefused));
    }

    /// A clearing that they forge, of a session of its own.
    fn forge_clearing(&mut self, rule: PricingRule, code: Code, change: impl FnOnce(&mut Computed<'_>)) {
        let session = self.open(rule, None);
        self.market.seal(&session).unwrap();
        let call = self.call(Organization::Dispatcher, "clear", args![session]);
        self.forge(&call, code, change);
    }

    /// A session whose first round is cleared honestly.
    fn cleared(&mut self) -> String {
        let session = self.open(PricingRule::KDoubleAuction, None);
        self.market.seal(&session).unwrap();
        self.market.clear(&session).unwrap();
        session
    }
}

#[test]
fn what_all_three_consensus_organizations_forge_together_is_found() {
    let mut ledger = Ledger::start();
    let mut stage = Stage::new(&mut ledger);
    let k = PricingRule::KDoubleAuction;

    // The trades.
    stage.forge_clearing(k, Code::NotOptimal, |computed| {
        computed.change_trades(|trades| trades.truncate(trades.len() - 1));
    });
    stage.forge_clearing(k, Code::NotOptimal, |computed| {
        computed.change_trades(|trades| {
            let last = trades.last_mut().unwrap();
            last.trade.volume -= MWH / 2;
            last.carried_wh = last.trade.volume;
        });
    });
    stage.forge_clearing(k, Code::TradeOrder, |computed| computed.change_trades(|trades| trades.reverse()));
    stage.forge_clearing(k, Code::PairPrice, |computed| {
        computed.change_trades(|trades| trades[0].trade.seller_net += 1);
    });
    stage.forge_clearing(PricingRule::Uniform, Code::UniformPrice, |computed| {
        computed.change_trades(|trades| trades[0].trade.seller_net += 1);
    });
    stage.forge_clearing(k, Code::SellerLoses, |computed| {
        computed.change_trades(|trades| trades[0].trade.seller_net = 0);
    });
    stage.forge_clearing(k, Code::FeeNotFromTable, |computed| {
        computed.change_trades(|trades| trades[0].trade.fee += 1);
    });
    stage.forge_clearing(k, Code::Overfilled, |computed| {
        computed.change_trades(|trades| trades[0].trade.volume += 9 * MWH);
    });
    stage.forge_clearing(k, Code::UnknownOrEmptyTrade, |computed| {
        computed.change_trades(|trades| trades[0].trade.ask = 77);
    });
    stage.forge_clearing(k, Code::GridCheck, |computed| {
        computed.change_trades(|trades| trades[0].carried_wh -= 1);
    });
    // What is said about them, and what follows.
    stage.forge_clearing(k, Code::Book, |computed| {
        computed.change_writes("exchange", "book", |page| *page.last_mut().unwrap() = 6);
    });
    stage.forge_clearing(k, Code::RoundResult, |computed| computed.replace("result", "\"TRADED\"", "\"ONE_SIDED\""));
    stage.forge_clearing(k, Code::LeftOut, |computed| {
        let left_out = r#""left_out":[{"member":"wind","sequence":1,"code":"BAD_SIGNATURE"}]"#;
        computed.replace("result", r#""left_out":[]"#, left_out);
    });
    stage.forge_clearing(k, Code::SessionProgress, |computed| {
        computed.replace("progress", "\"round\":2", "\"round\":3");
    });
    stage.forge_clearing(k, Code::SessionProgress, |computed| {
        computed.change_writes("exchange", "standing", |page| *page.last_mut().unwrap() ^= 1);
    });
    stage.forge_clearing(k, Code::WrongWrite, |computed| {
        computed.change_writes("declaration", "round", |record| {
            *record = String::from_utf8(record.clone()).unwrap().replace("\"OPEN\"", "\"ENDED\"").into_bytes();
        });
    });
    stage.forge_clearing(k, Code::MissingWrite, |computed| {
        computed.edit("declaration", |set| set.writes.retain(|write| !write.key.starts_with("\0position\0")));
    });
    stage.forge_clearing(k, Code::WrongEvent, |computed| {
        let mut event = fabric_protos::protos::ChaincodeEvent::decode(computed.action.events.as_slice()).unwrap();
        event.payload = String::from_utf8(event.payload).unwrap().replace("TRADED", "ONE_SIDED").into_bytes();
        computed.action.events = event.encode_to_vec();
    });

    // Bundles.
    let session = stage.open(k, None);
    let call = stage.call(Organization::TradingCentre, "seal", args![session.as_str()]);
    stage.forge(&call, Code::SealList, |computed| {
        computed.change_writes("exchange", "seal", |page| {
            // One bundle less: the last one has a name of four letters.
            page[3] -= 1;
            page.truncate(page.len() - (1 + 4 + 8 + 32));
        });
    });
    let session = stage.open(k, None);
    let key = bundle_key(&session, 1, "wind", 1).unwrap();
    let call = stage.call(Organization::TradingCentre, "seal", args![session.as_str()]);
    stage.forge(&call, Code::UnexpectedWrite, |computed| {
        computed.edit("declaration", |set| {
            set.writes.push(KvWrite { key, is_delete: true, value: Vec::new() });
            set.writes.sort_by(|one, other| one.key.cmp(&other.key));
        });
    });

    // Members, meters, money.
    let stranger = Participant::new("stranger", 99, 0).registration(&["A1/20kV"], MWH, MWH);
    let call = stage.call(Organization::TradingCentre, "register_members", args![vec![stranger]]);
    stage.forge(&call, Code::WrongWrite, |computed| {
        computed.replace("member", "\"sell_limit_wh\":\"1000000\"", "\"sell_limit_wh\":\"9000000\"");
    });
    let session = stage.cleared();
    stage.market.expire(&session).unwrap_err();
    stage.at(50);
    stage.market.expire(&session).unwrap();
    let call = stage.call(Organization::TradingCentre, "settle", args![session.as_str()]);
    let mut first = true;
    stage.forge(&call, Code::BalanceSum, |computed| {
        computed.change_writes("exchange", "account", |balance| {
            if std::mem::take(&mut first) {
                *balance = b"\"123\"".to_vec();
            }
        });
    });
    stage.at(120);
    let readings = stage.readings();
    let call = stage.call(Organization::GridCompany, "record_readings", args![readings]);
    stage.forge(&call, Code::Settlement, |computed| computed.replace("reading", "1000", "9000"));
    let call = stage.call(Organization::Regulator, "reconcile", args![session.as_str()]);
    stage.forge(&call, Code::Settlement, |computed| {
        computed.change_writes("exchange", "posting", |posting| {
            *posting =
                String::from_utf8(posting.clone()).unwrap().replace("\"amount\":\"", "\"amount\":\"1").into_bytes();
        });
    });

    // An honest result at another time, or for another caller.
    let session = stage.open(k, None);
    for (client, function, due) in [
        (Organization::TradingCentre, "seal", 15),
        (Organization::Dispatcher, "clear", 15),
        (Organization::Dispatcher, "expire", 50),
        (Organization::TradingCentre, "settle", 45),
    ] {
        stage.backdate(client, function, args![session.as_str()], due);
    }
    stage.at(120);
    let readings = stage.readings();
    stage.backdate(Organization::GridCompany, "record_readings", args![readings], 120);
    stage.backdate(Organization::Regulator, "reconcile", args![session.as_str()], 120);
    let session = stage.open(k, None);
    let honest = stage.call(Organization::TradingCentre, "seal", args![session.as_str()]);
    let other = Call { client: Organization::LargeUser, ..honest.clone() };
    let id = stage.ledger.collude(&CONSENSUS, &honest, &other, |_| {});
    stage.expected.push((id, Code::Caller));

    let report = audit_network(&stage.ledger);
    for (id, code) in &stage.expected {
        let found = |finding: &&auditor::Finding| finding.transaction.as_deref() == Some(id) && finding.code == *code;
        let finding = report.findings.iter().find(found);
        let of_transaction =
            || report.findings.iter().filter(|one| one.transaction.as_deref() == Some(id)).collect::<Vec<_>>();
        let finding = finding.unwrap_or_else(|| panic!("{code} is not found: {:#?}", of_transaction()));
        assert!(finding.block.is_some() && finding.channel == CHANNEL);
    }
    // A forgery is found where it was made, and honest transactions before and after it are not blamed.
    let forged: BTreeSet<_> = stage.expected.iter().map(|(id, _)| Some(id.clone())).collect();
    let blamed: Vec<_> = report.findings.iter().filter(|finding| !forged.contains(&finding.transaction)).collect();
    assert!(blamed.is_empty(), "{blamed:#?}");
}

#[test]
fn a_feeder_limits_what_is_traded() {
    let mut ledger = Ledger::start();
    let mut stage = Stage::new(&mut ledger);
    let session = stage.open(PricingRule::KDoubleAuction, Some("F1"));
    stage.market.seal(&session).unwrap();
    let result = stage.market.clear(&session).unwrap();
    expect("what the line to the consumers carries", result.volume_wh, 2_500_000).unwrap();
    assert_eq!(audit_network(&stage.ledger).findings, []);

    // They let through what the feeder does not carry.
    let session = stage.open(PricingRule::KDoubleAuction, Some("F1"));
    stage.market.seal(&session).unwrap();
    let call = stage.call(Organization::Dispatcher, "clear", args![session]);
    stage.forge(&call, Code::GridCheck, |computed| {
        computed.change_trades(|trades| trades.iter_mut().for_each(|entry| entry.carried_wh = entry.trade.volume));
    });
    assert_eq!(codes(&audit_network(&stage.ledger)), [Code::GridCheck].into_iter().collect());
}

#[test]
fn a_peer_of_the_auditors_choice_shows_the_same_ledger() {
    let mut ledger = Ledger::start();
    let mut stage = Stage::new(&mut ledger);
    stage.cleared();
    let from_files = audit_network(&stage.ledger);
    for organization in Organization::ALL {
        let blocks = Deliver::open(&stage.ledger.peer(organization), CHANNEL).unwrap();
        let delivered = audit(blocks, &Options::default()).unwrap();
        assert_eq!(format!("{delivered:?}"), format!("{from_files:?}"));
        assert!(delivered.is_clean() && delivered.market.rounds == 1);
    }
}

#[test]
fn an_organization_with_another_module_is_named() {
    let ledger = Ledger::start_with(exchange::messages::ENDORSEMENT_POLICY, &[("dispatcher", "benchmark")]);
    let mut options = Options::default();
    options.packages.add_data_dir(ledger.data_dir(), CHANNEL).unwrap();
    let report = audit(BlockFiles::open(&ledger.blocks()).unwrap(), &options).unwrap();
    assert_eq!(codes(&report), [Code::PackageModule].into_iter().collect());
    assert!(report.findings[0].message.contains("dispatcher has module"), "{}", report.findings[0]);
    let packages = |name: &str| {
        let chaincode = report.chaincodes.iter().find(|chaincode| chaincode.name == name).unwrap();
        chaincode.packages.len()
    };
    assert_eq!((packages("declaration"), packages("exchange")), (5, 4));

    // A package file that is not what was approved.
    let folder = ledger.data_dir().join("peers/regulator/chaincodes");
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() / 2;
    bytes[last] ^= 1;
    fs::write(&file, bytes).unwrap();
    let mut options = Options { packages: Packages::default(), ..Options::default() };
    options.packages.add_data_dir(ledger.data_dir(), CHANNEL).unwrap();
    let report = audit(BlockFiles::open(&ledger.blocks()).unwrap(), &options).unwrap();
    assert!(codes(&report).contains(&Code::PackageDamaged), "{:?}", report.findings);
}

#[test]
fn a_policy_that_can_do_without_one_of_the_three_is_found() {
    let ledger =
        Ledger::start_with("OutOf(2, 'RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')", &[]);
    let report = audit_network(&ledger);
    let messages: Vec<_> = report.findings.iter().map(|finding| (finding.code, finding.message.as_str())).collect();
    let can_do_without =
        ["RegulatorMSP", "TradingCentreMSP", "DispatcherMSP"].map(|one| format!("exchange can do without {one}"));
    assert_eq!(messages, can_do_without.each_ref().map(|message| (Code::WeakPolicy, message.as_str())));
}

#[test]
fn a_change_of_the_configuration_is_shown() {
    let ledger = Ledger::start();
    let blocks = ledger.read_blocks();
    let report = |blocks: &[Block]| {
        let mut file = Vec::new();
        blocks.iter().for_each(|block| add_record(&mut file, &block.encode_to_vec()));
        audit_file(&file)
    };
    assert!(report(&blocks).is_clean());
    for (sequence, findings) in [(1, 1), (7, 2)] {
        let mut changed = blocks.clone();
        changed.push(ledger.configuration_after(&blocks, sequence));
        let report = report(&changed);
        assert_eq!(codes(&report), [Code::ConfigurationChange].into_iter().collect(), "{:?}", report.findings);
        assert_eq!((report.findings_count, report.blocks), (findings, changed.len() as u64));
    }
}

#[test]
fn one_flipped_byte_in_the_markets_ledger_is_found() {
    let mut ledger = Ledger::start();
    let mut stage = Stage::new(&mut ledger);
    stage.cleared();
    let file = fs::read(stage.ledger.blocks().join("00000000.blocks")).unwrap();
    assert!(audit_file(&file).is_clean());
    let mut random = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..150 {
        let place = random.random_range(0..file.len());
        let mut flipped = file.clone();
        flipped[place] ^= random.random_range(1..=255_u8);
        assert!(!audit_file(&flipped).is_clean(), "byte {place}");
    }
    let blocks: Vec<Vec<u8>> = stage.ledger.read_blocks().iter().map(Message::encode_to_vec).collect();
    for _ in 0..300 {
        let number = random.random_range(0..blocks.len());
        let place = random.random_range(0..blocks[number].len());
        let mut file = Vec::new();
        for (other, block) in blocks.iter().enumerate() {
            let mut block = block.clone();
            if other == number {
                block[place] ^= random.random_range(1..=255_u8);
            }
            add_record(&mut file, &block);
        }
        assert!(!audit_file(&file).is_clean(), "block {number}, byte {place}");
    }
}
