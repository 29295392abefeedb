//! The gateway of one organization: Fabric's client API, `gateway.Gateway`.
//!
//! Codes, texts and details of errors are Fabric's: SDKs and their users know them.

mod commit_status;
mod endorse;
mod evaluate;
mod events;
mod failure;
mod outcome;
mod plan;
mod submit;

use std::sync::Arc;

use fabric_protos::gateway::gateway_server::Gateway;
use fabric_protos::gateway::{
    ChaincodeEventsResponse, CommitStatusResponse, EndorseRequest, EndorseResponse, EvaluateRequest, EvaluateResponse,
    SignedChaincodeEventsRequest, SignedCommitStatusRequest, SubmitRequest, SubmitResponse,
};
use fabric_protos::protos::{ProposalResponse, SignedProposal};
use tonic::{Request, Response, Status};

use super::access::{self, SignedData};
use super::endorser::{Refusal, Signing, process_proposal};
use super::limit::{Limit, Limited};
use crate::channel::{Channel, Channels};
use crate::orderer::Orderer;
use crate::peer::Peer;
use crate::stop::Stop;

/// Requests that the gateway works on at once; Fabric's `limits.concurrency.gatewayService`.
const REQUESTS_MAX: usize = 500;

/// The gateway of one organization's peer.
pub(crate) struct GatewayService {
    peer: Arc<Peer>,
    channels: Arc<Channels>,
    orderer: Arc<Orderer>,
    limit: Limit,
    stop: Stop,
}

impl GatewayService {
    pub(crate) fn new(peer: Arc<Peer>, channels: Arc<Channels>, orderer: Arc<Orderer>, stop: Stop) -> Self {
        Self { peer, channels, orderer, limit: Limit::new("/gateway.Gateway", REQUESTS_MAX), stop }
    }

    /// A channel of which the organization is a member; the error is Fabric's text.
    fn channel(&self, name: &str) -> Result<&Arc<Channel>, String> {
        self.channels.get(name).filter(|channel| channel.peer(&self.peer.msp_id).is_some()).ok_or_else(|| {
            format!("failed to get config for channel [{name}]: could not get last config for channel {name}")
        })
    }

    /// A channel on which the signer satisfies a policy.
    fn readable_channel(&self, name: &str, policy: &str, data: &SignedData<'_>) -> Result<Arc<Channel>, Status> {
        let unknown = || Status::permission_denied(format!("Failed to get policy manager for channel [{name}]"));
        let channel = self.channel(name).map_err(|_| unknown())?;
        access::check(&channel.ledger, policy, data).map_err(Status::permission_denied)?;
        Ok(Arc::clone(channel))
    }

    fn is_local(&self, peer: &Arc<Peer>) -> bool {
        Arc::ptr_eq(peer, &self.peer)
    }

    /// Has a peer process a proposal.
    async fn ask(
        &self,
        peer: Arc<Peer>,
        signed: SignedProposal,
        signing: Signing,
    ) -> Result<Result<ProposalResponse, Refusal>, Status> {
        process_proposal(peer, Arc::clone(&self.channels), signed, signing).await
    }
}

#[tonic::async_trait]
impl Gateway for GatewayService {
    type ChaincodeEventsStream = Limited<ChaincodeEventsResponse>;

    async fn evaluate(&self, request: Request<EvaluateRequest>) -> Result<Response<EvaluateResponse>, Status> {
        let _permit = self.limit.enter()?;
        self.evaluate_proposal(request.into_inner()).await.map(Response::new)
    }

    async fn endorse(&self, request: Request<EndorseRequest>) -> Result<Response<EndorseResponse>, Status> {
        let _permit = self.limit.enter()?;
        self.endorse_proposal(request.into_inner()).await.map(Response::new)
    }

    async fn submit(&self, request: Request<SubmitRequest>) -> Result<Response<SubmitResponse>, Status> {
        let _permit = self.limit.enter()?;
        self.submit_transaction(request.into_inner()).await.map(Response::new)
    }

    async fn commit_status(
        &self,
        request: Request<SignedCommitStatusRequest>,
    ) -> Result<Response<CommitStatusResponse>, Status> {
        let _permit = self.limit.enter()?;
        self.commit_status_of(request.into_inner()).await.map(Response::new)
    }

    async fn chaincode_events(
        &self,
        request: Request<SignedChaincodeEventsRequest>,
    ) -> Result<Response<Self::ChaincodeEventsStream>, Status> {
        let permit = self.limit.enter()?;
        let events = self.chaincode_events_of(request.get_ref())?;
        Ok(Response::new(Limited::new(events, permit)))
    }
}
