//! Principals: sets of identities that policies name.

/// A set of identities.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct MspPrincipal {
    /// Says what `principal` is.
    #[prost(enumeration = "msp_principal::Classification", tag = "1")]
    pub principal_classification: i32,
    /// An [`MspRole`], an [`OrganizationUnit`], or a serialized identity itself.
    #[prost(bytes = "vec", tag = "2")]
    pub principal: Vec<u8>,
}

/// Nested in [`MspPrincipal`].
pub mod msp_principal {
    use crate::enumeration::enumeration;

    enumeration! {
        /// Kind of a principal.
        pub enum Classification {
            /// An [`MspRole`](super::MspRole).
            Role = 0 => "ROLE",
            /// An [`OrganizationUnit`](super::OrganizationUnit).
            OrganizationUnit = 1 => "ORGANIZATION_UNIT",
            /// One identity, serialized.
            Identity = 2 => "IDENTITY",
            /// An [`MspIdentityAnonymity`](super::MspIdentityAnonymity).
            Anonymity = 3 => "ANONYMITY",
            /// A [`CombinedPrincipal`](super::CombinedPrincipal).
            Combined = 4 => "COMBINED",
        }
    }
}

/// Members of an organization in a certain role.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct MspRole {
    /// The organization.
    #[prost(string, tag = "1")]
    pub msp_identifier: String,
    /// The role.
    #[prost(enumeration = "msp_role::MspRoleType", tag = "2")]
    pub role: i32,
}

/// Nested in [`MspRole`].
pub mod msp_role {
    use crate::enumeration::enumeration;

    enumeration! {
        /// Role of an identity in its organization.
        pub enum MspRoleType {
            /// Any valid identity.
            Member = 0 => "MEMBER",
            /// Administrator.
            Admin = 1 => "ADMIN",
            /// Client application.
            Client = 2 => "CLIENT",
            /// Peer.
            Peer = 3 => "PEER",
            /// Orderer.
            Orderer = 4 => "ORDERER",
        }
    }
}

/// Members of an organization with a certain organizational unit in the certificate.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct OrganizationUnit {
    /// The organization.
    #[prost(string, tag = "1")]
    pub msp_identifier: String,
    /// The unit's name.
    #[prost(string, tag = "2")]
    pub organizational_unit_identifier: String,
    /// Hash over the chain of certificates that issued it.
    #[prost(bytes = "vec", tag = "3")]
    pub certifiers_identifier: Vec<u8>,
}

/// Anonymous or nominal identities.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct MspIdentityAnonymity {
    /// Which of the two.
    #[prost(enumeration = "msp_identity_anonymity::MspIdentityAnonymityType", tag = "1")]
    pub anonymity_type: i32,
}

/// Nested in [`MspIdentityAnonymity`].
pub mod msp_identity_anonymity {
    use crate::enumeration::enumeration;

    enumeration! {
        /// Whether an identity can be told from others.
        pub enum MspIdentityAnonymityType {
            /// Known by name; X.509 identities always are.
            Nominal = 0 => "NOMINAL",
            /// Unlinkable.
            Anonymous = 1 => "ANONYMOUS",
        }
    }
}

/// Identities that are in all of these sets.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CombinedPrincipal {
    /// The sets.
    #[prost(message, repeated, tag = "1")]
    pub principals: Vec<MspPrincipal>,
}
