//! The simulated members' devices: one each, and what its meter reads.

use agents::day::{Carrier, Participant};
use declaration::encoding::Hexadecimal;
use exchange::messages::{self, Device, Generation, MeterReading, SessionParameters};
use records::{Document, Record, document::Evidence};
use rules::certificate::ProjectCode;

/// 2016-01-01, when the data begin: they do not say when a plant went into operation.
const COMMISSIONED_NS: u64 = 1_451_606_400_000_000_000;
/// Meters are read by the hour.
const INTERVAL_S: u32 = 3_600;
/// They record by the quarter of an hour.
const RECORDED_S: u32 = 900;

/// The device of a participant, which is the one in this place of the list.
pub(super) fn device(place: usize, participant: &Participant) -> Device {
    Device {
        device: device_name(participant),
        member: participant.id.clone(),
        generation: participant.carrier.map(|carrier| generation(place, carrier)),
        capacity_w: participant.capacity_w,
        point: participant.point,
        interval_s: INTERVAL_S,
        zone: participant.area().to_owned(),
        commissioned_ns: COMMISSIONED_NS,
    }
}

pub(super) fn device_name(participant: &Participant) -> String {
    format!("{}-1", participant.id)
}

/// Emission factors are medians over the life cycle, of IPCC AR5 WG III, annex III, table A.III.2.
fn generation(place: usize, carrier: Carrier) -> Generation {
    let (carrier, digit, technology, emission_g_per_mwh) = match carrier {
        Carrier::Wind => (messages::Carrier::Wind, 1, "onshore", 11_000),
        Carrier::Solar => (messages::Carrier::Solar, 2, "photovoltaic", 48_000),
        Carrier::Hydro => (messages::Carrier::Hydro, 3, "run of river", 24_000),
        Carrier::Biomass => (messages::Carrier::Biomass, 4, "dedicated", 230_000),
    };
    // A made-up project: filed in 2016-01, in no division of China.
    let digits = format!("1{digit}11601000000{:03}", (place + 1) % 1_000);
    let code = ProjectCode::with_check_digit(&digits).map(|code| code.as_str().to_owned());
    Generation {
        carrier,
        technology: technology.to_owned(),
        project_code: code.unwrap_or_default(),
        emission_g_per_mwh,
    }
}

/// What the meters of all members read in the delivery of a session.
pub(super) fn readings(session: &SessionParameters, participants: &[Participant], hour: usize) -> Vec<MeterReading> {
    let start_ns = session.schedule.delivery_start_ns;
    let reading = |participant: &Participant| {
        let (device, energy_wh) = (device_name(participant), participant.metered_wh[hour]);
        let evidence_hash = Hexadecimal(evidence(session, participant, hour).id().0);
        MeterReading { device, start_ns, energy_wh, evidence_hash }
    };
    participants.iter().map(reading).collect()
}

/// What the meter of a member recorded in the delivery of a session.
pub(super) fn evidence(session: &SessionParameters, participant: &Participant, hour: usize) -> Record {
    Record::new(&Document::Evidence(Evidence {
        device: device_name(participant),
        start_ns: session.schedule.delivery_start_ns,
        interval_s: RECORDED_S,
        energies_wh: participant.quarters_wh[hour].to_vec(),
    }))
}

/// What a member feeds in, Wh; negative: it draws.
pub(super) fn injection_wh(participant: &Participant, hour: usize) -> i64 {
    let metered = i64::try_from(participant.metered_wh[hour]).unwrap_or(i64::MAX);
    if participant.carrier.is_some() { metered } else { -metered }
}
