//! How to reach a peer.

mod profile;

use crate::error::Error;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// Largest message that is read or written, 100 MiB as on Fabric's own nodes, so that the largest blocks fit.
pub const MESSAGE_BYTES_MAX: usize = 100 << 20;

/// HTTP/2 flow control windows, in bytes. The protocol's own 64 KiB would let a block of some MiB wait for many round
/// trips.
const STREAM_WINDOW_BYTES: u32 = 4 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;

/// The address of a peer's listener, and how the two ends know each other.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Host and port.
    pub address: String,
    /// TLS; `None` sends everything in the clear.
    pub tls: Option<Tls>,
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How often an idle connection is probed. Fabric's peers refuse probes more often than every minute.
    pub keepalive_interval: Duration,
    /// How long a probe may stay without an answer before the connection counts as lost.
    pub keepalive_timeout: Duration,
}

/// What the two ends of a TLS connection show each other.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Certificates that the peer's own may descend from, as PEM.
    pub roots_pem: Vec<u8>,
    /// The name that the peer's certificate must bear, where it is not the host of the address.
    pub server_name: Option<String>,
    /// The client's own certificate, for a peer that asks for one (mutual TLS).
    pub client: Option<TlsClient>,
}

/// A client's TLS certificate. It need not belong to the identity that signs transactions.
#[derive(Clone)]
pub struct TlsClient {
    /// The certificate and its chain, as PEM.
    pub certificate_pem: Vec<u8>,
    /// Its private key, as PEM.
    pub key_pem: Vec<u8>,
}

/// The key is left out, so that it does not end up in a log.
impl std::fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsClient")
            .field("certificate_pem", &String::from_utf8_lossy(&self.certificate_pem))
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection in the clear, for a peer on the same machine.
    pub fn plain(address: impl Into<String>) -> Self {
        Connection {
            address: address.into(),
            tls: None,
            connect_timeout: Duration::from_secs(10),
            keepalive_interval: Duration::from_secs(120),
            keepalive_timeout: Duration::from_secs(20),
        }
    }

    /// A connection over TLS to a peer whose certificate descends from one of these roots.
    pub fn tls(address: impl Into<String>, roots_pem: impl Into<Vec<u8>>) -> Self {
        let tls = Tls { roots_pem: roots_pem.into(), server_name: None, client: None };
        Connection { tls: Some(tls), ..Connection::plain(address) }
    }

    /// Connects.
    ///
    /// # Errors
    /// [`Error::Connect`] if a certificate cannot be used, the peer does not answer, or it is not who it should be.
    pub async fn open(&self) -> Result<Channel, Error> {
        self.endpoint()?.connect().await.map_err(|e| self.error(&e))
    }

    /// A channel that connects with its first call, and again after each loss.
    ///
    /// # Errors
    /// [`Error::Connect`] if the address or a certificate cannot be used.
    pub fn open_lazily(&self) -> Result<Channel, Error> {
        Ok(self.endpoint()?.connect_lazy())
    }

    fn endpoint(&self) -> Result<Endpoint, Error> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{}", self.address))
            .map_err(|e| self.error(&e))?
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(self.keepalive_interval)
            .keep_alive_timeout(self.keepalive_timeout)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
        match &self.tls {
            Some(tls) => endpoint.tls_config(tls.config()).map_err(|e| self.error(&e)),
            None => Ok(endpoint),
        }
    }

    fn error(&self, error: &dyn std::error::Error) -> Error {
        let causes = std::iter::successors(Some(error), |e| e.source());
        let reason = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        Error::Connect { address: self.address.clone(), reason }
    }
}

impl Tls {
    fn config(&self) -> ClientTlsConfig {
        let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.roots_pem));
        if let Some(name) = &self.server_name {
            config = config.domain_name(name);
        }
        if let Some(client) = &self.client {
            config = config.identity(Identity::from_pem(&client.certificate_pem, &client.key_pem));
        }
        config
    }
}
