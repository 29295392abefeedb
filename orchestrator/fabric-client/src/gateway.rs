//! One organization's gateway, as one client identity uses it.

use crate::connection::{Connection, MESSAGE_BYTES_MAX};
use crate::contract::Network;
use crate::error::{Error, Failure};
use crate::events::{BlockContent, BlocksRequest, ChaincodeEventsRequest};
use crate::proposal::Proposal;
use crate::retry::RetryPolicy;
use crate::signing::Unsigned;
use crate::transaction::{Commit, Transaction};
use fabric_msp::Signer;
use fabric_protos::gateway as wire;
use fabric_protos::gateway::gateway_client::GatewayClient;
use fabric_protos::protos::deliver_client::DeliverClient;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tonic::transport::Channel;

/// How long each step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// A query.
    pub evaluate: Duration,
    /// Collecting endorsements.
    pub endorse: Duration,
    /// Handing a transaction to the orderer.
    pub submit: Duration,
    /// Waiting for the commit.
    pub commit_status: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            evaluate: Duration::from_secs(30),
            endorse: Duration::from_secs(30),
            submit: Duration::from_secs(10),
            commit_status: Duration::from_secs(60),
        }
    }
}

/// A gateway with the identity that speaks to it. Clones share the connection.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
    timeouts: Timeouts,
    retry: RetryPolicy,
}

struct Inner {
    gateway: GatewayClient<Channel>,
    deliver: DeliverClient<Channel>,
    creator: Vec<u8>,
    signer: Option<Arc<dyn Signer>>,
}

impl Gateway {
    /// Connects to a peer.
    ///
    /// # Errors
    /// [`Error::Connect`].
    pub async fn connect(connection: &Connection, signer: Arc<dyn Signer>) -> Result<Self, Error> {
        Ok(Gateway::new(connection.open().await?, signer))
    }

    /// Speaks to a peer over a channel that stands already.
    pub fn new(channel: Channel, signer: Arc<dyn Signer>) -> Self {
        let creator = signer.creator().to_vec();
        Gateway::of(channel, creator, Some(signer))
    }

    /// A gateway for messages that are all signed elsewhere, see [`Unsigned`]. The creator is a serialized identity.
    pub fn without_signer(channel: Channel, creator: impl Into<Vec<u8>>) -> Self {
        Gateway::of(channel, creator.into(), None)
    }

    fn of(channel: Channel, creator: Vec<u8>, signer: Option<Arc<dyn Signer>>) -> Self {
        let gateway = GatewayClient::new(channel.clone())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let deliver = DeliverClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX);
        let inner = Inner { gateway, deliver, creator, signer };
        Gateway { inner: Arc::new(inner), timeouts: Timeouts::default(), retry: RetryPolicy::default() }
    }

    /// The same gateway with other timeouts.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Gateway { timeouts, ..self }
    }

    /// The same gateway with another policy on proposing transactions again.
    #[must_use]
    pub fn with_retry_policy(self, retry: RetryPolicy) -> Self {
        Gateway { retry, ..self }
    }

    /// A channel of the network.
    pub fn network(&self, channel: impl Into<String>) -> Network {
        Network::new(self, channel.into())
    }

    /// The serialized identity that signs.
    pub fn creator(&self) -> &[u8] {
        &self.inner.creator
    }

    /// Goes on with a proposal of [`Unsigned::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Invalid`] if the bytes are no proposal.
    pub fn proposal_from_bytes(&self, bytes: &[u8]) -> Result<Unsigned<Proposal>, Error> {
        Proposal::from_bytes(self, bytes).map_err(|reason| Error::Invalid { what: "proposal", reason })
    }

    /// Goes on with an endorsed transaction of [`Unsigned::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Invalid`] if the bytes are no endorsed transaction.
    pub fn transaction_from_bytes(&self, bytes: &[u8]) -> Result<Unsigned<Transaction>, Error> {
        Transaction::from_bytes(self, bytes).map_err(|reason| Error::Invalid { what: "transaction", reason })
    }

    /// Goes on with a question for a commit status of [`Unsigned::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Invalid`] if the bytes are no such question.
    pub fn commit_from_bytes(&self, bytes: &[u8]) -> Result<Unsigned<Commit>, Error> {
        Commit::from_bytes(self, bytes).map_err(|reason| Error::Invalid { what: "commit status request", reason })
    }

    /// Goes on with a request for chaincode events of [`Unsigned::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Invalid`] if the bytes are no such request.
    pub fn chaincode_events_from_bytes(&self, bytes: &[u8]) -> Result<Unsigned<ChaincodeEventsRequest>, Error> {
        ChaincodeEventsRequest::from_bytes(self, bytes)
            .map_err(|reason| Error::Invalid { what: "chaincode events request", reason })
    }

    /// Goes on with a request for blocks of [`Unsigned::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Invalid`] if the bytes are no such request.
    pub fn blocks_from_bytes<B: BlockContent>(&self, bytes: &[u8]) -> Result<Unsigned<BlocksRequest<B>>, Error> {
        BlocksRequest::from_bytes(self, bytes).map_err(|reason| Error::Invalid { what: "block events request", reason })
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    pub(crate) fn retry_policy(&self) -> RetryPolicy {
        self.retry
    }

    pub(crate) fn sign(&self, digest: &[u8; 32]) -> Result<Vec<u8>, Error> {
        match &self.inner.signer {
            Some(signer) => signer.sign_digest(digest).map_err(|e| Error::Sign(e.to_string())),
            None => Err(Error::Sign("this gateway has no signer: sign the digest and use with_signature".into())),
        }
    }

    pub(crate) fn deliver(&self) -> DeliverClient<Channel> {
        self.inner.deliver.clone()
    }

    pub(crate) async fn evaluate(&self, message: wire::EvaluateRequest) -> Result<wire::EvaluateResponse, Failure> {
        Ok(self.client().evaluate(within(self.timeouts.evaluate, message)).await?.into_inner())
    }

    pub(crate) async fn endorse(&self, message: wire::EndorseRequest) -> Result<wire::EndorseResponse, Failure> {
        Ok(self.client().endorse(within(self.timeouts.endorse, message)).await?.into_inner())
    }

    pub(crate) async fn submit(&self, message: wire::SubmitRequest) -> Result<wire::SubmitResponse, Failure> {
        Ok(self.client().submit(within(self.timeouts.submit, message)).await?.into_inner())
    }

    pub(crate) async fn commit_status(
        &self,
        message: wire::SignedCommitStatusRequest,
    ) -> Result<wire::CommitStatusResponse, Failure> {
        Ok(self.client().commit_status(within(self.timeouts.commit_status, message)).await?.into_inner())
    }

    pub(crate) async fn chaincode_events(
        &self,
        message: wire::SignedChaincodeEventsRequest,
    ) -> Result<tonic::Streaming<wire::ChaincodeEventsResponse>, Failure> {
        Ok(self.client().chaincode_events(message).await?.into_inner())
    }

    fn client(&self) -> GatewayClient<Channel> {
        self.inner.gateway.clone()
    }
}

/// The signer and the connection are left out.
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("timeouts", &self.timeouts).field("retry", &self.retry).finish_non_exhaustive()
    }
}

fn within<M>(timeout: Duration, message: M) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(timeout);
    request
}
