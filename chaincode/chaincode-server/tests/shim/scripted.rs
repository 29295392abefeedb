//! A chaincode without Wasm, for what the protocol does whatever the contract is.

use std::sync::Mutex;

use fabric_protos::Message;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::write_record::Type as WriteType;
use fabric_protos::protos::{
    ChaincodeInput, ChaincodeMessage, GetStateMultiple, Response, StateMetadata, WriteBatchState, WriteRecord,
};
use wasm_host::{AsyncChaincode, AsyncLedger, Completed, HostError, Later, LedgerError, Metering};

/// Does what the function's name says.
#[derive(Default)]
pub(crate) struct Scripted {
    /// Texts of ledger calls that had no answer.
    pub(crate) broken: Mutex<Vec<String>>,
}

impl AsyncChaincode for Scripted {
    fn execute_async<'a>(
        &'a self,
        message: &'a ChaincodeMessage,
        ledger: Box<dyn AsyncLedger>,
    ) -> Later<'a, Result<Completed, HostError>> {
        Box::pin(self.answer(message, ledger))
    }
}

impl Scripted {
    async fn answer(
        &self,
        message: &ChaincodeMessage,
        mut ledger: Box<dyn AsyncLedger>,
    ) -> Result<Completed, HostError> {
        let input = ChaincodeInput::decode(message.payload.as_slice()).unwrap();
        let answer = match input.args[0].as_slice() {
            b"nothing" => Ok(Vec::new()),
            b"get" => ledger.call(MessageType::GetState, b"k".to_vec()).await,
            b"batch" => ledger.call(MessageType::WriteBatchState, batch().encode_to_vec()).await,
            b"multiple" => ledger.call(MessageType::GetStateMultiple, multiple().encode_to_vec()).await,
            b"malformed" => ledger.call(MessageType::WriteBatchState, vec![0xff]).await,
            b"busy" => return Err(HostError::Busy("too many".to_owned())),
            b"panic" => panic!("a test"),
            _ => panic!("no such function"),
        };
        let response = match answer {
            Ok(payload) => Response { status: 200, payload, ..Response::default() },
            Err(LedgerError::Refused(message)) => Response { status: 500, message, ..Response::default() },
            Err(LedgerError::Broken(text)) => {
                self.broken.lock().unwrap().push(text.clone());
                return Err(HostError::Ledger(text));
            }
        };
        Ok(Completed { response, event: None, metering: Metering::default() })
    }
}

/// A batch of all kinds of writes.
pub(crate) fn batch() -> WriteBatchState {
    let record = |kind: WriteType, key: &str| WriteRecord {
        r#type: kind.into(),
        key: key.to_owned(),
        collection: "c".to_owned(),
        ..WriteRecord::default()
    };
    let put = WriteRecord { value: b"v".to_vec(), ..record(WriteType::PutState, "a") };
    let metadata = StateMetadata { metakey: "m".to_owned(), value: b"p".to_vec() };
    let metadata = WriteRecord { metadata: Some(metadata), ..record(WriteType::PutStateMetadata, "a") };
    let (delete, purge) = (record(WriteType::DelState, "b"), record(WriteType::PurgePrivateData, "c"));
    WriteBatchState { rec: vec![put, metadata, delete, purge] }
}

/// Three keys at once.
pub(crate) fn multiple() -> GetStateMultiple {
    GetStateMultiple { keys: ["a", "b", "c"].map(str::to_owned).to_vec(), collection: "c".to_owned() }
}
