//! Green certificates.

use super::{Market, PAGE, found, json};
use crate::Error;
use agents::key::MemberKey;
use declaration::encoding::Hexadecimal;
use exchange::messages::{
    CarriedEnergy, Certificate, CertificatePage, CertificateRevision, CertificatesIssued, ClaimPage, ClaimedPeriod,
    Granule, GranuleName, GranulePage, Instructed, IssuedCertificate, SignedInstruction,
};
use rules::instruction::Instruction;

/// Signs an instruction as its member.
///
/// # Errors
/// [`Error::Key`].
pub fn sign(key: &MemberKey, instruction: &Instruction) -> Result<SignedInstruction, Error> {
    let (bytes, signature) = key.sign_instruction(instruction)?;
    Ok(SignedInstruction { instruction: bytes.into(), signature: Hexadecimal(signature) })
}

impl Market {
    /// Passes members' signed instructions on: all of them are carried out, or none.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn instruct(&self, instructions: &[SignedInstruction], at_ns: u64) -> Result<Instructed, Error> {
        self.ask(&self.trading_centre, "instruct", &[json(&instructions)], at_ns).await
    }

    /// The sequence of a member's last instruction; 0 before the first.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn last_sequence(&self, member: &str) -> Result<u64, Error> {
        let sequence: String = self.read(&self.trading_centre, "last_sequence", &[member.into()]).await?;
        Ok(sequence.parse().unwrap_or_default())
    }

    /// Finds readings good. By the regulator.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn audit_granules(&self, granules: &[GranuleName], at_ns: u64) -> Result<(), Error> {
        self.submit(&self.regulator, "audit_granules", &[json(&granules)], at_ns).await.map(|_| ())
    }

    /// Finds readings bad. By the regulator.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn reject_granules(&self, granules: &[GranuleName], reason: &str, at_ns: u64) -> Result<(), Error> {
        self.submit(&self.regulator, "reject_granules", &[json(&granules), reason.into()], at_ns).await.map(|_| ())
    }

    /// Mints audited granules, and issues what certificates they fill. By the trading centre.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn issue_certificates(&self, granules: &[GranuleName], at_ns: u64) -> Result<CertificatesIssued, Error> {
        self.ask(&self.trading_centre, "issue_certificates", &[json(&granules)], at_ns).await
    }

    /// Releases certificates to the market. By the trading centre.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn publish_certificates(&self, certificates: &[String], at_ns: u64) -> Result<(), Error> {
        self.submit(&self.trading_centre, "publish_certificates", &[json(&certificates)], at_ns).await.map(|_| ())
    }

    /// Notes that certificates are no longer valid. By the trading centre.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn expire_certificates(&self, certificates: &[String], at_ns: u64) -> Result<(), Error> {
        self.submit(&self.trading_centre, "expire_certificates", &[json(&certificates)], at_ns).await.map(|_| ())
    }

    /// A certificate with what it was issued as, if there is one of this name.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn certificate(&self, certificate: &str) -> Result<Option<IssuedCertificate>, Error> {
        found(self.read(&self.trading_centre, "certificate", &[certificate.into()]).await, "UNKNOWN_CERTIFICATE")
    }

    /// A certificate after each transaction that changed it, the newest first.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn certificate_history(&self, certificate: &str) -> Result<Vec<CertificateRevision>, Error> {
        self.read(&self.trading_centre, "certificate_history", &[certificate.into()]).await
    }

    /// All certificates that a member has, whatever became of them.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn certificates(&self, owner: &str) -> Result<Vec<Certificate>, Error> {
        let mut certificates = Vec::new();
        let mut from = String::new();
        loop {
            let arguments = [owner.to_owned(), from, PAGE.to_string()];
            let page: CertificatePage = self.read(&self.trading_centre, "certificates", &arguments).await?;
            certificates.extend(page.certificates);
            if page.next.is_empty() {
                return Ok(certificates);
            }
            from = page.next;
        }
    }

    /// A granule, if its device's owner has asked for certificates of it.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn granule(&self, name: &GranuleName) -> Result<Option<Granule>, Error> {
        let arguments = [name.device.clone(), name.start_ns.to_string()];
        found(self.read(&self.trading_centre, "granule", &arguments).await, "UNKNOWN_GRANULE")
    }

    /// A device's granules by interval.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn granules(&self, device: &str) -> Result<Vec<Granule>, Error> {
        let mut granules = Vec::new();
        let mut from = String::new();
        loop {
            let arguments = [device.to_owned(), from, PAGE.to_string()];
            let page: GranulePage = self.read(&self.trading_centre, "granules", &arguments).await?;
            granules.extend(page.granules);
            if page.next.is_empty() {
                return Ok(granules);
            }
            from = page.next;
        }
    }

    /// What a device has towards its next certificate.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn carried_energy(&self, device: &str) -> Result<CarriedEnergy, Error> {
        self.read(&self.trading_centre, "carried_energy", &[device.into()]).await
    }

    /// All that a member claims, by period.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn claims(&self, beneficiary: &str) -> Result<Vec<ClaimedPeriod>, Error> {
        let mut claims = Vec::new();
        let mut from = String::new();
        loop {
            let arguments = [beneficiary.to_owned(), from, PAGE.to_string()];
            let page: ClaimPage = self.read(&self.trading_centre, "claims", &arguments).await?;
            claims.extend(page.claims);
            if page.next.is_empty() {
                return Ok(claims);
            }
            from = page.next;
        }
    }
}
