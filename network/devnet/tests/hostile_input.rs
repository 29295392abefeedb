//! What a client can do wrong, by mistake or on purpose: each is refused with Fabric's words, and afterwards the network
//! serves the next transaction.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::future::Future;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use devnet::{Batch, Channel, Deployment, Devnet, Network};
use fabric_msp::{LocalSigner, Signer};
use fabric_protos::common::{self, ChannelHeader, Envelope, HeaderType};
use fabric_protos::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use fabric_protos::orderer::{
    BroadcastResponse, SeekInfo, SeekNewest, SeekOldest, SeekPosition, SeekSpecified, seek_info, seek_position,
};
use fabric_protos::protos::deliver_client::DeliverClient;
use fabric_protos::protos::deliver_response::Type;
use fabric_protos::protos::endorser_client::EndorserClient;
use fabric_protos::protos::{DeliverResponse, SignedProposal, TxValidationCode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost::Message;
use rcgen::{CertificateParams, DnType, Issuer, KeyPair};
use support::{Call, Client, Forger, contract, proposal};
use tonic::{Code, Status};
use wasm_host::package::Package;

const CHANNEL: &str = "ch";
/// Largest transaction on the test's channel, in bytes.
const ABSOLUTE_MAX_BYTES: u32 = 64 << 10;

/// A network of two organizations with the recorder on it, and a client of the first.
struct Setting {
    network: Devnet,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Setting {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut network = Network::generic(2, CHANNEL);
        let batch = Batch { absolute_max_bytes: ABSOLUTE_MAX_BYTES, ..Batch::default() };
        network.channels = vec![Channel::new(CHANNEL, ["org1", "org2"]).with_batch(batch)];
        let network = Devnet::builder(network, folder.path()).listen(false).start().await.unwrap();
        let package = Package::new("recorder", "1.0.0", contract("recorder")).unwrap().build().unwrap();
        network.deploy(CHANNEL, &Deployment::new("cc", &package, None)).await.unwrap();
        let client = Client::new(network.connect("org1").unwrap(), user(&network, "org1"));
        Self { network, client, _folder: folder }
    }

    /// Whatever happened before, an honest transaction goes through.
    async fn still_serves(&self) {
        let transaction = self.client.endorse(&put("honest")).await.unwrap();
        let status = self.client.commit(&transaction).await.unwrap();
        assert_eq!(status.result(), TxValidationCode::Valid);
    }

    fn endorser(&self) -> EndorserClient<tonic::transport::Channel> {
        EndorserClient::new(self.network.connect("org1").unwrap())
    }

    /// What the endorser says to a proposal, signed by the client, whose channel header was changed.
    async fn endorser_says(&self, change: impl FnOnce(&mut ChannelHeader)) -> String {
        let (_, proposal_bytes) = proposal(&*self.client.signer, &put("x"), change);
        let signature = self.client.signer.sign(&proposal_bytes).unwrap();
        let answer = self.endorser().process_proposal(SignedProposal { proposal_bytes, signature }).await;
        match answer {
            Ok(answer) => answer.into_inner().response.unwrap().message,
            Err(status) => {
                assert_eq!(status.code(), Code::Unknown);
                status.message().to_owned()
            }
        }
    }

    async fn broadcast(&self, envelope: Envelope) -> BroadcastResponse {
        let mut orderer = AtomicBroadcastClient::new(self.network.connect_orderer());
        let mut answers = orderer.broadcast(tokio_stream::once(envelope)).await.unwrap().into_inner();
        answers.message().await.unwrap().unwrap()
    }

    /// All answers to these seek requests, sent on one stream.
    async fn deliver(&self, envelopes: Vec<Envelope>) -> Vec<DeliverResponse> {
        let mut peer = DeliverClient::new(self.network.connect("org1").unwrap());
        let mut answers = peer.deliver_filtered(tokio_stream::iter(envelopes)).await.unwrap().into_inner();
        let mut received = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            received.push(answer);
        }
        received
    }

    /// The status that ends a seek request, alone on its stream.
    async fn deliver_ends_with(&self, envelope: Envelope) -> common::Status {
        statuses(&self.deliver(vec![envelope]).await)[0]
    }
}

fn user(network: &Devnet, organization: &str) -> LocalSigner {
    network.identity(organization, "User1").unwrap().signer().unwrap()
}

fn put(key: &str) -> Call<'static> {
    Call {
        channel: CHANNEL,
        chaincode: "cc",
        function: "put",
        arguments: vec![key.to_owned(), "1".to_owned()],
        ..Call::default()
    }
}

fn statuses(answers: &[DeliverResponse]) -> Vec<common::Status> {
    let status = |answer: &DeliverResponse| match answer.r#type {
        Some(Type::Status(status)) => common::Status::try_from(status).ok(),
        _ => None,
    };
    answers.iter().filter_map(status).collect()
}

fn blocks(answers: &[DeliverResponse]) -> Vec<u64> {
    let number = |answer: &DeliverResponse| match &answer.r#type {
        Some(Type::FilteredBlock(block)) => Some(block.number),
        _ => None,
    };
    answers.iter().filter_map(number).collect()
}

fn position(position: seek_position::Type) -> Option<SeekPosition> {
    Some(SeekPosition { r#type: Some(position) })
}

fn oldest() -> Option<SeekPosition> {
    position(seek_position::Type::Oldest(SeekOldest {}))
}

fn newest() -> Option<SeekPosition> {
    position(seek_position::Type::Newest(SeekNewest {}))
}

fn specified(number: u64) -> Option<SeekPosition> {
    position(seek_position::Type::Specified(SeekSpecified { number }))
}

fn seek(client: &Client, start: Option<SeekPosition>, stop: Option<SeekPosition>) -> Envelope {
    let info = SeekInfo { start, stop, ..SeekInfo::default() };
    client.envelope(CHANNEL, HeaderType::DeliverSeekInfo, info.encode_to_vec())
}

async fn refused<T>(answer: impl Future<Output = Result<T, Status>>) -> Status {
    let Err(status) = answer.await else { panic!("it was accepted") };
    status
}

/// A member of an organization whose certificate has expired, signed by the organization's own authority.
fn expired(network: &Devnet, organization: &str) -> LocalSigner {
    let domain = format!("{organization}.example.com");
    let ca = network.data_dir().join("crypto/peerOrganizations").join(&domain).join("ca");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let ca_key = KeyPair::from_pem(&read(&ca.join("priv_sk"))).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&read(&ca.join(format!("ca.{domain}-cert.pem"))), ca_key).unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = rcgen::date_time_ymd(1970, 1, 1) + now;
    // Within the authority's own validity, which begins five minutes before it was made.
    parameters.not_before = now - Duration::from_secs(120);
    parameters.not_after = now - Duration::from_secs(60);
    parameters.distinguished_name.push(DnType::OrganizationalUnitName, "client");
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.signed_by(&key, &issuer).unwrap();
    LocalSigner::from_pem("Org1MSP", certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_that_are_not_as_they_should_be() {
    let setting = Setting::new().await;
    let says = async |change: fn(&mut ChannelHeader)| setting.endorser_says(change).await;

    assert_eq!(
        says(|header| header.r#type = 5).await,
        "error validating proposal: invalid header type DELIVER_SEEK_INFO"
    );
    assert_eq!(says(|header| header.epoch = 1).await, "error validating proposal: epoch is non-zero");
    let text = says(|header| header.tx_id = "00".to_owned()).await;
    assert!(text.starts_with("error validating proposal: incorrectly computed txid '00' -- expected '"), "{text}");
    assert_eq!(says(|header| header.channel_id = "other".to_owned()).await, "channel 'other' not found");
    assert_eq!(says(|header| header.extension = Vec::new()).await, "ChaincodeHeaderExtension.ChaincodeId is nil");
    let late = |header: &mut ChannelHeader| {
        header.timestamp = Some((SystemTime::now() - Duration::from_secs(3600)).into());
    };
    assert!(says(late).await.starts_with("TIMESTAMP_SKEW: the proposal's timestamp is 3"));
    assert!(says(|header| header.timestamp = None).await.starts_with("TIMESTAMP_MISSING: "));
    setting.still_serves().await;
    setting.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_that_are_not_what_they_claim() {
    let setting = Setting::new().await;
    let denied = "error validating proposal: access denied: channel [ch] creator org [Org1MSP]";

    let forger = Forger::new(&*setting.client.signer, user(&setting.network, "org2"));
    let forger = setting.client.signing_as(forger);
    let status = refused(forger.evaluate(&put("x"))).await;
    assert_eq!(status.message(), format!("evaluate call to endorser returned error: {denied}"));
    let honest = setting.client.endorse(&put("x")).await.unwrap();
    let status = refused(forger.commit_status(CHANNEL, &honest.id)).await;
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(status.message().contains("/Channel/Application/Readers"), "{}", status.message());

    let stranger = setting.client.signing_as(expired(&setting.network, "org1"));
    let status = refused(stranger.evaluate(&put("x"))).await;
    assert!(status.message().ends_with("client identity expired"), "{}", status.message());
    assert_eq!(setting.deliver_ends_with(seek(&stranger, oldest(), oldest())).await, common::Status::Forbidden);

    // Signed by its maker, but for another organization's member.
    let mut stolen = honest.clone();
    stolen.envelope.signature = user(&setting.network, "org2").sign(&stolen.envelope.payload).unwrap();
    let status = refused(setting.client.submit(&stolen)).await;
    assert_eq!(status.code(), Code::Aborted);
    assert!(status.message().starts_with("received unsuccessful response from orderer: status=FORBIDDEN, info="));
    assert!(status.message().ends_with("permission denied"), "{}", status.message());
    let status = setting.broadcast(stolen.envelope).await;
    assert_eq!(status.status(), common::Status::Forbidden);
    setting.still_serves().await;
    setting.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_are_repeated_unsigned_or_too_large() {
    let setting = Setting::new().await;
    let call = put("once");
    let (id, signed) = setting.client.propose(&call);
    let transaction = setting.client.endorse_proposal(&call, id.clone(), signed.clone()).await.unwrap();
    assert_eq!(setting.client.commit(&transaction).await.unwrap().result(), TxValidationCode::Valid);
    let status = refused(setting.client.endorse_proposal(&call, id.clone(), signed)).await;
    let [detail] = support::details(&status).try_into().unwrap();
    assert!(
        detail.message.starts_with(&format!("duplicate transaction found [{id}]. Creator [")),
        "{}",
        detail.message
    );

    let mut unsigned = setting.client.endorse(&put("x")).await.unwrap();
    unsigned.envelope.signature.clear();
    let status = refused(setting.client.submit(&unsigned)).await;
    assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "prepared transaction must be signed"));

    let mut large = put("large");
    large.arguments[1] = "x".repeat(ABSOLUTE_MAX_BYTES as usize);
    let large = setting.client.endorse(&large).await.unwrap();
    let status = refused(setting.client.submit(&large)).await;
    assert!(status.message().contains("status=BAD_REQUEST, info=message payload is "), "{}", status.message());
    assert!(status.message().ends_with(&format!("exceeds maximum allowed {ABSOLUTE_MAX_BYTES} bytes")));

    let nowhere = setting.client.envelope("nowhere", HeaderType::EndorserTransaction, Vec::new());
    let answer = setting.broadcast(nowhere).await;
    assert_eq!((answer.status(), answer.info.as_str()), (common::Status::BadRequest, "channel does not exist"));
    let update = setting.client.envelope(CHANNEL, HeaderType::ConfigUpdate, Vec::new());
    assert_eq!(setting.broadcast(update).await.status(), common::Status::NotImplemented);
    setting.still_serves().await;
    setting.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seek_requests_of_all_kinds() {
    let setting = Setting::new().await;
    let client = &setting.client;
    setting.still_serves().await;
    let last = setting.network.ledger(CHANNEL).unwrap().height() - 1;

    let answers = setting.deliver(vec![seek(client, oldest(), specified(1)), seek(client, newest(), newest())]).await;
    assert_eq!(blocks(&answers), [0, 1, last], "several requests on one stream");
    assert_eq!(statuses(&answers), [common::Status::Success; 2]);

    assert_eq!(
        setting.deliver_ends_with(seek(client, specified(last + 2), specified(u64::MAX))).await,
        common::Status::NotFound
    );
    assert_eq!(setting.deliver_ends_with(seek(client, specified(1), specified(0))).await, common::Status::BadRequest);
    assert_eq!(setting.deliver_ends_with(seek(client, oldest(), None)).await, common::Status::BadRequest);
    let info = SeekInfo {
        start: oldest(),
        stop: specified(u64::MAX),
        behavior: seek_info::SeekBehavior::FailIfNotReady as i32,
        ..SeekInfo::default()
    };
    let answers =
        setting.deliver(vec![client.envelope(CHANNEL, HeaderType::DeliverSeekInfo, info.encode_to_vec())]).await;
    assert_eq!(blocks(&answers).len() as u64, last + 1);
    assert_eq!(statuses(&answers), [common::Status::NotFound]);

    let elsewhere = client.envelope("nowhere", HeaderType::DeliverSeekInfo, info.encode_to_vec());
    assert_eq!(setting.deliver_ends_with(elsewhere).await, common::Status::NotFound);
    let header = ChannelHeader {
        timestamp: Some((SystemTime::now() - Duration::from_secs(16 * 60)).into()),
        channel_id: CHANNEL.to_owned(),
        ..ChannelHeader::default()
    };
    let late = client.envelope_with(&header, info.encode_to_vec());
    assert_eq!(setting.deliver_ends_with(late).await, common::Status::BadRequest);
    let mut unsigned = seek(client, oldest(), oldest());
    unsigned.signature.clear();
    assert_eq!(setting.deliver_ends_with(unsigned).await, common::Status::Forbidden);
    setting.network.stop().await;
}

/// Random bytes, and good messages with one byte changed, into every service that takes messages.
#[tokio::test(flavor = "multi_thread")]
async fn malformed_bytes() {
    let setting = Setting::new().await;
    let (_, good) = setting.client.propose(&put("x"));
    let transaction = setting.client.endorse(&put("x")).await.unwrap().envelope;
    let seek = seek(&setting.client, oldest(), oldest());
    let handle = tokio::runtime::Handle::current();
    let setting = &setting;

    let spoil = |bytes: &[u8], place: usize, change: u8| {
        let mut bytes = bytes.to_vec();
        let place = place % bytes.len();
        bytes[place] ^= change.max(1);
        bytes
    };
    let mut runner = TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
    let input = (prop::collection::vec(any::<u8>(), 0..200), any::<usize>(), any::<u8>());
    tokio::task::block_in_place(|| {
        runner.run(&input, |(noise, place, change)| {
            handle.block_on(async {
                for proposal_bytes in [noise.clone(), spoil(&good.proposal_bytes, place, change)] {
                    let signed = SignedProposal { proposal_bytes, signature: good.signature.clone() };
                    assert!(setting.endorser().process_proposal(signed).await.is_err());
                }
                for payload in [noise.clone(), spoil(&transaction.payload, place, change)] {
                    let envelope = Envelope { payload, signature: transaction.signature.clone() };
                    assert_ne!(setting.broadcast(envelope).await.status(), common::Status::Success);
                }
                for payload in [noise.clone(), spoil(&seek.payload, place, change)] {
                    let envelope = Envelope { payload, signature: seek.signature.clone() };
                    assert_ne!(setting.deliver_ends_with(envelope).await, common::Status::Success);
                }
            });
            Ok(())
        })
    })
    .unwrap();
    setting.still_serves().await;
}
