//! Anchored batches of records: in order without gaps, by the organization that anchors on the channel.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/network.rs"]
mod network;
mod support;

use auditor::source::BlockFiles;
use auditor::{Code, Options, audit};
use devnet::Deployment;
use fabric_contract_api::args;
use network::{CHANNEL, Ledger};
use scenarios::embedded::package;
use scenarios::scenarios::START_NS;
use scenarios::{Call, Network, Organization};

const CHAINCODE: &str = "anchoring";

fn anchor(batch: u32, root: &str) -> Call {
    Call {
        channel: CHANNEL.to_owned(),
        chaincode: CHAINCODE,
        function: "anchor",
        arguments: args![batch, root, 10_u32],
        client: Organization::TradingCentre,
        endorsers: Organization::CONSENSUS.to_vec(),
        timestamp_ns: START_NS,
    }
}

#[test]
fn batches_out_of_order_or_by_others_are_found() {
    let ledger = Ledger::start();
    let mut network = ledger.network.clone();
    let policy = fabric_msp::policy::parse(exchange::messages::ENDORSEMENT_POLICY).unwrap();
    let package = package(CHAINCODE, CHAINCODE).unwrap();
    network.deploy(CHANNEL, &Deployment::new(CHAINCODE, &package, Some(policy)));
    let [one, other] = ["ab", "cd"].map(|byte| byte.repeat(32));
    network.submit(&anchor(0, &one)).unwrap();
    network.submit(&anchor(1, &other)).unwrap();
    let report = || audit(BlockFiles::open(&ledger.blocks()).unwrap(), &Options::default()).unwrap();
    assert_eq!((report().findings, report().market.anchored_batches), (vec![], 2));

    let consensus = Organization::CONSENSUS;
    let gap = ledger.collude(&consensus, &anchor(2, &one), &anchor(3, &one), |_| {});
    let by_regulator = Call { client: Organization::Regulator, ..anchor(3, &one) };
    let foreign = ledger.collude(&consensus, &anchor(3, &one), &by_regulator, |_| {});
    let changed = ledger.collude(&consensus, &anchor(4, &one), &anchor(4, &one), |computed| {
        computed.change_writes(CHAINCODE, "anchor", |anchor| {
            *anchor = String::from_utf8(anchor.clone()).unwrap().replace(&one, &other).into_bytes();
        });
    });
    let found: Vec<_> = report().findings.into_iter().map(|finding| (finding.code, finding.transaction)).collect();
    let expected = [gap, foreign, changed].map(|id| (Code::Anchor, Some(id)));
    for finding in &expected {
        assert!(found.contains(finding), "{finding:?} in {found:#?}");
    }
    assert!(found.iter().all(|(_, id)| expected.iter().any(|(_, forged)| forged == id)), "{found:#?}");
}
