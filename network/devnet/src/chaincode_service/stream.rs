//! The peer's side of one stream: the registration, and then any number of transactions at once.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use fabric_protos::protos::chaincode_client::ChaincodeClient;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeEvent, ChaincodeId, ChaincodeMessage, Response};
use prost::Message as _;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;
use wasm_host::{Ledger, LedgerError};

use super::ServiceFailure;
use super::transactions::{Delivery, Transactions};
use crate::listener::MESSAGE_BYTES_MAX;
use crate::stop::Stop;

/// Messages that wait to be sent. A service that does not read holds its own transactions up, not our memory.
const OUTGOING_MESSAGES_MAX: usize = 64;

/// A stream on which the chaincode has registered.
pub(super) struct Stream {
    address: String,
    outgoing: mpsc::Sender<ChaincodeMessage>,
    transactions: Arc<Transactions>,
}

/// Why a transaction has no response of the chaincode's own.
pub(super) enum Ended {
    /// The service's fault.
    Failed(ServiceFailure),
    /// The ledger's.
    Ledger(String),
}

impl From<ServiceFailure> for Ended {
    fn from(failure: ServiceFailure) -> Self {
        Self::Failed(failure)
    }
}

impl Stream {
    /// Opens a stream and lets the chaincode register under the package's id. It is offered no write batches and no
    /// gets of multiple keys: it sends single ones instead.
    pub(super) async fn register(
        channel: Channel,
        address: &str,
        package_id: &str,
        timeout: Duration,
        stop: Stop,
    ) -> Result<Self, ServiceFailure> {
        let failed = |reason: String| ServiceFailure::NotRegistered { address: address.to_owned(), reason };
        let (outgoing, messages) = mpsc::channel(OUTGOING_MESSAGES_MAX);
        let mut client = ChaincodeClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let registration = async {
            let broken = |status: tonic::Status| failed(format!("did not register: {}", status.message()));
            let mut incoming = client.connect(ReceiverStream::new(messages)).await.map_err(broken)?.into_inner();
            let closed = || failed("closed the stream before it registered".to_owned());
            let first = incoming.message().await.map_err(broken)?.ok_or_else(closed)?;
            if first.r#type() != MessageType::Register {
                return Err(failed(format!("began with {} instead of REGISTER", kind_name(&first))));
            }
            let name = ChaincodeId::decode(first.payload.as_slice()).map(|id| id.name).unwrap_or_default();
            if name != package_id {
                return Err(failed(format!(
                    "registered as {name:?}, and the package is {package_id:?}: start it with that id \
                     (CORE_CHAINCODE_ID_NAME or CHAINCODE_ID)"
                )));
            }
            for kind in [MessageType::Registered, MessageType::Ready] {
                let message = ChaincodeMessage { r#type: kind.into(), ..ChaincodeMessage::default() };
                outgoing.send(message).await.map_err(|_| closed())?;
            }
            Ok(incoming)
        };
        let registered = tokio::time::timeout(timeout, registration).await;
        let incoming = registered.map_err(|_| failed(format!("did not register in {timeout:?}")))??;
        let transactions = Arc::<Transactions>::default();
        let reader = Reader {
            address: address.to_owned(),
            incoming,
            outgoing: outgoing.clone(),
            transactions: Arc::clone(&transactions),
        };
        tokio::spawn(reader.read(stop));
        Ok(Self { address: address.to_owned(), outgoing, transactions })
    }

    /// Whether transactions can still begin.
    pub(super) fn is_open(&self) -> bool {
        self.transactions.ended().is_none()
    }

    /// Runs a transaction to its end and blocks meanwhile: hands it to the chaincode and carries out what that asks for.
    pub(super) fn run(
        &self,
        runtime: &Handle,
        transaction: &ChaincodeMessage,
        ledger: &mut dyn Ledger,
        timeout: Duration,
    ) -> Result<(Response, Option<ChaincodeEvent>), Ended> {
        let (channel, id) = (&transaction.channel_id, &transaction.txid);
        let messages = self.transactions.begin(channel, id)?;
        let running = Running { stream: self, runtime, transaction, deadline: Instant::now() + timeout, timeout };
        let outcome = running.serve(&messages, ledger);
        self.transactions.leave(channel, id);
        outcome
    }
}

/// A transaction on its stream.
struct Running<'a> {
    stream: &'a Stream,
    runtime: &'a Handle,
    transaction: &'a ChaincodeMessage,
    deadline: Instant,
    timeout: Duration,
}

impl Running<'_> {
    fn serve(
        &self,
        messages: &Receiver<ChaincodeMessage>,
        ledger: &mut dyn Ledger,
    ) -> Result<(Response, Option<ChaincodeEvent>), Ended> {
        self.send(self.transaction.clone())?;
        loop {
            let message = self.next(messages)?;
            match message.r#type() {
                MessageType::Completed => return Ok(self.completed(message)?),
                MessageType::Error => {
                    return Err(ServiceFailure::Error(String::from_utf8_lossy(&message.payload).into_owned()).into());
                }
                kind => {
                    let (answer, broken) = match ledger.call(kind, &message.payload) {
                        Ok(payload) => (self.answer(MessageType::Response, payload), None),
                        Err(LedgerError::Refused(text)) => (self.answer(MessageType::Error, text.into_bytes()), None),
                        // The chaincode waits for something, and should not do so for ever.
                        Err(LedgerError::Broken(text)) => {
                            (self.answer(MessageType::Error, text.clone().into_bytes()), Some(text))
                        }
                    };
                    let sent = self.send(answer);
                    if let Some(text) = broken {
                        return Err(Ended::Ledger(text));
                    }
                    sent?;
                }
            }
        }
    }

    fn next(&self, messages: &Receiver<ChaincodeMessage>) -> Result<ChaincodeMessage, ServiceFailure> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        messages.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => self.silent(),
            RecvTimeoutError::Disconnected => self.gone(),
        })
    }

    fn send(&self, message: ChaincodeMessage) -> Result<(), ServiceFailure> {
        let message = match self.stream.outgoing.try_send(message) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(self.gone()),
            Err(TrySendError::Full(message)) => message,
        };
        let outgoing = &self.stream.outgoing;
        let sending = async { tokio::time::timeout_at(self.deadline.into(), outgoing.send(message)).await };
        let sent = self.runtime.block_on(sending);
        sent.map_err(|_| self.silent())?.map_err(|_| self.gone())
    }

    fn answer(&self, kind: MessageType, payload: Vec<u8>) -> ChaincodeMessage {
        ChaincodeMessage {
            r#type: kind.into(),
            payload,
            txid: self.transaction.txid.clone(),
            channel_id: self.transaction.channel_id.clone(),
            ..ChaincodeMessage::default()
        }
    }

    fn completed(&self, message: ChaincodeMessage) -> Result<(Response, Option<ChaincodeEvent>), ServiceFailure> {
        let response = Response::decode(message.payload.as_slice()).map_err(|error| ServiceFailure::Protocol {
            address: self.stream.address.clone(),
            what: format!("COMPLETED without a response in it: {error}"),
        })?;
        // Whose event it is, and in which transaction, is not for the chaincode to say.
        let event = message.chaincode_event.map(|event| ChaincodeEvent {
            chaincode_id: String::new(),
            tx_id: String::new(),
            ..event
        });
        Ok((response, event))
    }

    fn silent(&self) -> ServiceFailure {
        ServiceFailure::Silent { address: self.stream.address.clone(), timeout: self.timeout }
    }

    fn gone(&self) -> ServiceFailure {
        self.stream.transactions.ended().unwrap_or_else(|| ServiceFailure::Gone {
            address: self.stream.address.clone(),
            reason: "it takes no more messages".to_owned(),
        })
    }
}

/// Reads what the chaincode sends and hands it on.
struct Reader {
    address: String,
    incoming: Streaming<ChaincodeMessage>,
    outgoing: mpsc::Sender<ChaincodeMessage>,
    transactions: Arc<Transactions>,
}

impl Reader {
    async fn read(mut self, mut stop: Stop) {
        let failure = tokio::select! {
            failure = self.read_to_the_end() => failure,
            () = stop.requested() => self.gone("the network is being stopped"),
        };
        tracing::info!(%failure, "a stream to a chaincode's service ended");
        self.transactions.end(failure);
    }

    async fn read_to_the_end(&mut self) -> ServiceFailure {
        loop {
            let message = match self.incoming.message().await {
                Ok(Some(message)) => message,
                Ok(None) => return self.gone("it closed the stream"),
                Err(status) => return self.gone(status.message()),
            };
            let kind = message.r#type();
            match kind {
                MessageType::Keepalive => continue,
                MessageType::Completed | MessageType::Error => {}
                // It refuses by itself what it does not offer.
                kind if kind.is_ledger_call() => {}
                _ => return self.protocol(format!("{}, which a chaincode may not", kind_name(&message))),
            }
            let (channel_id, txid) = (message.channel_id.clone(), message.txid.clone());
            match self.transactions.deliver(message) {
                Delivery::Taken => {}
                Delivery::TooMany => {
                    return self.protocol(format!("more calls at once than one for transaction {txid}"));
                }
                // A transaction that was given up still waits for an answer. If it does not read, it gets none.
                Delivery::Unknown if kind.is_ledger_call() => {
                    let text = format!("{} failed: transaction ID: {txid}: no ledger context", kind.as_str_name());
                    let answer = ChaincodeMessage {
                        r#type: MessageType::Error.into(),
                        payload: text.into_bytes(),
                        txid,
                        channel_id,
                        ..ChaincodeMessage::default()
                    };
                    drop(self.outgoing.try_send(answer));
                }
                Delivery::Unknown => {}
            }
        }
    }

    fn gone(&self, reason: &str) -> ServiceFailure {
        ServiceFailure::Gone { address: self.address.clone(), reason: reason.to_owned() }
    }

    fn protocol(&self, what: String) -> ServiceFailure {
        ServiceFailure::Protocol { address: self.address.clone(), what }
    }
}

/// A message's type as Fabric names it.
fn kind_name(message: &ChaincodeMessage) -> String {
    match MessageType::try_from(message.r#type) {
        Ok(kind) => kind.as_str_name().to_owned(),
        Err(_) => format!("a message of type {}", message.r#type),
    }
}
