//! Events that a chaincode emitted.

use super::checkpoint::{Checkpointer, Position};
use super::follow::{Followed, Source};
use crate::contract::Network;
use crate::error::{Error, Failure};
use crate::gateway::Gateway;
use crate::signing::{Message, Unsigned};
use fabric_protos::{gateway, orderer};
use futures_util::Stream;
use prost::Message as _;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// An event of a valid transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChaincodeEvent {
    /// The block that contains the transaction.
    pub block_number: u64,
    /// The transaction, 64 hexadecimal digits.
    pub transaction_id: String,
    /// The chaincode.
    pub chaincode: String,
    /// The event's name.
    pub name: String,
    /// What the contract put into it.
    pub payload: Vec<u8>,
}

impl ChaincodeEvent {
    /// The position behind this event, to be saved when it has been dealt with.
    pub fn position(&self) -> Position {
        Position::after_transaction(self.block_number, &self.transaction_id)
    }
}

/// A request for a chaincode's events that is being put together.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built or opened"]
pub struct ChaincodeEventsBuilder {
    network: Network,
    chaincode: String,
    start: Option<Position>,
}

impl Network {
    /// Begins a request for the events of a chaincode, from the next block on unless told otherwise.
    pub fn chaincode_events(&self, chaincode: impl Into<String>) -> ChaincodeEventsBuilder {
        ChaincodeEventsBuilder { network: self.clone(), chaincode: chaincode.into(), start: None }
    }
}

impl ChaincodeEventsBuilder {
    /// Starts with a block that may be old, or lie in the future.
    pub fn start_block(self, number: u64) -> Self {
        self.start(Position::at_block(number))
    }

    /// Starts at a position.
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

    /// The request, ready to be signed.
    pub fn build(&self) -> Unsigned<ChaincodeEventsRequest> {
        let gateway = self.network.gateway();
        let request = gateway::ChaincodeEventsRequest {
            channel_id: self.network.name().to_owned(),
            chaincode_id: self.chaincode.clone(),
            identity: gateway.creator().to_vec(),
            start_position: Some(start_position(self.start.as_ref())),
            after_transaction_id: self.start.as_ref().and_then(|p| p.after_transaction_id.clone()).unwrap_or_default(),
        };
        Unsigned(ChaincodeEventsRequest {
            gateway: gateway.clone(),
            request: gateway::SignedChaincodeEventsRequest { request: request.encode_to_vec(), signature: Vec::new() },
        })
    }

    /// Signs the request and opens the stream.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Events`].
    pub async fn open(&self) -> Result<ChaincodeEvents, Error> {
        self.build().sign()?.open().await
    }

    /// Opens the stream and opens it again after each interruption. See [`follow`](super::follow).
    pub fn follow(self) -> Followed<ChaincodeEvent> {
        super::follow(self)
    }
}

impl Source for ChaincodeEventsBuilder {
    type Item = ChaincodeEvent;
    type Stream = ChaincodeEvents;

    async fn open(&self) -> Result<ChaincodeEvents, Error> {
        ChaincodeEventsBuilder::open(self).await
    }

    fn resume_after(&mut self, event: &ChaincodeEvent) {
        self.start = Some(event.position());
    }
}

/// The place in the chain that a position or its absence stands for.
pub(super) fn start_position(position: Option<&Position>) -> orderer::SeekPosition {
    use orderer::seek_position::Type;
    let place = match position {
        Some(position) => Type::Specified(orderer::SeekSpecified { number: position.block_number }),
        None => Type::NextCommit(orderer::SeekNextCommit {}),
    };
    orderer::SeekPosition { r#type: Some(place) }
}

/// A signed request for a chaincode's events.
#[derive(Debug, Clone)]
pub struct ChaincodeEventsRequest {
    gateway: Gateway,
    request: gateway::SignedChaincodeEventsRequest,
}

impl ChaincodeEventsRequest {
    /// Opens the stream. A Fabric peer says nothing before the first block with an event: this waits until it is there.
    ///
    /// # Errors
    /// [`Error::Events`].
    pub async fn open(&self) -> Result<ChaincodeEvents, Error> {
        let responses = self.gateway.chaincode_events(self.request.clone()).await.map_err(Error::Events)?;
        Ok(ChaincodeEvents { responses: Some(responses), read: VecDeque::new() })
    }

    /// Reads `gateway.SignedChaincodeEventsRequest`.
    pub(crate) fn from_bytes(gateway: &Gateway, bytes: &[u8]) -> Result<Unsigned<Self>, String> {
        let request = gateway::SignedChaincodeEventsRequest::decode(bytes).map_err(|e| e.to_string())?;
        gateway::ChaincodeEventsRequest::decode(request.request.as_slice()).map_err(|e| e.to_string())?;
        Ok(Unsigned(ChaincodeEventsRequest { gateway: gateway.clone(), request }))
    }
}

impl Message for ChaincodeEventsRequest {
    fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    fn signed_bytes(&self) -> &[u8] {
        &self.request.request
    }

    fn set_signature(&mut self, signature: Vec<u8>) {
        self.request.signature = signature;
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.request.encode_to_vec()
    }
}

/// A stream of events, which ends with an error. Dropping it closes it.
#[derive(Debug)]
pub struct ChaincodeEvents {
    /// `None` after the error.
    responses: Option<tonic::Streaming<gateway::ChaincodeEventsResponse>>,
    /// Events of the block that was read last.
    read: VecDeque<ChaincodeEvent>,
}

impl Stream for ChaincodeEvents {
    type Item = Result<ChaincodeEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            let Some(responses) = &mut self.responses else { return Poll::Ready(None) };
            let failure = match ready!(Pin::new(responses).poll_next(context)) {
                Some(Ok(block)) => {
                    self.read.extend(events_of(block));
                    continue;
                }
                Some(Err(status)) => Failure::from(status),
                None => Failure::Ended("it closed the connection's stream".into()),
            };
            self.responses = None;
            return Poll::Ready(Some(Err(Error::Events(failure))));
        }
    }
}

fn events_of(block: gateway::ChaincodeEventsResponse) -> impl Iterator<Item = ChaincodeEvent> {
    block.events.into_iter().map(move |event| ChaincodeEvent {
        block_number: block.block_number,
        transaction_id: event.tx_id,
        chaincode: event.chaincode_id,
        name: event.event_name,
        payload: event.payload,
    })
}
