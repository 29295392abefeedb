//! The contract on the test ledger.
#![allow(clippy::unwrap_used, reason = "tests")]

use anchoring::{Anchor, AnchorPage, CHAINCODE, NAME, RECORDS_MAX};
use declaration::encoding::Hexadecimal;
use fabric_contract_api::args;
use fabric_contract_api::testing::{Client, Ledger, Policy};

fn ledger(channel: &str) -> Ledger {
    let mut ledger = Ledger::new(channel);
    ledger.deploy(NAME, CHAINCODE, Policy::any_of(["TradingCentreMSP"]));
    ledger
}

fn root(byte: u8) -> Hexadecimal<32> {
    Hexadecimal([byte; 32])
}

fn anchor(ledger: &mut Ledger, client: &str, batch: u32, byte: u8, records: u32) -> Result<Anchor, String> {
    let proposal = Client::new(client, "store").propose(NAME, "anchor", args![batch, root(byte), records]);
    match ledger.submit(proposal) {
        Ok(committed) => Ok(committed.result().unwrap()),
        Err(error) => Err(error.code().to_owned()),
    }
}

#[test]
fn batches_have_no_gaps_and_never_change() {
    let mut ledger = ledger("market");
    let centre = "TradingCentreMSP";
    assert_eq!(anchor(&mut ledger, centre, 1, 1, 5).unwrap_err(), "BATCH_OUT_OF_ORDER");
    let first = anchor(&mut ledger, centre, 0, 1, 5).unwrap();
    assert_eq!((first.batch, first.root, first.records), (0, root(1), 5));
    assert_eq!(anchor(&mut ledger, centre, 0, 1, 5).unwrap(), first, "again is no error and changes nothing");
    assert_eq!(anchor(&mut ledger, centre, 0, 2, 5).unwrap_err(), "BATCH_EXISTS");
    assert_eq!(anchor(&mut ledger, centre, 0, 1, 6).unwrap_err(), "BATCH_EXISTS");
    assert_eq!(anchor(&mut ledger, centre, 1, 1, 0).unwrap_err(), "BATCH_SIZE");
    assert_eq!(anchor(&mut ledger, centre, 1, 1, RECORDS_MAX + 1).unwrap_err(), "BATCH_SIZE");
    for batch in 1..12 {
        anchor(&mut ledger, centre, batch, 3, RECORDS_MAX).unwrap();
    }

    let reader = Client::new("LargeUserMSP", "reader");
    let page = ledger.evaluate(reader.propose(NAME, "anchors", args!["", 5_u32])).unwrap();
    let page: AnchorPage = serde_json::from_slice(&page).unwrap();
    assert_eq!(page.anchors.iter().map(|anchor| anchor.batch).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let next = ledger.evaluate(reader.propose(NAME, "next", args![])).unwrap();
    assert_eq!(next, b"12");
    let unknown = ledger.evaluate(reader.propose(NAME, "anchored", args![12_u32])).unwrap_err();
    assert_eq!(unknown.code(), "UNKNOWN_BATCH");
}

#[test]
fn one_organization_anchors_on_a_channel() {
    let mut market = ledger("market");
    assert_eq!(anchor(&mut market, "LargeUserMSP", 0, 1, 5).unwrap_err(), "NOT_THE_WRITER");
    assert_eq!(anchor(&mut market, "RegulatorMSP", 0, 1, 5).unwrap_err(), "NOT_THE_WRITER");

    let mut own = ledger("org-grid-company");
    assert_eq!(anchor(&mut own, "RegulatorMSP", 0, 1, 5).unwrap_err(), "NOT_THE_WRITER");
    anchor(&mut own, "GridCompanyMSP", 0, 1, 5).unwrap();
    assert_eq!(anchor(&mut own, "RegulatorMSP", 1, 1, 5).unwrap_err(), "NOT_THE_WRITER");
    anchor(&mut own, "GridCompanyMSP", 1, 2, 5).unwrap();
    anchor(&mut ledger("org-regulator"), "RegulatorMSP", 0, 1, 5).unwrap();
}
