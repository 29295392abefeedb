//! A client of devnet for tests: bare gRPC stubs, so that a test sees what is on the wire.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use devnet::Devnet;
use fabric_msp::{LocalSigner, Signer, SignerError};
use fabric_protos::common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use fabric_protos::gateway::gateway_client::GatewayClient;
use fabric_protos::gateway::{
    CommitStatusRequest, CommitStatusResponse, EndorseRequest, ErrorDetail, EvaluateRequest, SignedCommitStatusRequest,
    SubmitRequest,
};
use fabric_protos::msp::SerializedIdentity;
use fabric_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeHeaderExtension, ChaincodeId, ChaincodeInput,
    ChaincodeInvocationSpec, ChaincodeProposalPayload, ChaincodeSpec, Proposal, ProposalResponsePayload,
    SignedProposal, Transaction,
};
use fabric_protos::rpc;
use prost::Message;
use tonic::Status;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

/// A contract that is built by `cargo xtask contracts`.
pub(crate) fn contract(name: &str) -> Vec<u8> {
    let path = format!("{}/../../target/contracts/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}: run `cargo xtask contracts` first"))
}

/// A connection with TLS to an organization's listener.
pub(crate) async fn connect_tls(network: &Devnet, organization: &str) -> Channel {
    tls(network.endpoint(organization).unwrap().unwrap(), &network.tls_authority(organization).unwrap()).await
}

/// A connection with TLS to the orderer's listener.
pub(crate) async fn connect_orderer_tls(network: &Devnet) -> Channel {
    tls(network.orderer_endpoint().unwrap(), &network.orderer_tls_authority().unwrap()).await
}

async fn tls(endpoint: &str, authority: &str) -> Channel {
    let port = endpoint.rsplit_once(':').unwrap().1;
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
    let endpoint = Endpoint::from_shared(format!("https://localhost:{port}")).unwrap();
    endpoint.tls_config(tls).unwrap().tcp_nodelay(true).connect().await.unwrap()
}

/// Signs in somebody's name with somebody else's key.
pub(crate) struct Forger {
    pub(crate) mspid: String,
    pub(crate) creator: Vec<u8>,
    pub(crate) key: LocalSigner,
}

impl Forger {
    /// The identity `victim`, the key of `key`.
    pub(crate) fn new(victim: &dyn Signer, key: LocalSigner) -> Self {
        Self { mspid: victim.mspid().to_owned(), creator: victim.creator().to_vec(), key }
    }

    /// The certificate and key of `signer`, which claims to be of another organization.
    pub(crate) fn of_organization(mspid: &str, signer: LocalSigner) -> Self {
        let own = SerializedIdentity::decode(signer.creator()).unwrap();
        let creator = SerializedIdentity { mspid: mspid.to_owned(), ..own }.encode_to_vec();
        Self { mspid: mspid.to_owned(), creator, key: signer }
    }
}

impl Signer for Forger {
    fn mspid(&self) -> &str {
        &self.mspid
    }

    fn creator(&self) -> &[u8] {
        &self.creator
    }

    fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        self.key.sign_digest(digest)
    }
}

/// What a call is to do.
#[derive(Clone, Default)]
pub(crate) struct Call<'call> {
    pub(crate) channel: &'call str,
    pub(crate) chaincode: &'call str,
    pub(crate) function: &'call str,
    pub(crate) arguments: Vec<String>,
    pub(crate) transient: BTreeMap<String, Vec<u8>>,
    pub(crate) organizations: Vec<String>,
}

/// A transaction on its way.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) id: String,
    pub(crate) channel: String,
    pub(crate) envelope: Envelope,
}

impl Prepared {
    /// The transaction's result, out of the endorsed payload.
    pub(crate) fn result(&self) -> Vec<u8> {
        let payload = Payload::decode(self.envelope.payload.as_slice()).unwrap();
        let transaction = Transaction::decode(payload.data.as_slice()).unwrap();
        let action = ChaincodeActionPayload::decode(transaction.actions[0].payload.as_slice()).unwrap();
        let response = action.action.unwrap().proposal_response_payload;
        let response = ProposalResponsePayload::decode(response.as_slice()).unwrap();
        ChaincodeAction::decode(response.extension.as_slice()).unwrap().response.unwrap().payload
    }
}

/// A client of one gateway, with one identity.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) gateway: GatewayClient<Channel>,
    pub(crate) signer: Arc<dyn Signer>,
}

impl Client {
    pub(crate) fn new(channel: Channel, signer: impl Signer + 'static) -> Self {
        let gateway = GatewayClient::new(channel).max_decoding_message_size(100 << 20);
        Self { gateway, signer: Arc::new(signer) }
    }

    /// The same connection, another identity.
    pub(crate) fn signing_as(&self, signer: impl Signer + 'static) -> Self {
        Self { gateway: self.gateway.clone(), signer: Arc::new(signer) }
    }

    /// A signed proposal with its transaction id.
    pub(crate) fn propose(&self, call: &Call<'_>) -> (String, SignedProposal) {
        let (id, proposal) = proposal(&*self.signer, call, |_| ());
        let signature = self.signer.sign(&proposal).unwrap();
        (id, SignedProposal { proposal_bytes: proposal, signature })
    }

    pub(crate) async fn evaluate(&self, call: &Call<'_>) -> Result<Vec<u8>, Status> {
        let (transaction_id, proposal) = self.propose(call);
        let request = EvaluateRequest {
            transaction_id,
            channel_id: call.channel.to_owned(),
            proposed_transaction: Some(proposal),
            target_organizations: call.organizations.clone(),
        };
        Ok(self.gateway.clone().evaluate(request).await?.into_inner().result.unwrap().payload)
    }

    /// Collects endorsements and signs the transaction.
    pub(crate) async fn endorse(&self, call: &Call<'_>) -> Result<Prepared, Status> {
        let (id, proposal) = self.propose(call);
        self.endorse_proposal(call, id, proposal).await
    }

    pub(crate) async fn endorse_proposal(
        &self,
        call: &Call<'_>,
        id: String,
        proposal: SignedProposal,
    ) -> Result<Prepared, Status> {
        let request = EndorseRequest {
            transaction_id: id.clone(),
            channel_id: call.channel.to_owned(),
            proposed_transaction: Some(proposal),
            endorsing_organizations: call.organizations.clone(),
        };
        let mut envelope = self.gateway.clone().endorse(request).await?.into_inner().prepared_transaction.unwrap();
        envelope.signature = self.signer.sign(&envelope.payload).unwrap();
        Ok(Prepared { id, channel: call.channel.to_owned(), envelope })
    }

    pub(crate) async fn submit(&self, transaction: &Prepared) -> Result<(), Status> {
        let request = SubmitRequest {
            transaction_id: transaction.id.clone(),
            channel_id: transaction.channel.clone(),
            prepared_transaction: Some(transaction.envelope.clone()),
        };
        self.gateway.clone().submit(request).await.map(drop)
    }

    pub(crate) async fn commit_status(&self, channel: &str, id: &str) -> Result<CommitStatusResponse, Status> {
        let request = CommitStatusRequest {
            transaction_id: id.to_owned(),
            channel_id: channel.to_owned(),
            identity: self.signer.creator().to_vec(),
        };
        let request = request.encode_to_vec();
        let signature = self.signer.sign(&request).unwrap();
        Ok(self.gateway.clone().commit_status(SignedCommitStatusRequest { request, signature }).await?.into_inner())
    }

    /// Submits and waits.
    pub(crate) async fn commit(&self, transaction: &Prepared) -> Result<CommitStatusResponse, Status> {
        self.submit(transaction).await?;
        self.commit_status(&transaction.channel, &transaction.id).await
    }

    /// A signed envelope that is no transaction: a seek request, for example.
    pub(crate) fn envelope(&self, channel: &str, kind: HeaderType, data: Vec<u8>) -> Envelope {
        let header = ChannelHeader {
            r#type: kind as i32,
            timestamp: Some(SystemTime::now().into()),
            channel_id: channel.to_owned(),
            ..ChannelHeader::default()
        };
        self.envelope_with(&header, data)
    }

    pub(crate) fn envelope_with(&self, header: &ChannelHeader, data: Vec<u8>) -> Envelope {
        let signature_header = SignatureHeader { creator: self.signer.creator().to_vec(), nonce: nonce().to_vec() };
        let header =
            Header { channel_header: header.encode_to_vec(), signature_header: signature_header.encode_to_vec() };
        let payload = Payload { header: Some(header), data }.encode_to_vec();
        let signature = self.signer.sign(&payload).unwrap();
        Envelope { payload, signature }
    }
}

fn nonce() -> [u8; 24] {
    rand::random()
}

/// The bytes of a proposal with its transaction id; `change` may spoil its channel header.
pub(crate) fn proposal(
    signer: &dyn Signer,
    call: &Call<'_>,
    change: impl FnOnce(&mut ChannelHeader),
) -> (String, Vec<u8>) {
    let chaincode_id = ChaincodeId { name: call.chaincode.to_owned(), ..ChaincodeId::default() };
    let nonce = nonce();
    let id = fabric_msp::proposal::transaction_id(&nonce, signer.creator());
    let mut channel_header = ChannelHeader {
        r#type: HeaderType::EndorserTransaction as i32,
        timestamp: Some(SystemTime::now().into()),
        channel_id: call.channel.to_owned(),
        tx_id: id.clone(),
        extension: ChaincodeHeaderExtension { chaincode_id: Some(chaincode_id.clone()) }.encode_to_vec(),
        ..ChannelHeader::default()
    };
    change(&mut channel_header);
    let signature_header = SignatureHeader { creator: signer.creator().to_vec(), nonce: nonce.to_vec() };
    let header =
        Header { channel_header: channel_header.encode_to_vec(), signature_header: signature_header.encode_to_vec() };
    let function = std::iter::once(call.function.as_bytes().to_vec());
    let arguments = call.arguments.iter().map(|argument| argument.as_bytes().to_vec());
    let input = ChaincodeInput { args: function.chain(arguments).collect(), ..ChaincodeInput::default() };
    let specification =
        ChaincodeSpec { chaincode_id: Some(chaincode_id), input: Some(input), ..ChaincodeSpec::default() };
    let specification = ChaincodeInvocationSpec { chaincode_spec: Some(specification) };
    let payload =
        ChaincodeProposalPayload { input: specification.encode_to_vec(), transient_map: call.transient.clone() };
    let proposal = Proposal { header: header.encode_to_vec(), payload: payload.encode_to_vec(), ..Proposal::default() };
    (id, proposal.encode_to_vec())
}

/// What each node said, out of a gateway's error.
pub(crate) fn details(status: &Status) -> Vec<ErrorDetail> {
    let details = rpc::Status::decode(status.details()).unwrap().details;
    details.iter().map(|detail| ErrorDetail::decode(detail.value.as_slice()).unwrap()).collect()
}
