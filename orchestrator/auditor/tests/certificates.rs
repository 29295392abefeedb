//! Certificates on the embedded network: honest ledgers are in order, each kind of forgery is found where it was made, and
//! a certificate can be followed from its claim back to its readings.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/network.rs"]
mod network;
mod support;

use std::collections::BTreeSet;

use auditor::source::BlockFiles;
use auditor::{Code, Followed, Options, Report, audit, follow};
use declaration::encoding::Hexadecimal;
use exchange::messages::MeterReading;
use fabric_contract_api::args;
use fabric_protos::kvrwset::KvWrite;
use network::{CHANNEL, Computed, Ledger};
use rules::instruction::{Instruction, Order};
use scenarios::scenarios::{CERTIFICATES, START_NS};
use scenarios::{Call, KWH, MINUTE_NS, MWH, Market, Organization, Participant, granules, request};
use support::codes;

const CONSENSUS: [Organization; 3] = Organization::CONSENSUS;
const HOUR_NS: u64 = 60 * MINUTE_NS;
const HOURS: u64 = 24;
const PLANT: &str = "wind-plant";
/// fen/MWh.
const PRICE: i64 = 3_000;

fn audit_ledger(ledger: &Ledger) -> Report {
    audit(BlockFiles::open(&ledger.blocks()).unwrap(), &Options::default()).unwrap()
}

fn follow_certificate(ledger: &Ledger, certificate: &str) -> Followed {
    follow(BlockFiles::open(&ledger.blocks()).unwrap(), &Options::default(), certificate).unwrap()
}

#[test]
fn every_scenario_of_certificates_is_in_order() {
    for (name, scenario) in CERTIFICATES {
        let ledger = Ledger::start();
        let mut network = ledger.network.clone();
        scenario(&mut Market::new(&mut network, CHANNEL, START_NS)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = audit_ledger(&ledger);
        assert_eq!(report.findings, [], "{name}");
        assert!(report.market.certificates > 0 && report.market.certified_wh > 0, "{name}: {:?}", report.market);
        if name == "certificates" {
            assert_eq!((report.market.certificates, report.market.cancelled_wh), (3, MWH));
        }
    }
}

/// A market in which a plant has generated 1 MWh in each of many hours.
struct Stage<'a> {
    ledger: Ledger,
    market: Market<'a>,
    hours: std::ops::Range<u64>,
    expected: Vec<(String, Code)>,
}

impl<'a> Stage<'a> {
    fn new(ledger: &'a mut Ledger) -> Self {
        let shared = ledger.clone();
        let mut market = Market::new(&mut ledger.network, CHANNEL, START_NS);
        let members = [("wind", 11), ("mill", 21), ("shop", 22)].map(|(name, point)| Participant::new(name, point, 0));
        market.register(&members, 100 * MWH).unwrap();
        market.set_time(START_NS + 2 * HOURS * HOUR_NS);
        let hours = (0..HOURS).map(|hour| START_NS + hour * HOUR_NS);
        let readings = hours.flat_map(|start| [(PLANT, start, MWH), ("mill-load", start, 9 * MWH)]);
        let readings: Vec<_> = readings.map(|(device, start, energy)| (device.to_owned(), start, energy)).collect();
        market.record(&readings).unwrap();
        Self { ledger: shared, market, hours: 0..HOURS, expected: Vec::new() }
    }

    /// The start of an hour that nothing was done with.
    fn hour(&mut self) -> u64 {
        START_NS + self.hours.next().unwrap() * HOUR_NS
    }

    /// A published certificate of an hour of its own.
    fn certificate(&mut self) -> String {
        let hour = self.hour();
        self.market.certify("wind", &[hour]).unwrap().remove(0)
    }

    /// A certificate that a buyer has locked.
    fn locked(&mut self) -> String {
        let name = self.certificate();
        let certificates = vec![name.clone()];
        self.instruct("wind", Order::List { price: PRICE, certificates: certificates.clone() });
        self.instruct("mill", Order::Lock { price: PRICE, certificates });
        name
    }

    fn instruct(&mut self, member: &str, order: Order) {
        self.market.instruct(&[(member, order)]).unwrap();
    }

    /// The call that passes a member's next instruction on.
    fn instruction(&mut self, member: &str, order: Order) -> Call {
        let sequence = self.market.next_sequence();
        self.market.instruction_of(&[self.market.instruction(member, sequence, order)]).unwrap()
    }

    fn call(&self, client: Organization, function: &'static str, arguments: Vec<Vec<u8>>) -> Call {
        self.market.call(client, "exchange", function, arguments)
    }

    fn record(&self, start_ns: u64, energy_wh: u64) -> Call {
        let reading =
            MeterReading { device: PLANT.to_owned(), start_ns, energy_wh, evidence_hash: Hexadecimal([7; 32]) };
        self.call(Organization::GridCompany, "record_readings", args![vec![reading]])
    }

    /// The three collude: what `computed` gives, changed, is handed in as what `call` gave.
    fn collude(&mut self, computed: &Call, call: &Call, code: Code, change: impl FnOnce(&mut Computed<'_>)) {
        let id = self.ledger.collude(&CONSENSUS, computed, call, change);
        self.expected.push((id, code));
    }

    fn forge(&mut self, call: &Call, code: Code, change: impl FnOnce(&mut Computed<'_>)) {
        self.collude(call, call, code, change);
    }
}

#[test]
fn what_all_three_forge_about_certificates_is_found() {
    let mut ledger = Ledger::start();
    let mut stage = Stage::new(&mut ledger);
    forge_readings_and_issues(&mut stage);
    forge_instructions(&mut stage);
    forge_trades(&mut stage);
    forge_ends(&mut stage);

    let report = audit_ledger(&stage.ledger);
    for (id, code) in &stage.expected {
        let of_transaction: Vec<_> =
            report.findings.iter().filter(|finding| finding.transaction.as_deref() == Some(id)).collect();
        let found = of_transaction.iter().find(|finding| finding.code == *code);
        let finding = found.unwrap_or_else(|| panic!("{code} is not found: {of_transaction:#?}"));
        assert!(finding.block.is_some() && finding.channel == CHANNEL);
    }
    // Each is found where it was made, and what is honest is not blamed.
    let forged: BTreeSet<_> = stage.expected.iter().map(|(id, _)| Some(id.clone())).collect();
    let blamed: Vec<_> = report.findings.iter().filter(|finding| !forged.contains(&finding.transaction)).collect();
    assert!(blamed.is_empty(), "{blamed:#?}");
}

fn forge_readings_and_issues(stage: &mut Stage<'_>) {
    // More than the plant can move, and a correction that nobody sees.
    let hour = stage.hour();
    let (honest, huge) = (stage.record(hour, 2 * MWH), stage.record(hour, 2_000 * MWH));
    stage.collude(&honest, &huge, Code::OverCapacity, |_| {});
    let hour = stage.hour();
    let call = stage.record(hour, 2 * MWH);
    stage.forge(&call, Code::MissingWrite, |computed| {
        computed.edit("exchange", |set| set.writes.retain(|write| !write.key.starts_with("\0reading-version\0")));
    });

    // Certified by another function than the mint.
    let hour = stage.hour();
    stage.instruct("wind", request(PLANT, &[hour]));
    let requested = granules(PLANT, &[hour]);
    let call = stage.call(Organization::Regulator, "audit_granules", args![requested]);
    stage.forge(&call, Code::MintedElsewhere, |computed| computed.replace("granule", "\"AUDITED\"", "\"ISSUED\""));

    // Issued twice; more than there was; not audited.
    let (first, second) = (stage.hour(), stage.hour());
    stage.instruct("wind", request(PLANT, &[first, second]));
    stage.market.audit(&granules(PLANT, &[first, second])).unwrap();
    stage.market.issue(&granules(PLANT, &[first])).unwrap();
    let issue = |stage: &Stage<'_>, hour: u64| {
        stage.call(Organization::TradingCentre, "issue_certificates", args![granules(PLANT, &[hour])])
    };
    let (other, again) = (issue(stage, second), issue(stage, first));
    stage.collude(&other, &again, Code::CertificateExists, |_| {});
    let hour = stage.hour();
    stage.instruct("wind", request(PLANT, &[hour]));
    stage.market.audit(&granules(PLANT, &[hour])).unwrap();
    let call = issue(stage, hour);
    stage.forge(&call, Code::CertificateEnergy, |computed| {
        computed.change_writes("exchange", "issuance", |issuance| {
            *issuance =
                text(issuance).replacen("\"energy_wh\":\"1000000\"", "\"energy_wh\":\"9000000\"", 1).into_bytes();
        });
    });
    let (honest, unasked) = (stage.hour(), stage.hour());
    stage.instruct("wind", request(PLANT, &[honest, unasked]));
    stage.market.audit(&granules(PLANT, &[honest])).unwrap();
    let (honest, unaudited) = (issue(stage, honest), issue(stage, unasked));
    stage.collude(&honest, &unaudited, Code::CertificateState, |_| {});
}

fn forge_instructions(stage: &mut Stage<'_>) {
    let certificates = vec![stage.certificate()];
    let honest = stage.instruction("wind", Order::List { price: PRICE, certificates: certificates.clone() });
    // Signed by another member than the one that it is of.
    let sequence = stage.market.next_sequence();
    let order = Order::List { price: 1, certificates: certificates.clone() };
    let instruction = stage.market.instruction("wind", sequence, order);
    let mut signed = stage.market.participant("wind").unwrap().instruct(&instruction);
    signed.signature = stage.market.participant("mill").unwrap().instruct(&instruction).signature;
    let forged = Call { arguments: args![vec![signed]], ..honest.clone() };
    stage.collude(&honest, &forged, Code::InstructionSignature, |_| {});
    // By a member that does not own the certificate.
    let certificates = vec![stage.certificate()];
    let honest = stage.instruction("wind", Order::List { price: PRICE, certificates: certificates.clone() });
    let foreign = stage.instruction("mill", Order::List { price: PRICE, certificates: certificates.clone() });
    stage.collude(&honest, &foreign, Code::CertificateOwner, |_| {});
    // A second time.
    let certificates = vec![stage.certificate()];
    let old = stage.instruction("wind", Order::List { price: PRICE, certificates: certificates.clone() });
    stage.market.submit(old.clone()).unwrap();
    let unlist = stage.instruction("wind", Order::Unlist { certificates: certificates.clone() });
    stage.market.submit(unlist).unwrap();
    let list = stage.instruction("wind", Order::List { price: PRICE, certificates });
    stage.collude(&list, &old, Code::InstructionReplayed, |_| {});
    // For another channel.
    let certificates = vec![stage.certificate()];
    let honest = stage.instruction("wind", Order::List { price: PRICE, certificates: certificates.clone() });
    let sequence = stage.market.next_sequence();
    let elsewhere = stage.market.instruction("wind", sequence, Order::List { price: PRICE, certificates });
    let elsewhere = Instruction { channel: "elsewhere".to_owned(), ..elsewhere };
    let elsewhere = stage.market.instruction_of(&[elsewhere]).unwrap();
    stage.collude(&honest, &elsewhere, Code::InstructionReplayed, |_| {});
}

fn forge_trades(stage: &mut Stage<'_>) {
    // The buyer pays less, nothing at all, or somebody else.
    let pay = |certificate: &str, payee: &str| Order::Pay {
        payee: payee.to_owned(),
        amount: 3_000 * MWH,
        certificates: vec![certificate.to_owned()],
    };
    let certificate = stage.locked();
    let call = stage.instruction("mill", pay(&certificate, "wind"));
    stage.forge(&call, Code::CertificatePayment, |computed| {
        for object in ["account", "posting"] {
            computed.change_writes("exchange", object, |value| {
                *value = text(value).replace("3000000000", "3000").into_bytes();
            });
        }
    });
    let certificate = stage.locked();
    let call = stage.instruction("mill", pay(&certificate, "wind"));
    stage.forge(&call, Code::MissingWrite, |computed| {
        let money = |key: &str| key.starts_with("\0account\0") || key.starts_with("\0posting\0");
        computed.edit("exchange", |set| set.writes.retain(|write| !money(&write.key)));
    });
    let certificate = stage.locked();
    let honest = stage.instruction("mill", pay(&certificate, "wind"));
    let other = stage.instruction("mill", pay(&certificate, "shop"));
    stage.collude(&honest, &other, Code::CertificatePayment, |_| {});
    // Somebody pays who has not locked.
    let certificate = stage.locked();
    let honest = stage.instruction("mill", pay(&certificate, "wind"));
    let stranger = stage.instruction("shop", pay(&certificate, "wind"));
    stage.collude(&honest, &stranger, Code::CertificateOwner, |_| {});
    // Published, and given to another owner on the way.
    let hour = stage.hour();
    stage.instruct("wind", request(PLANT, &[hour]));
    stage.market.audit(&granules(PLANT, &[hour])).unwrap();
    let issued = stage.market.issue(&granules(PLANT, &[hour])).unwrap().certificates;
    let call = stage.call(Organization::TradingCentre, "publish_certificates", args![issued]);
    stage.forge(&call, Code::Certificate, |computed| {
        computed.replace("certificate", "\"owner\":\"wind\"", "\"owner\":\"shop\"");
    });
    // Parts that are more than the whole.
    let certificate = stage.certificate();
    let split = |energies: [u64; 2]| Order::Split { certificate: certificate.clone(), energies: energies.to_vec() };
    let honest = stage.instruction("wind", split([600 * KWH, 400 * KWH]));
    let more = stage.instruction("wind", split([700 * KWH, 400 * KWH]));
    stage.collude(&honest, &more, Code::CertificateEnergy, |_| {});
}

fn forge_ends(stage: &mut Stage<'_>) {
    let (from, to) = (START_NS, START_NS + HOURS * HOUR_NS);
    let claim = |beneficiary: &str, certificate: &str| Order::Cancel {
        beneficiary: beneficiary.to_owned(),
        from,
        to,
        certificates: vec![certificate.to_owned()],
    };
    // More than the beneficiary drew: nothing.
    let certificate = stage.certificate();
    let honest = stage.instruction("wind", claim("mill", &certificate));
    let too_much = stage.instruction("wind", claim("shop", &certificate));
    stage.collude(&honest, &too_much, Code::Claim, |_| {});
    // A cancelled certificate comes back on the market.
    let (cancelled, other) = (stage.certificate(), stage.certificate());
    stage.instruct("wind", claim("mill", &cancelled));
    let list = |certificate: &str| Order::List { price: PRICE, certificates: vec![certificate.to_owned()] };
    let honest = stage.instruction("wind", list(&other));
    let back = stage.instruction("wind", list(&cancelled));
    let rename = |computed: &mut Computed<'_>| {
        computed.edit("exchange", |set| {
            for KvWrite { key, value, .. } in &mut set.writes {
                *key = key.replace(&other, &cancelled);
                *value = text(value).replace(&other, &cancelled).into_bytes();
            }
            set.writes.sort_by(|one, other| one.key.cmp(&other.key));
        });
    };
    stage.collude(&honest, &back, Code::CertificateState, rename);
    let last = stage.ledger.read_blocks().len() as u64 - 1;
    let report = audit_ledger(&stage.ledger);
    let finals = report.findings.iter().filter(|finding| finding.code == Code::FinalState);
    assert_eq!(finals.map(|finding| finding.block).collect::<Vec<_>>(), [Some(last)]);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_claimed_part_of_a_certificate_is_followed_back_to_the_meter() {
    let (_, scenario) = CERTIFICATES[0];
    let ledger = Ledger::start();
    scenario(&mut Market::new(&mut ledger.network.clone(), CHANNEL, START_NS)).unwrap();
    let report = audit_ledger(&ledger);
    assert!(report.is_clean());
    let second = second_certificate(&ledger);
    let Followed { report: followed, trail } = follow_certificate(&ledger, &format!("{second}:0-600000"));
    assert_eq!((followed.last_block_hash, codes(&report).len()), (report.last_block_hash, 0));
    let trail = trail.unwrap();
    let actions: Vec<_> = trail.changes.iter().map(|change| (change.action.as_str(), change.actor.as_str())).collect();
    let expected = [
        ("ISSUE", "TradingCentreMSP"),
        ("PUBLISH", "TradingCentreMSP"),
        ("LIST", "wind"),
        ("LOCK", "mill"),
        ("TRANSFER", "mill"),
        ("SPLIT", "mill"),
        ("SPLIT", "mill"),
        ("CANCEL", "mill"),
    ];
    assert_eq!(actions, expected);
    assert!(trail.changes.iter().all(|change| change.evidence.endorsers.len() == 3));
    assert_eq!((trail.from_wh, trail.to_wh, trail.state.as_str()), (0, 600_000, "CANCELLED"));
    assert_eq!(trail.claim.as_ref().unwrap().beneficiary, "mill");
    assert_eq!((trail.device.device.as_str(), trail.device.member.as_str()), (PLANT, "wind"));
    assert_eq!(trail.device.registered.as_ref().unwrap().function, "register_devices");
    let [reading] = trail.readings.as_slice() else { panic!("{:#?}", trail.readings) };
    assert_eq!((reading.start.as_str(), reading.energy_wh), ("2026-07-02T10:00:00Z", MWH));
    assert_eq!(reading.recorded[0].recorded.creator, "GridCompanyMSP");
    let certified: Vec<_> = reading.certified.iter().map(|change| change.action.as_str()).collect();
    assert_eq!(certified, ["REQUEST", "AUDIT", "ISSUE"]);
    let sales: Vec<_> = reading.sales.iter().map(|sale| (sale.buyer.as_str(), sale.volume_wh)).collect();
    assert_eq!(sales, [("mill", MWH), ("shop", MWH)]);
    assert!(reading.sales.iter().all(|sale| sale.cleared.as_ref().unwrap().function == "clear"));
    let paid: Vec<_> =
        trail.payments.iter().map(|payment| (payment.account.as_str(), payment.amount.as_str())).collect();
    assert_eq!(paid, [("mill", "-3000000000"), ("wind", "3000000000")]);
    assert!(trail.evidence().count() > 10);
    assert!(follow_certificate(&ledger, "12345678901234567260702000000111").trail.is_none());
}

/// The second certificate that the scenario issues, by its state on the network.
fn second_certificate(ledger: &Ledger) -> String {
    let mut network = ledger.network.clone();
    let state = scenarios::Network::state(&mut network, CHANNEL);
    let keys = state.iter().filter_map(|entry| entry.key.strip_prefix("\0issuance\0"));
    keys.map(|key| key.trim_end_matches('\0').to_owned()).nth(1).unwrap()
}
