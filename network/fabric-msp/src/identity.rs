//! Identities, and the principals that they satisfy.

use fabric_protos::common::msp_principal::Classification;
use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::common::{
    CombinedPrincipal, MspIdentityAnonymity, MspPrincipal, MspRole, OrganizationUnit,
    msp_identity_anonymity::MspIdentityAnonymityType,
};
use fabric_protos::msp::SerializedIdentity;
use prost::Message;

use crate::certificate::Certificate;
use crate::digest::sha256;
use crate::known::KnownSignatures;
use crate::msp::MspError;
use crate::signature::SignatureError;

/// How deep combined principals may nest.
const COMBINED_DEPTH_MAX: usize = 16;

/// What a valid identity is in its organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Hash over the chain of authorities that vouch for it.
    pub certifiers: [u8; 32],
    /// The role by its organizational unit; none if the MSP does not tell roles apart.
    pub role: Option<MspRoleType>,
}

/// An identity of an MSP. Everything about it was worked out once, so that policies are cheap.
#[derive(Debug)]
pub struct Identity {
    mspid: String,
    certificate: Certificate,
    fingerprint: [u8; 32],
    standing: Result<Standing, MspError>,
    is_listed_administrator: bool,
    known_signatures: KnownSignatures,
}

impl Identity {
    pub(crate) fn new(
        mspid: String,
        certificate: Certificate,
        standing: Result<Standing, MspError>,
        is_listed_administrator: bool,
    ) -> Self {
        let fingerprint = certificate.fingerprint();
        let known_signatures = KnownSignatures::default();
        Self { mspid, certificate, fingerprint, standing, is_listed_administrator, known_signatures }
    }

    /// The organization's MSP id.
    pub fn mspid(&self) -> &str {
        &self.mspid
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What tells it apart within its MSP: two serializations of one certificate have the same.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// Last second in which new messages of this identity may be accepted, Unix time.
    pub fn expires_at(&self) -> i64 {
        self.certificate.not_after()
    }

    /// Whether the MSP accepts it, expired or not, and as what.
    ///
    /// # Errors
    /// Why not.
    pub fn validate(&self) -> Result<&Standing, &MspError> {
        self.standing.as_ref()
    }

    /// Checks a signature of this identity.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        self.verify_digest(&sha256([message]), signature)
    }

    /// Checks a signature of this identity over a SHA-256 digest.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8]) -> Result<(), SignatureError> {
        if self.known_signatures.take(digest, signature) {
            return Ok(());
        }
        self.certificate.public_key().verify_digest(digest, signature)
    }

    /// Spares the next check of a signature that the caller has just made with this identity's key, or verified.
    ///
    /// For a process in which the same signature is checked at more than one place, as in an embedded network that has
    /// endorser, orderer and ledger in it. Only this signature over this digest is meant, and only once.
    pub fn remember(&self, digest: &[u8; 32], signature: &[u8]) {
        self.known_signatures.add(digest, signature);
    }

    /// Whether both stand for the same certificate in the same organization.
    pub fn is_same(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint && self.mspid == other.mspid
    }

    fn is_valid(&self) -> bool {
        self.standing.is_ok()
    }

    fn has_role(&self, role: MspRoleType) -> bool {
        self.standing.as_ref().is_ok_and(|standing| standing.role == Some(role))
    }
}

/// A set of identities, ready to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Members of an organization in a role.
    Role {
        /// The organization.
        mspid: String,
        /// The role.
        role: MspRoleType,
    },
    /// Members of an organization with an organizational unit.
    Unit {
        /// The organization.
        mspid: String,
        /// Name of the unit.
        unit: String,
        /// Hash over the chain of authorities that vouch for it.
        certifiers: Vec<u8>,
    },
    /// One identity.
    Identity {
        /// Its organization.
        mspid: String,
        /// Fingerprint of its certificate.
        fingerprint: [u8; 32],
    },
    /// Everyone whose name is known, that is, every X.509 identity.
    Nominal,
    /// Identities that are in all of these.
    All(Vec<Principal>),
    /// Nobody: malformed, or of a kind that X.509 identities cannot satisfy. Fabric finds out when it is asked.
    Nobody,
}

impl From<&MspPrincipal> for Principal {
    fn from(principal: &MspPrincipal) -> Self {
        Self::parse(principal, COMBINED_DEPTH_MAX).unwrap_or(Self::Nobody)
    }
}

impl Principal {
    /// Nothing if it is malformed.
    fn parse(principal: &MspPrincipal, depth: usize) -> Option<Self> {
        let bytes = principal.principal.as_slice();
        match Classification::try_from(principal.principal_classification).ok()? {
            Classification::Role => {
                let role = MspRole::decode(bytes).ok()?;
                Some(Self::Role { role: MspRoleType::try_from(role.role).ok()?, mspid: role.msp_identifier })
            }
            Classification::OrganizationUnit => {
                let unit = OrganizationUnit::decode(bytes).ok()?;
                Some(Self::Unit {
                    mspid: unit.msp_identifier,
                    unit: unit.organizational_unit_identifier,
                    certifiers: unit.certifiers_identifier,
                })
            }
            Classification::Identity => {
                let identity = SerializedIdentity::decode(bytes).ok()?;
                let certificate = Certificate::from_pem(&identity.id_bytes).ok()?;
                Some(Self::Identity { mspid: identity.mspid, fingerprint: certificate.fingerprint() })
            }
            Classification::Anonymity => {
                let anonymity = MspIdentityAnonymity::decode(bytes).ok()?;
                (anonymity.anonymity_type() == MspIdentityAnonymityType::Nominal).then_some(Self::Nominal)
            }
            Classification::Combined => {
                let combined = CombinedPrincipal::decode(bytes).ok()?;
                if combined.principals.is_empty() {
                    return None;
                }
                let depth = depth.checked_sub(1)?;
                combined
                    .principals
                    .iter()
                    .map(|principal| Self::parse(principal, depth))
                    .collect::<Option<_>>()
                    .map(Self::All)
            }
        }
    }

    /// Whether an identity is in the set.
    pub fn contains(&self, identity: &Identity) -> bool {
        match self {
            Self::Role { mspid, role } => {
                identity.mspid == *mspid
                    && match role {
                        MspRoleType::Member => identity.is_valid(),
                        MspRoleType::Admin => identity.is_listed_administrator || identity.has_role(*role),
                        MspRoleType::Client | MspRoleType::Peer | MspRoleType::Orderer => identity.has_role(*role),
                    }
            }
            Self::Unit { mspid, unit, certifiers } => {
                identity.mspid == *mspid
                    && identity.standing.as_ref().is_ok_and(|standing| standing.certifiers.as_slice() == certifiers)
                    && identity.certificate.organizational_units().contains(unit)
            }
            Self::Identity { mspid, fingerprint } => {
                identity.mspid == *mspid && identity.fingerprint == *fingerprint && identity.is_valid()
            }
            Self::Nominal => true,
            Self::All(principals) => principals.iter().all(|principal| principal.contains(identity)),
            Self::Nobody => false,
        }
    }

    /// The organization whose identities it asks for, if it is a single one.
    pub fn mspid(&self) -> Option<&str> {
        match self {
            Self::Role { mspid, .. } | Self::Unit { mspid, .. } | Self::Identity { mspid, .. } => Some(mspid),
            Self::All(principals) => principals.iter().find_map(Self::mspid),
            Self::Nominal | Self::Nobody => None,
        }
    }
}
