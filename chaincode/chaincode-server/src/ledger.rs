//! The ledger behind a stream: each call is a message to the peer, and the wait for its answer.

use std::sync::Arc;
use std::time::Duration;

use fabric_protos::Message;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::write_record::Type as WriteType;
use fabric_protos::protos::{
    ChaincodeAdditionalParams, ChaincodeMessage, DelState, GetState, GetStateMultiple, GetStateMultipleResult,
    PurgePrivateState, PutState, PutStateMetadata, WriteBatchState, WriteRecord,
};
use tokio::sync::mpsc;
use wasm_host::{AsyncLedger, Later, LedgerError};

use crate::mailbox::{Answer, Mailbox};

/// The ledger of one transaction.
pub(crate) struct StreamLedger {
    pub(crate) channel_id: String,
    pub(crate) txid: String,
    pub(crate) outgoing: mpsc::Sender<ChaincodeMessage>,
    pub(crate) mailbox: Arc<Mailbox>,
    /// What the peer offered when it was ready.
    pub(crate) offers: ChaincodeAdditionalParams,
    pub(crate) answer_timeout: Duration,
}

impl AsyncLedger for StreamLedger {
    fn call(&mut self, kind: MessageType, payload: Vec<u8>) -> Later<'_, Result<Vec<u8>, LedgerError>> {
        Box::pin(async move {
            match kind {
                MessageType::WriteBatchState => self.write_batch(&payload).await,
                MessageType::GetStateMultiple => self.get_multiple(&payload).await,
                _ => self.send(kind, payload).await,
            }
        })
    }
}

impl StreamLedger {
    /// One message, one answer. Channel and transaction are ours to say, never the contract's.
    async fn send(&self, kind: MessageType, payload: Vec<u8>) -> Result<Vec<u8>, LedgerError> {
        let message = ChaincodeMessage {
            r#type: kind.into(),
            payload,
            txid: self.txid.clone(),
            channel_id: self.channel_id.clone(),
            ..ChaincodeMessage::default()
        };
        let answer = self.mailbox.expect_answer();
        let ended = || LedgerError::Broken("the stream to the peer ended".to_owned());
        self.outgoing.send(message).await.map_err(|_| ended())?;
        match tokio::time::timeout(self.answer_timeout, answer).await {
            Ok(Ok(Answer::Response(payload))) => Ok(payload),
            Ok(Ok(Answer::Error(text))) => Err(LedgerError::Refused(text)),
            Ok(Err(_)) => Err(ended()),
            Err(_) => {
                let seconds = self.answer_timeout.as_secs();
                Err(LedgerError::Broken(format!("no answer to {} in {seconds} s", kind.as_str_name())))
            }
        }
    }

    /// As few batches as the peer takes; without an offer of batches, the single writes.
    async fn write_batch(&self, payload: &[u8]) -> Result<Vec<u8>, LedgerError> {
        let batch = WriteBatchState::decode(payload).map_err(malformed)?;
        if !self.offers.use_write_batch {
            for record in batch.rec {
                let (kind, payload) = single_write(record)?;
                self.send(kind, payload).await?;
            }
            return Ok(Vec::new());
        }
        for records in batch.rec.chunks(at_least_one(self.offers.max_size_write_batch)) {
            let batch = WriteBatchState { rec: records.to_vec() };
            self.send(MessageType::WriteBatchState, batch.encode_to_vec()).await?;
        }
        Ok(Vec::new())
    }

    /// As few calls as the peer takes; without an offer of multiple keys, one for each.
    async fn get_multiple(&self, payload: &[u8]) -> Result<Vec<u8>, LedgerError> {
        let GetStateMultiple { keys, collection } = GetStateMultiple::decode(payload).map_err(malformed)?;
        let mut values = Vec::with_capacity(keys.len());
        if self.offers.use_get_multiple_keys {
            for keys in keys.chunks(at_least_one(self.offers.max_size_get_multiple_keys)) {
                let call = GetStateMultiple { keys: keys.to_vec(), collection: collection.clone() };
                let answer = self.send(MessageType::GetStateMultiple, call.encode_to_vec()).await?;
                let answer = GetStateMultipleResult::decode(answer.as_slice());
                values.extend(answer.map_err(|error| LedgerError::Broken(error.to_string()))?.values);
            }
        } else {
            for key in keys {
                let call = GetState { key, collection: collection.clone() };
                values.push(self.send(MessageType::GetState, call.encode_to_vec()).await?);
            }
        }
        Ok(GetStateMultipleResult { values }.encode_to_vec())
    }
}

/// The message that does the same as a record of a batch.
fn single_write(record: WriteRecord) -> Result<(MessageType, Vec<u8>), LedgerError> {
    let kind = record.r#type();
    let WriteRecord { key, value, collection, metadata, .. } = record;
    Ok(match kind {
        WriteType::PutState => (MessageType::PutState, PutState { key, value, collection }.encode_to_vec()),
        WriteType::DelState => (MessageType::DelState, DelState { key, collection }.encode_to_vec()),
        WriteType::PutStateMetadata => {
            (MessageType::PutStateMetadata, PutStateMetadata { key, collection, metadata }.encode_to_vec())
        }
        WriteType::PurgePrivateData => {
            (MessageType::PurgePrivateData, PurgePrivateState { key, collection }.encode_to_vec())
        }
        WriteType::Undefined => return Err(LedgerError::Refused("a record of the batch has no type".to_owned())),
    })
}

fn at_least_one(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX).max(1)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn malformed(error: fabric_protos::DecodeError) -> LedgerError {
    LedgerError::Refused(format!("the call cannot be read: {error}"))
}
