//! Every message that a real network recorded decodes, and encodes again to the same bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod blocks;
mod streams;

use std::fmt::Debug;
use std::path::PathBuf;

use prost::Message;

fn recordings() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/fabric-3.1.5")
}

/// Decodes a message and insists that no byte is lost, which also shows that no field is unknown to us.
fn same<M: Message + Default + Debug>(bytes: &[u8]) -> M {
    let message = M::decode(bytes).unwrap();
    assert_eq!(hex::encode(message.encode_to_vec()), hex::encode(bytes), "{message:?}");
    message
}

/// The same where nothing inside is looked at.
fn check<M: Message + Default + Debug>(bytes: &[u8]) {
    same::<M>(bytes);
}

/// The same for a map whose values are empty: Go writes them, `prost` leaves them out, both read them alike.
fn same_content<M: Message + Default + PartialEq + Debug>(bytes: &[u8]) -> M {
    let message = M::decode(bytes).unwrap();
    assert_eq!(M::decode(message.encode_to_vec().as_slice()).unwrap(), message);
    message
}

/// The same for a message with maps, whose entries Go writes in any order: same length, and same content again.
fn same_but_order<M: Message + Default + PartialEq + Debug>(bytes: &[u8]) -> M {
    let message = M::decode(bytes).unwrap();
    let again = message.encode_to_vec();
    assert_eq!(again.len(), bytes.len(), "{message:?}");
    assert_eq!(M::decode(again.as_slice()).unwrap(), message);
    message
}
