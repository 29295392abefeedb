//! A node's operations port: health and metrics, over mutual TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::error::Error;

/// Time for a connection, and for each read.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A certificate and key to show, and the authority to trust.
#[derive(Clone, Debug)]
pub(crate) struct ClientTls {
    /// PEM.
    pub(crate) authority: PathBuf,
    /// PEM.
    pub(crate) certificate: PathBuf,
    /// PEM.
    pub(crate) key: PathBuf,
}

/// A node's operations port.
pub(crate) struct Operations {
    address: SocketAddr,
    config: Arc<ClientConfig>,
}

impl Operations {
    pub(crate) fn new(address: SocketAddr, tls: &ClientTls) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&tls.authority)? {
            roots.add(certificate).map_err(|error| wrong(&tls.authority, &error))?;
        }
        let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| wrong(&tls.key, &error))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                let chain = certificates(&tls.certificate).unwrap_or_default();
                builder.with_root_certificates(roots).with_client_auth_cert(chain, key)
            })
            .map_err(|error| wrong(&tls.certificate, &error))?;
        Ok(Self { address, config: Arc::new(config) })
    }

    /// Whether the node says that it is healthy; otherwise what it says instead.
    pub(crate) fn health(&self) -> Result<(), String> {
        match self.get("/healthz") {
            Ok((200, _)) => Ok(()),
            Ok((status, body)) => Err(format!("status {status}: {body}")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The value of a metric, by its name and labels as Prometheus writes them.
    pub(crate) fn metric(&self, series: &str) -> Option<u64> {
        let (_, body) = self.get("/metrics").ok()?;
        body.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
    }

    /// One request. HTTP/1.0, so that the answer ends with the connection.
    fn get(&self, path: &str) -> std::io::Result<(u16, String)> {
        let socket = TcpStream::connect_timeout(&self.address, TIMEOUT)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        let name = ServerName::from(self.address.ip());
        let connection = ClientConnection::new(Arc::clone(&self.config), name).map_err(std::io::Error::other)?;
        let mut stream = StreamOwned::new(connection, socket);
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address)?;
        let mut answer = String::new();
        match stream.read_to_string(&mut answer) {
            // Go closes the socket without TLS's own goodbye.
            Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => return Err(error),
            _ => {}
        }
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        status.map(|status| (status, body.to_owned())).ok_or_else(|| std::io::Error::other("no answer in HTTP"))
    }
}

/// Whether somebody listens at an address; otherwise why not.
pub(crate) fn listens(address: SocketAddr) -> Result<(), String> {
    TcpStream::connect_timeout(&address, TIMEOUT).map(drop).map_err(|error| error.to_string())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    certificates.map_err(|error| wrong(path, &error))
}

fn wrong(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Certificate { path: path.to_owned(), reason: error.to_string() }
}
