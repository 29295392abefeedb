use exchange::messages::{CertificateAction, CertificatePage, CertificateState, ClaimPage, PostingKind, Statement};
use fabric_contract_api::args;
use rules::instruction::Order;

use super::{START_NS, four_members};
use crate::{KWH, MINUTE_NS, MWH, Market, Mismatch, Play, buy, code_of, expect, parameters, sell};

/// Price of a certificate, fen/MWh.
const PRICE: i64 = 3_000;

/// From readings of a traded hour to certificates, one sold, one split, their parts claimed for the buyer's consumption.
///
/// # Errors
/// Something else came of it.
pub fn certificates(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let delivery = START_NS + 60 * MINUTE_NS;
    traded_hour(market)?;

    // 2.4 MWh in the hour that was traded, 0.9 MWh in the hour after it, which was not: three certificates.
    let issued = certify(market, delivery)?;
    let [first, second, third] = issued.as_slice() else {
        return Err(Mismatch::Difference(format!("{issued:?}")));
    };
    expect("project, day, serial and kinds", &first[17..], "260702000000111")?;
    let third_issued = market.issued(third)?;
    let parts: Vec<_> =
        third_issued.issuance.sources.iter().map(|it| (it.start_ns, it.version, it.energy_wh)).collect();
    let next = delivery + 60 * MINUTE_NS;
    expect("the third is made of both hours", parts, vec![(delivery, 1, 400 * KWH), (next, 1, 600 * KWH)])?;
    let carried = market.carried("wind-plant")?;
    expect("carried", (carried.sources.len(), carried.sources[0].energy_wh), (1, 300 * KWH))?;
    expect("certified", (carried.certified_wh, carried.issued_wh), (3_300 * KWH, 3 * MWH))?;
    let granule = market.granule("wind-plant", delivery)?;
    expect("the session that sold it", granule.session.as_deref(), Some("s09"))?;
    let sales: Vec<_> = granule.trades.iter().map(|it| (it.round, it.trades.clone())).collect();
    expect("the sales", sales, vec![(1, vec![0, 1])])?;
    let untraded = market.granule("wind-plant", next)?;
    expect("the hour after", (untraded.session, untraded.trades.len()), (None, 0))?;
    let again = market.instruct(&[("wind", crate::request("wind-plant", &[delivery]))]);
    expect("certified once", code_of(again)?, "CERTIFICATE_EXISTS".to_owned())?;

    // Offered, accepted, paid.
    let two = vec![first.clone(), second.clone()];
    market.instruct(&[
        ("wind", Order::List { price: PRICE, certificates: issued.clone() }),
        ("wind", Order::Unlist { certificates: vec![third.clone()] }),
        ("mill", Order::Lock { price: PRICE, certificates: two.clone() }),
    ])?;
    expect("locked", market.certificate(first)?.state, CertificateState::Locked)?;
    let (before, seller_before) = (market.balance("mill")?, market.balance("wind")?);
    let amount = 2 * 3_000 * MWH;
    market.instruct(&[("mill", Order::Pay { payee: "wind".to_owned(), amount, certificates: two.clone() })])?;
    expect("the buyer pays", market.balance("mill")? - before, -i128::from(amount))?;
    expect("the seller gets it", market.balance("wind")? - seller_before, i128::from(amount))?;
    let bought = market.certificate(first)?;
    expect(
        "its new owner",
        (bought.owner.as_str(), bought.transfers, bought.state),
        ("mill", 1, CertificateState::Published),
    )?;
    expect("last change", bought.change.action, CertificateAction::Transfer)?;
    let statement: Statement =
        market.query("exchange", "statement", args!["mill", format!("\0posting\0mill\0@{first}\0"), 1_u32])?;
    let line = statement.postings.first().map(|posting| (posting.subject.clone(), posting.kind, posting.amount));
    expect("the posting", line, Some((format!("@{first}"), PostingKind::Certificate, -i128::from(amount / 2))))?;

    // Split, and a part claimed.
    let split = Order::Split { certificate: second.clone(), energies: vec![600 * KWH, 400 * KWH] };
    let parts = market.instruct(&[("mill", split)])?.instructions.remove(0).certificates;
    let [whole, large, small] = parts.as_slice() else { return Err(Mismatch::Difference(format!("{parts:?}"))) };
    expect("the whole", market.certificate(whole)?.state, CertificateState::Split)?;
    expect("a part", small.as_str(), format!("{second}:600000-1000000").as_str())?;
    let claim = |certificate: &String, hours: u64| Order::Cancel {
        beneficiary: "mill".to_owned(),
        from: delivery,
        to: delivery + hours * 60 * MINUTE_NS,
        certificates: vec![certificate.clone()],
    };
    market.instruct(&[("mill", claim(large, 1)), ("mill", claim(small, 1))])?;
    let claimed = market.certificate(large)?;
    expect(
        "claimed",
        (claimed.state, claimed.claim.map(|it| it.beneficiary)),
        (CertificateState::Cancelled, Some("mill".to_owned())),
    )?;
    let claims: ClaimPage = market.query("exchange", "claims", args!["mill", "", 10_u32])?;
    expect("of what was drawn", (claims.claims[0].claimed_wh, claims.claims[0].consumed_wh), (MWH, 1_500 * KWH))?;
    let more = market.instruct(&[("mill", claim(first, 1))]);
    expect("no more than was drawn", code_of(more)?, "CLAIM_EXCEEDS_CONSUMPTION".to_owned())?;
    let overlapping = market.instruct(&[("mill", claim(first, 2))]);
    expect("no hour twice", code_of(overlapping)?, "CLAIM_OVERLAPS".to_owned())?;
    let page: CertificatePage = market.query("exchange", "certificates", args!["mill", "", 10_u32])?;
    expect("all that the mill has", page.certificates.len(), 4)?;
    expect("sum of all balances", market.sum_of_balances(), 0)
}

/// The wind sells 2 MWh to mill and shop in one round; the meters are read for two hours.
fn traded_hour(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut play = Play::open(market, &four_members(), 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 2 * MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 40_000, MWH)])?;
    play.declare("shop", 1, 1, &[buy(1, 40_000, MWH)])?;
    play.at(15, 0);
    play.clear()?;
    play.at(180, 0);
    let readings = [("wind-plant", 2_400), ("mill-load", 1_500)];
    let readings = readings.map(|(device, kwh)| (device.to_owned(), START_NS + 60 * MINUTE_NS, kwh * KWH));
    play.market.record(&readings)?;
    play.market.record(&[("wind-plant".to_owned(), START_NS + 120 * MINUTE_NS, 900 * KWH)])?;
    Ok(())
}

/// Request, audit, issue, publication; nothing is issued before its trades are settled.
fn certify(market: &mut Market<'_>, delivery: u64) -> Result<Vec<String>, Mismatch> {
    let starts = [delivery, delivery + 60 * MINUTE_NS];
    market.instruct(&[("wind", crate::request("wind-plant", &starts))])?;
    let granules = crate::granules("wind-plant", &starts);
    expect("not audited", code_of(market.issue(&granules))?, "WRONG_STATE".to_owned())?;
    market.audit(&granules)?;
    expect("trades may change", code_of(market.issue(&granules))?, "SESSION_NOT_SETTLED".to_owned())?;
    market.settle("s09")?;
    let issued = market.issue(&granules)?.certificates;
    expect("issued twice", code_of(market.issue(&granules))?, "CERTIFICATE_EXISTS".to_owned())?;
    market.publish(&issued)?;
    Ok(issued)
}
