//! The chaincode as a service: peers dial `protos.Chaincode/Connect`.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fabric_protos::protos::ChaincodeMessage;
use fabric_protos::protos::chaincode_server::{Chaincode as ConnectService, ChaincodeServer};
use thiserror::Error;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};
use wasm_host::AsyncChaincode;

use crate::WIRE_MESSAGE_BYTES_MAX;
use crate::stream::{self, OUTGOING_MESSAGES_MAX, Timeouts};

/// Time between two pings on a connection that is silent; a peer that is gone is noticed after this and
/// [`PING_TIMEOUT`]. Peers may end connections that ping more often than once a minute.
const PING_INTERVAL: Duration = Duration::from_secs(120);
/// Time to answer a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for peers to take note that the service stops, and for contracts to get to their next ledger call.
const SHUTDOWN_TIME: Duration = Duration::from_secs(5);

/// A server that peers connect to. Any number of them may, each on a stream of its own.
pub struct ChaincodeService {
    chaincode: Arc<dyn AsyncChaincode>,
    package_id: String,
    timeouts: Timeouts,
}

/// The service's certificate, and whom it lets in. Everything is PEM.
#[derive(Clone)]
pub struct ServiceTls {
    /// The service's certificate chain.
    pub certificate: String,
    /// Its private key (PKCS#8).
    pub key: String,
    /// The authorities of the peers; without them any client may connect.
    pub client_roots: Option<String>,
}

/// Why the service does not run.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// The address cannot be listened on.
    #[error("LISTEN: {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The certificate or key is wrong, or the server failed.
    #[error("TRANSPORT: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// A service that listens already, so that its address is known before it runs.
pub struct Listening {
    incoming: TcpIncoming,
    address: SocketAddr,
    service: ChaincodeService,
}

impl ChaincodeService {
    /// A service for this chaincode, which registers under this package id.
    #[must_use]
    pub fn new(chaincode: Arc<dyn AsyncChaincode>, package_id: impl Into<String>) -> Self {
        Self { chaincode, package_id: package_id.into(), timeouts: Timeouts::default() }
    }

    /// With other timeouts.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Listens on an address; port 0 takes a free one. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Listen`] if the address is taken or not ours.
    pub fn listen(self, address: SocketAddr) -> Result<Listening, ServiceError> {
        let failed = |error| ServiceError::Listen { address, error };
        // Small messages go back and forth for every ledger call: waiting for more of them costs 40 ms each.
        let incoming = TcpIncoming::bind(address).map_err(failed)?.with_nodelay(Some(true));
        let address = incoming.local_addr().map_err(failed)?;
        Ok(Listening { incoming, address, service: self })
    }
}

impl Listening {
    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves peers until `shutdown` is done; then their streams end, and with them the transactions that run.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Transport`] if the certificate or key cannot be used, or the server fails.
    pub async fn serve(self, tls: Option<ServiceTls>, shutdown: impl Future<Output = ()>) -> Result<(), ServiceError> {
        let mut server =
            Server::builder().http2_keepalive_interval(Some(PING_INTERVAL)).http2_keepalive_timeout(Some(PING_TIMEOUT));
        if let Some(tls) = tls {
            let mut config = ServerTlsConfig::new().identity(Identity::from_pem(tls.certificate, tls.key));
            if let Some(roots) = tls.client_roots {
                config = config.client_ca_root(Certificate::from_pem(roots));
            }
            server = server.tls_config(config)?;
        }
        let (stop, stopping) = watch::channel(());
        let service = ChaincodeServer::new(Connections { service: self.service, stopping: stopping.clone() })
            .max_decoding_message_size(WIRE_MESSAGE_BYTES_MAX)
            .max_encoding_message_size(WIRE_MESSAGE_BYTES_MAX);
        let serving = server.serve_with_incoming_shutdown(service, self.incoming, stopped(stopping));
        // A peer never ends its stream, and one that is gone does not answer: there must be an end to politeness.
        let deadline = async move {
            shutdown.await;
            drop(stop);
            tokio::time::sleep(SHUTDOWN_TIME).await;
        };
        tokio::select! {
            ended = serving => ended?,
            () = deadline => {}
        }
        Ok(())
    }
}

/// Done when the service is told to stop.
async fn stopped(mut stopping: watch::Receiver<()>) {
    // Nothing is ever sent: the sender goes, and that is an error.
    let _ = stopping.changed().await;
}

/// What gRPC calls.
struct Connections {
    service: ChaincodeService,
    stopping: watch::Receiver<()>,
}

#[tonic::async_trait]
impl ConnectService for Connections {
    type ConnectStream = std::pin::Pin<Box<dyn Stream<Item = Result<ChaincodeMessage, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let peer = request.remote_addr();
        let (outgoing, messages) = mpsc::channel(OUTGOING_MESSAGES_MAX);
        let ChaincodeService { chaincode, package_id, timeouts } = &self.service;
        let (chaincode, package_id, timeouts) = (Arc::clone(chaincode), package_id.clone(), *timeouts);
        let stopping = self.stopping.clone();
        tokio::spawn(async move {
            tokio::select! {
                end = stream::run(chaincode, &package_id, request.into_inner(), outgoing, timeouts) => {
                    tracing::info!(?peer, package_id, %end, "a peer's stream ended");
                }
                () = stopped(stopping) => {}
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(messages).map(Ok))))
    }
}
