//! Membership service providers: which certificates are an organization's, and in what role.

mod chain;
mod revocation;
mod units;

use std::collections::HashSet;

use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::msp::{FabricMspConfig, MspConfig};
use prost::Message;

use crate::certificate::{Certificate, CertificateError};
use crate::identity::{Identity, Standing};
use chain::{Chain, Trust};
use revocation::RevocationList;
use units::{NodeUnits, RequiredUnits};

/// Type of an X.509 MSP in [`MspConfig`].
const X509_TYPE: i32 = 0;

/// Why an MSP cannot be set up, or an identity is not one of its.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MspError {
    /// The bytes are not a message of the expected kind.
    #[error("could not deserialize {what}: {reason}")]
    Malformed {
        /// What they should be.
        what: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// Only X.509 MSPs are supported.
    #[error("MSP type {0} is not supported")]
    UnsupportedType(i32),
    /// A certificate is of no use.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// An MSP needs a root.
    #[error("expected at least one CA certificate")]
    NoRoot,
    /// The configuration contradicts itself.
    #[error("MSP {mspid} cannot be set up: {reason}")]
    Setup {
        /// The MSP.
        mspid: String,
        /// What is wrong.
        reason: String,
    },
    /// The channel has no such organization.
    #[error("MSP {0} is not defined on channel")]
    Unknown(String),
    /// The identity is another organization's.
    #[error("expected MSP ID {expected}, received {received}")]
    OtherMsp {
        /// This MSP.
        expected: String,
        /// The identity's.
        received: String,
    },
    /// No path leads from the certificate to a root.
    #[error("the supplied identity is not valid: no chain of certificates to a root of MSP {0}")]
    NoChain(String),
    /// Several paths do, and it would be unclear who vouches for it.
    #[error("this MSP only supports a single validation chain, got {0}")]
    SeveralChains(usize),
    /// A certificate authority signs for others, not for itself.
    #[error("a certificate authority's certificate cannot be used as an identity")]
    Authority,
    /// The issuer is an authority that has authorities below it.
    #[error("the issuer of the certificate must be a leaf of the certification tree")]
    InnerIssuer,
    /// It is on a revocation list.
    #[error("the certificate has been revoked")]
    Revoked,
    /// It lacks the organizational units that the MSP demands.
    #[error("could not validate identity's OUs: {0}")]
    Units(String),
}

impl MspError {
    /// Stable code, for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "MSP_MALFORMED",
            Self::UnsupportedType(_) => "MSP_TYPE",
            Self::Certificate(error) => error.code(),
            Self::NoRoot => "MSP_NO_ROOT",
            Self::Setup { .. } => "MSP_SETUP",
            Self::Unknown(_) => "MSP_UNKNOWN",
            Self::OtherMsp { .. } => "MSP_OTHER",
            Self::NoChain(_) => "MSP_NO_CHAIN",
            Self::SeveralChains(_) => "MSP_SEVERAL_CHAINS",
            Self::Authority => "MSP_AUTHORITY",
            Self::InnerIssuer => "MSP_INNER_ISSUER",
            Self::Revoked => "MSP_REVOKED",
            Self::Units(_) => "MSP_UNITS",
        }
    }
}

/// An organization's membership service provider.
#[derive(Debug)]
pub struct Msp {
    mspid: String,
    trust: Trust,
    revocation_lists: Vec<RevocationList>,
    required_units: RequiredUnits,
    node_units: Option<NodeUnits>,
    administrators: HashSet<Vec<u8>>,
    tls_roots: Vec<Vec<u8>>,
}

impl Msp {
    /// From the value `MSP` of an organization's configuration group.
    ///
    /// # Errors
    /// [`MspError`].
    pub fn from_config(config: &MspConfig) -> Result<Self, MspError> {
        if config.r#type != X509_TYPE {
            return Err(MspError::UnsupportedType(config.r#type));
        }
        let config = FabricMspConfig::decode(config.config.as_slice())
            .map_err(|error| MspError::Malformed { what: "an MSP configuration", reason: error.to_string() })?;
        Self::new(&config)
    }

    /// From its configuration.
    ///
    /// # Errors
    /// [`MspError`].
    pub fn new(config: &FabricMspConfig) -> Result<Self, MspError> {
        let trust = Trust::new(config)?;
        let revocation_lists = config
            .revocation_list
            .iter()
            .map(|list| RevocationList::parse(&config.name, list))
            .collect::<Result<_, _>>()?;
        let required_units = RequiredUnits::new(config, &trust)?;
        let node_units = NodeUnits::new(config, &trust)?;
        let mut msp = Self {
            mspid: config.name.clone(),
            trust,
            revocation_lists,
            required_units,
            node_units,
            administrators: HashSet::new(),
            tls_roots: config.tls_root_certs.clone(),
        };
        msp.check_authorities()?;
        msp.add_administrators(&config.admins)?;
        Ok(msp)
    }

    /// The organization's MSP id.
    pub fn mspid(&self) -> &str {
        &self.mspid
    }

    /// Roots that the organization's TLS certificates lead to, PEM.
    pub fn tls_roots(&self) -> &[Vec<u8>] {
        &self.tls_roots
    }

    /// The identity that a PEM certificate stands for. It may still turn out invalid: [`Identity::validate`].
    ///
    /// # Errors
    /// [`MspError::Certificate`], [`MspError::NoChain`] or [`MspError::SeveralChains`].
    pub fn identity(&self, certificate_pem: &[u8]) -> Result<Identity, MspError> {
        let certificate = Certificate::from_pem(certificate_pem)?;
        let standing = self.standing(&certificate, &self.trust.chain(&certificate)?);
        let is_administrator = self.administrators.contains(certificate.der());
        Ok(Identity::new(self.mspid.clone(), certificate, standing, is_administrator))
    }

    fn standing(&self, certificate: &Certificate, chain: &Chain<'_>) -> Result<Standing, MspError> {
        if certificate.is_authority() {
            return Err(MspError::Authority);
        }
        let issuer = chain.issuer().ok_or(MspError::Authority)?;
        if self.trust.is_inner(issuer) {
            return Err(MspError::InnerIssuer);
        }
        self.check_revocation(certificate, issuer)?;
        let certifiers = chain.certifiers_identifier();
        let units = certificate.organizational_units();
        self.required_units.check(&self.mspid, units, &certifiers)?;
        let role = match &self.node_units {
            Some(node_units) => Some(node_units.role(&self.mspid, units, &certifiers)?),
            None => None,
        };
        Ok(Standing { certifiers, role })
    }

    fn check_revocation(&self, certificate: &Certificate, issuer: &Certificate) -> Result<(), MspError> {
        if self.revocation_lists.iter().any(|list| list.revokes(certificate, issuer)) {
            Err(MspError::Revoked)
        } else {
            Ok(())
        }
    }

    fn check_authorities(&self) -> Result<(), MspError> {
        for authority in self.trust.authorities() {
            let chain = self.trust.chain(authority)?;
            if let Some(issuer) = chain.issuer() {
                self.check_revocation(authority, issuer)?;
            }
        }
        Ok(())
    }

    fn add_administrators(&mut self, certificates: &[Vec<u8>]) -> Result<(), MspError> {
        for pem in certificates {
            let identity = self.identity(pem)?;
            let allowed = match (&self.node_units, identity.validate()) {
                (None, Ok(_)) => true,
                (Some(_), Ok(standing)) => matches!(standing.role, Some(MspRoleType::Client | MspRoleType::Admin)),
                (_, Err(_)) => false,
            };
            if !allowed {
                let name = identity.certificate().common_name();
                return Err(self.setup(format!("administrator {name:?} is not a valid client or administrator")));
            }
            self.administrators.insert(identity.certificate().der().to_vec());
        }
        let by_unit = self.node_units.as_ref().is_some_and(NodeUnits::has_administrators);
        if self.administrators.is_empty() && !by_unit {
            return Err(self.setup("administrators must be declared when no admin ou classification is set".to_owned()));
        }
        Ok(())
    }

    fn setup(&self, reason: String) -> MspError {
        MspError::Setup { mspid: self.mspid.clone(), reason }
    }
}
