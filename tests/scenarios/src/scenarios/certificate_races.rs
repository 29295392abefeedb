use exchange::messages::GranuleName;
use fabric_contract_api::args;
use rules::instruction::Order;

use super::{START_NS, four_members};
use crate::{Call, Failure, MINUTE_NS, MWH, Market, Mismatch, Organization, expect, granules, request};

const PLANT: &str = "wind-plant";
const CONFLICT: &str = "MVCC_READ_CONFLICT";

/// Clients that were endorsed on the same state: one wins, and nothing is issued, sold or claimed twice.
///
/// # Errors
/// Something else came of it.
pub fn certificate_races(market: &mut Market<'_>) -> Result<(), Mismatch> {
    market.register(&four_members(), MWH)?;
    market.set_time(START_NS + 24 * 60 * MINUTE_NS);
    let hours: Vec<u64> = (0..4).map(|hour| START_NS + hour * 60 * MINUTE_NS).collect();
    let readings = hours.iter().flat_map(|&start| [(PLANT, start), ("mill-load", start)]);
    let readings: Vec<_> = readings.map(|(device, start)| (device.to_owned(), start, 3 * MWH)).collect();
    market.record(&readings)?;
    market.instruct(&[("wind", request(PLANT, &hours))])?;
    market.audit(&granules(PLANT, &hours))?;

    // The same hour twice, and another hour of the same device, which carries on where the first one left off.
    let issue = |market: &Market<'_>, hour: usize| issue(market, &granules(PLANT, &hours[hour..=hour]));
    let calls = vec![issue(market, 0), issue(market, 0), issue(market, 1)];
    expect("a race for the issue", race(market, &calls), codes(&["VALID", CONFLICT, CONFLICT]))?;
    expect("an hour is certified once", race(market, &calls[1..2]), codes(&["CERTIFICATE_EXISTS"]))?;
    expect("the other hour", race(market, &calls[2..]), codes(&["VALID"]))?;

    // A correction that comes before the issue of the reading that it corrects.
    let reading = exchange::messages::MeterReading {
        device: PLANT.to_owned(),
        start_ns: hours[2],
        energy_wh: 2 * MWH,
        evidence_hash: declaration::encoding::Hexadecimal([1; 32]),
    };
    let correction = call(market, Organization::GridCompany, "record_readings", args![vec![reading]]);
    let late = issue(market, 2);
    expect("corrected first", race(market, &[correction, late.clone()]), codes(&["VALID", CONFLICT]))?;
    expect("another version", race(market, &[late]), codes(&["READING_CHANGED"]))?;

    let issued = market.issue(&granules(PLANT, &hours[3..]))?.certificates;
    market.publish(&issued)?;
    let one = || vec![issued[0].clone()];
    market.instruct(&[("wind", Order::List { price: 5, certificates: issued.clone() })])?;
    let lock =
        |market: &mut Market<'_>, buyer: &str| order(market, buyer, Order::Lock { price: 5, certificates: one() });
    let calls =
        [lock(market, "mill")?, lock(market, "shop")?, order(market, "wind", Order::Unlist { certificates: one() })?];
    expect("a race for a certificate", race(market, &calls), codes(&["VALID", CONFLICT, CONFLICT]))?;
    expect("it is taken", race(market, &calls[1..]), codes(&["WRONG_STATE", "WRONG_STATE"]))?;

    // Paid while the buyer gives it free; claimed twice; a claim of two certificates for one period.
    let pay = Order::Pay { payee: "wind".to_owned(), amount: 5 * MWH, certificates: one() };
    let calls = [order(market, "mill", pay)?, order(market, "mill", Order::Release { certificates: one() })?];
    expect("paid or given free", race(market, &calls), codes(&["VALID", CONFLICT]))?;
    market.instruct(&[("wind", Order::Unlist { certificates: issued[1..].to_vec() })])?;
    let claim = |certificate: &String| Order::Cancel {
        beneficiary: "mill".to_owned(),
        from: hours[3],
        to: hours[3] + 60 * MINUTE_NS,
        certificates: vec![certificate.clone()],
    };
    let calls = [
        order(market, "mill", claim(&issued[0]))?,
        order(market, "mill", claim(&issued[0]))?,
        order(market, "wind", claim(&issued[1]))?,
    ];
    let results = race(market, &calls);
    expect("claims for one period", results[..2].to_vec(), codes(&["VALID", CONFLICT]))?;
    expect("of which one is the first", results[2].ends_with("CONFLICT"), true)?;
    expect("a claim is made once", race(market, &calls[1..]), codes(&["WRONG_STATE", "VALID"]))?;
    expect("sum of all balances", market.sum_of_balances(), 0)
}

fn call(market: &Market<'_>, client: Organization, function: &'static str, arguments: Vec<Vec<u8>>) -> Call {
    market.call(client, exchange::messages::CHAINCODE, function, arguments)
}

fn issue(market: &Market<'_>, granules: &[GranuleName]) -> Call {
    call(market, Organization::TradingCentre, "issue_certificates", args![granules.to_vec()])
}

fn order(market: &mut Market<'_>, member: &str, order: Order) -> Result<Call, Failure> {
    let sequence = market.next_sequence();
    market.instruction_of(&[market.instruction(member, sequence, order)])
}

/// What becomes of calls that are endorsed on the same state.
fn race(market: &mut Market<'_>, calls: &[Call]) -> Vec<String> {
    let results = market.submit_together(calls.to_vec());
    results.iter().map(|result| result.as_ref().err().map_or("VALID", Failure::code).to_owned()).collect()
}

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}
