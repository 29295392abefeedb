//! The Wasm side of the ABI, version 1: module `fabric_1`.
//!
//! The host answers with a length and keeps the bytes pending until the guest has allocated room and fetches them by
//! `read`. It checks every pointer that it is given.
#![expect(unsafe_code, reason = "imports of the Wasm host are foreign functions")]

use std::rc::Rc;

use fabric_protos::protos;
use fabric_protos::protos::chaincode_message::Type;
use prost::Message;

use crate::contract::{Chaincode, Completion};
use crate::host::Host;

mod imports {
    #[link(wasm_import_module = "fabric_1")]
    unsafe extern "C" {
        pub(super) fn call(kind: i32, pointer: *const u8, length: usize) -> i64;
        pub(super) fn input() -> usize;
        pub(super) fn read(pointer: *mut u8);
        pub(super) fn complete(response: *const u8, response_length: usize, event: *const u8, event_length: usize);
        pub(super) fn sha256(pointer: *const u8, length: usize, digest: *mut u8);
        pub(super) fn p256_verify(key: *const u8, key_length: usize, digest: *const u8, signature: *const u8) -> i32;
    }
}

/// Runs the transaction that the host has ready: the body of the export `invoke`.
pub fn invoke(chaincode: &dyn Chaincode) {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("no text");
        // The trap that follows ends the transaction in any case; this gives it a reason that a person can read.
        complete(&Completion::failed(format!("PANIC: {text}{place}")));
    }));
    // SAFETY: `input` has no preconditions.
    let message = read(unsafe { imports::input() });
    complete(&crate::contract::run(chaincode, &message, Rc::new(WasmHost)));
}

struct WasmHost;

impl Host for WasmHost {
    fn call(&self, kind: Type, payload: &[u8]) -> Result<Vec<u8>, String> {
        // SAFETY: pointer and length are those of a live slice.
        let answer = unsafe { imports::call(kind.into(), payload.as_ptr(), payload.len()) };
        // A negative answer -(n + 1) announces n bytes of error text, and `!answer` is n.
        match usize::try_from(answer) {
            Ok(length) => Ok(read(length)),
            Err(_) => Err(String::from_utf8_lossy(&read(usize::try_from(!answer).unwrap_or_default())).into_owned()),
        }
    }
}

fn read(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    // SAFETY: the host writes exactly the number of bytes that it announced, for which there is room.
    unsafe { imports::read(bytes.as_mut_ptr()) };
    bytes
}

fn complete(completion: &Completion) {
    let response = completion.response.encode_to_vec();
    let event = completion.event.as_ref().map(protos::ChaincodeEvent::encode_to_vec).unwrap_or_default();
    // SAFETY: pointers and lengths are those of live slices.
    unsafe { imports::complete(response.as_ptr(), response.len(), event.as_ptr(), event.len()) };
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    // SAFETY: pointer and length are those of a live slice; the digest has the 32 bytes that the host writes.
    unsafe { imports::sha256(bytes.as_ptr(), bytes.len(), digest.as_mut_ptr()) };
    digest
}

pub(crate) fn verify_p256(key: &[u8], digest: &[u8; 32], signature: &[u8; crate::crypto::SIGNATURE_BYTES]) -> bool {
    // SAFETY: pointers are those of live slices, of the lengths that the host reads.
    unsafe { imports::p256_verify(key.as_ptr(), key.len(), digest.as_ptr(), signature.as_ptr()) == 1 }
}
