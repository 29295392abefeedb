//! An X.509 certificate authority on P-256, as `cryptogen` makes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use sha2::{Digest, Sha256};

use super::{IdentityError, Role};

/// Certificates are valid from five minutes before they are made, for clocks that are a little slow.
const BACKDATED: Duration = Duration::from_secs(5 * 60);
/// Certificates are valid for ten years.
const VALID_FOR: Duration = Duration::from_secs(3650 * 24 * 60 * 60);

/// A certificate with its private key, both in PEM; the key is PKCS#8.
pub(super) struct Issued {
    pub(super) certificate: String,
    pub(super) private_key: String,
}

/// A certificate authority that can issue certificates.
pub(super) struct Authority {
    /// The authority's own certificate and key.
    pub(super) own: Issued,
    issuer: Issuer<'static, KeyPair>,
    domain: String,
}

impl Authority {
    /// Makes a new authority named `<kind>.<domain>`; `kind` is `ca` or `tlsca`.
    pub(super) fn create(kind: &str, domain: &str) -> Result<Self, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut parameters = parameters(&format!("{kind}.{domain}"))?;
        parameters.distinguished_name.push(DnType::OrganizationName, domain);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
        ];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        // Fabric demands the identifier on authorities; cryptogen takes the hash of the uncompressed point.
        parameters.key_identifier_method = KeyIdMethod::PreSpecified(Sha256::digest(key.public_key_raw()).to_vec());
        let certificate = parameters.self_signed(&key)?;
        Ok(Self {
            own: Issued { certificate: certificate.pem(), private_key: key.serialize_pem() },
            issuer: Issuer::new(parameters, key),
            domain: domain.to_owned(),
        })
    }

    /// Issues a signing certificate for `name` with exactly one organizational unit, its role.
    pub(super) fn issue_identity(&self, name: &str, role: Role) -> Result<Issued, IdentityError> {
        let mut parameters = parameters(name)?;
        parameters.distinguished_name.push(DnType::OrganizationalUnitName, role.organizational_unit());
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        self.issue(parameters)
    }

    /// Issues a TLS certificate for `name`, valid for its name and for this machine as `localhost` and `127.0.0.1`.
    pub(super) fn issue_tls(&self, name: &str) -> Result<Issued, IdentityError> {
        let mut parameters = parameters(name)?;
        let first_label = name.strip_suffix(&format!(".{}", self.domain)).filter(|label| !label.is_empty());
        // Users have an e-mail-like name, which is no DNS name.
        let names = std::iter::once(name).filter(|name| !name.contains('@')).chain(first_label).chain(["localhost"]);
        for name in names {
            parameters.subject_alt_names.push(SanType::DnsName(name.to_owned().try_into()?));
        }
        parameters.subject_alt_names.push(SanType::IpAddress([127, 0, 0, 1].into()));
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(parameters)
    }

    fn issue(&self, mut parameters: CertificateParams) -> Result<Issued, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.use_authority_key_identifier_extension = true;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        Ok(Issued { certificate: certificate.pem(), private_key: key.serialize_pem() })
    }
}

/// A certificate request for a common name, valid from now.
fn parameters(common_name: &str) -> Result<CertificateParams, IdentityError> {
    let mut parameters = CertificateParams::new(Vec::new())?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let not_before = rcgen::date_time_ymd(1970, 1, 1) + now.saturating_sub(BACKDATED);
    parameters.not_before = not_before;
    parameters.not_after = not_before + VALID_FOR;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    Ok(parameters)
}
