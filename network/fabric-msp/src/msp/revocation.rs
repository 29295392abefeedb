//! Certificate revocation lists.

use std::collections::HashSet;

use x509_parser::extensions::ParsedExtension;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

use super::MspError;
use crate::certificate::Certificate;

/// A list of one authority.
#[derive(Debug)]
pub(super) struct RevocationList {
    /// Identifier of the authority's key.
    authority_key_identifier: Vec<u8>,
    signed_part: Vec<u8>,
    signature: Vec<u8>,
    serials: HashSet<Vec<u8>>,
}

impl RevocationList {
    /// From PEM or DER.
    pub(super) fn parse(mspid: &str, list: &[u8]) -> Result<Self, MspError> {
        let setup = |reason: &str| MspError::Setup { mspid: mspid.to_owned(), reason: reason.to_owned() };
        let pem = parse_x509_pem(list).map(|(_, pem)| pem.contents);
        let der = pem.as_deref().unwrap_or(list);
        let (_, parsed) =
            CertificateRevocationList::from_der(der).map_err(|_| setup("could not parse RevocationList"))?;
        let authority_key_identifier = parsed
            .extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(identifier) => identifier.key_identifier.as_ref(),
                _ => None,
            })
            .ok_or_else(|| setup("a revocation list has no AuthorityKeyIdentifier"))?;
        Ok(Self {
            authority_key_identifier: authority_key_identifier.0.to_vec(),
            signed_part: parsed.tbs_cert_list.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
            serials: parsed.iter_revoked_certificates().map(|revoked| revoked.raw_serial().to_vec()).collect(),
        })
    }

    /// Whether `issuer` revokes `certificate`, which it has issued. The date of the revocation does not matter.
    pub(super) fn revokes(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        issuer.subject_key_identifier() == Some(&self.authority_key_identifier)
            && self.serials.contains(certificate.serial())
            && issuer.public_key().verify_any_s(&self.signed_part, &self.signature).is_ok()
    }
}
