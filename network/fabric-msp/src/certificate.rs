//! X.509 certificates, as far as Fabric looks at them.

use std::fmt::Display;

use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, X509Certificate, X509Extension};
use x509_parser::x509::X509Name;

use crate::der;
use crate::digest::sha256;
use crate::signature::{PublicKey, Signature};

/// Why a certificate was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No PEM block.
    #[error("could not decode the PEM structure")]
    Pem,
    /// Not DER of a certificate.
    #[error("not an X.509 certificate: {0}")]
    Malformed(String),
    /// The key is not on P-256.
    #[error("the public key is not ECDSA on P-256")]
    Key,
    /// The issuer's signature is of another kind.
    #[error("the certificate is not signed with ECDSA on P-256 and SHA-256")]
    SignatureAlgorithm,
}

impl CertificateError {
    /// Stable code, for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pem => "CERTIFICATE_PEM",
            Self::Malformed(_) => "CERTIFICATE_MALFORMED",
            Self::Key => "CERTIFICATE_KEY",
            Self::SignatureAlgorithm => "CERTIFICATE_SIGNATURE_ALGORITHM",
        }
    }
}

/// A parsed certificate.
///
/// Fabric treats two certificates that differ in the form of the issuer's signature only as one: it rewrites that
/// signature with the low s. [`Certificate::der`] and [`Certificate::fingerprint`] are of the rewritten form.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    signed_part: Vec<u8>,
    signature: Vec<u8>,
    public_key: PublicKey,
    subject: Vec<u8>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    common_name: String,
    organizational_units: Vec<String>,
    not_before: i64,
    not_after: i64,
    subject_key_identifier: Option<Vec<u8>>,
    authority: Option<Authority>,
    usable: bool,
    constrains_names: bool,
}

/// What makes a certificate one of a certificate authority.
#[derive(Clone, Copy, Debug)]
struct Authority {
    /// Most intermediate authorities below it.
    path_length_max: Option<u32>,
    signs_certificates: bool,
}

impl Certificate {
    /// From the first block of a PEM file.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        let (_, pem) = parse_x509_pem(pem).map_err(|_| CertificateError::Pem)?;
        Self::from_der(&pem.contents)
    }

    /// From DER.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed("bytes behind the certificate".to_owned()));
        }
        let key = parsed.public_key();
        let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
        if key.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY || curve != Some(OID_EC_P256) {
            return Err(CertificateError::Key);
        }
        let public_key = PublicKey::from_sec1(&key.subject_public_key.data).map_err(|_| CertificateError::Key)?;
        if parsed.signature_algorithm.algorithm != OID_SIG_ECDSA_WITH_SHA256 {
            return Err(CertificateError::SignatureAlgorithm);
        }
        let signature = Signature::from_der(&parsed.signature_value.data)
            .map_err(|_| CertificateError::SignatureAlgorithm)?
            .to_low_s()
            .to_der();
        let constraints = parsed.basic_constraints().map_err(malformed)?;
        let key_usage = parsed.key_usage().map_err(malformed)?;
        let authority = constraints.filter(|constraints| constraints.value.ca).map(|constraints| Authority {
            path_length_max: constraints.value.path_len_constraint,
            signs_certificates: key_usage.is_none_or(|usage| usage.value.key_cert_sign()),
        });
        let extended = parsed.extended_key_usage().map_err(malformed)?;
        Ok(Self {
            der: with_signature(&parsed, &signature),
            signed_part: parsed.tbs_certificate.as_ref().to_vec(),
            signature,
            public_key,
            subject: parsed.subject().as_raw().to_vec(),
            issuer: parsed.issuer().as_raw().to_vec(),
            serial: parsed.raw_serial().to_vec(),
            common_name: common_name(parsed.subject()),
            organizational_units: parsed
                .subject()
                .iter_organizational_unit()
                .filter_map(|unit| unit.as_str().ok().map(str::to_owned))
                .collect(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            subject_key_identifier: parsed.iter_extensions().find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
                _ => None,
            }),
            authority,
            // Go's verifier looks for the server's purpose unless told otherwise, and Fabric does not tell it.
            usable: extended.is_none_or(|usage| usage.value.any || usage.value.server_auth)
                && !parsed.iter_extensions().any(is_unknown_and_critical),
            constrains_names: parsed.name_constraints().map_err(malformed)?.is_some(),
        })
    }

    /// The certificate in DER, with the issuer's signature in its low-S form.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of [`Certificate::der`].
    pub fn fingerprint(&self) -> [u8; 32] {
        sha256([self.der.as_slice()])
    }

    /// The certified key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The subject's common name, or empty.
    pub fn common_name(&self) -> &str {
        &self.common_name
    }

    /// The subject's organizational units, in order.
    pub fn organizational_units(&self) -> &[String] {
        &self.organizational_units
    }

    /// Serial number, big-endian.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// First second of validity, Unix time.
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// Last second of validity, Unix time.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Whether it is a certificate authority's.
    pub fn is_authority(&self) -> bool {
        self.authority.is_some()
    }

    /// The identifier that revocation lists use for the key, if the certificate has one.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.subject_key_identifier.as_deref()
    }

    /// Whether names below this certificate authority are constrained.
    pub(crate) fn constrains_names(&self) -> bool {
        self.constrains_names
    }

    /// Whether the certificate, as part of a chain, is in force at this second and has nothing that we do not
    /// understand and should.
    pub(crate) fn is_usable_at(&self, time: i64) -> bool {
        self.usable && (self.not_before..=self.not_after).contains(&time)
    }

    /// Whether `issuer` may have issued this certificate with `authorities_below` intermediates in between, and did.
    pub(crate) fn is_issued_by(&self, issuer: &Self, authorities_below: u32) -> bool {
        self.issuer == issuer.subject
            && issuer.authority.is_some_and(|authority| {
                authority.signs_certificates
                    && authority.path_length_max.is_none_or(|path_length_max| authorities_below <= path_length_max)
            })
            && issuer.public_key.verify_any_s(&self.signed_part, &self.signature).is_ok()
    }
}

fn malformed(error: impl Display) -> CertificateError {
    CertificateError::Malformed(error.to_string())
}

fn common_name(name: &X509Name<'_>) -> String {
    name.iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default().to_owned()
}

fn is_unknown_and_critical(extension: &X509Extension<'_>) -> bool {
    extension.critical
        && !matches!(
            extension.parsed_extension(),
            ParsedExtension::KeyUsage(_)
                | ParsedExtension::BasicConstraints(_)
                | ParsedExtension::ExtendedKeyUsage(_)
                | ParsedExtension::SubjectAlternativeName(_)
                | ParsedExtension::NameConstraints(_)
                | ParsedExtension::AuthorityKeyIdentifier(_)
                | ParsedExtension::SubjectKeyIdentifier(_)
                | ParsedExtension::CertificatePolicies(_)
        )
}

/// The certificate's DER with another form of the signature.
fn with_signature(parsed: &X509Certificate<'_>, signature: &[u8]) -> Vec<u8> {
    let raw = parsed.as_raw();
    let original = &parsed.signature_value.data;
    if **original == *signature {
        return raw.to_vec();
    }
    // Everything in front of the signature stays: the signed part and the algorithm.
    let bit_string = der::element(der::BIT_STRING, &[&[0], original.as_ref()].concat());
    let kept = &raw[der::header_length(raw)..raw.len() - bit_string.len()];
    der::element(der::SEQUENCE, &[kept, &der::element(der::BIT_STRING, &[&[0], signature].concat())].concat())
}
