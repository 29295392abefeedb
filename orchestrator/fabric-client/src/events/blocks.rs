//! Blocks, whole or filtered or with private data, as a peer commits them.

use super::chaincode::start_position;
use super::checkpoint::{Checkpointer, Position};
use super::follow::{Followed, Source};
use crate::contract::Network;
use crate::error::{Error, Failure};
use crate::gateway::Gateway;
use crate::proposal::{now, timestamp};
use crate::signing::{Message, Unsigned};
use fabric_protos::protos::deliver_client::DeliverClient;
use fabric_protos::protos::deliver_response::Type;
use fabric_protos::protos::{BlockAndPrivateData, DeliverResponse, FilteredBlock};
use fabric_protos::{common, orderer};
use futures_util::{Stream, StreamExt as _, stream};
use prost::Message as _;
use rand::random;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tonic::transport::Channel;

/// How much of a block is read: [`common::Block`], [`CommittedBlock`](super::CommittedBlock), [`FilteredBlock`] or
/// [`BlockAndPrivateData`].
pub trait BlockContent: Sized + Send + Unpin + 'static {
    /// Takes the block out of a peer's answer, `None` if the answer is of another kind.
    #[doc(hidden)]
    fn from_response(response: Type) -> Option<Self>;

    /// Calls the method that delivers this kind.
    #[doc(hidden)]
    fn deliver(
        client: DeliverClient<Channel>,
        request: impl Stream<Item = common::Envelope> + Send + 'static,
    ) -> impl Future<Output = Result<tonic::Response<tonic::Streaming<DeliverResponse>>, tonic::Status>> + Send;

    /// The block's number, `None` if the peer left it out.
    fn number(&self) -> Option<u64>;
}

impl BlockContent for common::Block {
    fn from_response(response: Type) -> Option<Self> {
        if let Type::Block(block) = response { Some(block) } else { None }
    }

    async fn deliver(
        mut client: DeliverClient<Channel>,
        request: impl Stream<Item = common::Envelope> + Send + 'static,
    ) -> Result<tonic::Response<tonic::Streaming<DeliverResponse>>, tonic::Status> {
        client.deliver(request).await
    }

    fn number(&self) -> Option<u64> {
        Some(self.header.as_ref()?.number)
    }
}

impl BlockContent for FilteredBlock {
    fn from_response(response: Type) -> Option<Self> {
        if let Type::FilteredBlock(block) = response { Some(block) } else { None }
    }

    async fn deliver(
        mut client: DeliverClient<Channel>,
        request: impl Stream<Item = common::Envelope> + Send + 'static,
    ) -> Result<tonic::Response<tonic::Streaming<DeliverResponse>>, tonic::Status> {
        client.deliver_filtered(request).await
    }

    fn number(&self) -> Option<u64> {
        Some(self.number)
    }
}

impl BlockContent for BlockAndPrivateData {
    fn from_response(response: Type) -> Option<Self> {
        if let Type::BlockAndPrivateData(block) = response { Some(block) } else { None }
    }

    async fn deliver(
        mut client: DeliverClient<Channel>,
        request: impl Stream<Item = common::Envelope> + Send + 'static,
    ) -> Result<tonic::Response<tonic::Streaming<DeliverResponse>>, tonic::Status> {
        client.deliver_with_private_data(request).await
    }

    fn number(&self) -> Option<u64> {
        self.block.as_ref()?.number()
    }
}

/// A request for blocks that is being put together.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built or opened"]
pub struct BlocksBuilder<B> {
    network: Network,
    start: Option<Position>,
    last: u64,
    content: PhantomData<B>,
}

impl Network {
    /// Begins a request for blocks, from the next one on and without an end unless told otherwise. The type says what
    /// is sent, as in `network.blocks::<FilteredBlock>()`.
    pub fn blocks<B: BlockContent>(&self) -> BlocksBuilder<B> {
        BlocksBuilder { network: self.clone(), start: None, last: u64::MAX, content: PhantomData }
    }
}

impl<B: BlockContent> BlocksBuilder<B> {
    /// Starts with a block that may be old, or lie in the future.
    pub fn start_block(self, number: u64) -> Self {
        self.start(Position::at_block(number))
    }

    /// Starts with the block of a position. A block is delivered whole, also if some of its transactions have been
    /// dealt with.
    pub fn start(mut self, position: Position) -> Self {
        self.start = Some(position);
        self
    }

    /// Starts where a reader was; if it has not read anything yet, where this request starts without it.
    pub fn resume(self, checkpointer: &impl Checkpointer) -> Self {
        match checkpointer.position() {
            Some(position) => self.start(position.clone()),
            None => self,
        }
    }

    /// Ends after a block.
    pub fn last_block(mut self, number: u64) -> Self {
        self.last = number;
        self
    }

    /// The request, ready to be signed. Peers accept it for 15 minutes.
    pub fn build(&self) -> Unsigned<BlocksRequest<B>> {
        use orderer::seek_position::Type;
        let gateway = self.network.gateway();
        let last = Type::Specified(orderer::SeekSpecified { number: self.last });
        let seek = orderer::SeekInfo {
            start: Some(start_position(self.start.as_ref())),
            stop: Some(orderer::SeekPosition { r#type: Some(last) }),
            behavior: orderer::seek_info::SeekBehavior::BlockUntilReady.into(),
            ..Default::default()
        };
        let channel_header = common::ChannelHeader {
            r#type: common::HeaderType::DeliverSeekInfo.into(),
            timestamp: Some(timestamp(now())),
            channel_id: self.network.name().to_owned(),
            ..Default::default()
        };
        let signature_header =
            common::SignatureHeader { creator: gateway.creator().to_vec(), nonce: random::<[u8; 24]>().to_vec() };
        let header = common::Header {
            channel_header: channel_header.encode_to_vec(),
            signature_header: signature_header.encode_to_vec(),
        };
        let payload = common::Payload { header: Some(header), data: seek.encode_to_vec() };
        let envelope = common::Envelope { payload: payload.encode_to_vec(), signature: Vec::new() };
        let first = self.start.as_ref().map(|position| position.block_number);
        Unsigned(BlocksRequest { gateway: gateway.clone(), envelope, first, last: self.last, content: PhantomData })
    }

    /// Signs the request and opens the stream.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Events`].
    pub async fn open(&self) -> Result<Blocks<B>, Error> {
        self.build().sign()?.open().await
    }
}

impl<B: BlockContent + Sync> BlocksBuilder<B> {
    /// Opens the stream and opens it again after each interruption. See [`follow`](super::follow).
    pub fn follow(self) -> Followed<B> {
        super::follow(self)
    }
}

impl<B: BlockContent + Sync> Source for BlocksBuilder<B> {
    type Item = B;
    type Stream = Blocks<B>;

    async fn open(&self) -> Result<Blocks<B>, Error> {
        BlocksBuilder::open(self).await
    }

    fn resume_after(&mut self, block: &B) {
        if let Some(number) = block.number() {
            self.start = Some(Position::after_block(number));
        }
    }
}

/// A signed request for blocks.
#[derive(Debug, Clone)]
pub struct BlocksRequest<B> {
    gateway: Gateway,
    envelope: common::Envelope,
    /// `None`: the next block there will be.
    first: Option<u64>,
    last: u64,
    content: PhantomData<B>,
}

impl<B: BlockContent> BlocksRequest<B> {
    /// Opens the stream. A Fabric peer says nothing before the first block: this waits until it is there.
    ///
    /// # Errors
    /// [`Error::Events`].
    pub async fn open(&self) -> Result<Blocks<B>, Error> {
        // A peer that finds the request's end may close its own side, so this side stays open.
        let request = stream::iter([self.envelope.clone()]).chain(stream::pending());
        let responses = B::deliver(self.gateway.deliver(), request).await.map_err(|s| Error::Events(s.into()))?;
        Ok(Blocks { responses: Some(responses.into_inner()), next: self.first, last: self.last, content: PhantomData })
    }

    /// Reads the `common.Envelope` of a seek request.
    pub(crate) fn from_bytes(gateway: &Gateway, bytes: &[u8]) -> Result<Unsigned<Self>, String> {
        let envelope = common::Envelope::decode(bytes).map_err(|e| e.to_string())?;
        let payload = common::Payload::decode(envelope.payload.as_slice()).map_err(|e| e.to_string())?;
        let seek = orderer::SeekInfo::decode(payload.data.as_slice()).map_err(|e| e.to_string())?;
        let number = |position: Option<orderer::SeekPosition>| match position.and_then(|position| position.r#type) {
            Some(orderer::seek_position::Type::Specified(place)) => Some(place.number),
            _ => None,
        };
        let first = number(seek.start);
        let last = number(seek.stop).ok_or("it does not say where to end")?;
        Ok(Unsigned(BlocksRequest { gateway: gateway.clone(), envelope, first, last, content: PhantomData }))
    }
}

impl<B: BlockContent> Message for BlocksRequest<B> {
    fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    fn signed_bytes(&self) -> &[u8] {
        &self.envelope.payload
    }

    fn set_signature(&mut self, signature: Vec<u8>) {
        self.envelope.signature = signature;
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.envelope.encode_to_vec()
    }
}

/// A stream of blocks. It ends after the last block that was asked for, or with an error. Dropping it closes it.
#[derive(Debug)]
pub struct Blocks<B> {
    /// `None` after the end or the error.
    responses: Option<tonic::Streaming<DeliverResponse>>,
    /// Number of the next block, once it is known.
    next: Option<u64>,
    last: u64,
    content: PhantomData<B>,
}

impl<B: BlockContent> Blocks<B> {
    /// Takes the next block: blocks come in order, without gaps.
    fn advance(&mut self, response: DeliverResponse) -> Result<B, Failure> {
        let block = Self::read(response)?;
        let number = block.number().ok_or_else(|| Failure::Malformed("the block has no header".into()))?;
        if self.next.is_some_and(|next| next != number) || number > self.last {
            return Err(Failure::Malformed(format!("block {number} came out of order")));
        }
        self.next = number.checked_add(1);
        Ok(block)
    }

    /// What an answer of the peer means: a block, or why there is none.
    fn read(response: DeliverResponse) -> Result<B, Failure> {
        match response.r#type {
            Some(Type::Status(status)) => {
                let name = common::Status::try_from(status).map_or("unknown", |status| status.as_str_name());
                Err(Failure::Ended(format!("status {status} {name}")))
            }
            Some(other) => {
                let block = B::from_response(other).ok_or("it is not of the kind that was asked for");
                block.map_err(|reason| Failure::Malformed(reason.into()))
            }
            None => Err(Failure::Malformed("it is empty".into())),
        }
    }
}

impl<B: BlockContent> Stream for Blocks<B> {
    type Item = Result<B, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(responses) = &mut self.responses else { return Poll::Ready(None) };
        let block = match ready!(Pin::new(responses).poll_next(context)) {
            Some(Ok(response)) => self.advance(response),
            Some(Err(status)) => Err(Failure::from(status)),
            None => Err(Failure::Ended("it closed the connection's stream".into())),
        };
        if block.is_err() || self.next.is_none_or(|next| next > self.last) {
            self.responses = None;
        }
        Poll::Ready(Some(block.map_err(Error::Events)))
    }
}
