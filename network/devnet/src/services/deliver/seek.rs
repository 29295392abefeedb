//! One seek request: which blocks, for whom, and until when.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use fabric_protos::common::{Block, ChannelHeader, Envelope, HeaderType, Payload, SignatureHeader, Status};
use fabric_protos::orderer::seek_info::{SeekBehavior, SeekContentType};
use fabric_protos::orderer::seek_position::Type as Position;
use fabric_protos::orderer::{SeekInfo, SeekPosition};
use prost::Message as _;

use crate::ledger::{Ledger, transactions};
use crate::services::access::{self, SignedData};
use crate::services::follow::Follower;

/// How far a request's timestamp may be from our clock; Fabric's `authentication.timewindow`.
const TIME_WINDOW: Duration = Duration::from_secs(15 * 60);

/// A request that was accepted.
pub(super) struct Seek {
    ledger: Ledger,
    first: u64,
    last: u64,
    fail_if_not_ready: bool,
    headers_only: bool,
    /// When the client's certificate expires, and the delivery with it.
    expires: SystemTime,
}

impl Seek {
    /// Checks a request; the error is the status that ends the stream.
    pub(super) fn accept(
        envelope: &Envelope,
        ledger: impl Fn(&str) -> Option<Ledger>,
        policy: &str,
    ) -> Result<Self, Status> {
        let bad = |_| Status::BadRequest;
        let payload = Payload::decode(envelope.payload.as_slice()).map_err(bad)?;
        let header = payload.header.ok_or(Status::BadRequest)?;
        let channel_header = ChannelHeader::decode(header.channel_header.as_slice()).map_err(bad)?;
        let creator = SignatureHeader::decode(header.signature_header.as_slice()).map_err(bad)?.creator;
        let timestamp = channel_header.timestamp.and_then(|timestamp| SystemTime::try_from(timestamp).ok());
        if timestamp.is_none_or(|timestamp| distance(SystemTime::now(), timestamp) > TIME_WINDOW) {
            return Err(Status::BadRequest);
        }
        let ledger = ledger(&channel_header.channel_id).ok_or(Status::NotFound)?;
        let info = SeekInfo::decode(payload.data.as_slice()).map_err(bad)?;

        let data = SignedData { data: &envelope.payload, identity: &creator, signature: &envelope.signature };
        let expires = access::check(&ledger, policy, &data).map_err(|reason| {
            tracing::warn!(channel = ledger.channel(), reason, "a deliver request is refused");
            Status::Forbidden
        })?;

        let height = ledger.height();
        let position =
            |position: Option<SeekPosition>| position.ok_or(Status::BadRequest).map(|position| position.r#type);
        let (start, stop) = (position(info.start)?, position(info.stop)?);
        let first = match start {
            Some(Position::Oldest(_)) => 0,
            Some(Position::Newest(_)) => height.saturating_sub(1),
            Some(Position::NextCommit(_)) => height,
            Some(Position::Specified(specified)) if specified.number <= height => specified.number,
            Some(Position::Specified(_)) | None => return Err(Status::NotFound),
        };
        let last = match stop {
            Some(Position::Oldest(_)) => first,
            Some(Position::Newest(_)) if start == stop => first,
            Some(Position::Newest(_)) => height.saturating_sub(1),
            Some(Position::Specified(specified)) if specified.number < first => return Err(Status::BadRequest),
            Some(Position::Specified(specified)) => specified.number,
            // Fabric has no such end and goes on until the client leaves, unless it begins at block 0.
            Some(Position::NextCommit(_)) | None => 0,
        };
        Ok(Self {
            ledger,
            first,
            last,
            fail_if_not_ready: info.behavior == SeekBehavior::FailIfNotReady as i32,
            headers_only: info.content_type == SeekContentType::HeaderWithSig as i32,
            expires,
        })
    }

    /// The channel's name.
    pub(super) fn channel(&self) -> String {
        self.ledger.channel()
    }

    /// Sends the blocks and returns the status to end with, or none if the client has gone.
    pub(super) async fn run<F, E>(self, mut send: impl FnMut(Arc<Block>) -> F) -> Option<Status>
    where
        F: Future<Output = Result<(), E>>,
    {
        let mut follower = Follower::new(&self.ledger, self.first);
        let mut number = self.first;
        loop {
            if self.fail_if_not_ready && number >= self.ledger.height() {
                return Some(Status::NotFound);
            }
            let block = match follower.next().await {
                Ok(Some(block)) => block,
                Ok(None) => return Some(Status::ServiceUnavailable),
                Err(error) => {
                    tracing::error!(channel = self.ledger.channel(), number, %error, "a block cannot be read");
                    return Some(Status::InternalServerError);
                }
            };
            if SystemTime::now() > self.expires {
                return Some(Status::Forbidden);
            }
            send(self.content(block)).await.ok()?;
            if number == self.last {
                return Some(Status::Success);
            }
            number += 1;
        }
    }

    /// The block, or what the client wants of it. Configuration blocks come whole.
    fn content(&self, block: Arc<Block>) -> Arc<Block> {
        let is_config = || transactions(&block).iter().any(|transaction| transaction.kind == Some(HeaderType::Config));
        if !self.headers_only || is_config() {
            return block;
        }
        Arc::new(Block { header: block.header.clone(), data: None, metadata: block.metadata.clone() })
    }
}

fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}
