//! The mint: granules fill certificates of 1 MWh, and a device carries what is left over.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::super::documents::{
    Action, Carry, Certificate, CertificateState, CertificatesIssued, Decimal, Device, FrozenSession, Granule,
    GranuleName, Issuance, Progress, Reading, RoundTrades, SessionPhase, Source,
};
use super::super::keys::{Key, hex64, parts_after};
use super::super::metering::find_device;
use super::super::policy::{GRID_COMPANY, TRADING_CENTRE};
use super::super::rounds::sales;
use super::super::step::{Checked, Expected, Step, Wrong, ensure, require};
use super::calendar::{expires_ns, production_date};
use super::changes::{Changes, granule_key};
use super::granules::{check_version, load_reading};
use crate::finding::Code;

const CERTIFICATE_WH: u64 = 1_000_000;
/// Readings that one certificate may be made of.
const SOURCES_MAX: usize = 1_024;
/// Certificates that one transaction may fill.
const CERTIFICATES_MAX: usize = 2_000;
/// The longest delivery of a session that is looked for.
const DELIVERY_NS_MAX: u64 = 3_600 * SECOND_NS;
const SECOND_NS: u64 = 1_000_000_000;

/// The trading centre mints.
pub(in crate::market) fn issue(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[TRADING_CENTRE])?;
    let granules: Vec<GranuleName> = step.argument(1)?;
    let mut changes = Changes::new(step);
    changes.count(granules.len())?;
    let mut sold = BTreeMap::new();
    for name in &granules {
        let start_ns = name.start_ns.0;
        let sold = match sold.entry(start_ns) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(Sold::find(step, start_ns)?),
        };
        certify(&mut changes, name, sold.as_ref())?;
    }
    let devices: BTreeSet<&String> = granules.iter().map(|granule| &granule.device).collect();
    let mut certificates = Vec::new();
    for name in devices {
        if let Some(device) = find_device(step, name)? {
            fill(&mut changes, &device, &mut certificates)?;
        }
    }
    let mut expected = Expected::default();
    changes.expect(&mut expected);
    expected.event("certificates_issued", &CertificatesIssued { granules, certificates });
    Ok(expected)
}

fn carry_key(device: &str) -> Key {
    Key::exchange("carry", &[device])
}

/// The reading of an audited granule becomes certified.
fn certify(changes: &mut Changes<'_, '_>, name: &GranuleName, sold: Option<&Sold>) -> Checked<()> {
    let step = changes.step;
    let mut granule = changes.granule(name)?;
    granule.advance(&super::change(step, Action::Issue, TRADING_CENTRE))?;
    check_version(&load_reading(step, &name.device, name.start_ns.0)?, granule.version)?;
    if let Some(Sold { session, sales }) = sold {
        granule.trades = sales.get(&granule.member).cloned().unwrap_or_default();
        granule.session = Some(session.clone());
    }
    let mut carry = changes.find::<Carry>(&carry_key(&name.device))?.unwrap_or_default();
    carry.add(source_of(&granule));
    carry.certified_wh.0 = carry.certified_wh.0.saturating_add(granule.energy_wh.0);
    changes.put(Code::CertificateEnergy, carry_key(&name.device), &carry);
    changes.put_granule(&granule);
    Ok(())
}

fn source_of(granule: &Granule) -> Source {
    let Granule { start_ns, version, evidence_hash, energy_wh, .. } = granule.clone();
    Source { start_ns, version, evidence_hash, energy_wh }
}

/// What was sold of the energy of one moment.
struct Sold {
    session: String,
    /// Places in the trade lists by seller.
    sales: BTreeMap<String, Vec<RoundTrades>>,
}

impl Sold {
    /// The session in whose delivery a moment is, if there is one; its trades must stand.
    fn find(step: &Step<'_>, moment: u64) -> Checked<Option<Self>> {
        let prefix = Key::exchange("delivery", &[]);
        let earliest = hex64(moment.saturating_add(1).saturating_sub(DELIVERY_NS_MAX));
        let latest = hex64(moment);
        let in_time = |key: &str| {
            let parts = parts_after(key, &prefix).unwrap_or_default();
            parts.first().is_some_and(|start| (earliest.as_str()..=latest.as_str()).contains(start))
        };
        let last = step.prefix(&prefix).filter(|(key, _)| in_time(key)).last();
        let Some((_, session)) = last else { return Ok(None) };
        let malformed =
            |error| Wrong::new(Code::UnknownState, format!("the session of a delivery cannot be read: {error}"));
        let session: String = serde_json::from_slice(session).map_err(malformed)?;
        let frozen: FrozenSession = step.load(&Key::exchange("session", &[&session]))?;
        if frozen.parameters.schedule.delivery_end_ns.0 <= moment {
            return Ok(None);
        }
        let progress: Progress = step.load(&Key::exchange("progress", &[&session]))?;
        let stands = matches!(progress.phase, SessionPhase::Settled | SessionPhase::Reconciled);
        require(stands, "SESSION_NOT_SETTLED")?;
        let sales = sales(step, &session, &progress.cleared)?;
        Ok(Some(Self { session, sales }))
    }
}

/// Fills certificates with what a device carries.
fn fill(changes: &mut Changes<'_, '_>, device: &Device, certificates: &mut Vec<String>) -> Checked<()> {
    let step = changes.step;
    let generation = device.generation.as_ref().ok_or_else(|| Wrong::refused("NOT_A_GENERATOR"))?;
    let mut carry = changes.find::<Carry>(&carry_key(&device.device))?.unwrap_or_default();
    while certificates.len() < CERTIFICATES_MAX
        && let Some(sources) = carry.take()
    {
        let energy: u64 = sources.iter().map(|source| source.energy_wh.0).sum();
        let produced = sources.iter().map(|source| source.start_ns.0).max().unwrap_or_default();
        carry.certificates.0 = carry.certificates.0.saturating_add(1);
        carry.issued_wh.0 = carry.issued_wh.0.saturating_add(energy);
        let (year, month, day) = production_date(produced);
        let (project, serial) = (&generation.project_code, carry.certificates.0 % 10_000_000);
        // The last digits: fed in, and may be traded.
        let code = format!("{project}{:02}{month:02}{day:02}{serial:07}11", year % 100);
        let issuance = Issuance {
            issuance: code.clone(),
            device: device.device.clone(),
            member: device.member.clone(),
            carrier: generation.carrier,
            technology: generation.technology.clone(),
            zone: device.zone.clone(),
            emission_g_per_mwh: generation.emission_g_per_mwh,
            interval_s: device.interval_s,
            energy_wh: Decimal(energy),
            sources,
            issued_ns: Decimal(step.now()),
        };
        changes.put(Code::CertificateEnergy, Key::exchange("issuance", &[&code]), &issuance);
        changes.put_holding(&device.member, &code);
        changes.put_certificate(&Certificate {
            certificate: code.clone(),
            issuance: code.clone(),
            from_wh: Decimal(0),
            to_wh: Decimal(energy),
            state: CertificateState::Issued,
            owner: device.member.clone(),
            produced_ns: Decimal(produced.saturating_add(u64::from(device.interval_s) * SECOND_NS)),
            expires_ns: Decimal(expires_ns(produced)),
            offer: None,
            lock: None,
            claim: None,
            transfers: 0,
            change: super::change(step, Action::Issue, TRADING_CENTRE),
        });
        certificates.push(code);
    }
    changes.put(Code::CertificateEnergy, carry_key(&device.device), &carry);
    Ok(())
}

/// A corrected reading of a certified granule changes what the device carries; certificates stay as they are.
pub(in crate::market) fn correct(changes: &mut Changes<'_, '_>, reading: &Reading) -> Checked<()> {
    let Some(mut granule) = changes.find::<Granule>(&granule_key(&reading.device, reading.start_ns.0))? else {
        return Ok(());
    };
    if granule.state != CertificateState::Issued {
        return Ok(());
    }
    let before = granule.energy_wh.0;
    granule.advance(&super::change(changes.step, Action::Correct, GRID_COMPANY))?;
    granule.version = reading.version;
    granule.energy_wh = reading.energy_wh;
    granule.evidence_hash.clone_from(&reading.evidence_hash);
    let mut carry = changes.find::<Carry>(&carry_key(&reading.device))?.unwrap_or_default();
    match reading.energy_wh.0.checked_sub(before) {
        Some(more) if more > 0 => carry.add(Source { energy_wh: Decimal(more), ..source_of(&granule) }),
        _ => carry.remove(reading.start_ns.0, before.saturating_sub(reading.energy_wh.0)),
    }
    carry.certified_wh.0 = carry.certified_wh.0.saturating_sub(before).saturating_add(reading.energy_wh.0);
    changes.put(Code::CertificateEnergy, carry_key(&reading.device), &carry);
    changes.put_granule(&granule);
    Ok(())
}

impl Carry {
    /// New energy pays what is owed before it is carried.
    fn add(&mut self, mut source: Source) {
        let paid = self.debt_wh.0.min(source.energy_wh.0);
        self.debt_wh.0 -= paid;
        source.energy_wh.0 -= paid;
        if source.energy_wh.0 > 0 {
            self.sources.push(source);
        }
    }

    /// Energy that was not there comes off its own interval, then off the latest that is carried, then is owed.
    fn remove(&mut self, start_ns: u64, mut energy: u64) {
        let mut order: Vec<usize> =
            (0..self.sources.len()).filter(|at| self.sources[*at].start_ns.0 == start_ns).collect();
        order.extend((0..self.sources.len()).rev());
        for at in order {
            let taken = energy.min(self.sources[at].energy_wh.0);
            self.sources[at].energy_wh.0 -= taken;
            energy -= taken;
        }
        self.sources.retain(|source| source.energy_wh.0 > 0);
        self.debt_wh.0 = self.debt_wh.0.saturating_add(energy);
    }

    /// The sources of the next certificate, the oldest first; none if there is too little.
    fn take(&mut self) -> Option<Vec<Source>> {
        let (mut missing, mut count) = (CERTIFICATE_WH, 0);
        for source in self.sources.iter().take(SOURCES_MAX) {
            count += 1;
            missing = missing.saturating_sub(source.energy_wh.0);
            if missing == 0 {
                break;
            }
        }
        if missing > 0 && count < SOURCES_MAX {
            return None;
        }
        let mut taken: Vec<Source> = self.sources.drain(..count).collect();
        let over =
            taken.iter().map(|source| source.energy_wh.0).fold(0, u64::saturating_add).saturating_sub(CERTIFICATE_WH);
        let last = taken.last_mut()?;
        if over > 0 {
            last.energy_wh.0 -= over;
            self.sources.insert(0, Source { energy_wh: Decimal(over), ..last.clone() });
        }
        Some(taken)
    }

    /// What is certified is what was issued and what is carried, less what is owed.
    pub(super) fn check(&self, device: &str) -> Checked<()> {
        let carried = self.sources.iter().map(|source| u128::from(source.energy_wh.0)).sum::<u128>();
        let left = u128::from(self.certified_wh.0) + u128::from(self.debt_wh.0);
        let adds_up = left == u128::from(self.issued_wh.0) + carried;
        ensure(
            adds_up,
            Code::CertificateEnergy,
            format!("what {device} has certified is not what it was issued and carries"),
        )
    }
}
