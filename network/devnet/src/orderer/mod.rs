//! The ordering service: one orderer for all channels.
//!
//! It checks that an envelope is signed by somebody who may write, and nothing about what is in it. With one orderer
//! there is no consensus to run; blocks are cut, linked and signed as any Fabric orderer does it.

mod block_writer;
mod chain;
mod cutter;

use std::sync::Arc;

use fabric_msp::LocalSigner;
use fabric_protos::common::{ChannelHeader, Envelope, HeaderType, Payload, SignatureHeader, Status};
use fabric_protos::orderer::atomic_broadcast_server::AtomicBroadcast;
use fabric_protos::orderer::{BroadcastResponse, DeliverResponse};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Streaming};

use self::chain::Halted;
pub(crate) use self::chain::{Chain, Committer};
use self::cutter::Message;
use crate::channel::{Channel, Channels};
use crate::commits::Commits;
use crate::config::Batch;
use crate::ledger::Ledger;
use crate::services::access::{self, CHANNEL_WRITERS, SignedData};
use crate::services::deliver::deliver_from_orderer;
use crate::stop::Stop;

/// Answers that may wait for a slow reader.
const ANSWERS_QUEUED_MAX: usize = 64;

/// The orderer.
pub(crate) struct Orderer {
    channels: Arc<Channels>,
}

/// Why an envelope was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) status: Status,
    pub(crate) info: String,
}

impl Rejection {
    fn bad_request(info: impl Into<String>) -> Self {
        Self { status: Status::BadRequest, info: info.into() }
    }
}

/// Starts a channel's chain at the end of its ledger.
pub(crate) fn start_chain(
    ledger: &Ledger,
    signer: Arc<LocalSigner>,
    commits: Arc<Commits>,
    stop: Stop,
) -> std::io::Result<(Chain, Committer)> {
    Chain::start(ledger.clone(), batch(ledger), signer, commits, stop)
}

/// The channel's batch settings, as its configuration has them.
fn batch(ledger: &Ledger) -> Batch {
    let config = ledger.config();
    let size = config.batch_size;
    Batch {
        max_message_count: size.max_message_count,
        absolute_max_bytes: size.absolute_max_bytes,
        preferred_max_bytes: size.preferred_max_bytes,
        timeout_ms: u64::try_from(config.batch_timeout.as_millis()).unwrap_or(u64::MAX),
    }
}

impl Orderer {
    pub(crate) fn new(channels: Arc<Channels>) -> Self {
        Self { channels }
    }

    /// Takes an envelope into the order of its channel. The texts are Fabric's.
    pub(crate) async fn broadcast(&self, envelope: Envelope) -> Result<(), Rejection> {
        let (channel, creator) = self.route(&envelope)?;
        let message = check(channel, &envelope, &creator)?;
        channel
            .chain
            .order(message)
            .await
            .map_err(|Halted(info)| Rejection { status: Status::ServiceUnavailable, info })
    }

    /// Finds the channel of an envelope, and who made it.
    fn route(&self, envelope: &Envelope) -> Result<(&Channel, Vec<u8>), Rejection> {
        let undetermined = |reason: &dyn std::fmt::Display| {
            Rejection::bad_request(format!("could not determine channel ID: {reason}"))
        };
        let payload = Payload::decode(envelope.payload.as_slice())
            .map_err(|error| undetermined(&format_args!("error unmarshalling Payload: {error}")))?;
        let header = payload.header.ok_or_else(|| undetermined(&"envelope has no header"))?;
        let channel_header = ChannelHeader::decode(header.channel_header.as_slice())
            .map_err(|error| undetermined(&format_args!("error unmarshalling ChannelHeader: {error}")))?;
        let channel = self
            .channels
            .get(&channel_header.channel_id)
            .ok_or_else(|| Rejection::bad_request("channel does not exist"))?;
        match HeaderType::try_from(channel_header.r#type) {
            Ok(HeaderType::Config) => {
                return Err(Rejection::bad_request("message is of type that cannot be processed directly"));
            }
            Ok(HeaderType::OrdererTransaction) => {
                return Err(Rejection::bad_request("message is of type that is no longer supported"));
            }
            Ok(HeaderType::ConfigUpdate) => {
                return Err(Rejection {
                    status: Status::NotImplemented,
                    info: "the embedded network does not change a channel's configuration".to_owned(),
                });
            }
            _ => {}
        }
        let signature_header = SignatureHeader::decode(header.signature_header.as_slice())
            .map_err(|error| Rejection::bad_request(format!("could not convert message to signedData: {error}")))?;
        Ok((channel, signature_header.creator))
    }
}

/// Checks size and signature.
fn check(channel: &Channel, envelope: &Envelope, creator: &[u8]) -> Result<Message, Rejection> {
    let weight = envelope.payload.len() + envelope.signature.len();
    let limit = channel.ledger.config().batch_size.absolute_max_bytes;
    let weight = u32::try_from(weight).ok().filter(|weight| *weight <= limit).ok_or_else(|| {
        Rejection::bad_request(format!("message payload is {weight} bytes and exceeds maximum allowed {limit} bytes"))
    })?;
    let data = SignedData { data: &envelope.payload, identity: creator, signature: &envelope.signature };
    access::check(&channel.ledger, CHANNEL_WRITERS, &data).map_err(|_| Rejection {
        status: Status::Forbidden,
        info: format!("{}: permission denied", access::NOT_SATISFIED),
    })?;
    // The ledger finds the same signature in the block.
    access::remember(&channel.ledger, &data);
    Ok(Message { envelope: envelope.encode_to_vec(), weight })
}

/// The orderer's gRPC service.
pub(crate) struct AtomicBroadcastService {
    pub(crate) orderer: Arc<Orderer>,
    pub(crate) stop: Stop,
}

#[tonic::async_trait]
impl AtomicBroadcast for AtomicBroadcastService {
    type BroadcastStream = ReceiverStream<Result<BroadcastResponse, tonic::Status>>;
    type DeliverStream = ReceiverStream<Result<DeliverResponse, tonic::Status>>;

    /// Answers each envelope in turn; the first that is refused ends the stream.
    async fn broadcast(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, tonic::Status> {
        let (answers, receiver) = mpsc::channel(ANSWERS_QUEUED_MAX);
        let (orderer, mut stop) = (Arc::clone(&self.orderer), self.stop.clone());
        let mut envelopes = request.into_inner();
        tokio::spawn(async move {
            while let Ok(Some(envelope)) = tokio::select! {
                envelope = envelopes.message() => envelope,
                () = stop.requested() => Ok(None),
            } {
                let (status, info) = match orderer.broadcast(envelope).await {
                    Ok(()) => (Status::Success, String::new()),
                    Err(rejection) => (rejection.status, rejection.info),
                };
                let sent = answers.send(Ok(BroadcastResponse { status: status as i32, info })).await;
                if sent.is_err() || status != Status::Success {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn deliver(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, tonic::Status> {
        let answers = deliver_from_orderer(request.into_inner(), Arc::clone(&self.orderer.channels), self.stop.clone());
        Ok(Response::new(ReceiverStream::new(answers)))
    }
}
