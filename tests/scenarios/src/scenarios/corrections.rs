use exchange::messages::{CertificateAction, CertificateState, Reading};
use fabric_contract_api::args;
use rules::instruction::{Order, ReadingVersion};

use super::{START_NS, four_members};
use crate::{KWH, MINUTE_NS, MWH, Market, Mismatch, Organization, code_of, expect, granules, request};

const PLANT: &str = "wind-plant";

/// Readings that are corrected before and after their energy was certified.
///
/// # Errors
/// Something else came of it.
pub fn corrections(market: &mut Market<'_>) -> Result<(), Mismatch> {
    market.register(&four_members(), MWH)?;
    market.set_time(START_NS + 24 * 60 * MINUTE_NS);
    let hours: Vec<u64> = (0..4).map(|hour| START_NS + hour * 60 * MINUTE_NS).collect();
    let reading = |hour: usize, kwh: u64| (PLANT.to_owned(), hours[hour], kwh * KWH);
    market.record(&[reading(0, 1_200), reading(1, 500), reading(2, 100), reading(3, 2_000)])?;

    // Corrected while it is requested: the audit sees it, the owner recalls and asks again.
    market.instruct(&[("wind", request(PLANT, &hours[..2]))])?;
    market.record(&[reading(1, 600)])?;
    let first_two = granules(PLANT, &hours[..2]);
    expect("the other version", code_of(market.audit(&first_two))?, "READING_CHANGED".to_owned())?;
    market.instruct(&[("wind", Order::Recall { device: PLANT.to_owned(), starts: vec![hours[1]] })])?;
    let stale = market.instruct(&[("wind", request(PLANT, &hours[1..2]))]);
    expect("the old version", code_of(stale)?, "READING_CHANGED".to_owned())?;
    let second = |version| Order::Request {
        device: PLANT.to_owned(),
        readings: vec![ReadingVersion { start: hours[1], version }],
    };
    market.instruct(&[("wind", second(2))])?;

    // Rejected: asked for again in the next version only.
    let rejection = args![granules(PLANT, &hours[1..2]), "the seal is broken"];
    market.command(Organization::Regulator, "reject_granules", rejection)?;
    expect("rejected", market.granule(PLANT, hours[1])?.state, CertificateState::Rejected)?;
    expect("still so", code_of(market.instruct(&[("wind", second(2))]))?, "READING_REJECTED".to_owned())?;
    market.record(&[reading(1, 500)])?;
    market.instruct(&[("wind", second(3))])?;
    market.audit(&first_two)?;
    let issued = market.issue(&first_two)?.certificates;
    expect("1,200 and 500 kWh", issued.len(), 1)?;

    // Upwards: more is carried. Downwards: less, down to a debt that the next issue pays.
    market.record(&[reading(0, 1_300)])?;
    let carried = market.carried(PLANT)?;
    let parts: Vec<_> = carried.sources.iter().map(|it| (it.start_ns, it.version, it.energy_wh)).collect();
    expect("more", parts, vec![(hours[0], 1, 200 * KWH), (hours[1], 3, 500 * KWH), (hours[0], 2, 100 * KWH)])?;
    let granule = market.granule(PLANT, hours[0])?;
    expect("counts for more", (granule.version, granule.energy_wh), (2, 1_300 * KWH))?;
    expect("its last change", granule.change.action, CertificateAction::Correct)?;
    market.record(&[reading(0, 400)])?;
    let carried = market.carried(PLANT)?;
    expect("its own parts, then the others", (carried.sources.len(), carried.debt_wh), (0, 100 * KWH))?;
    expect("what is certified", (carried.certified_wh, carried.issued_wh), (900 * KWH, MWH))?;
    expect("the certificate stands", market.certificate(&issued[0])?.state, CertificateState::Issued)?;
    let rest = granules(PLANT, &hours[2..]);
    market.instruct(&[("wind", request(PLANT, &hours[2..]))])?;
    market.audit(&rest)?;
    let issued = market.issue(&rest)?.certificates;
    expect("2,100 kWh less the debt", issued.len(), 2)?;
    let carried = market.carried(PLANT)?;
    expect("nothing is left", (carried.sources.len(), carried.debt_wh), (0, 0))?;
    expect("balanced", (carried.certified_wh, carried.issued_wh), (3 * MWH, 3 * MWH))?;

    let versions: Vec<Reading> = market.query("exchange", "reading_versions", args![PLANT, hours[0].to_string()])?;
    let versions: Vec<_> = versions.iter().map(|it| (it.version, it.energy_wh / KWH)).collect();
    expect("all versions can be read", versions, vec![(1, 1_200), (2, 1_300), (3, 400)])?;
    let same = market.record(&[reading(0, 400)])?;
    expect("the same again is no correction", same.readings.len(), 0)
}
