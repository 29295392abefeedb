//! A service and a network that dials it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chaincode_server::service::{ChaincodeService, ServiceTls};
use devnet::{Deployment, Devnet, Network, ServiceTimeouts};
use fabric_protos::protos::TxValidationCode;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeEvent, ChaincodeInput, ChaincodeMessage, PutState, Response};
use prost::Message;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Status;
use wasm_host::package::{ClientIdentity, Connection, ConnectionTls, ServicePackage, package_id};
use wasm_host::{AsyncChaincode, AsyncLedger, Completed, HostError, Later, LedgerError, Metering};

use crate::support::{Call, Client};

/// Long enough for whatever works.
pub(crate) const PATIENT: ServiceTimeouts =
    ServiceTimeouts { registration: Duration::from_secs(60), transaction: Duration::from_secs(60) };

/// A network of two organizations with the channel `ch`, which waits so long for services.
pub(crate) async fn start(folder: &Path, timeouts: ServiceTimeouts) -> Devnet {
    let builder = Devnet::builder(Network::generic(2, "ch"), folder).listen(false).service_timeouts(timeouts);
    builder.start().await.unwrap()
}

/// The package of a service without TLS, with its id.
pub(crate) fn plain(name: &str, address: SocketAddr) -> (Vec<u8>, String) {
    package(name, Connection::new(&address.to_string(), None).unwrap())
}

pub(crate) fn package(name: &str, connection: Connection) -> (Vec<u8>, String) {
    let package = ServicePackage::new(name, "1.0", connection).unwrap();
    let file = package.build().unwrap();
    let id = package_id(package.label(), &file);
    (file, id)
}

/// Deploys a package that either organization may endorse for.
pub(crate) async fn deploy(network: &Devnet, name: &str, package: &[u8]) {
    let policy = fabric_msp::policy::parse("OR('Org1MSP.peer','Org2MSP.peer')").unwrap();
    network.deploy("ch", &Deployment::new(name, package, Some(policy))).await.unwrap();
}

pub(crate) fn client(network: &Devnet, organization: &str) -> Client {
    let signer = network.identity(organization, "User1").unwrap().signer().unwrap();
    Client::new(network.connect(organization).unwrap(), signer)
}

pub(crate) fn call<'a>(chaincode: &'a str, function: &'a str, arguments: &[&str]) -> Call<'a> {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Call { channel: "ch", chaincode, function, arguments, ..Call::default() }
}

pub(crate) async fn submit(client: &Client, call: &Call<'_>) -> Result<Vec<u8>, Status> {
    let transaction = client.endorse(call).await?;
    assert_eq!(client.commit(&transaction).await?.result(), TxValidationCode::Valid);
    Ok(transaction.result())
}

/// What the endorser or the evaluating peer said.
pub(crate) fn said(status: &Status) -> String {
    let details = crate::support::details(status);
    details.into_iter().map(|detail| detail.message).collect::<Vec<_>>().join("; ")
}

/// A service that runs, on a runtime of its own as in a process of its own.
pub(crate) struct Service {
    runtime: Option<Runtime>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Service {
    /// Serves on an address; port 0 is a free one. The package may have to be made first: `package_id` is told the
    /// address.
    #[expect(clippy::needless_pass_by_value, reason = "a service has its chaincode to itself")]
    pub(crate) fn start(
        chaincode: Arc<dyn AsyncChaincode>,
        address: SocketAddr,
        tls: Option<ServiceTls>,
        package_id: impl FnOnce(SocketAddr) -> String,
    ) -> Self {
        let address = if address.port() == 0 { free() } else { address };
        let runtime = Runtime::new().unwrap();
        let entered = runtime.enter();
        let package_id = package_id(address);
        let deadline = Instant::now() + PATIENT.registration;
        let listening = loop {
            match ChaincodeService::new(Arc::clone(&chaincode), package_id.as_str()).listen(address) {
                Ok(listening) => break listening,
                // The listener of one that was killed may still be going.
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
        };
        drop(entered);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = runtime.spawn(async move {
            listening.serve(tls, async { drop(stopped.await) }).await.unwrap();
        });
        Self { runtime: Some(runtime), stop, serving }
    }

    /// Ends it as a kill does: nobody is told, connections break.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Ends it in good order.
    pub(crate) async fn stop(mut self) {
        let runtime = self.runtime.take();
        let (stop, _) = oneshot::channel();
        drop(std::mem::replace(&mut self.stop, stop));
        (&mut self.serving).await.unwrap();
        runtime.into_iter().for_each(Runtime::shutdown_background);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

/// Any free address of this machine.
pub(crate) const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub(crate) fn free() -> SocketAddr {
    std::net::TcpListener::bind(ANY).unwrap().local_addr().unwrap()
}

/// A certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        (parameters.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// What a service shows, which lets in whom this authority knows.
    pub(crate) fn service(&self) -> ServiceTls {
        let (certificate, key) = self.issue();
        ServiceTls { certificate, key, client_roots: Some(self.0.pem()) }
    }

    /// What a peer shows to a service of `service`'s authority.
    pub(crate) fn peer(&self, service: &Self) -> ConnectionTls {
        let (certificate, key) = self.issue();
        let client = Some(ClientIdentity { certificate, key });
        ConnectionTls { root_certificate: service.0.pem(), client, domain: None }
    }

    /// What a peer without a certificate knows.
    pub(crate) fn nobody(&self) -> ConnectionTls {
        ConnectionTls { root_certificate: self.0.pem(), client: None, domain: None }
    }
}

/// A chaincode without Wasm, whose functions do what their names say.
#[derive(Default)]
pub(crate) struct Scripted;

impl AsyncChaincode for Scripted {
    fn execute_async<'a>(
        &'a self,
        message: &'a ChaincodeMessage,
        ledger: Box<dyn AsyncLedger>,
    ) -> Later<'a, Result<Completed, HostError>> {
        Box::pin(self.answer(message, ledger))
    }
}

impl Scripted {
    async fn answer(
        &self,
        message: &ChaincodeMessage,
        mut ledger: Box<dyn AsyncLedger>,
    ) -> Result<Completed, HostError> {
        let input = ChaincodeInput::decode(message.payload.as_slice()).unwrap();
        let text = |at: usize| String::from_utf8(input.args[at].clone()).unwrap();
        let mut event = None;
        let answer = match text(0).as_str() {
            "nothing" => Ok(Vec::new()),
            "put" => {
                let put = PutState { key: text(1), value: input.args[2].clone(), ..PutState::default() };
                event = Some(ChaincodeEvent {
                    chaincode_id: "somebody else's".to_owned(),
                    event_name: "put".to_owned(),
                    ..ChaincodeEvent::default()
                });
                ledger.call(MessageType::PutState, put.encode_to_vec()).await
            }
            "not run" => return Err(HostError::Busy("too many".to_owned())),
            "hang" => std::future::pending().await,
            function => panic!("no function {function}"),
        };
        let response = match answer {
            Ok(payload) => Response { status: 200, payload, ..Response::default() },
            Err(LedgerError::Refused(message)) => Response { status: 500, message, ..Response::default() },
            Err(LedgerError::Broken(text)) => return Err(HostError::Ledger(text)),
        };
        Ok(Completed { response, event, metering: Metering::default() })
    }
}
