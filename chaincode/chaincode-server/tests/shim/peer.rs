//! The peer's side of a stream, as far as a test plays it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chaincode_server::stream::{self, OUTGOING_MESSAGES_MAX, StreamEnd, Timeouts};
use fabric_protos::Message;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeAdditionalParams, ChaincodeInput, ChaincodeMessage};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use wasm_host::AsyncChaincode;

/// How long a message may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A peer with one chaincode on an in-memory stream.
pub(crate) struct Peer {
    to_chaincode: mpsc::Sender<Result<ChaincodeMessage, Status>>,
    from_chaincode: mpsc::Receiver<ChaincodeMessage>,
    /// What came already, while something else was waited for, by transaction.
    received: HashMap<(String, String), VecDeque<ChaincodeMessage>>,
    end: JoinHandle<StreamEnd>,
}

impl Peer {
    /// Starts a chaincode; it has not registered yet.
    pub(crate) fn start(chaincode: Arc<dyn AsyncChaincode>, package_id: &str, timeouts: Timeouts) -> Self {
        let (to_chaincode, incoming) = mpsc::channel(OUTGOING_MESSAGES_MAX);
        let (outgoing, from_chaincode) = mpsc::channel(OUTGOING_MESSAGES_MAX);
        let package_id = package_id.to_owned();
        let incoming = ReceiverStream::new(incoming);
        let end = tokio::spawn(async move { stream::run(chaincode, &package_id, incoming, outgoing, timeouts).await });
        Self { to_chaincode, from_chaincode, received: HashMap::new(), end }
    }

    /// Starts a chaincode and registers it with these offers.
    pub(crate) async fn ready(chaincode: Arc<dyn AsyncChaincode>, offers: ChaincodeAdditionalParams) -> Self {
        let mut peer = Self::start(chaincode, "id", Timeouts::default());
        assert_eq!(peer.receive("", "").await.r#type(), MessageType::Register);
        peer.send(message(MessageType::Registered, "", Vec::new())).await;
        peer.send(message(MessageType::Ready, "", offers.encode_to_vec())).await;
        peer
    }

    pub(crate) async fn send(&self, message: ChaincodeMessage) {
        self.to_chaincode.send(Ok(message)).await.unwrap();
    }

    pub(crate) async fn fail(&self, status: Status) {
        self.to_chaincode.send(Err(status)).await.unwrap();
    }

    /// The next message of this transaction.
    pub(crate) async fn receive(&mut self, channel_id: &str, txid: &str) -> ChaincodeMessage {
        let key = (channel_id.to_owned(), txid.to_owned());
        loop {
            if let Some(message) = self.received.get_mut(&key).and_then(VecDeque::pop_front) {
                return message;
            }
            let next = tokio::time::timeout(PATIENCE, self.from_chaincode.recv()).await;
            let next = next.unwrap_or_else(|_| panic!("no message for transaction {txid:?}"));
            let next = next.unwrap_or_else(|| panic!("the stream ended before a message for transaction {txid:?}"));
            self.received.entry((next.channel_id.clone(), next.txid.clone())).or_default().push_back(next);
        }
    }

    /// The next message of this transaction, which must be of this type; its payload.
    pub(crate) async fn expect(&mut self, kind: MessageType, txid: &str) -> Vec<u8> {
        let message = self.receive("ch", txid).await;
        let text = String::from_utf8_lossy(&message.payload);
        assert_eq!(message.r#type(), kind, "transaction {txid:?}: {text}");
        message.payload
    }

    /// Closes the stream; returns how it ended and what was not received.
    pub(crate) async fn close(mut self) -> (StreamEnd, Vec<ChaincodeMessage>) {
        drop(self.to_chaincode);
        let end = tokio::time::timeout(PATIENCE, self.end).await.unwrap().unwrap();
        let mut rest: Vec<_> = self.received.into_values().flatten().collect();
        while let Some(message) = self.from_chaincode.recv().await {
            rest.push(message);
        }
        (end, rest)
    }
}

/// A message of a transaction on the channel `ch`; of none if `txid` is empty.
pub(crate) fn message(kind: MessageType, txid: &str, payload: Vec<u8>) -> ChaincodeMessage {
    let channel_id = if txid.is_empty() { String::new() } else { "ch".to_owned() };
    ChaincodeMessage { r#type: kind.into(), payload, txid: txid.to_owned(), channel_id, ..ChaincodeMessage::default() }
}

/// A transaction that calls a function.
pub(crate) fn transaction(txid: &str, function: &str) -> ChaincodeMessage {
    let input = ChaincodeInput { args: vec![function.into()], ..ChaincodeInput::default() };
    message(MessageType::Transaction, txid, input.encode_to_vec())
}
