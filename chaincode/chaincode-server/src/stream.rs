//! The chaincode's side of one stream.
//!
//! REGISTER goes out, REGISTERED and READY come in, then transactions. For each of them the peer expects exactly one
//! COMPLETED, also where the contract failed (its response then has status 500). ERROR in its place means that we
//! could not run it at all, and makes the client try another peer.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fabric_protos::Message;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeAdditionalParams, ChaincodeId, ChaincodeMessage};
use futures_util::FutureExt;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task;
use tokio_stream::{Stream, StreamExt};
use tonic::Status;
use wasm_host::{AsyncChaincode, Completed};

use crate::ledger::StreamLedger;
use crate::mailbox::{Answer, Mailbox};

/// Messages that wait to be sent. A peer that does not read holds the contracts up, not our memory.
pub const OUTGOING_MESSAGES_MAX: usize = 64;

/// How long to wait for a peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timeouts {
    /// From REGISTER to READY.
    pub registration: Duration,
    /// From a ledger call to its answer. A peer that has given a transaction up may leave a call without one; until
    /// then the transaction keeps its instance. Longer than any peer's `chaincode.executetimeout`, as a call of another
    /// chaincode may take that long.
    pub answer: Duration,
}

impl Default for Timeouts {
    /// A minute to register, ten for an answer.
    fn default() -> Self {
        Self { registration: Duration::from_secs(60), answer: Duration::from_secs(600) }
    }
}

/// How a stream ended. It never ends by itself.
#[derive(Debug, Error)]
pub enum StreamEnd {
    /// The peer closed it.
    #[error("STREAM_CLOSED: the peer closed the stream")]
    Closed,
    /// The connection failed.
    #[error("STREAM_FAILED: {0}")]
    Failed(#[from] Box<Status>),
    /// The peer did not get ready in time.
    #[error("PEER_SILENT: the peer was not ready after {0:?}")]
    Silent(Duration),
    /// The peer refused the registration.
    #[error("REGISTRATION_REFUSED: {0}")]
    Refused(String),
    /// The peer sent what it may not send at this point.
    #[error("UNEXPECTED_MESSAGE: {found} instead of {expected}")]
    Unexpected {
        /// What came.
        found: String,
        /// What should have come.
        expected: &'static str,
    },
}

/// Runs a chaincode on one stream, until the stream ends.
///
/// `package_id` is the name under which it registers. `outgoing` leads to the peer; it should hold
/// [`OUTGOING_MESSAGES_MAX`] messages. Transactions that run when the stream ends, or this future is dropped, are told
/// so at their next ledger call.
pub async fn run<Incoming>(
    chaincode: Arc<dyn AsyncChaincode>,
    package_id: &str,
    incoming: Incoming,
    outgoing: mpsc::Sender<ChaincodeMessage>,
    timeouts: Timeouts,
) -> StreamEnd
where
    Incoming: Stream<Item = Result<ChaincodeMessage, Status>> + Unpin,
{
    let mut incoming = Incomings(incoming);
    let registration = register(package_id, &mut incoming, &outgoing);
    let offers = match tokio::time::timeout(timeouts.registration, registration).await {
        Ok(Ok(offers)) => offers,
        Ok(Err(end)) => return end,
        Err(_) => return StreamEnd::Silent(timeouts.registration),
    };
    let shim = Shim { chaincode, outgoing, offers, timeouts, running: Arc::default() };
    shim.serve(&mut incoming).await
}

/// Introduces the chaincode to the peer, and returns what the peer offers.
async fn register<Incoming>(
    package_id: &str,
    incoming: &mut Incomings<Incoming>,
    outgoing: &mpsc::Sender<ChaincodeMessage>,
) -> Result<ChaincodeAdditionalParams, StreamEnd>
where
    Incoming: Stream<Item = Result<ChaincodeMessage, Status>> + Unpin,
{
    let name = ChaincodeId { name: package_id.to_owned(), ..ChaincodeId::default() };
    let register = ChaincodeMessage {
        r#type: MessageType::Register.into(),
        payload: name.encode_to_vec(),
        ..ChaincodeMessage::default()
    };
    outgoing.send(register).await.map_err(|_| StreamEnd::Closed)?;
    incoming.expect(MessageType::Registered, "REGISTERED").await?;
    let ready = incoming.expect(MessageType::Ready, "READY").await?;
    ChaincodeAdditionalParams::decode(ready.payload.as_slice())
        .map_err(|error| StreamEnd::Unexpected { found: format!("READY with {error}"), expected: "READY" })
}

/// What the peer sends, with its errors as the stream's end.
struct Incomings<Incoming>(Incoming);

impl<Incoming> Incomings<Incoming>
where
    Incoming: Stream<Item = Result<ChaincodeMessage, Status>> + Unpin,
{
    async fn next(&mut self) -> Result<ChaincodeMessage, StreamEnd> {
        self.0.next().await.ok_or(StreamEnd::Closed)?.map_err(|status| StreamEnd::Failed(Box::new(status)))
    }

    async fn expect(&mut self, kind: MessageType, expected: &'static str) -> Result<ChaincodeMessage, StreamEnd> {
        let message = self.next().await?;
        match message.r#type() {
            found if found == kind => Ok(message),
            MessageType::Error => Err(StreamEnd::Refused(text(message.payload))),
            _ => Err(unexpected(&message, expected)),
        }
    }
}

/// A registered chaincode.
struct Shim {
    chaincode: Arc<dyn AsyncChaincode>,
    outgoing: mpsc::Sender<ChaincodeMessage>,
    offers: ChaincodeAdditionalParams,
    timeouts: Timeouts,
    running: Arc<Running>,
}

impl Shim {
    async fn serve<Incoming>(&self, incoming: &mut Incomings<Incoming>) -> StreamEnd
    where
        Incoming: Stream<Item = Result<ChaincodeMessage, Status>> + Unpin,
    {
        loop {
            let message = match incoming.next().await {
                Ok(message) => message,
                Err(end) => return end,
            };
            let sent = match message.r#type() {
                MessageType::Transaction | MessageType::Init => self.start(message).await,
                MessageType::Response => {
                    self.running.answer(&message.channel_id, &message.txid, Answer::Response(message.payload));
                    Ok(())
                }
                MessageType::Error => {
                    self.running.answer(&message.channel_id, &message.txid, Answer::Error(text(message.payload)));
                    Ok(())
                }
                MessageType::Keepalive => self.outgoing.send(message).await,
                _ => return unexpected(&message, "a transaction or an answer"),
            };
            if sent.is_err() {
                return StreamEnd::Closed;
            }
        }
    }

    /// Runs a transaction as a task of its own.
    async fn start(&self, message: ChaincodeMessage) -> Result<(), mpsc::error::SendError<ChaincodeMessage>> {
        let (channel_id, txid) = (message.channel_id.clone(), message.txid.clone());
        let Some(mailbox) = self.running.enter(&channel_id, &txid) else {
            // A peer that gave the first one up may have been asked again. Both would speak under one name.
            let reason = "the transaction is running already".to_owned();
            return self.outgoing.send(not_run(channel_id, txid, reason)).await;
        };
        let ledger = StreamLedger {
            channel_id: channel_id.clone(),
            txid: txid.clone(),
            outgoing: self.outgoing.clone(),
            mailbox,
            offers: self.offers,
            answer_timeout: self.timeouts.answer,
        };
        let chaincode = Arc::clone(&self.chaincode);
        let (running, outgoing) = (Arc::clone(&self.running), self.outgoing.clone());
        task::spawn(async move {
            let execution = AssertUnwindSafe(chaincode.execute_async(&message, Box::new(ledger)));
            let last = match execution.catch_unwind().await {
                Ok(Ok(completed)) => completed_message(channel_id.clone(), txid.clone(), completed),
                Ok(Err(error)) => not_run(channel_id.clone(), txid.clone(), error.to_string()),
                Err(_) => not_run(channel_id.clone(), txid.clone(), "the chaincode process panicked".to_owned()),
            };
            // Gone before the peer knows: what it sends next under this name is something new.
            running.leave(&channel_id, &txid);
            if outgoing.send(last).await.is_err() {
                tracing::debug!(txid, "the stream ended before the transaction did");
            }
        });
        Ok(())
    }
}

impl Drop for Shim {
    /// The stream is over, or its owner does not want it any more.
    fn drop(&mut self) {
        self.running.close();
    }
}

/// The transactions that run on one stream, by channel and id: the same id may be in use on another stream.
#[derive(Default)]
struct Running(Mutex<HashMap<(String, String), Arc<Mailbox>>>);

impl Running {
    /// A mailbox for a new transaction; none if it runs already.
    fn enter(&self, channel_id: &str, txid: &str) -> Option<Arc<Mailbox>> {
        let mut running = self.lock();
        let key = (channel_id.to_owned(), txid.to_owned());
        if running.contains_key(&key) {
            return None;
        }
        let mailbox = Arc::<Mailbox>::default();
        running.insert(key, Arc::clone(&mailbox));
        Some(mailbox)
    }

    fn leave(&self, channel_id: &str, txid: &str) {
        self.lock().remove(&(channel_id.to_owned(), txid.to_owned()));
    }

    /// Hands an answer on. One for a transaction that is over, or has not asked, is dropped.
    fn answer(&self, channel_id: &str, txid: &str, answer: Answer) {
        let mailbox = self.lock().get(&(channel_id.to_owned(), txid.to_owned())).map(Arc::clone);
        if !mailbox.is_some_and(|mailbox| mailbox.deliver(answer)) {
            tracing::debug!(channel_id, txid, "an answer that nobody waits for");
        }
    }

    fn close(&self) {
        self.lock().values().for_each(|mailbox| mailbox.close());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), Arc<Mailbox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn completed_message(channel_id: String, txid: String, completed: Completed) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: MessageType::Completed.into(),
        payload: completed.response.encode_to_vec(),
        txid,
        chaincode_event: completed.event,
        channel_id,
        ..ChaincodeMessage::default()
    }
}

fn not_run(channel_id: String, txid: String, reason: String) -> ChaincodeMessage {
    tracing::warn!(channel_id, txid, reason, "a transaction was not run");
    ChaincodeMessage {
        r#type: MessageType::Error.into(),
        payload: reason.into_bytes(),
        txid,
        channel_id,
        ..ChaincodeMessage::default()
    }
}

fn unexpected(message: &ChaincodeMessage, expected: &'static str) -> StreamEnd {
    let found = match MessageType::try_from(message.r#type) {
        Ok(kind) => kind.as_str_name().to_owned(),
        Err(_) => format!("a message of type {}", message.r#type),
    };
    StreamEnd::Unexpected { found, expected }
}

fn text(payload: Vec<u8>) -> String {
    String::from_utf8(payload).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
