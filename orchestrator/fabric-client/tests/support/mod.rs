//! A peer that answers what a test tells it to, over a real connection.

#![allow(dead_code, missing_docs, reason = "each test uses a part")]

use fabric_client::{Gateway, Proposal, Unsigned};
use fabric_protos::gateway::gateway_server::{Gateway as GatewayService, GatewayServer};
use fabric_protos::gateway::{
    ChaincodeEventsResponse, CommitStatusResponse, EndorseRequest, EndorseResponse, EvaluateRequest, EvaluateResponse,
    ProposedTransaction, SignedChaincodeEventsRequest, SignedCommitStatusRequest, SubmitRequest, SubmitResponse,
};
use fabric_protos::protos::deliver_server::{Deliver, DeliverServer};
use fabric_protos::protos::{self, DeliverResponse};
use fabric_protos::{Message as _, common, msp};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::sync::Arc;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status, Streaming};

pub(crate) type Answer<Q, R> = Option<Box<dyn Fn(Q) -> Result<R, Status> + Send + Sync>>;
pub(crate) type Answers<Q, R> = Option<Box<dyn Fn(Q) -> Vec<Result<R, Status>> + Send + Sync>>;

/// What the peer answers. Streams end after the last answer.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) endorse: Answer<EndorseRequest, EndorseResponse>,
    pub(crate) submit: Answer<SubmitRequest, SubmitResponse>,
    pub(crate) commit_status: Answer<SignedCommitStatusRequest, CommitStatusResponse>,
    pub(crate) evaluate: Answer<EvaluateRequest, EvaluateResponse>,
    pub(crate) chaincode_events: Answers<SignedChaincodeEventsRequest, ChaincodeEventsResponse>,
    pub(crate) deliver: Answers<common::Envelope, DeliverResponse>,
}

impl Script {
    /// Serves the script and connects to it as an identity without a signer.
    pub(crate) async fn serve(self) -> Gateway {
        Gateway::without_signer(self.channel().await, creator())
    }

    pub(crate) async fn channel(self) -> Channel {
        let peer = ScriptedPeer(Arc::new(self));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = Server::builder()
            .add_service(GatewayServer::new(peer.clone()))
            .add_service(DeliverServer::new(peer))
            .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
        tokio::spawn(server);
        fabric_client::Connection::plain(address).open().await.unwrap()
    }
}

#[derive(Clone)]
struct ScriptedPeer(Arc<Script>);

fn answer<Q, R>(script: &Answer<Q, R>, request: Request<Q>) -> Result<Response<R>, Status> {
    let answer = script.as_ref().ok_or_else(|| Status::unimplemented("not in the script"))?;
    answer(request.into_inner()).map(Response::new)
}

#[tonic::async_trait]
impl GatewayService for ScriptedPeer {
    async fn endorse(&self, request: Request<EndorseRequest>) -> Result<Response<EndorseResponse>, Status> {
        answer(&self.0.endorse, request)
    }

    async fn submit(&self, request: Request<SubmitRequest>) -> Result<Response<SubmitResponse>, Status> {
        answer(&self.0.submit, request)
    }

    async fn commit_status(
        &self,
        request: Request<SignedCommitStatusRequest>,
    ) -> Result<Response<CommitStatusResponse>, Status> {
        answer(&self.0.commit_status, request)
    }

    async fn evaluate(&self, request: Request<EvaluateRequest>) -> Result<Response<EvaluateResponse>, Status> {
        answer(&self.0.evaluate, request)
    }

    type ChaincodeEventsStream = BoxStream<'static, Result<ChaincodeEventsResponse, Status>>;

    async fn chaincode_events(
        &self,
        request: Request<SignedChaincodeEventsRequest>,
    ) -> Result<Response<Self::ChaincodeEventsStream>, Status> {
        let answers = self.0.chaincode_events.as_ref().ok_or_else(|| Status::unimplemented("not in the script"))?;
        Ok(Response::new(stream::iter(answers(request.into_inner())).boxed()))
    }
}

impl ScriptedPeer {
    async fn blocks(
        &self,
        request: Request<Streaming<common::Envelope>>,
    ) -> Result<Response<BoxStream<'static, Result<DeliverResponse, Status>>>, Status> {
        let answers = self.0.deliver.as_ref().ok_or_else(|| Status::unimplemented("not in the script"))?;
        let envelope = request.into_inner().message().await?.ok_or_else(|| Status::aborted("no envelope"))?;
        Ok(Response::new(stream::iter(answers(envelope)).boxed()))
    }
}

#[tonic::async_trait]
impl Deliver for ScriptedPeer {
    type DeliverStream = BoxStream<'static, Result<DeliverResponse, Status>>;
    type DeliverFilteredStream = BoxStream<'static, Result<DeliverResponse, Status>>;
    type DeliverWithPrivateDataStream = BoxStream<'static, Result<DeliverResponse, Status>>;

    async fn deliver(
        &self,
        request: Request<Streaming<common::Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, Status> {
        self.blocks(request).await
    }

    async fn deliver_filtered(
        &self,
        request: Request<Streaming<common::Envelope>>,
    ) -> Result<Response<Self::DeliverFilteredStream>, Status> {
        self.blocks(request).await
    }

    async fn deliver_with_private_data(
        &self,
        request: Request<Streaming<common::Envelope>>,
    ) -> Result<Response<Self::DeliverWithPrivateDataStream>, Status> {
        self.blocks(request).await
    }
}

/// A serialized identity that these tests never have checked.
pub(crate) fn creator() -> Vec<u8> {
    msp::SerializedIdentity { mspid: "Org1MSP".into(), id_bytes: b"certificate".to_vec() }.encode_to_vec()
}

/// A signature that these tests never have checked.
pub(crate) const SIGNATURE: &[u8] = b"signature";

/// A call of a function, signed.
pub(crate) fn proposal(gateway: &Gateway, function: &str, arguments: &[&str]) -> Proposal {
    unsigned(gateway, function, arguments).with_signature(SIGNATURE.to_vec())
}

/// A call of a function.
pub(crate) fn unsigned(gateway: &Gateway, function: &str, arguments: &[&str]) -> Unsigned<Proposal> {
    gateway.network("ch").contract("open").proposal(function).arguments(arguments).transient("secret", "x").build()
}

/// The proposal inside of what [`Unsigned::to_bytes`] gives.
pub(crate) fn proposal_of(proposed: &[u8]) -> protos::Proposal {
    let proposed = ProposedTransaction::decode(proposed).unwrap();
    protos::Proposal::decode(proposed.proposal.unwrap().proposal_bytes.as_slice()).unwrap()
}

/// What an honest gateway answers to a proposal whose function returns this result.
pub(crate) fn prepared(request: &EndorseRequest, result: &[u8]) -> common::Envelope {
    let signed = request.proposed_transaction.as_ref().unwrap();
    let proposal = protos::Proposal::decode(signed.proposal_bytes.as_slice()).unwrap();
    let header = common::Header::decode(proposal.header.as_slice()).unwrap();
    let mut payload = protos::ChaincodeProposalPayload::decode(proposal.payload.as_slice()).unwrap();
    payload.transient_map.clear();
    let payload = payload.encode_to_vec();
    let proposal_hash =
        fabric_msp::sha256([header.channel_header.as_slice(), &header.signature_header, &payload]).to_vec();
    let response = protos::Response { status: 200, message: String::new(), payload: result.to_vec() };
    let action = protos::ChaincodeAction { response: Some(response), ..Default::default() };
    let response = protos::ProposalResponsePayload { proposal_hash, extension: action.encode_to_vec() };
    let endorsed = protos::ChaincodeEndorsedAction {
        proposal_response_payload: response.encode_to_vec(),
        endorsements: vec![protos::Endorsement { endorser: b"peer".to_vec(), signature: b"endorsed".to_vec() }],
    };
    let action =
        protos::ChaincodeActionPayload { chaincode_proposal_payload: payload, action: Some(endorsed) }.encode_to_vec();
    let action = protos::TransactionAction { header: header.signature_header.clone(), payload: action };
    let data = protos::Transaction { actions: vec![action] }.encode_to_vec();
    common::Envelope { payload: common::Payload { header: Some(header), data }.encode_to_vec(), signature: Vec::new() }
}
