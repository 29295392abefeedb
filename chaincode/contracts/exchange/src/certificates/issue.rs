//! The mint, and what a corrected reading does to what is minted.

use std::collections::BTreeMap;

use fabric_contract_api::{Context, ReadContext};
use rules::certificate::{Carry, EnergyCode, Part, ProjectCode, Range, expires};
use rules::metering::interval_ns;

use super::granules::check_version;
use super::registry::Registry;
use crate::access::{GRID_COMPANY, TRADING_CENTRE, require};
use crate::error::Error;
use crate::limits::CHANGES_MAX;
use crate::messages::{
    CarriedEnergy, Certificate, CertificateAction, CertificateState, CertificatesIssued, Change, Device, Granule,
    GranuleName, Issuance, Reading, RoundTrades, SessionPhase, Source, event_name,
};
use crate::overlay::Overlay;
use crate::rounds::sales;
use crate::state_layout::{CARRIES, DELIVERIES, DEVICES, ISSUANCES, PROGRESS, READINGS, SESSIONS};

/// The longest delivery of a session that is looked for, nanoseconds.
const DELIVERY_NS_MAX: u64 = 3_600_000_000_000;

/// Mints granules, and fills certificates with their energy.
pub(crate) fn issue(context: &mut Context, granules: Vec<GranuleName>) -> Result<CertificatesIssued, Error> {
    require(context, &[TRADING_CENTRE])?;
    let mut mint = Mint::new(context);
    mint.registry.count(granules.len())?;
    let keys: Vec<_> = granules.iter().map(GranuleName::key).collect();
    mint.registry.granules.fetch(context, keys.iter().cloned())?;
    mint.carries.fetch(context, granules.iter().map(|granule| granule.device.clone()))?;
    let readings = READINGS.get_many(context, &keys)?;
    for (name, reading) in granules.iter().zip(readings) {
        mint.certify(context, name, reading)?;
    }
    let mut names: Vec<&String> = granules.iter().map(|granule| &granule.device).collect();
    names.sort_unstable();
    names.dedup();
    let mut certificates = Vec::new();
    for device in DEVICES.get_many(context, names)?.into_iter().flatten() {
        mint.fill(context, &device, &mut certificates)?;
    }
    mint.registry.save(context)?;
    mint.carries.save(context)?;
    let issued = CertificatesIssued { granules, certificates };
    context.emit(event_name::CERTIFICATES_ISSUED, &issued)?;
    Ok(issued)
}

/// What a mint changes, and what it has looked up: many devices' energy is of the same hours.
struct Mint {
    registry: Registry,
    carries: Overlay<String, CarriedEnergy>,
    sessions: BTreeMap<u64, Option<String>>,
    sales: BTreeMap<String, BTreeMap<String, Vec<RoundTrades>>>,
    change: Change,
}

impl Mint {
    fn new(context: &ReadContext) -> Self {
        Self {
            registry: Registry::new(),
            carries: Overlay::new(&CARRIES),
            sessions: BTreeMap::new(),
            sales: BTreeMap::new(),
            change: Change {
                action: CertificateAction::Issue,
                actor: TRADING_CENTRE.to_owned(),
                sequence: 0,
                at_ns: context.timestamp_ns(),
            },
        }
    }

    /// Makes a granule count: here, and nowhere else, a reading becomes certified.
    fn certify(&mut self, context: &ReadContext, name: &GranuleName, reading: Option<Reading>) -> Result<(), Error> {
        let mut granule = self.registry.granule(context, name)?;
        granule.advance(self.change.clone())?;
        let unknown = || Error::UnknownReading { device: name.device.clone(), start_ns: name.start_ns };
        check_version(&reading.ok_or_else(unknown)?, granule.version)?;
        if let Some(session) = self.session(context, name.start_ns)? {
            granule.trades = self.sales(context, &session)?.get(&granule.member).cloned().unwrap_or_default();
            granule.session = Some(session);
        }
        let mut carried = self.carries.get(context, &name.device)?.cloned().unwrap_or_default();
        let mut carry = carried.to_rules();
        carry.add(part_of(&granule));
        carried.follow(carry);
        carried.certified_wh += granule.energy_wh;
        self.carries.put(name.device.clone(), carried);
        self.registry.put_granule(granule);
        Ok(())
    }

    /// The session whose delivery holds this moment, if there is one.
    fn session(&mut self, context: &ReadContext, moment: u64) -> Result<Option<String>, Error> {
        if let Some(session) = self.sessions.get(&moment) {
            return Ok(session.clone());
        }
        let session = settled_session(context, moment)?;
        self.sessions.insert(moment, session.clone());
        Ok(session)
    }

    /// What members sold in a session.
    fn sales(&mut self, context: &ReadContext, session: &str) -> Result<&BTreeMap<String, Vec<RoundTrades>>, Error> {
        if !self.sales.contains_key(session) {
            let cleared = PROGRESS.load(context, session)?.cleared;
            self.sales.insert(session.to_owned(), sales(context, session, &cleared)?);
        }
        Ok(&self.sales[session])
    }

    /// Makes certificates of what a device carries. What there are too many of for one transaction is carried on.
    fn fill(&mut self, context: &mut Context, device: &Device, certificates: &mut Vec<String>) -> Result<(), Error> {
        let generation = device.generation.as_ref().ok_or_else(|| Error::NotAGenerator(device.device.clone()))?;
        let project = ProjectCode::parse(&generation.project_code)?;
        let mut carried = self.carries.get(context, &device.device)?.cloned().unwrap_or_default();
        let mut carry = carried.to_rules();
        while certificates.len() < CHANGES_MAX
            && let Some(parts) = carry.take()
        {
            let energy_wh = parts.iter().map(|part| part.energy).sum();
            let produced = parts.iter().map(|part| part.start).max().unwrap_or_default();
            carried.certificates += 1;
            carried.issued_wh += energy_wh;
            let code = EnergyCode { project: &project, produced, serial: carried.certificates }.to_string();
            let issuance = Issuance {
                issuance: code.clone(),
                device: device.device.clone(),
                member: device.member.clone(),
                carrier: generation.carrier,
                technology: generation.technology.clone(),
                zone: device.zone.clone(),
                emission_g_per_mwh: generation.emission_g_per_mwh,
                interval_s: device.interval_s,
                energy_wh,
                sources: parts.into_iter().map(Source::from).collect(),
                issued_ns: context.timestamp_ns(),
            };
            ISSUANCES.put(context, &code, &issuance)?;
            let whole = Range::whole(energy_wh);
            self.registry.holdings.put((device.member.clone(), code.clone()), true);
            self.registry.put_certificate(Certificate {
                certificate: code.clone(),
                issuance: code.clone(),
                from_wh: whole.from,
                to_wh: whole.to,
                state: CertificateState::Issued,
                owner: device.member.clone(),
                produced_ns: produced + interval_ns(device.interval_s),
                expires_ns: expires(produced),
                offer: None,
                lock: None,
                claim: None,
                transfers: 0,
                change: self.change.clone(),
            });
            certificates.push(code);
        }
        carried.follow(carry);
        self.carries.put(device.device.clone(), carried);
        Ok(())
    }
}

fn part_of(granule: &Granule) -> Part {
    let Granule { start_ns, version, evidence_hash, energy_wh, .. } = granule;
    Part { start: *start_ns, version: *version, evidence: evidence_hash.0, energy: *energy_wh }
}

/// The session whose delivery holds this moment: none, or one whose trades stand.
fn settled_session(context: &ReadContext, moment: u64) -> Result<Option<String>, Error> {
    let earliest = (moment + 1).saturating_sub(DELIVERY_NS_MAX);
    let Some(entry) = DELIVERIES.range(context, (), earliest..moment + 1)?.last() else { return Ok(None) };
    let (_, session) = entry?;
    if SESSIONS.load(context, &session)?.parameters.schedule.delivery_end_ns <= moment {
        return Ok(None);
    }
    match PROGRESS.load(context, &session)?.phase {
        SessionPhase::Settled | SessionPhase::Reconciled => Ok(Some(session)),
        _ => Err(Error::SessionNotSettled(session)),
    }
}

/// What corrected readings change of what is minted.
pub(crate) struct Corrections {
    granules: Overlay<(String, u64), Granule>,
    carries: Overlay<String, CarriedEnergy>,
}

impl Corrections {
    pub(crate) fn new() -> Self {
        Self { granules: Overlay::new(&crate::state_layout::GRANULES), carries: Overlay::new(&CARRIES) }
    }

    /// If the reading is certified, its granule counts for the new version, and the device carries the difference.
    pub(crate) fn correct(&mut self, context: &ReadContext, reading: &Reading) -> Result<(), Error> {
        let key = (reading.device.clone(), reading.start_ns);
        let Some(granule) = self.granules.get(context, &key)? else { return Ok(()) };
        if granule.state != CertificateState::Issued {
            return Ok(());
        }
        let (mut granule, before_wh) = (granule.clone(), granule.energy_wh);
        granule.advance(Change {
            action: CertificateAction::Correct,
            actor: GRID_COMPANY.to_owned(),
            sequence: 0,
            at_ns: context.timestamp_ns(),
        })?;
        granule.version = reading.version;
        granule.energy_wh = reading.energy_wh;
        granule.evidence_hash = reading.evidence_hash;
        let mut carried = self.carries.get(context, &reading.device)?.cloned().unwrap_or_default();
        let mut carry: Carry = carried.to_rules();
        if reading.energy_wh > before_wh {
            carry.add(Part { energy: reading.energy_wh - before_wh, ..part_of(&granule) });
        } else {
            carry.remove(reading.start_ns, before_wh - reading.energy_wh);
        }
        carried.follow(carry);
        carried.certified_wh = carried.certified_wh - before_wh + reading.energy_wh;
        self.carries.put(reading.device.clone(), carried);
        self.granules.put(key, granule);
        Ok(())
    }

    pub(crate) fn save(self, context: &mut Context) -> Result<(), Error> {
        self.granules.save(context)?;
        Ok(self.carries.save(context)?)
    }
}
