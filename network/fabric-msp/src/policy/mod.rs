//! Policies: who must sign.

mod expression;
mod signature;
mod signed;
mod tree;

pub use expression::{ExpressionError, parse, to_expression};
pub use signature::SignaturePolicy;
pub use signed::{SignedData, verified_identities};
pub(crate) use signed::{SignedDigest, verified};
pub use tree::{Policy, PolicyTree};

/// Why a policy cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The bytes are not a message of the expected kind.
    #[error("could not deserialize {what}: {reason}")]
    Malformed {
        /// What they should be.
        what: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// Fabric knows version 0 only.
    #[error("this evaluator only understands messages of version 0, but version was {0}")]
    Version(i32),
    /// A node of the rule is neither leaf nor gate.
    #[error("empty policy element")]
    Empty,
    /// A leaf names a principal that is not there.
    #[error("identity index out of range, requested {index}, but identities length is {length}")]
    Index {
        /// The leaf's index.
        index: i32,
        /// Number of principals.
        length: usize,
    },
    /// Neither signature nor implicit meta policy.
    #[error("policy {path} has unknown policy type: {kind}")]
    Kind {
        /// Path of the policy.
        path: String,
        /// Its type.
        kind: i32,
    },
}

impl PolicyError {
    /// Stable code, for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "POLICY_MALFORMED",
            Self::Version(_) => "POLICY_VERSION",
            Self::Empty => "POLICY_EMPTY",
            Self::Index { .. } => "POLICY_INDEX",
            Self::Kind { .. } => "POLICY_KIND",
        }
    }
}
