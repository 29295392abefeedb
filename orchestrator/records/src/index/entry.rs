//! What of a record is searched.

use super::directory::Directory;
use crate::{
    document::{Book, Declaration, Document, Evidence, Reading, Settlement},
    record::Kind,
    search::values::{day, timestamp},
};
use exchange::messages::{Carrier, CertificateState, IssuedCertificate, PostingKind};
use rules::order::Side;
use std::collections::BTreeSet;

/// A record as it is searched and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub kind: Kind,
    /// One line for a list of hits.
    pub title: String,
    /// The words under which it is found, in English with the terms of the trade in Chinese.
    pub description: String,
    /// Identifiers and names of its members.
    pub members: BTreeSet<String>,
    /// Carriers of energy.
    pub carriers: BTreeSet<String>,
    /// Fee classes.
    pub classes: BTreeSet<String>,
    /// Its trading session.
    pub session: Option<String>,
    /// The day of delivery or production, UTC.
    pub day: Option<String>,
    /// A certificate's state.
    pub state: Option<String>,
    /// Prices, fen/MWh.
    pub prices: BTreeSet<i64>,
    /// Volumes, Wh.
    pub volumes: BTreeSet<i64>,
    /// When it was, nanoseconds since the epoch.
    pub time_ns: i64,
}

impl Entry {
    /// What is searched of a document.
    #[must_use]
    pub fn new(document: &Document, directory: &Directory) -> Self {
        match document {
            Document::Declaration(declaration) => Self::declaration(declaration, directory),
            Document::Book(book) => Self::book(book, directory),
            Document::Settlement(settlement) => Self::settlement(settlement, directory),
            Document::Reading(reading) => Self::reading(reading, directory),
            Document::Certificate(certificate) => Self::certificate(certificate, directory),
            Document::Evidence(evidence) => Self::evidence(evidence),
        }
    }

    /// All of its text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}", self.title, self.description)
    }

    fn empty(kind: Kind, time_ns: u64) -> Self {
        Self {
            kind,
            title: String::new(),
            description: String::new(),
            members: BTreeSet::new(),
            carriers: BTreeSet::new(),
            classes: BTreeSet::new(),
            session: None,
            day: None,
            state: None,
            prices: BTreeSet::new(),
            volumes: BTreeSet::new(),
            time_ns: signed(time_ns),
        }
    }

    /// Adds a member under its identifier and its name; gives the name.
    fn add_member(&mut self, member: &str, directory: &Directory) -> String {
        self.members.insert(member.to_owned());
        let name = directory.profile(member).map_or(member, |profile| &profile.name);
        self.members.insert(name.to_owned());
        name.to_owned()
    }

    /// Its session, whose name begins with the day of delivery.
    fn set_session(&mut self, session: &str) {
        self.day = session.split_once('T').map(|(day, _)| day.to_owned());
        self.session = Some(session.to_owned());
    }

    fn declaration(declaration: &Declaration, directory: &Directory) -> Self {
        let bundle = &declaration.bundle;
        let mut entry = Self::empty(Kind::Declaration, declaration.stored.declared_ns);
        let name = entry.add_member(&bundle.member, directory);
        let profile = directory.profile(&bundle.member);
        entry.carriers.extend(profile.and_then(|profile| profile.carrier.clone()));
        entry.classes.extend(profile.map(|profile| profile.class.clone()));
        entry.prices.extend(bundle.orders.iter().map(|order| order.price));
        entry.volumes.extend(bundle.orders.iter().map(|order| signed(order.volume)));
        let volume_wh: u64 = bundle.orders.iter().map(|order| order.volume).fold(0, u64::saturating_add);
        let sells = bundle.orders.iter().any(|order| order.side == Side::Sell);
        let buys = bundle.orders.iter().any(|order| order.side == Side::Buy);
        let (does, action) = match (sells, buys) {
            (true, true) => ("sells and buys", "sell 卖出 buy 买入"),
            (true, false) => ("sells", "sell 卖出"),
            (false, true) => ("buys", "buy 买入"),
            (false, false) => ("withdraws", "withdrawal 撤单"),
        };
        entry.title = match (entry.prices.first(), entry.prices.last()) {
            (Some(low), Some(high)) if low == high => {
                format!("{name} {does} {} at {} CNY/MWh", energy(volume_wh), price(*low))
            }
            (Some(low), Some(high)) => {
                format!("{name} {does} {} at {} to {} CNY/MWh", energy(volume_wh), price(*low), price(*high))
            }
            _ => format!("{name} withdraws all its orders"),
        };
        let party = match profile {
            Some(profile) => format!("{}, class {}", party(profile.carrier.as_deref()), profile.class),
            None => "member 成员".to_owned(),
        };
        entry.description = format!(
            "declaration 申报: {action}; {party}; session {}, round {}; member {}",
            bundle.session, bundle.round, bundle.member
        );
        entry.set_session(&bundle.session);
        entry
    }

    fn book(book: &Book, directory: &Directory) -> Self {
        let result = &book.result;
        let mut entry = Self::empty(Kind::Book, result.cleared_ns);
        for order in &book.orders {
            entry.add_member(&order.member, directory);
        }
        for trade in &book.trades {
            entry.prices.extend([trade.seller_net, trade.buyer_gross]);
            entry.volumes.insert(signed(trade.volume_wh));
        }
        entry.classes.extend(book.classes.iter().cloned());
        entry.set_session(&result.session);
        let outcome = match (entry.prices.first(), entry.prices.last()) {
            (Some(low), Some(high)) => format!(
                "{} trades, {} at {} to {} CNY/MWh",
                result.trades,
                energy(result.volume_wh),
                price(*low),
                price(*high)
            ),
            _ => "no trade".to_owned(),
        };
        entry.title = format!("Session {}, round {}: {outcome}", result.session, result.round);
        entry.description = format!(
            "book 订单簿, clearing 出清: {} orders of {} bundles, {} trades 成交",
            result.orders, result.bundles, result.trades
        );
        entry
    }

    fn settlement(settlement: &Settlement, directory: &Directory) -> Self {
        let posted_ns = settlement.postings.first().map_or(0, |entry| entry.posting.posted_ns);
        let mut entry = Self::empty(Kind::Settlement, posted_ns);
        for posting in &settlement.postings {
            entry.add_member(&posting.account, directory);
        }
        let what = match settlement.kind {
            PostingKind::Trades => "trades 成交",
            PostingKind::Deviation => "deviations 偏差",
            PostingKind::Certificate => "certificates 绿证",
        };
        entry.title = match settlement.subject.strip_prefix('@') {
            Some(certificate) => format!("Certificate {certificate} paid: {} accounts", settlement.postings.len()),
            None => format!("Session {} settled: {} accounts", settlement.subject, settlement.postings.len()),
        };
        entry.description = format!("settlement 结算 of {what}, {} accounts 账户", settlement.postings.len());
        if !settlement.subject.starts_with('@') {
            entry.set_session(&settlement.subject);
        }
        entry
    }

    fn reading(reading: &Reading, directory: &Directory) -> Self {
        let Reading { device, reading } = reading;
        let mut entry = Self::empty(Kind::Reading, reading.start_ns);
        let name = entry.add_member(&device.member, directory);
        entry.members.insert(device.device.clone());
        let carrier = device.generation.as_ref().map(|generation| carrier(generation.carrier));
        entry.carriers.extend(carrier.map(str::to_owned));
        entry.classes.extend(directory.profile(&device.member).map(|profile| profile.class.clone()));
        entry.volumes.insert(signed(reading.energy_wh));
        entry.day = Some(day(entry.time_ns));
        let moved = if carrier.is_some() { "fed in" } else { "drew" };
        let start = timestamp(entry.time_ns);
        entry.title = format!("{name} {moved} {} from {start}", energy(reading.energy_wh));
        let version = match reading.version {
            0 | 1 => String::new(),
            version => format!(", correction 更正, version {version}"),
        };
        entry.description = format!(
            "reading 读数{version}: {}; device 设备 {}, zone {}; member {}",
            party(carrier),
            device.device,
            device.zone,
            device.member
        );
        entry
    }

    fn evidence(evidence: &Evidence) -> Self {
        let Evidence { device, start_ns, interval_s, energies_wh } = evidence;
        let mut entry = Self::empty(Kind::Evidence, *start_ns);
        entry.members.insert(device.clone());
        entry.volumes.extend(energies_wh.iter().map(|energy| signed(*energy)));
        entry.day = Some(day(entry.time_ns));
        let sum: u64 = energies_wh.iter().copied().fold(0, u64::saturating_add);
        entry.title = format!("Meter of {device} recorded {} from {}", energy(sum), timestamp(entry.time_ns));
        let intervals = energies_wh.len();
        entry.description = format!(
            "evidence 凭证, meter record 电表记录: device 设备 {device}, {intervals} intervals of {interval_s} s"
        );
        entry
    }

    fn certificate(issued: &IssuedCertificate, directory: &Directory) -> Self {
        let IssuedCertificate { certificate, issuance } = issued;
        let mut entry = Self::empty(Kind::Certificate, certificate.change.at_ns);
        let owner = entry.add_member(&certificate.owner, directory);
        let producer = entry.add_member(&issuance.member, directory);
        entry.members.insert(issuance.device.clone());
        let carrier = carrier(issuance.carrier);
        entry.carriers.insert(carrier.to_owned());
        let (state, chinese) = state(certificate.state);
        entry.state = Some(state.to_owned());
        entry.prices.extend(certificate.offer.as_ref().map(|offer| offer.price));
        let energy_wh = certificate.to_wh.saturating_sub(certificate.from_wh);
        entry.volumes.insert(signed(energy_wh));
        entry.day = Some(day(signed(certificate.produced_ns)));
        entry.title = format!("Certificate {} over {} {state}, of {owner}", certificate.certificate, energy(energy_wh));
        let claim = match &certificate.claim {
            Some(claim) => {
                let beneficiary = entry.add_member(&claim.beneficiary, directory);
                let (from, to) = (timestamp(signed(claim.from_ns)), timestamp(signed(claim.to_ns)));
                format!("; claim 核销 for {beneficiary}, {from} to {to}")
            }
            None => String::new(),
        };
        entry.description = format!(
            "certificate 绿证 {state} {chinese}: {} {producer}, device 设备 {}, zone {}{claim}",
            party(Some(carrier)),
            issuance.device,
            issuance.zone
        );
        entry
    }
}

/// A carrier by its meaning in the table of synonyms.
fn carrier(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Wind => "wind",
        Carrier::Solar => "solar",
        Carrier::Hydro => "hydro",
        Carrier::Biomass => "biomass",
        Carrier::Geothermal => "geothermal",
        Carrier::Ocean => "ocean",
    }
}

/// A state by its meaning in the table of synonyms, and in Chinese.
fn state(state: CertificateState) -> (&'static str, &'static str) {
    match state {
        CertificateState::Metered => ("metered", "已计量"),
        CertificateState::Requested => ("requested", "已申请"),
        CertificateState::Audited => ("audited", "已审核"),
        CertificateState::Rejected => ("rejected", "已驳回"),
        CertificateState::Issued => ("issued", "已核发"),
        CertificateState::Published => ("published", "已公示"),
        CertificateState::Listed => ("listed", "已挂牌"),
        CertificateState::Locked => ("locked", "已锁定"),
        CertificateState::Split => ("split", "已拆分"),
        CertificateState::Cancelled => ("cancelled", "已注销"),
        CertificateState::Withdrawn => ("withdrawn", "已撤回"),
        CertificateState::Expired => ("expired", "已过期"),
    }
}

/// A member by what it does, in both languages.
fn party(carrier: Option<&str>) -> &str {
    match carrier {
        None => "consumer 用户",
        Some("wind") => "wind farm 风电场 (windpark)",
        Some("solar") => "solar plant 光伏电站 (PV)",
        Some("hydro") => "hydropower plant 水电站",
        Some("biomass") => "biomass plant 生物质电厂",
        Some("geothermal") => "geothermal plant 地热电站",
        Some("ocean") => "ocean energy plant 海洋能电站",
        Some(other) => other,
    }
}

/// Instants and energy fit by far; what does not is searched as the largest number.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// fen/MWh as CNY/MWh.
fn price(fen: i64) -> String {
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// Wh in kWh or MWh.
fn energy(wh: u64) -> String {
    if wh < 1_000_000 {
        format!("{}.{} kWh", wh / 1_000, wh / 100 % 10)
    } else {
        format!("{}.{:03} MWh", wh / 1_000_000, wh / 1_000 % 1_000)
    }
}
