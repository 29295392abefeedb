//! Policies: who has to sign.

use super::MspPrincipal;

/// A policy of the configuration, of one of several kinds.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Policy {
    /// A [`policy::PolicyType`]; not an enumeration field in Fabric's protocol either.
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// A [`SignaturePolicyEnvelope`] or an [`ImplicitMetaPolicy`].
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// Nested in [`Policy`].
pub mod policy {
    use crate::enumeration::enumeration;

    enumeration! {
        /// Kind of a policy.
        pub enum PolicyType {
            /// Not set.
            Unknown = 0 => "UNKNOWN",
            /// A [`SignaturePolicyEnvelope`](super::SignaturePolicyEnvelope).
            Signature = 1 => "SIGNATURE",
            /// Reserved; Fabric does not implement it.
            Msp = 2 => "MSP",
            /// An [`ImplicitMetaPolicy`](super::ImplicitMetaPolicy).
            ImplicitMeta = 3 => "IMPLICIT_META",
        }
    }
}

/// A rule over principals.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SignaturePolicyEnvelope {
    /// Always 0.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// The rule; its leaves are indices into `identities`.
    #[prost(message, optional, tag = "2")]
    pub rule: Option<SignaturePolicy>,
    /// The principals.
    #[prost(message, repeated, tag = "3")]
    pub identities: Vec<MspPrincipal>,
}

/// A node of a signature rule.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SignaturePolicy {
    /// Leaf or gate.
    #[prost(oneof = "signature_policy::Type", tags = "1, 2")]
    pub r#type: Option<signature_policy::Type>,
}

/// Nested in [`SignaturePolicy`].
pub mod signature_policy {
    /// A gate: so many of these rules.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct NOutOf {
        /// How many must hold.
        #[prost(int32, tag = "1")]
        pub n: i32,
        /// The rules to choose from.
        #[prost(message, repeated, tag = "2")]
        pub rules: Vec<super::SignaturePolicy>,
    }

    /// Leaf or gate.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Type {
        /// Index of the principal that must sign.
        #[prost(int32, tag = "1")]
        SignedBy(i32),
        /// A gate.
        #[prost(message, tag = "2")]
        NOutOf(NOutOf),
    }
}

/// A rule over the policies of the groups below.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ImplicitMetaPolicy {
    /// Name of the policy in each group below.
    #[prost(string, tag = "1")]
    pub sub_policy: String,
    /// How many of them must hold.
    #[prost(enumeration = "implicit_meta_policy::Rule", tag = "2")]
    pub rule: i32,
}

/// Nested in [`ImplicitMetaPolicy`].
pub mod implicit_meta_policy {
    use crate::enumeration::enumeration;

    enumeration! {
        /// How many of the sub-policies must hold.
        pub enum Rule {
            /// One.
            Any = 0 => "ANY",
            /// Each.
            All = 1 => "ALL",
            /// More than half.
            Majority = 2 => "MAJORITY",
        }
    }
}
