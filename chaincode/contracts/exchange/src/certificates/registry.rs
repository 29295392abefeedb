//! All that a transaction changes about certificates.

use fabric_contract_api::{Context, DecimalString, ReadContext};
use rules::certificate::{Action, State};

use crate::accounts::Accounts;
use crate::error::Error;
use crate::limits::CHANGES_MAX;
use crate::messages::{Certificate, Change, ClaimedPeriod, Granule, GranuleName, Member};
use crate::overlay::Overlay;
use crate::state_layout::{CERTIFICATES, CLAIMS, GRANULES, HOLDINGS, INSTRUCTIONS, MEMBERS};

/// Granules, certificates and what belongs to them, as they will be after the transaction.
pub(super) struct Registry {
    pub(super) members: Overlay<String, Member>,
    pub(super) sequences: Overlay<String, DecimalString<u64>>,
    pub(super) granules: Overlay<(String, u64), Granule>,
    pub(super) certificates: Overlay<String, Certificate>,
    pub(super) holdings: Overlay<(String, String), bool>,
    pub(super) claims: Overlay<(String, u64), ClaimedPeriod>,
    pub(super) accounts: Accounts,
    changes: usize,
}

impl Registry {
    pub(super) fn new() -> Self {
        Self {
            members: Overlay::new(&MEMBERS),
            sequences: Overlay::new(&INSTRUCTIONS),
            granules: Overlay::new(&GRANULES),
            certificates: Overlay::new(&CERTIFICATES),
            holdings: Overlay::new(&HOLDINGS),
            claims: Overlay::new(&CLAIMS),
            accounts: Accounts::new(),
            changes: 0,
        }
    }

    /// Takes note that so many granules and certificates change.
    pub(super) fn count(&mut self, changes: usize) -> Result<(), Error> {
        self.changes += changes;
        if self.changes > CHANGES_MAX { Err(Error::TooManyChanges) } else { Ok(()) }
    }

    pub(super) fn certificate(&mut self, context: &ReadContext, certificate: &str) -> Result<Certificate, Error> {
        let found = self.certificates.get(context, &certificate.to_owned())?;
        found.cloned().ok_or_else(|| Error::UnknownCertificate(certificate.to_owned()))
    }

    pub(super) fn granule(&mut self, context: &ReadContext, name: &GranuleName) -> Result<Granule, Error> {
        let found = self.granules.get(context, &name.key())?;
        found.cloned().ok_or_else(|| Error::UnknownGranule { device: name.device.clone(), start_ns: name.start_ns })
    }

    pub(super) fn put_certificate(&mut self, certificate: Certificate) {
        self.certificates.put(certificate.certificate.clone(), certificate);
    }

    pub(super) fn put_granule(&mut self, granule: Granule) {
        self.granules.put((granule.device.clone(), granule.start_ns), granule);
    }

    /// Writes what has changed.
    pub(super) fn save(self, context: &mut Context) -> Result<(), Error> {
        self.sequences.save(context)?;
        self.granules.save(context)?;
        self.certificates.save(context)?;
        self.holdings.save(context)?;
        self.claims.save(context)?;
        self.accounts.save(context)
    }
}

impl GranuleName {
    pub(super) fn key(&self) -> (String, u64) {
        (self.device.clone(), self.start_ns)
    }
}

impl Certificate {
    /// What it is worth, Wh.
    #[must_use]
    pub fn energy_wh(&self) -> u64 {
        self.to_wh - self.from_wh
    }

    /// Takes the step of the table of states.
    pub(super) fn advance(&mut self, change: Change) -> Result<(), Error> {
        let action: Action = change.action.into();
        self.state = after(self.state.into(), action, &self.certificate)?.into();
        self.change = change;
        Ok(())
    }
}

impl Granule {
    /// Takes the step of the table of states.
    pub(super) fn advance(&mut self, change: Change) -> Result<(), Error> {
        let action: Action = change.action.into();
        self.state = self.state_after(action)?.into();
        self.change = change;
        Ok(())
    }

    pub(super) fn state_after(&self, action: Action) -> Result<State, Error> {
        let state: State = self.state.into();
        if state == State::Issued && action != Action::Correct {
            return Err(Error::CertificateExists { device: self.device.clone(), start_ns: self.start_ns });
        }
        after(state, action, &format!("{} from {}", self.device, self.start_ns))
    }
}

fn after(state: State, action: Action, subject: &str) -> Result<State, Error> {
    state.after(action).map_err(|wrong| Error::WrongState { subject: subject.to_owned(), wrong })
}
