//! Why a module is refused.

use thiserror::Error;
use wasmparser::WasmFeatures;

/// Why a module is refused, with a stable code at the start of the text. Offsets are bytes from the module's start.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum CheckError {
    /// It is no valid Wasm module.
    #[error("INVALID_MODULE: {message} (at byte {offset})")]
    Invalid {
        /// Where it was found.
        offset: usize,
        /// What is wrong.
        message: String,
    },
    /// It contains floating-point types or instructions.
    #[error("FLOAT: floating point is not deterministic and not allowed (at byte {offset})")]
    Float {
        /// Where the first of them is.
        offset: usize,
    },
    /// It uses a proposal that is not allowed: threads, SIMD, a second memory, tail calls, exceptions and others.
    #[error("FORBIDDEN_FEATURE: {message} (at byte {offset})")]
    Feature {
        /// Where it was found.
        offset: usize,
        /// Which one.
        message: String,
    },
    /// It imports what the host does not have.
    #[error("FORBIDDEN_IMPORT: {name}: {reason}")]
    Import {
        /// Module and name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It lacks an export that the host needs.
    #[error("MISSING_EXPORT: {name} must be exported as {expected}")]
    Export {
        /// The export's name.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// It has a start function, which would run before the transaction.
    #[error("START_FUNCTION: a contract may not have a start function (at byte {offset})")]
    Start {
        /// Where the start section is.
        offset: usize,
    },
    /// A data or element segment does not fit where it says that it goes.
    #[error("BAD_SEGMENT: {message} (at byte {offset})")]
    Segment {
        /// Where the segment is.
        offset: usize,
        /// What is wrong with it.
        message: &'static str,
    },
    /// There is too much of something.
    #[error("MODULE_LIMIT: {what}: {found}, allowed are {allowed}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much there may be.
        allowed: u64,
    },
}

impl CheckError {
    /// The stable code that starts the error's text.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_MODULE",
            Self::Float { .. } => "FLOAT",
            Self::Feature { .. } => "FORBIDDEN_FEATURE",
            Self::Import { .. } => "FORBIDDEN_IMPORT",
            Self::Export { .. } => "MISSING_EXPORT",
            Self::Start { .. } => "START_FUNCTION",
            Self::Segment { .. } => "BAD_SEGMENT",
            Self::Limit { .. } => "MODULE_LIMIT",
        }
    }

    /// Where in the module the reason is, in bytes from its start, if it is in one place.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Invalid { offset, .. }
            | Self::Float { offset }
            | Self::Feature { offset, .. }
            | Self::Start { offset }
            | Self::Segment { offset, .. } => Some(*offset),
            Self::Import { .. } | Self::Export { .. } | Self::Limit { .. } => None,
        }
    }
}

impl From<wasmparser::Error> for CheckError {
    fn from(error: wasmparser::Error) -> Self {
        const FLOATS: WasmFeatures = WasmFeatures::FLOATS.union(WasmFeatures::SATURATING_FLOAT_TO_INT);
        let offset = error.offset();
        match error.missing_wasm_feature() {
            Some(feature) if FLOATS.contains(feature) => Self::Float { offset },
            Some(_) => Self::Feature { offset, message: error.message().to_owned() },
            None => Self::Invalid { offset, message: error.message().to_owned() },
        }
    }
}
