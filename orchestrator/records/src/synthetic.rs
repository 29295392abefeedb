//! Made-up records of real members, for benchmarks and tests: nobody has signed them, and no chain vouches for them.

use crate::{
    document::{Document, Reading},
    index::Directory,
    record::Record,
};
use declaration::{StoredBundle, encoding::Hexadecimal};
use exchange::messages::{
    Carrier, Certificate, CertificateAction, CertificateState, Change, Device, Generation, Issuance, IssuedCertificate,
};
use rules::{
    bundle::{Bundle, DeclaredOrder},
    order::{ClassIndex, Side},
};

const HOUR_NS: u64 = 3_600_000_000_000;
/// 2016-01-01T00:00Z.
const YEAR_NS: u64 = 1_451_606_400_000_000_000;
const HOURS_PER_YEAR: u64 = 366 * 24;
const SIGNATURE_BYTES: usize = 64;

/// A row of numbers that follows from a seed. SplitMix64, by Steele, Lea and Flood.
pub struct Random(pub u64);

impl Random {
    /// The next number, below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}

/// An endless row of records that follows from members and a seed: of twenty, fourteen declarations, five readings and
/// a certificate.
pub struct Synthetic {
    members: Vec<(String, Option<Carrier>)>,
    random: Random,
    number: u64,
}

impl Synthetic {
    /// Records of these members.
    #[must_use]
    pub fn new(directory: &Directory, seed: u64) -> Self {
        let member = |(id, profile): (&String, &crate::index::Profile)| {
            let carrier = profile.carrier.as_deref().map(|carrier| match carrier {
                "wind" => Carrier::Wind,
                "hydro" => Carrier::Hydro,
                "biomass" => Carrier::Biomass,
                _ => Carrier::Solar,
            });
            (id.clone(), carrier)
        };
        Self { members: directory.0.iter().map(member).collect(), random: Random(seed), number: 0 }
    }

    fn hash<const N: usize>(&mut self) -> Hexadecimal<N> {
        Hexadecimal(std::array::from_fn(|_| self.random.below(256).to_le_bytes()[0]))
    }

    /// A member, and the hour that its next record is about: time goes on from record to record.
    fn subject(&mut self) -> Option<(String, Option<Carrier>, u64)> {
        let index = usize::try_from(self.random.below(self.members.len() as u64)).unwrap_or_default();
        let (member, carrier) = self.members.get(index)?.clone();
        let hour = self.number / (self.members.len() as u64 * 2) % HOURS_PER_YEAR;
        Some((member, carrier, hour))
    }

    fn declaration(&mut self) -> Option<Document> {
        let (member, carrier, hour) = self.subject()?;
        let start_ns = YEAR_NS + hour * HOUR_NS;
        let side = if carrier.is_some() { Side::Sell } else { Side::Buy };
        let orders = (0..=self.random.below(3)).map(|number| DeclaredOrder {
            number: u32::try_from(number).unwrap_or_default(),
            side,
            class: ClassIndex(0),
            point: 4,
            price: 20_000 + i64::try_from(self.random.below(30_000)).unwrap_or_default(),
            volume: 1_000 + self.random.below(400_000),
        });
        let orders = orders.collect();
        let bundle = Bundle {
            channel: "market".to_owned(),
            session: crate::search::values::timestamp(i64::try_from(start_ns).ok()?).split(':').next()?.to_owned(),
            member,
            round: 1 + u32::try_from(self.random.below(7)).ok()?,
            sequence: 1 + self.random.below(7),
            orders,
        };
        let declared_ns = start_ns - HOUR_NS + self.random.below(HOUR_NS);
        let stored = StoredBundle { signature: self.hash::<SIGNATURE_BYTES>(), declared_ns, bytes: bundle.encode() };
        Document::declaration(&stored.encode()).ok()
    }

    fn device(&mut self, member: &str, carrier: Option<Carrier>) -> Device {
        Device {
            device: format!("{member}-meter"),
            member: member.to_owned(),
            generation: carrier.map(|carrier| Generation {
                carrier,
                technology: "T010000".to_owned(),
                project_code: "11000020160000001".to_owned(),
                emission_g_per_mwh: 0,
            }),
            capacity_w: 400_000,
            point: 4,
            interval_s: 3_600,
            zone: "A1".to_owned(),
            commissioned_ns: YEAR_NS,
        }
    }

    fn reading(&mut self) -> Option<Document> {
        let (member, carrier, hour) = self.subject()?;
        let device = self.device(&member, carrier);
        let start_ns = YEAR_NS + hour * HOUR_NS;
        let reading = exchange::messages::Reading {
            device: device.device.clone(),
            start_ns,
            version: if self.random.below(50) == 0 { 2 } else { 1 },
            energy_wh: self.random.below(400_000),
            evidence_hash: self.hash(),
            recorded_ns: start_ns + HOUR_NS,
        };
        Some(Document::Reading(Reading { device, reading }))
    }

    fn certificate(&mut self) -> Option<Document> {
        let (member, carrier, hour) = self.subject()?;
        let device = self.device(&member, carrier);
        let at_ns = YEAR_NS + hour * HOUR_NS;
        let states = [
            CertificateState::Issued,
            CertificateState::Published,
            CertificateState::Listed,
            CertificateState::Locked,
            CertificateState::Cancelled,
        ];
        let state = *states.get(usize::try_from(self.random.below(states.len() as u64)).ok()?)?;
        let code = format!("11000020160000001{:015}", self.number);
        let issuance = Issuance {
            issuance: code.clone(),
            device: device.device,
            member: member.clone(),
            carrier: carrier.unwrap_or(Carrier::Solar),
            technology: "T010000".to_owned(),
            zone: "A1".to_owned(),
            emission_g_per_mwh: 0,
            interval_s: 3_600,
            energy_wh: 1_000_000,
            sources: Vec::new(),
            issued_ns: at_ns,
        };
        let certificate = Certificate {
            certificate: code.clone(),
            issuance: code,
            from_wh: 0,
            to_wh: 1_000_000,
            state,
            owner: member.clone(),
            produced_ns: at_ns,
            expires_ns: at_ns + 2 * HOURS_PER_YEAR * HOUR_NS,
            offer: None,
            lock: None,
            claim: None,
            transfers: 0,
            change: Change { action: CertificateAction::Issue, actor: member, sequence: 0, at_ns },
        };
        Some(Document::Certificate(IssuedCertificate { certificate, issuance }))
    }
}

impl Iterator for Synthetic {
    type Item = Record;

    /// Ends only without members.
    fn next(&mut self) -> Option<Record> {
        self.number += 1;
        let document = match self.number % 20 {
            0 => self.certificate(),
            1..=5 => self.reading(),
            _ => self.declaration(),
        };
        document.map(|document| Record::new(&document))
    }
}
