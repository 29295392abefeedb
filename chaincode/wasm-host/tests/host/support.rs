//! What the tests of this crate share.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use fabric_protos::Message;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeInput, ChaincodeMessage};
use wasm_host::{Ledger, LedgerError};

/// A ledger that knows no key and refuses to delete.
pub(crate) struct EmptyLedger;

impl Ledger for EmptyLedger {
    fn call(&mut self, kind: MessageType, _: &[u8]) -> Result<Vec<u8>, LedgerError> {
        match kind {
            MessageType::DelState => Err(LedgerError::Refused("no".to_owned())),
            _ => Ok(Vec::new()),
        }
    }
}

/// A transaction that calls this function without arguments.
pub(crate) fn transaction(function: &str) -> ChaincodeMessage {
    let input = ChaincodeInput { args: vec![function.into()], decorations: BTreeMap::new(), is_init: false };
    ChaincodeMessage {
        r#type: MessageType::Transaction.into(),
        payload: input.encode_to_vec(),
        txid: "tx".to_owned(),
        channel_id: "ch".to_owned(),
        ..ChaincodeMessage::default()
    }
}

/// The modules of `tests/guests`: name, what the first line says, and the module.
pub(crate) fn guests() -> BTreeMap<String, (String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    let mut guests = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wat") {
            let text = fs::read_to_string(&path).unwrap();
            let expected = text.lines().next().and_then(|line| line.strip_prefix(";; ")).unwrap().to_owned();
            let module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            guests.insert(path.file_stem().unwrap().to_str().unwrap().to_owned(), (expected, module));
        }
    }
    guests
}

/// One of the modules of `tests/guests`.
pub(crate) fn guest(name: &str) -> Vec<u8> {
    guests().remove(name).unwrap().1
}
