//! The ABI between a contract and its host, version 1: names and types. [`crate::imports`] has what they do.

use wasmparser::ValType;

/// The module that a contract's imports name. Its number is the ABI's version.
pub(crate) const MODULE: &str = "fabric_1";
/// The memory that a contract exports.
pub(crate) const MEMORY: &str = "memory";
/// The function that a contract exports: runs one transaction.
pub(crate) const INVOKE: &str = "invoke";

/// A function that a contract may import.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [ValType],
    pub(crate) results: &'static [ValType],
}

const I32: ValType = ValType::I32;

/// All functions that a contract may import.
pub(crate) const FUNCTIONS: [Function; 6] = [
    // The transaction's ChaincodeMessage becomes the pending bytes; their length.
    Function { name: "input", parameters: &[], results: &[I32] },
    // Copies the pending bytes to the pointer.
    Function { name: "read", parameters: &[I32], results: &[] },
    // A ledger call (kind, pointer, length): n >= 0 for a RESPONSE, -(n + 1) for an ERROR of n pending bytes.
    Function { name: "call", parameters: &[I32, I32, I32], results: &[ValType::I64] },
    // The outcome: (response pointer, length, event pointer, length).
    Function { name: "complete", parameters: &[I32, I32, I32, I32], results: &[] },
    // (pointer, length, pointer to 32 bytes for the digest).
    Function { name: "sha256", parameters: &[I32, I32, I32], results: &[] },
    // (key pointer, length, pointer to 32 bytes digest, pointer to 64 bytes signature): 1 or 0.
    Function { name: "p256_verify", parameters: &[I32, I32, I32, I32], results: &[I32] },
];
