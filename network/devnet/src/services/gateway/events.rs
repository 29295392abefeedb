//! ChaincodeEvents: the events of valid transactions, block by block.

use std::sync::Arc;

use fabric_protos::common::Block;
use fabric_protos::gateway::{ChaincodeEventsRequest, ChaincodeEventsResponse, SignedChaincodeEventsRequest};
use fabric_protos::orderer::{SeekPosition, seek_position};
use fabric_protos::protos::{ChaincodeEvent, TxValidationCode};
use prost::Message as _;
use tokio::sync::mpsc;
use tonic::Status;

use super::GatewayService;
use crate::channel::Channel;
use crate::ledger::transactions;
use crate::services::access::{READERS, SignedData};
use crate::services::follow::Follower;
use crate::stop::Stop;

/// Answers that may wait for a slow reader.
const ANSWERS_QUEUED_MAX: usize = 16;

/// The stream's answers.
pub(super) type Events = mpsc::Receiver<Result<ChaincodeEventsResponse, Status>>;

impl GatewayService {
    pub(super) fn chaincode_events_of(&self, signed: &SignedChaincodeEventsRequest) -> Result<Events, Status> {
        if signed.request.is_empty() {
            return Err(Status::invalid_argument("a chaincode events request is required"));
        }
        let request = ChaincodeEventsRequest::decode(signed.request.as_slice())
            .map_err(|error| Status::invalid_argument(format!("invalid chaincode events request: {error}")))?;
        let data = SignedData { data: &signed.request, identity: &request.identity, signature: &signed.signature };
        let channel = self.readable_channel(&request.channel_id, READERS, &data)?;
        let follower = Follower::new(&channel.ledger, first_block(&channel, &request)?);
        let (answers, events) = mpsc::channel(ANSWERS_QUEUED_MAX);
        let filter = EventFilter {
            chaincode: request.chaincode_id,
            after: Some(request.after_transaction_id).filter(|id| !id.is_empty()),
        };
        tokio::spawn(send(follower, filter, answers, self.stop.clone()));
        Ok(events)
    }
}

/// Where to begin: at the block of the transaction that the client has seen last, else where it says, else with the
/// next block.
fn first_block(channel: &Channel, request: &ChaincodeEventsRequest) -> Result<u64, Status> {
    if !request.after_transaction_id.is_empty()
        && let Ok(Some(location)) = channel.ledger.transaction_location(&request.after_transaction_id)
    {
        return Ok(location.block);
    }
    match request.start_position {
        None | Some(SeekPosition { r#type: None | Some(seek_position::Type::NextCommit(_)) }) => {
            Ok(channel.ledger.height())
        }
        Some(SeekPosition { r#type: Some(seek_position::Type::Specified(specified)) }) => Ok(specified.number),
        Some(SeekPosition { r#type: Some(seek_position::Type::Newest(_)) }) => Err(invalid_start("Newest")),
        Some(SeekPosition { r#type: Some(seek_position::Type::Oldest(_)) }) => Err(invalid_start("Oldest")),
    }
}

fn invalid_start(name: &str) -> Status {
    Status::invalid_argument(format!("invalid start position type: *orderer.SeekPosition_{name}"))
}

/// Which events a client wants.
struct EventFilter {
    chaincode: String,
    /// Events up to and with this transaction are left out.
    after: Option<String>,
}

impl EventFilter {
    fn wants(&mut self, event: &ChaincodeEvent) -> bool {
        if let Some(after) = &self.after {
            if event.tx_id == *after {
                self.after = None;
            }
            return false;
        }
        event.chaincode_id == self.chaincode
    }

    fn events(&mut self, block: &Block) -> Vec<ChaincodeEvent> {
        let valid = transactions(block).into_iter().filter(|transaction| transaction.code == TxValidationCode::Valid);
        valid.filter_map(|transaction| transaction.event).filter(|event| self.wants(event)).collect()
    }
}

/// Sends events until the client has gone or the ledger ends.
async fn send(
    mut follower: Follower,
    mut filter: EventFilter,
    answers: mpsc::Sender<Result<ChaincodeEventsResponse, Status>>,
    mut stop: Stop,
) {
    loop {
        let next = tokio::select! {
            next = follower.next() => next,
            () = stop.requested() => Ok(None),
            () = answers.closed() => return,
        };
        let answer = match next {
            Ok(Some(block)) => respond(&mut filter, &block),
            Ok(None) => Some(Err(Status::unavailable("the network has been stopped"))),
            Err(error) => Some(Err(Status::aborted(error.to_string()))),
        };
        let Some(answer) = answer else { continue };
        let ended = answer.is_err();
        if answers.send(answer).await.is_err() || ended {
            return;
        }
    }
}

/// The answer for a block, if it has events for the client.
fn respond(filter: &mut EventFilter, block: &Arc<Block>) -> Option<Result<ChaincodeEventsResponse, Status>> {
    let events = filter.events(block);
    let block_number = block.header.as_ref().map_or(0, |header| header.number);
    (!events.is_empty()).then_some(Ok(ChaincodeEventsResponse { events, block_number }))
}
