//! Documents as a transaction makes them, where it changes one more than once.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::documents::{Certificate, Decimal, Granule, GranuleName, Posting, PostingKind};
use super::super::keys::{Key, hex32, hex64};
use super::super::step::{Checked, Expected, Step, Wrong, require};
use crate::finding::Code;

/// Granules and certificates that one transaction may change.
const CHANGES_MAX: usize = 2_000;

/// The state before a step, and what the step has made of it so far.
pub(in crate::market) struct Changes<'a, 'b> {
    pub(super) step: &'a Step<'b>,
    made: BTreeMap<Key, (Code, Option<Value>)>,
    count: usize,
}

impl<'a, 'b> Changes<'a, 'b> {
    pub(in crate::market) fn new(step: &'a Step<'b>) -> Self {
        Self { step, made: BTreeMap::new(), count: 0 }
    }

    /// Takes note that so many granules and certificates are about to change.
    pub(super) fn count(&mut self, changes: usize) -> Checked<()> {
        self.count += changes;
        require(self.count <= CHANGES_MAX, "TOO_MANY_CHANGES")
    }

    pub(super) fn find<T: DeserializeOwned>(&self, key: &Key) -> Checked<Option<T>> {
        match self.made.get(key) {
            // What was made here is of the type that it is read as.
            Some((_, made)) => Ok(made.clone().and_then(|document| serde_json::from_value(document).ok())),
            None => self.step.find(key),
        }
    }

    pub(super) fn put(&mut self, code: Code, key: Key, document: &impl Serialize) {
        self.made.insert(key, (code, Some(serde_json::to_value(document).unwrap_or_default())));
    }

    pub(super) fn delete(&mut self, key: Key) {
        self.made.insert(key, (Code::Certificate, None));
    }

    /// Keys that begin with a composite key, before the step or made by it.
    pub(super) fn keys(&self, prefix: &Key) -> Vec<Key> {
        let before = self.step.prefix(prefix).map(|(text, _)| Key { text: text.to_owned(), ..prefix.clone() });
        let made =
            self.made.keys().filter(|key| key.chaincode == prefix.chaincode && key.text.starts_with(&prefix.text));
        before.chain(made.cloned()).collect()
    }

    pub(super) fn granule(&self, name: &GranuleName) -> Checked<Granule> {
        let GranuleName { device, start_ns } = name;
        let granule = self.find(&granule_key(device, start_ns.0))?;
        granule.ok_or_else(|| Wrong::refused(format!("UNKNOWN_GRANULE: {device} from {}", start_ns.0)))
    }

    pub(super) fn put_granule(&mut self, granule: &Granule) {
        self.put(Code::Certificate, granule_key(&granule.device, granule.start_ns.0), granule);
    }

    pub(super) fn certificate(&self, name: &str) -> Checked<Certificate> {
        let certificate = self.find(&Key::exchange("certificate", &[name]))?;
        certificate.ok_or_else(|| Wrong::refused(format!("UNKNOWN_CERTIFICATE: {name}")))
    }

    pub(super) fn put_certificate(&mut self, certificate: &Certificate) {
        self.put(Code::Certificate, Key::exchange("certificate", &[&certificate.certificate]), certificate);
    }

    pub(super) fn put_holding(&mut self, owner: &str, certificate: &str) {
        self.put(Code::Certificate, holding(owner, certificate), &true);
    }

    pub(super) fn delete_holding(&mut self, owner: &str, certificate: &str) {
        self.delete(holding(owner, certificate));
    }

    /// Posts an amount to an account for a certificate that changes hands for the `transfer`th time.
    pub(super) fn post(&mut self, account: &str, certificate: &str, transfer: u32, amount: i128) -> Checked<()> {
        if amount == 0 {
            return Ok(());
        }
        let key = Key::account(account);
        let Decimal(balance) = self.find::<Decimal<i128>>(&key)?.unwrap_or_default();
        self.put(Code::CertificatePayment, key, &Decimal(balance.saturating_add(amount)));
        let subject = format!("@{certificate}");
        let key = Key::exchange("posting", &[account, &subject, &hex32(transfer)]);
        let posting = Posting {
            subject,
            number: transfer,
            kind: PostingKind::Certificate,
            amount: Decimal(amount),
            posted_ns: Decimal(self.step.now()),
        };
        self.put(Code::CertificatePayment, key, &posting);
        Ok(())
    }

    /// Expects what was made.
    pub(in crate::market) fn expect(self, expected: &mut Expected) {
        for (key, (code, document)) in self.made {
            match document {
                Some(document) => expected.document(code, key, &document),
                None => expected.deleted(code, key),
            }
        }
    }
}

/// The key of a granule.
pub(super) fn granule_key(device: &str, start_ns: u64) -> Key {
    Key::exchange("granule", &[device, &hex64(start_ns)])
}

fn holding(owner: &str, certificate: &str) -> Key {
    Key::exchange("holding", &[owner, certificate])
}
