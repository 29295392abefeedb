//! Package `msp`: identities, and the configuration of a membership service provider (MSP).

pub use crate::common::{
    CombinedPrincipal, MspIdentityAnonymity, MspPrincipal, MspRole, OrganizationUnit, msp_identity_anonymity,
    msp_principal, msp_role,
};

/// An identity as it travels: organization and certificate.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SerializedIdentity {
    /// The organization's MSP id.
    #[prost(string, tag = "1")]
    pub mspid: String,
    /// The certificate, PEM.
    #[prost(bytes = "vec", tag = "2")]
    pub id_bytes: Vec<u8>,
}

/// Value `MSP` of an organization's configuration group.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct MspConfig {
    /// 0 for X.509, 1 for Idemix.
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// A [`FabricMspConfig`] for type 0.
    #[prost(bytes = "vec", tag = "2")]
    pub config: Vec<u8>,
}

/// Certificates and rules of an X.509 MSP. Certificates and lists are PEM.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FabricMspConfig {
    /// The MSP id.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Trusted roots.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub root_certs: Vec<Vec<u8>>,
    /// Certificate authorities below the roots.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub intermediate_certs: Vec<Vec<u8>>,
    /// Administrators by certificate.
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub admins: Vec<Vec<u8>>,
    /// Certificate revocation lists.
    #[prost(bytes = "vec", repeated, tag = "5")]
    pub revocation_list: Vec<Vec<u8>>,
    /// A node's own key; never in a channel.
    #[prost(message, optional, tag = "6")]
    pub signing_identity: Option<SigningIdentityInfo>,
    /// If any: an identity must have one of these organizational units.
    #[prost(message, repeated, tag = "7")]
    pub organizational_unit_identifiers: Vec<FabricOuIdentifier>,
    /// Hash functions.
    #[prost(message, optional, tag = "8")]
    pub crypto_config: Option<FabricCryptoConfig>,
    /// Trusted roots for TLS.
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub tls_root_certs: Vec<Vec<u8>>,
    /// Certificate authorities for TLS below those roots.
    #[prost(bytes = "vec", repeated, tag = "10")]
    pub tls_intermediate_certs: Vec<Vec<u8>>,
    /// How organizational units make roles.
    #[prost(message, optional, tag = "11")]
    pub fabric_node_ous: Option<FabricNodeOUs>,
}

/// Hash functions of an MSP.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FabricCryptoConfig {
    /// Family of the hash under signatures: `SHA2`.
    #[prost(string, tag = "1")]
    pub signature_hash_family: String,
    /// Hash that makes identity identifiers: `SHA256`.
    #[prost(string, tag = "2")]
    pub identity_identifier_hash_function: String,
}

/// A signing certificate with its key.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SigningIdentityInfo {
    /// The certificate, PEM.
    #[prost(bytes = "vec", tag = "1")]
    pub public_signer: Vec<u8>,
    /// Its private key.
    #[prost(message, optional, tag = "2")]
    pub private_signer: Option<KeyInfo>,
}

/// A private key, or a reference to one.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KeyInfo {
    /// Identifier in the key store.
    #[prost(string, tag = "1")]
    pub key_identifier: String,
    /// The key itself, PEM; empty to look it up.
    #[prost(bytes = "vec", tag = "2")]
    pub key_material: Vec<u8>,
}

/// An organizational unit, optionally of one certificate authority only.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FabricOuIdentifier {
    /// Certificate of the authority, PEM; empty for any of the MSP's.
    #[prost(bytes = "vec", tag = "1")]
    pub certificate: Vec<u8>,
    /// The unit's name.
    #[prost(string, tag = "2")]
    pub organizational_unit_identifier: String,
}

/// Which organizational unit makes which role.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FabricNodeOUs {
    /// Roles come from units at all.
    #[prost(bool, tag = "1")]
    pub enable: bool,
    /// Unit of clients.
    #[prost(message, optional, tag = "2")]
    pub client_ou_identifier: Option<FabricOuIdentifier>,
    /// Unit of peers.
    #[prost(message, optional, tag = "3")]
    pub peer_ou_identifier: Option<FabricOuIdentifier>,
    /// Unit of administrators.
    #[prost(message, optional, tag = "4")]
    pub admin_ou_identifier: Option<FabricOuIdentifier>,
    /// Unit of orderers.
    #[prost(message, optional, tag = "5")]
    pub orderer_ou_identifier: Option<FabricOuIdentifier>,
}
