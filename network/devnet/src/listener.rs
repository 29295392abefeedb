//! The gRPC servers: one per organization and one for the orderer, on TLS and in process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Identity, Server, ServerTlsConfig, Uri};
use tower::service_fn;

use crate::stop::Stop;

/// Largest gRPC message in bytes, as on a Fabric peer.
pub(crate) const MESSAGE_BYTES_MAX: usize = 100 << 20;
/// Requests that one connection may have under way. Above the services' own limits, so that they are what counts.
const STREAMS_PER_CONNECTION_MAX: u32 = 4_096;
/// Bytes that may be under way on one connection, and on one of its streams.
const WINDOW_BYTES: u32 = 4 << 20;
/// Bytes that an in-process connection buffers in each direction.
const DUPLEX_BYTES: usize = 256 << 10;
/// In-process connections that wait to be accepted.
const CONNECTIONS_QUEUED_MAX: usize = 16;
/// How long a server waits for its connections to end once it is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Binds a listener on this machine: on `preferred` if it is free, otherwise on any free port.
pub(crate) async fn bind(preferred: Option<u16>) -> io::Result<TcpListener> {
    if let Some(port) = preferred {
        match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
            Ok(listener) => return Ok(listener),
            Err(error) => tracing::warn!(port, %error, "the port of the last start is not free, another one is taken"),
        }
    }
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
}

/// A running server.
pub(crate) struct Running {
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Waits until the server has ended, but not for connections that do not.
    pub(crate) async fn join(self) {
        let aborter = self.task.abort_handle();
        if tokio::time::timeout(GRACE, self.task).await.is_err() {
            aborter.abort();
        }
    }
}

fn server() -> Server {
    Server::builder()
        .initial_connection_window_size(WINDOW_BYTES)
        .initial_stream_window_size(WINDOW_BYTES)
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .tcp_nodelay(true)
}

/// Serves on a TCP listener with TLS.
pub(crate) fn serve_tls(
    listener: TcpListener,
    (certificate, key): (String, String),
    routes: Routes,
    mut stop: Stop,
) -> Result<Running, tonic::transport::Error> {
    let identity = Identity::from_pem(certificate, key);
    let mut server = server().tls_config(ServerTlsConfig::new().identity(identity))?;
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let task = tokio::spawn(async move {
        let served =
            server.add_routes(routes).serve_with_incoming_shutdown(incoming, async move { stop.requested().await });
        if let Err(error) = served.await {
            tracing::error!(%error, "a listener failed");
        }
    });
    Ok(Running { task })
}

/// Opens connections to a server within this process.
#[derive(Clone)]
pub(crate) struct InProcess(mpsc::Sender<io::Result<DuplexStream>>);

impl InProcess {
    /// Serves connections of this process, without TLS: there is nobody between.
    pub(crate) fn serve(routes: Routes, mut stop: Stop) -> (Self, Running) {
        let (sender, connections) = mpsc::channel(CONNECTIONS_QUEUED_MAX);
        let task = tokio::spawn(async move {
            let incoming = ReceiverStream::new(connections);
            let served = server()
                .add_routes(routes)
                .serve_with_incoming_shutdown(incoming, async move { stop.requested().await });
            if let Err(error) = served.await {
                tracing::error!(%error, "an in-process server failed");
            }
        });
        (Self(sender), Running { task })
    }

    /// A new connection, opened with its first request and again whenever it is lost.
    pub(crate) fn connect(&self) -> Channel {
        let connections = self.0.clone();
        Endpoint::from_static("http://in-process")
            .initial_connection_window_size(WINDOW_BYTES)
            .initial_stream_window_size(WINDOW_BYTES)
            .connect_with_connector_lazy(service_fn(move |_: Uri| {
                let connections = connections.clone();
                async move {
                    let (client, server) = tokio::io::duplex(DUPLEX_BYTES);
                    let gone = |_| io::Error::new(io::ErrorKind::ConnectionRefused, "the network has been stopped");
                    connections.send(Ok(server)).await.map_err(gone)?;
                    Ok::<_, io::Error>(TokioIo::new(client))
                }
            }))
    }
}
