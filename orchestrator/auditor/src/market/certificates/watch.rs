//! Notes down what transactions write that has to do with one certificate, while an audit goes through a ledger.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::documents::{
    Action, CarriedOut, Certificate, CertificateState, Change, Decimal, Device, Granule, GranuleName, Instructed,
    Issuance, Posting, Reading,
};
use super::super::keys::{EXCHANGE, Key, hex32, hex64, parts_after};
use super::super::rounds::trades_of;
use super::super::step::Step;
use crate::calendar::utc;
use crate::state::{Space, State};
use crate::trail::{self, Evidence, Sale, Trail};
use crate::transaction::Transaction;

/// Digits of a project's code, with which the code of its certificates begins.
const PROJECT_DIGITS: usize = 17;

/// What was seen of one certificate so far.
pub(crate) struct Watch {
    certificate: String,
    /// The code that it was issued under.
    issuance: String,
    device: Option<String>,
    seen: Vec<Seen>,
}

/// A valid transaction that wrote something.
struct Seen {
    evidence: Evidence,
    /// Keys with their new values.
    writes: Vec<(String, Option<Vec<u8>>)>,
    /// What members instructed in it, in order: of what one transaction does step by step only the end is written.
    instructed: Vec<CarriedOut>,
}

impl Watch {
    pub(crate) fn new(certificate: &str) -> Self {
        let issuance = certificate.split_once(':').map_or(certificate, |(issuance, _)| issuance);
        Self { certificate: certificate.to_owned(), issuance: issuance.to_owned(), device: None, seen: Vec::new() }
    }

    /// Looks at a valid transaction.
    pub(crate) fn see(&mut self, block: u64, id: &str, transaction: &Transaction) {
        let sets = transaction.sets.iter().filter(|set| set.space == Space::public(EXCHANGE));
        let writes: Vec<_> = sets
            .flat_map(|set| &set.writes)
            .map(|(key, value)| (String::from_utf8_lossy(key).into_owned(), value.as_deref()))
            .collect();
        let project = self.issuance.get(..PROJECT_DIGITS).map(|code| Key::exchange("project", &[code]).text);
        for (_, value) in writes.iter().filter(|(key, _)| Some(key) == project.as_ref()) {
            self.device = value.and_then(|value| serde_json::from_slice(value).ok());
        }
        let relevant = writes.into_iter().filter(|(key, _)| self.is_relevant(key));
        let writes: Vec<_> = relevant.map(|(key, value)| (key, value.map(<[u8]>::to_vec))).collect();
        if !writes.is_empty() {
            let evidence = Evidence {
                block,
                transaction: id.to_owned(),
                time: utc(transaction.timestamp_ns),
                function: transaction.function().to_owned(),
                creator: transaction.creator.clone(),
                endorsers: transaction.endorsers.clone(),
            };
            let instructed = transaction.event.as_ref().filter(|event| event.event_name == "instructed");
            let instructed = instructed.and_then(|event| serde_json::from_slice::<Instructed>(&event.payload).ok());
            let instructed = instructed.map(|event| event.instructions).unwrap_or_default();
            self.seen.push(Seen { evidence, writes, instructed });
        }
    }

    fn is_relevant(&self, key: &str) -> bool {
        let parts: Vec<&str> = key.trim_matches('\0').split('\0').collect();
        match parts.as_slice() {
            ["result", ..] => true,
            ["certificate", name] => self.is_of_issuance(name),
            ["issuance", code] => *code == self.issuance,
            ["posting", _, subject, _] => subject.strip_prefix('@').is_some_and(|name| self.is_of_issuance(name)),
            ["device" | "reading" | "granule", device, ..] => self.device.as_deref() == Some(*device),
            _ => false,
        }
    }

    fn is_of_issuance(&self, certificate: &str) -> bool {
        let rest = certificate.strip_prefix(self.issuance.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }

    /// The trail; none if the ledger has no such certificate.
    pub(crate) fn trail(&self, channel: &str, state: &State) -> Option<Trail> {
        let nothing = Transaction::default();
        let step = Step::new(channel, &nothing, state);
        let certificate: Certificate = read(&step, "certificate", &[&self.certificate])?;
        let issuance: Issuance = read(&step, "issuance", &[&self.issuance])?;
        let sources = issuance.sources.iter().map(|source| {
            let granule = read::<Granule>(&step, "granule", &[&issuance.device, &hex64(source.start_ns.0)]);
            trail::Reading {
                start: utc(source.start_ns.0),
                version: source.version,
                energy_wh: source.energy_wh.0,
                evidence_hash: source.evidence_hash.clone(),
                recorded: self.recorded(&issuance.device, source.start_ns.0),
                certified: self.certified(&issuance.device, source.start_ns.0),
                sales: granule.map(|granule| self.sales(&step, &granule)).unwrap_or_default(),
            }
        });
        Some(Trail {
            certificate: self.certificate.clone(),
            issuance: self.issuance.clone(),
            from_wh: certificate.from_wh.0,
            to_wh: certificate.to_wh.0,
            state: name_of(&certificate.state),
            owner: certificate.owner.clone(),
            produced: utc(certificate.produced_ns.0),
            expires: utc(certificate.expires_ns.0),
            device: self.device(&step, &issuance)?,
            readings: sources.collect(),
            changes: self.changes(&certificate),
            payments: self.payments(&certificate),
            claim: certificate.claim.map(|claim| trail::Claim {
                beneficiary: claim.beneficiary,
                from: utc(claim.from_ns.0),
                to: utc(claim.to_ns.0),
            }),
        })
    }

    /// The documents that were written under keys that begin so, with the rest of their keys.
    fn written<'a, T: DeserializeOwned>(
        &'a self,
        object: &str,
        parts: &[&str],
    ) -> impl Iterator<Item = (&'a Seen, Vec<&'a str>, T)> + use<'a, T> {
        let prefix = Key::exchange(object, parts);
        self.seen.iter().flat_map(move |seen| {
            let prefix = prefix.clone();
            seen.writes.iter().filter_map(move |(key, value)| {
                let rest = if *key == prefix.text { Vec::new() } else { parts_after(key, &prefix)? };
                Some((seen, rest, serde_json::from_slice(value.as_deref()?).ok()?))
            })
        })
    }

    fn device(&self, step: &Step<'_>, issuance: &Issuance) -> Option<trail::Device> {
        let device: Device = read(step, "device", &[&issuance.device])?;
        let generation = device.generation?;
        let registered = self.written::<Device>("device", &[&issuance.device]).next();
        Some(trail::Device {
            device: device.device,
            member: device.member,
            carrier: name_of(&generation.carrier),
            technology: generation.technology,
            project_code: generation.project_code,
            zone: device.zone,
            point: device.point,
            capacity_w: device.capacity_w.0,
            registered: registered.map(|(seen, ..)| seen.evidence.clone()),
        })
    }

    fn recorded(&self, device: &str, start_ns: u64) -> Vec<trail::Version> {
        let versions = self.written::<Reading>("reading", &[device, &hex64(start_ns)]);
        versions
            .map(|(seen, _, reading)| trail::Version {
                version: reading.version,
                energy_wh: reading.energy_wh.0,
                recorded: seen.evidence.clone(),
            })
            .collect()
    }

    fn certified(&self, device: &str, start_ns: u64) -> Vec<trail::Change> {
        let changes = self.written::<Granule>("granule", &[device, &hex64(start_ns)]);
        let name = GranuleName { device: device.to_owned(), start_ns: Decimal(start_ns) };
        changes
            .flat_map(|(seen, _, granule)| {
                let last = change(granule.granule, &granule.change, granule.state, &seen.evidence);
                seen.steps(last, |instruction| instruction.granules.contains(&name))
            })
            .collect()
    }

    /// Changes of the certificate, and of those that it is a part of.
    fn changes(&self, of: &Certificate) -> Vec<trail::Change> {
        let certificates = self.written::<Certificate>("certificate", &[]);
        let wholes = certificates.filter(|(_, _, other)| other.from_wh <= of.from_wh && of.to_wh <= other.to_wh);
        wholes
            .flat_map(|(seen, _, other)| {
                let last = change(other.certificate.clone(), &other.change, other.state, &seen.evidence);
                seen.steps(last, |instruction| instruction.certificates.contains(&other.certificate))
            })
            .collect()
    }

    /// Payments for the certificate, and for those that it is a part of.
    fn payments(&self, of: &Certificate) -> Vec<trail::Payment> {
        let wholes: Vec<String> = self.changes(of).into_iter().map(|change| change.subject).collect();
        let postings = self.written::<Posting>("posting", &[]);
        let payments = postings.filter_map(|(seen, rest, posting)| {
            let certificate = posting.subject.strip_prefix('@')?.to_owned();
            let account = (*rest.first()?).to_owned();
            let Decimal(amount) = posting.amount;
            wholes.contains(&certificate).then(|| trail::Payment {
                certificate,
                account,
                amount: amount.to_string(),
                evidence: seen.evidence.clone(),
            })
        });
        payments.collect()
    }

    fn sales(&self, step: &Step<'_>, granule: &Granule) -> Vec<Sale> {
        let Some(session) = &granule.session else { return Vec::new() };
        let mut sales = Vec::new();
        for round in &granule.trades {
            let cleared = self.written::<serde_json::Value>("result", &[session, &hex32(round.round)]).next();
            let cleared = cleared.map(|(seen, ..)| seen.evidence.clone());
            let trades = trades_of(step, session, round.round).unwrap_or_default();
            for place in &round.trades {
                let Some(Some(trade)) = trades.get(*place as usize) else { continue };
                sales.push(Sale {
                    session: session.clone(),
                    round: round.round,
                    place: *place,
                    buyer: trade.buyer.clone(),
                    volume_wh: trade.volume,
                    seller_net: trade.seller_net,
                    buyer_gross: trade.seller_net.saturating_add(trade.fee).saturating_add(trade.margin),
                    cleared: cleared.clone(),
                });
            }
        }
        sales
    }
}

impl Seen {
    /// The steps that led to what was written last: those that members instructed before in the same transaction, then
    /// the last one.
    fn steps(&self, last: trail::Change, concerns: impl Fn(&CarriedOut) -> bool) -> Vec<trail::Change> {
        let own: Vec<&CarriedOut> = self.instructed.iter().filter(|instruction| concerns(instruction)).collect();
        let earlier = own.split_last().map_or(&[][..], |(_, earlier)| earlier);
        let mut steps: Vec<_> = earlier
            .iter()
            .map(|instruction| trail::Change {
                subject: last.subject.clone(),
                action: name_of(&instruction.action),
                actor: instruction.member.clone(),
                instruction: Some(instruction.sequence.0),
                state: state_by(instruction, &last.subject).to_owned(),
                evidence: self.evidence.clone(),
            })
            .collect();
        steps.push(last);
        steps
    }
}

/// The state in which an instruction leaves what it is about; each action leads to one.
fn state_by(instruction: &CarriedOut, subject: &str) -> &'static str {
    match instruction.action {
        Action::Request => "REQUESTED",
        Action::List | Action::Release => "LISTED",
        Action::Lock => "LOCKED",
        // The first is the whole, the others are its parts.
        Action::Split if instruction.certificates.first().is_some_and(|whole| whole == subject) => "SPLIT",
        Action::Cancel => "CANCELLED",
        Action::Withdraw => "WITHDRAWN",
        _ => "PUBLISHED",
    }
}

fn read<T: DeserializeOwned>(step: &Step<'_>, object: &str, parts: &[&str]) -> Option<T> {
    step.find(&Key::exchange(object, parts)).ok().flatten()
}

fn change(subject: String, change: &Change, state: CertificateState, evidence: &Evidence) -> trail::Change {
    trail::Change {
        subject,
        action: name_of(&change.action),
        actor: change.actor.clone(),
        instruction: (change.sequence.0 > 0).then_some(change.sequence.0),
        state: name_of(&state),
        evidence: evidence.clone(),
    }
}

/// The name of a value on the ledger.
fn name_of(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
