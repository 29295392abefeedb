//! Block delivery: `protos.Deliver` of a peer and the Deliver half of the orderer's `AtomicBroadcast`.
//!
//! A client sends envelopes with a `SeekInfo` each; every request is answered by blocks and, at its end, by a status.
//! After SUCCESS the stream takes the next request, after anything else it ends.

mod filtered;
mod seek;

use std::sync::Arc;

use fabric_protos::common::{self, Block, Envelope};
use fabric_protos::orderer;
use fabric_protos::protos::deliver_response::Type;
use fabric_protos::protos::deliver_server::Deliver;
use fabric_protos::protos::{BlockAndPrivateData, DeliverResponse};
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, Streaming};

use self::filtered::filtered_block;
use self::seek::Seek;
use super::access;
use super::limit::{Limit, Limited};
use crate::channel::Channels;
use crate::ledger::Ledger;
use crate::stop::Stop;

/// Streams that a peer serves at once; Fabric's `limits.concurrency.deliverService`.
const STREAMS_MAX: usize = 2_500;
/// Blocks that may wait for a slow reader.
const BLOCKS_QUEUED_MAX: usize = 8;

/// What is sent for a seek request.
enum Delivery<'channel> {
    /// A block of the named channel.
    Block(Arc<Block>, &'channel str),
    Status(common::Status),
}

/// Deliver of one organization's peer.
pub(crate) struct DeliverService {
    msp_id: String,
    channels: Arc<Channels>,
    limit: Limit,
    stop: Stop,
}

impl DeliverService {
    pub(crate) fn new(msp_id: &str, channels: Arc<Channels>, stop: Stop) -> Self {
        Self { msp_id: msp_id.to_owned(), channels, limit: Limit::new("/protos.Deliver", STREAMS_MAX), stop }
    }

    fn serve(
        &self,
        request: Request<Streaming<Envelope>>,
        form: impl Fn(Delivery<'_>) -> Type + Send + Sync + 'static,
    ) -> Result<Response<Limited<DeliverResponse>>, Status> {
        let permit = self.limit.enter()?;
        let (msp_id, channels) = (self.msp_id.clone(), Arc::clone(&self.channels));
        let answers = deliver(
            request.into_inner(),
            move |name| {
                channels
                    .get(name)
                    .filter(|channel| channel.peer(&msp_id).is_some())
                    .map(|channel| channel.ledger.clone())
            },
            access::READERS,
            move |delivery| DeliverResponse { r#type: Some(form(delivery)) },
            self.stop.clone(),
        );
        Ok(Response::new(Limited::new(answers, permit)))
    }
}

/// Serves a stream of seek requests.
fn deliver<R: Send + 'static>(
    mut requests: Streaming<Envelope>,
    ledger: impl Fn(&str) -> Option<Ledger> + Send + 'static,
    policy: &'static str,
    form: impl Fn(Delivery<'_>) -> R + Send + Sync + 'static,
    mut stop: Stop,
) -> mpsc::Receiver<Result<R, Status>> {
    let (answers, receiver) = mpsc::channel(BLOCKS_QUEUED_MAX);
    tokio::spawn(async move {
        while let Ok(Some(envelope)) = tokio::select! {
            request = requests.message() => request,
            () = answers.closed() => Ok(None),
            () = stop.requested() => Ok(None),
        } {
            let status = match Seek::accept(&envelope, &ledger, policy) {
                Ok(seek) => {
                    let channel = seek.channel();
                    let send = |block| answers.send(Ok(form(Delivery::Block(block, &channel))));
                    tokio::select! {
                        status = seek.run(send) => status,
                        () = answers.closed() => None,
                        () = stop.requested() => Some(common::Status::ServiceUnavailable),
                    }
                }
                Err(status) => Some(status),
            };
            // Without a status the client is gone.
            let Some(status) = status else { return };
            let sent = answers.send(Ok(form(Delivery::Status(status)))).await;
            if sent.is_err() || status != common::Status::Success {
                return;
            }
        }
    });
    receiver
}

/// Deliver of the orderer: to whoever may read the channel.
pub(crate) fn deliver_from_orderer(
    requests: Streaming<Envelope>,
    channels: Arc<Channels>,
    stop: Stop,
) -> mpsc::Receiver<Result<orderer::DeliverResponse, Status>> {
    let ledger = move |name: &str| channels.get(name).map(|channel| channel.ledger.clone());
    let form = |delivery: Delivery<'_>| {
        use orderer::deliver_response::Type;
        let answer = match delivery {
            Delivery::Block(block, _) => Type::Block(Arc::unwrap_or_clone(block)),
            Delivery::Status(status) => Type::Status(status as i32),
        };
        orderer::DeliverResponse { r#type: Some(answer) }
    };
    deliver(requests, ledger, access::CHANNEL_READERS, form, stop)
}

#[tonic::async_trait]
impl Deliver for DeliverService {
    type DeliverStream = Limited<DeliverResponse>;
    type DeliverFilteredStream = Limited<DeliverResponse>;
    type DeliverWithPrivateDataStream = Limited<DeliverResponse>;

    async fn deliver(&self, request: Request<Streaming<Envelope>>) -> Result<Response<Self::DeliverStream>, Status> {
        self.serve(request, |delivery| match delivery {
            Delivery::Block(block, _) => Type::Block(Arc::unwrap_or_clone(block)),
            Delivery::Status(status) => Type::Status(status as i32),
        })
    }

    async fn deliver_filtered(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverFilteredStream>, Status> {
        self.serve(request, |delivery| match delivery {
            Delivery::Block(block, channel) => Type::FilteredBlock(filtered_block(&block, channel)),
            Delivery::Status(status) => Type::Status(status as i32),
        })
    }

    /// There are no private data collections yet, so each block comes with an empty map.
    async fn deliver_with_private_data(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverWithPrivateDataStream>, Status> {
        self.serve(request, |delivery| match delivery {
            Delivery::Block(block, _) => Type::BlockAndPrivateData(BlockAndPrivateData {
                block: Some(Arc::unwrap_or_clone(block)),
                ..BlockAndPrivateData::default()
            }),
            Delivery::Status(status) => Type::Status(status as i32),
        })
    }
}
