//! The one call that a contract makes of the world outside.

use fabric_protos::protos::chaincode_message::Type;

/// Answers a transaction's ledger calls, each a message of Fabric's chaincode protocol.
///
/// In a Wasm guest these are the imports of module `fabric_1`, in native tests a [`testing::Ledger`](crate::testing).
pub trait Host {
    /// Sends `payload`, the protobuf that belongs to `kind`, and returns the payload of the peer's RESPONSE.
    ///
    /// # Errors
    /// The text of the peer's ERROR.
    fn call(&self, kind: Type, payload: &[u8]) -> Result<Vec<u8>, String>;
}
