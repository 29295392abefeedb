//! From a certificate to a root.

use fabric_protos::msp::FabricMspConfig;

use super::MspError;
use crate::certificate::Certificate;
use crate::digest::sha256;

/// Most authorities between an identity and a root, roots included.
const CHAIN_LENGTH_MAX: usize = 8;

/// The certificate authorities of an MSP.
#[derive(Debug)]
pub(super) struct Trust {
    mspid: String,
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    /// DER of the authorities that have authorities below them.
    inner: Vec<Vec<u8>>,
}

/// A certificate with the authorities above it; the last one is a root.
pub(super) struct Chain<'a> {
    /// Empty if the certificate is itself a root.
    authorities: Vec<&'a Certificate>,
}

impl<'a> Chain<'a> {
    /// Who issued the certificate; nobody, if it is a root.
    pub(super) fn issuer(&self) -> Option<&'a Certificate> {
        self.authorities.first().copied()
    }

    /// Hash over all authorities from the issuer to the root.
    pub(super) fn certifiers_identifier(&self) -> [u8; 32] {
        sha256(self.authorities.iter().map(|authority| authority.der()))
    }
}

impl Trust {
    pub(super) fn new(config: &FabricMspConfig) -> Result<Self, MspError> {
        if config.root_certs.is_empty() {
            return Err(MspError::NoRoot);
        }
        let mut trust = Self {
            mspid: config.name.clone(),
            roots: authorities(&config.name, &config.root_certs)?,
            intermediates: authorities(&config.name, &config.intermediate_certs)?,
            inner: Vec::new(),
        };
        let mut inner = Vec::new();
        for intermediate in &trust.intermediates {
            inner.extend(trust.chain(intermediate)?.authorities.iter().map(|authority| authority.der().to_vec()));
        }
        trust.inner = inner;
        Ok(trust)
    }

    /// All authorities, roots first.
    pub(super) fn authorities(&self) -> impl Iterator<Item = &Certificate> {
        self.roots.iter().chain(&self.intermediates)
    }

    /// Whether there are other authorities below this one.
    pub(super) fn is_inner(&self, authority: &Certificate) -> bool {
        self.inner.iter().any(|inner| inner == authority.der())
    }

    /// Names an authority with all that are above it, as organizational units refer to it.
    pub(super) fn certifiers_identifier(&self, authority: &Certificate) -> Result<[u8; 32], MspError> {
        if !self.authorities().any(|known| known.der() == authority.der()) {
            return Err(MspError::Setup {
                mspid: self.mspid.clone(),
                reason: format!("CA certificate {:?} of an OU is not one of the MSP's", authority.common_name()),
            });
        }
        let above = self.chain(authority)?.authorities;
        Ok(sha256(std::iter::once(authority).chain(above).map(Certificate::der)))
    }

    /// The one chain from a certificate to a root.
    ///
    /// Chains are looked at in the certificate's first moment, so that the verdict never changes with the clock.
    pub(super) fn chain<'a>(&'a self, certificate: &'a Certificate) -> Result<Chain<'a>, MspError> {
        let time = certificate.not_before() + 1;
        let mut chains = Vec::new();
        if certificate.is_usable_at(time) {
            self.extend(certificate, time, &mut Vec::new(), &mut chains);
        }
        match (chains.pop(), chains.len()) {
            (Some(authorities), 0) => Ok(Chain { authorities }),
            (Some(_), others) => Err(MspError::SeveralChains(others + 1)),
            (None, _) => Err(MspError::NoChain(self.mspid.clone())),
        }
    }

    /// Collects every way to go on from the last certificate of a path to a root.
    fn extend<'a>(
        &'a self,
        certificate: &Certificate,
        time: i64,
        path: &mut Vec<&'a Certificate>,
        chains: &mut Vec<Vec<&'a Certificate>>,
    ) {
        if self.roots.iter().any(|root| root.der() == certificate.der()) {
            chains.push(path.clone());
            return;
        }
        if path.len() == CHAIN_LENGTH_MAX {
            return;
        }
        let authorities_below = u32::try_from(path.len()).unwrap_or(u32::MAX);
        for issuer in self.authorities() {
            let visited = path.iter().any(|authority| authority.der() == issuer.der());
            if !visited && issuer.is_usable_at(time) && certificate.is_issued_by(issuer, authorities_below) {
                path.push(issuer);
                self.extend(issuer, time, path, chains);
                path.pop();
            }
        }
    }
}

fn authorities(mspid: &str, certificates: &[Vec<u8>]) -> Result<Vec<Certificate>, MspError> {
    let setup = |certificate: &Certificate, reason: &str| MspError::Setup {
        mspid: mspid.to_owned(),
        reason: format!("CA certificate {:?} {reason}", certificate.common_name()),
    };
    certificates
        .iter()
        .map(|pem| {
            let certificate = Certificate::from_pem(pem)?;
            if !certificate.is_authority() {
                return Err(setup(&certificate, "did not have the CA attribute"));
            }
            if certificate.subject_key_identifier().is_none() {
                return Err(setup(&certificate, "has no SubjectKeyIdentifier"));
            }
            if certificate.constrains_names() {
                return Err(setup(&certificate, "has name constraints, which are not supported"));
            }
            Ok(certificate)
        })
        .collect()
}
