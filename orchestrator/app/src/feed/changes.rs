//! What a transaction of the market's contracts changed, as records.

use super::key;
use crate::{
    Error,
    market::{Market, answer},
};
use declaration::messages::CHAINCODE as DECLARATION;
use exchange::{
    messages::{
        CHAINCODE as EXCHANGE, Certificate, CertificateAction, Device, FrozenSession, Instructed, Issuance,
        IssuedCertificate, Posting, RoundResult, event_name,
    },
    pages::decode_book,
};
use fabric_client::events::CommittedTransaction;
use records::{
    Document, Record, RecordId,
    document::{AccountPosting, Book, Reading, Settlement},
};
use serde::de::DeserializeOwned;
use std::{collections::HashMap, sync::Arc};

/// Sessions, devices and issuances that are remembered at most: a market has no more devices.
const REMEMBERED: usize = 5_000;

/// What is to be done, in order.
pub(super) enum Change {
    /// A record is kept.
    Record(Record),
    /// A reading names its evidence.
    Evidence(RecordId),
    /// All records up to here make a batch.
    Cut,
}

/// Reads transactions. What a record needs besides its transaction never changes on the ledger, and is remembered.
pub(super) struct Reader {
    market: Arc<Market>,
    sessions: HashMap<String, FrozenSession>,
    devices: HashMap<String, Device>,
    issuances: HashMap<String, Issuance>,
}

impl Reader {
    pub(super) fn new(market: Arc<Market>) -> Self {
        Self { market, sessions: HashMap::new(), devices: HashMap::new(), issuances: HashMap::new() }
    }

    pub(super) async fn read(&mut self, transaction: &CommittedTransaction) -> Result<Vec<Change>, Error> {
        self.forget_some();
        let mut written = Written::default();
        for write in &transaction.writes {
            if let (Some(value), Some((kind, parts))) = (&write.value, key::split(&write.key)) {
                match write.chaincode.as_str() {
                    // One organization alone can put something else there; it is no record then.
                    DECLARATION if kind == "bundle" => written.documents.extend(Document::declaration(value).ok()),
                    EXCHANGE => self.take(&mut written, kind, &parts, value)?,
                    _ => {}
                }
            }
        }
        let mut documents = written.documents;
        if let Some(result) = written.result {
            documents.push(Document::Book(self.book(result, &written.book_pages, &written.trade_pages).await?));
        }
        let mut changes = Vec::new();
        for reading in written.readings {
            changes.push(Change::Evidence(RecordId(reading.evidence_hash.0)));
            let device = self.device(&reading.device).await?.clone();
            documents.push(Document::Reading(Reading { device, reading }));
        }
        for certificate in written.certificates {
            let issuance = self.issuance(&certificate).await?.clone();
            documents.push(Document::Certificate(IssuedCertificate { certificate, issuance }));
        }
        documents.extend(settlement(written.postings));
        changes.extend(documents.iter().map(|document| Change::Record(Record::new(document))));
        if ends_batch(transaction)? {
            changes.push(Change::Cut);
        }
        Ok(changes)
    }

    /// Keeps the memory of a feed that runs for years within bounds: what is asked for again is read again.
    fn forget_some(&mut self) {
        if self.sessions.len() > REMEMBERED {
            self.sessions.clear();
        }
        if self.devices.len() > REMEMBERED {
            self.devices.clear();
        }
        if self.issuances.len() > REMEMBERED {
            self.issuances.clear();
        }
    }

    fn take(&mut self, written: &mut Written, kind: &str, parts: &[&str], value: &[u8]) -> Result<(), Error> {
        match kind {
            "session" => {
                let session: FrozenSession = decode(value)?;
                self.sessions.insert(session.parameters.session.clone(), session);
            }
            "device" => {
                let device: Device = decode(value)?;
                self.devices.insert(device.device.clone(), device);
            }
            "issuance" => {
                let issuance: Issuance = decode(value)?;
                self.issuances.insert(issuance.issuance.clone(), issuance);
            }
            "result" => written.result = Some(decode(value)?),
            // Pages come in the order of their keys.
            "book" => written.book_pages.push(value.to_vec()),
            "trades" => written.trade_pages.push(value.to_vec()),
            "reading" => written.readings.push(decode(value)?),
            "certificate" => written.certificates.push(decode(value)?),
            "posting" => {
                let account = parts.first().copied().unwrap_or_default().to_owned();
                written.postings.push(AccountPosting { account, posting: decode(value)? });
            }
            _ => {}
        }
        Ok(())
    }

    async fn book(&mut self, result: RoundResult, book: &[Vec<u8>], trades: &[Vec<u8>]) -> Result<Book, Error> {
        let orders = book.iter().map(|page| decode_book(page)).collect::<Result<Vec<_>, _>>();
        let orders = orders.map_err(|error| Error::State(error.to_string()))?.concat();
        let trades = trades.iter().map(|page| exchange::disclosed_trades(&orders, page));
        let trades = trades.collect::<Result<Vec<_>, _>>().map_err(|error| Error::State(error.to_string()))?.concat();
        let parameters = &self.session(&result.session).await?.parameters;
        let (delivery_start_ns, classes) = (parameters.schedule.delivery_start_ns, parameters.classes.clone());
        Ok(Book { delivery_start_ns, classes, result, orders, trades })
    }

    async fn session(&mut self, name: &str) -> Result<&FrozenSession, Error> {
        if !self.sessions.contains_key(name) {
            let session = self.market.session(name).await?.ok_or_else(|| absent("session", name))?;
            self.sessions.insert(name.to_owned(), session.frozen);
        }
        self.sessions.get(name).ok_or_else(|| absent("session", name))
    }

    async fn device(&mut self, name: &str) -> Result<&Device, Error> {
        if !self.devices.contains_key(name) {
            let devices = self.market.devices().await?;
            self.devices.extend(devices.into_iter().map(|device| (device.device.clone(), device)));
        }
        self.devices.get(name).ok_or_else(|| absent("device", name))
    }

    async fn issuance(&mut self, certificate: &Certificate) -> Result<&Issuance, Error> {
        let name = &certificate.issuance;
        if !self.issuances.contains_key(name) {
            let issued = self.market.certificate(&certificate.certificate).await?;
            let issued = issued.ok_or_else(|| absent("certificate", &certificate.certificate))?;
            self.issuances.insert(name.clone(), issued.issuance);
        }
        self.issuances.get(name).ok_or_else(|| absent("issuance", name))
    }
}

/// A batch ends where a session is reconciled, and where certificates are claimed: then somebody wants to prove them.
fn ends_batch(transaction: &CommittedTransaction) -> Result<bool, Error> {
    match transaction.event.as_str() {
        event_name::SESSION_RECONCILED => Ok(true),
        event_name::INSTRUCTED => {
            let instructed: Instructed = decode(&transaction.event_payload)?;
            Ok(instructed.instructions.iter().any(|one| one.action == CertificateAction::Cancel))
        }
        _ => Ok(false),
    }
}

/// What a transaction wrote.
#[derive(Default)]
struct Written {
    documents: Vec<Document>,
    result: Option<RoundResult>,
    book_pages: Vec<Vec<u8>>,
    trade_pages: Vec<Vec<u8>>,
    readings: Vec<exchange::messages::Reading>,
    certificates: Vec<Certificate>,
    postings: Vec<AccountPosting>,
}

/// A transaction posts for one session, or for certificates that were paid.
fn settlement(postings: Vec<AccountPosting>) -> Option<Document> {
    let Posting { subject, kind, .. } = &postings.first()?.posting;
    Some(Document::Settlement(Settlement { subject: subject.clone(), kind: *kind, postings }))
}

fn decode<T: DeserializeOwned>(value: &[u8]) -> Result<T, Error> {
    answer("Deliver", value)
}

fn absent(what: &str, name: &str) -> Error {
    Error::State(format!("there is no {what} {name}"))
}
