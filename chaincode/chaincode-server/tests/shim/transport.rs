//! The two ways to a peer, over real connections.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chaincode_server::launched::{self, LaunchConfiguration, LaunchError};
use chaincode_server::service::{ChaincodeService, ServiceTls};
use chaincode_server::stream::{StreamEnd, Timeouts};
use fabric_protos::protos::ChaincodeMessage;
use fabric_protos::protos::chaincode_client::ChaincodeClient;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::chaincode_support_server::{ChaincodeSupport, ChaincodeSupportServer};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

use crate::peer::{message, transaction};
use crate::scripted::Scripted;

/// A certificate authority, and what it signs.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate and key for `localhost`.
    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (parameters.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }
}

/// A service on a free port; it ends with the sender.
fn serve(tls: Option<ServiceTls>) -> (SocketAddr, oneshot::Sender<()>) {
    let service = ChaincodeService::new(Arc::new(Scripted::default()), "label:hash");
    let listening = service.listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listening.address();
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(listening.serve(tls, async { drop(stopped.await) }));
    (address, stop)
}

/// What a peer sends first.
fn registered_with(transaction: ChaincodeMessage) -> [ChaincodeMessage; 3] {
    [message(MessageType::Registered, "", Vec::new()), message(MessageType::Ready, "", Vec::new()), transaction]
}

/// What a peer does after it has connected: a registration and a transaction.
async fn converse(channel: Channel) -> Result<(), Status> {
    let (outgoing, messages) = mpsc::channel(8);
    let call = ChaincodeClient::new(channel).connect(ReceiverStream::new(messages)).await?;
    let mut incoming = call.into_inner();
    let mut next = async |kind| {
        let message = incoming.next().await.unwrap().unwrap();
        assert_eq!(message.r#type(), kind);
        message
    };
    next(MessageType::Register).await;
    for message in registered_with(transaction("t", "get")) {
        outgoing.send(message).await.unwrap();
    }
    next(MessageType::GetState).await;
    outgoing.send(message(MessageType::Response, "t", b"v".to_vec())).await.unwrap();
    next(MessageType::Completed).await;
    Ok(())
}

async fn connect(address: SocketAddr, tls: Option<ClientTlsConfig>) -> Result<Channel, tonic::transport::Error> {
    match tls {
        None => Endpoint::from_shared(format!("http://{address}"))?.connect().await,
        Some(tls) => {
            Endpoint::from_shared(format!("https://localhost:{}", address.port()))?.tls_config(tls)?.connect().await
        }
    }
}

#[tokio::test]
async fn peers_come_and_go_at_a_service() {
    let (address, _stop) = serve(None);
    for _ in 0..3 {
        let channel = connect(address, None).await.unwrap();
        let (first, second) = tokio::join!(converse(channel.clone()), converse(channel));
        first.unwrap();
        second.unwrap();
    }
}

#[tokio::test]
async fn a_service_that_stops_ends_its_streams_and_their_transactions() {
    let chaincode = Arc::new(Scripted::default());
    let listening = ChaincodeService::new(Arc::clone(&chaincode) as _, "label:hash");
    let listening = listening.listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listening.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(listening.serve(None, async { drop(stopped.await) }));

    let (outgoing, messages) = mpsc::channel(8);
    let channel = connect(address, None).await.unwrap();
    let call = ChaincodeClient::new(channel).connect(ReceiverStream::new(messages)).await.unwrap();
    let mut incoming = call.into_inner();
    for message in registered_with(transaction("t", "get")) {
        outgoing.send(message).await.unwrap();
    }
    for kind in [MessageType::Register, MessageType::GetState] {
        assert_eq!(incoming.message().await.unwrap().unwrap().r#type(), kind);
    }
    drop(stop);
    assert_eq!(incoming.message().await.unwrap().unwrap().r#type(), MessageType::Error);
    assert_eq!(incoming.message().await.unwrap(), None);
    tokio::time::timeout(Duration::from_secs(60), serving).await.unwrap().unwrap().unwrap();
    assert_eq!(chaincode.broken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_service_with_mutual_tls_takes_its_own_peers_only() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.issue();
    let (address, _stop) = serve(Some(ServiceTls { certificate, key, client_roots: Some(authority.pem()) }));
    let tls = || ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority.pem()));
    let identified = |(certificate, key): (String, String)| tls().identity(Identity::from_pem(certificate, key));

    converse(connect(address, Some(identified(authority.issue()))).await.unwrap()).await.unwrap();
    for refused in [tls(), identified(stranger.issue())] {
        // With TLS 1.3 the client learns of it when it first reads.
        if let Ok(channel) = connect(address, Some(refused)).await {
            converse(channel).await.unwrap_err();
        }
    }
}

#[tokio::test]
async fn a_service_with_tls_speaks_nothing_else() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue();
    let (address, _stop) = serve(Some(ServiceTls { certificate, key, client_roots: None }));
    if let Ok(channel) = connect(address, None).await {
        converse(channel).await.unwrap_err();
    }
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority.pem()));
    converse(connect(address, Some(tls)).await.unwrap()).await.unwrap();
}

/// A peer's listener for launched chaincodes: registers the first, runs a transaction, and closes the stream.
struct Launcher {
    package_ids: mpsc::Sender<Vec<u8>>,
}

#[tonic::async_trait]
impl ChaincodeSupport for Launcher {
    type RegisterStream = Pin<Box<dyn Stream<Item = Result<ChaincodeMessage, Status>> + Send>>;

    async fn register(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::RegisterStream>, Status> {
        let mut incoming = request.into_inner();
        // A real peer answers the call when it sends its first message, and not before it has been sent one.
        let register = incoming.next().await.unwrap()?;
        self.package_ids.send(register.payload).await.unwrap();
        let (outgoing, messages) = mpsc::channel(8);
        tokio::spawn(async move {
            for message in registered_with(transaction("t", "nothing")) {
                outgoing.send(Ok(message)).await.unwrap();
            }
            assert_eq!(incoming.next().await.unwrap().unwrap().r#type(), MessageType::Completed);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(messages))))
    }
}

/// What a peer with mutual TLS writes: the key is PKCS#8 under SEC1's label.
fn configuration(address: SocketAddr, authority: &Authority) -> LaunchConfiguration {
    let (certificate, key) = authority.issue();
    let json = serde_json::json!({
        "chaincode_id": "label:hash",
        "peer_address": format!("localhost:{}", address.port()),
        "client_cert": certificate,
        "client_key": key.replace("PRIVATE KEY", "EC PRIVATE KEY"),
        "root_cert": authority.pem(),
        "mspid": "Org1MSP",
    });
    LaunchConfiguration::parse(json.to_string().as_bytes()).unwrap()
}

#[tokio::test]
async fn a_launched_chaincode_registers_and_ends_with_its_stream() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue();
    let tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(certificate, key))
        .client_ca_root(Certificate::from_pem(authority.pem()));
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = incoming.local_addr().unwrap();
    let (package_ids, mut registered) = mpsc::channel(1);
    let server = Server::builder()
        .tls_config(tls)
        .unwrap()
        .serve_with_incoming(ChaincodeSupportServer::new(Launcher { package_ids }), incoming);
    tokio::spawn(server);

    let configuration = configuration(address, &authority);
    let chaincode = Arc::new(Scripted::default());
    let run = launched::run(chaincode, &configuration, Timeouts::default());
    let Err(end) = tokio::time::timeout(Duration::from_secs(30), run).await.unwrap();
    assert!(matches!(end, LaunchError::Stream(StreamEnd::Closed)), "{end}");
    assert!(registered.recv().await.unwrap().ends_with(b"label:hash"));
}

#[tokio::test]
async fn a_peer_that_is_not_there_is_reported() {
    let unused = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap().local_addr().unwrap();
    let configuration = configuration(unused, &Authority::new());
    let Err(end) = launched::run(Arc::new(Scripted::default()), &configuration, Timeouts::default()).await;
    assert!(matches!(end, LaunchError::Transport(_)), "{end}");
    assert!(LaunchConfiguration::parse(b"{}").is_err());
}
