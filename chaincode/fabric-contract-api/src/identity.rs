//! Who signed the transaction's proposal.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric_protos::msp::SerializedIdentity;
use serde::Deserialize;

use crate::certificate::Certificate;
use crate::error::Error;
use crate::transaction::decode;
use crate::value::from_json;

/// Object identifier 1.2.3.4.5.6.7.8.1, encoded: the extension into which Fabric's CA writes attributes.
pub(crate) const ATTRIBUTES_EXTENSION: [u8; 8] = [0x2a, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x01];

/// A client: its organization, certificate and attributes. Fabric has verified the certificate and the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    msp_id: String,
    certificate: Certificate,
    attributes: BTreeMap<String, String>,
}

/// Value of the extension with the attributes.
#[derive(Deserialize)]
struct Attributes {
    attrs: BTreeMap<String, String>,
}

impl ClientIdentity {
    /// Reads a serialized identity: an MSP id and a PEM certificate.
    ///
    /// # Errors
    /// [`Error::Identity`].
    pub fn from_creator(creator: &[u8]) -> Result<Self, Error> {
        let invalid = |text: &str| Error::Identity(format!("the client's {text}"));
        let identity: SerializedIdentity = decode("creator", creator).map_err(|_| invalid("identity is not one"))?;
        let der = pem_content(&identity.id_bytes).ok_or_else(|| invalid("certificate is not PEM"))?;
        let certificate = Certificate::from_der(&der).ok_or_else(|| invalid("certificate is not X.509"))?;
        let attributes = match certificate.extension(&ATTRIBUTES_EXTENSION) {
            Some(json) => from_json::<Attributes>(json).map_err(|_| invalid("attributes are not JSON"))?.attrs,
            None => BTreeMap::new(),
        };
        Ok(Self { msp_id: identity.mspid, certificate, attributes })
    }

    /// The organization's MSP id.
    #[must_use]
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// Base64 of `x509::SUBJECT::ISSUER`, as Fabric's Go library gives it: unique within the MSP, the same after renewal.
    #[must_use]
    pub fn id(&self) -> String {
        STANDARD.encode(format!("x509::{}::{}", self.certificate.subject, self.certificate.issuer))
    }

    /// The certificate's subject, such as `CN=alice,OU=client`.
    #[must_use]
    pub fn subject(&self) -> String {
        self.certificate.subject.to_string()
    }

    /// The certificate's issuer.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.certificate.issuer.to_string()
    }

    /// The subject's common name.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.certificate.subject.common_name()
    }

    /// The value of an attribute that Fabric's CA wrote into the certificate.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Refuses clients of other organizations.
    ///
    /// # Errors
    /// [`Error::Access`].
    pub fn require_msp(&self, msp_ids: &[&str]) -> Result<(), Error> {
        if msp_ids.contains(&self.msp_id()) {
            return Ok(());
        }
        Err(Error::Access(format!("{} is none of {}", self.msp_id, msp_ids.join(", "))))
    }

    /// Refuses clients without this attribute, or with another value.
    ///
    /// # Errors
    /// [`Error::Access`].
    pub fn require_attribute(&self, name: &str, value: &str) -> Result<(), Error> {
        match self.attribute(name) {
            Some(found) if found == value => Ok(()),
            Some(found) => Err(Error::Access(format!("attribute {name} is {found}, not {value}"))),
            None => Err(Error::Access(format!("attribute {name} is missing"))),
        }
    }
}

/// The bytes in the first PEM block.
fn pem_content(pem: &[u8]) -> Option<Vec<u8>> {
    let mut lines = std::str::from_utf8(pem).ok()?.lines();
    lines.find(|line| line.starts_with("-----BEGIN "))?;
    let content: String = lines.take_while(|line| !line.starts_with("-----")).map(str::trim).collect();
    STANDARD.decode(content).ok()
}
