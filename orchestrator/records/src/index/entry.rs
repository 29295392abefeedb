//! What of a record is searched.

use super::directory::Directory;
use crate::{
    document::{Book, Declaration, Document, Settlement},
    record::Kind,
};
use exchange::messages::PostingKind;
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
    /// A state, of a certificate for example.
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
        }
    }

    /// All of its text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}", self.title, self.description)
    }

    /// The day of delivery, which a session's name begins with.
    #[must_use]
    pub fn day(&self) -> Option<&str> {
        let (day, _) = self.session.as_deref()?.split_once('T')?;
        Some(day)
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
        entry.session = Some(bundle.session.clone());
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
        entry.session = Some(result.session.clone());
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
        };
        entry.title = format!("Session {} settled: {} accounts", settlement.session, settlement.postings.len());
        entry.description = format!("settlement 结算 of {what}, {} accounts 账户", settlement.postings.len());
        entry.session = Some(settlement.session.clone());
        entry
    }
}

/// A member by what it does, in both languages.
pub(super) fn party(carrier: Option<&str>) -> &str {
    match carrier {
        None => "consumer 用户",
        Some("wind") => "wind farm 风电场 (windpark)",
        Some("solar") => "solar plant 光伏电站 (PV)",
        Some("hydro") => "hydropower plant 水电站",
        Some("biomass") => "biomass plant 生物质电厂",
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
