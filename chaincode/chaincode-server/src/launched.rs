//! The chaincode launched by a peer: it dials `protos.ChaincodeSupport/Register`.
//!
//! The peer's external builder starts the process and hands it `chaincode.json`, which says where the peer is and with
//! which certificate to come. The peer refuses a second registration on the way, so the process ends with its stream;
//! the next invocation starts it again.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fabric_protos::protos::chaincode_support_client::ChaincodeSupportClient;
use futures_util::TryStreamExt;
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use wasm_host::AsyncChaincode;

use crate::WIRE_MESSAGE_BYTES_MAX;
use crate::stream::{self, OUTGOING_MESSAGES_MAX, StreamEnd, Timeouts};

/// Time to reach the peer that has just started us.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A peer's `chaincode.json`.
#[derive(Clone, Deserialize)]
pub struct LaunchConfiguration {
    /// The package id to register under.
    pub chaincode_id: String,
    /// Host and port of the peer's chaincode listener.
    pub peer_address: String,
    /// PEM; empty where the listener has no TLS, as the next two are.
    #[serde(default)]
    pub client_cert: String,
    /// PEM; PKCS#8, whatever its label says.
    #[serde(default)]
    pub client_key: String,
    /// PEM; the authority of the peer's certificate.
    #[serde(default)]
    pub root_cert: String,
    /// The peer's organization.
    #[serde(default)]
    pub mspid: String,
}

/// Why a launched chaincode ended.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// `chaincode.json` cannot be read.
    #[error("BAD_CONFIGURATION: {0}")]
    Configuration(String),
    /// The peer cannot be reached, or the certificates do not fit.
    #[error("TRANSPORT: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The stream ended.
    #[error(transparent)]
    Stream(#[from] StreamEnd),
}

impl LaunchConfiguration {
    /// Reads `chaincode.json`.
    ///
    /// # Errors
    ///
    /// [`LaunchError::Configuration`] if it is not what a peer writes.
    pub fn parse(json: &[u8]) -> Result<Self, LaunchError> {
        serde_json::from_slice(json).map_err(|error| LaunchError::Configuration(error.to_string()))
    }

    fn endpoint(&self) -> Result<Endpoint, LaunchError> {
        let scheme = if self.root_cert.is_empty() { "http" } else { "https" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{}", self.peer_address))?
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT);
        if self.root_cert.is_empty() {
            return Ok(endpoint);
        }
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.root_cert))
            .identity(Identity::from_pem(&self.client_cert, relabel(&self.client_key)));
        Ok(endpoint.tls_config(tls)?)
    }
}

/// Dials the peer and runs the chaincode until the stream ends: it always ends with an error.
///
/// # Errors
///
/// [`LaunchError`], also where the peer closed the stream in good order.
pub async fn run(
    chaincode: Arc<dyn AsyncChaincode>,
    configuration: &LaunchConfiguration,
    timeouts: Timeouts,
) -> Result<std::convert::Infallible, LaunchError> {
    let channel = configuration.endpoint()?.connect().await?;
    let mut client = ChaincodeSupportClient::new(channel)
        .max_decoding_message_size(WIRE_MESSAGE_BYTES_MAX)
        .max_encoding_message_size(WIRE_MESSAGE_BYTES_MAX);
    let (outgoing, messages) = mpsc::channel(OUTGOING_MESSAGES_MAX);
    // The peer answers the call with its first message, and that comes only after ours: the call must not be awaited
    // before REGISTER is on its way.
    let call = async move { client.register(ReceiverStream::new(messages)).await.map(tonic::Response::into_inner) };
    let incoming = Box::pin(futures_util::stream::once(call).try_flatten());
    Err(stream::run(chaincode, &configuration.chaincode_id, incoming, outgoing, timeouts).await.into())
}

/// Peers write a PKCS#8 key under SEC1's label, which no parser accepts.
fn relabel(pem: &str) -> String {
    const SEC1: (&str, &str) = ("-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----");
    const PKCS8: (&str, &str) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    // Both are a sequence that starts with a version: 0 in PKCS#8 (RFC 5208), 1 in SEC1 (RFC 5915).
    let is_pkcs8 = BASE64_STANDARD.decode(body).is_ok_and(|der| {
        let length_bytes = der.get(1).map_or(0, |length| usize::from(length.saturating_sub(0x80)));
        der.get(2 + length_bytes..).is_some_and(|contents| contents.starts_with(&[2, 1, 0]))
    });
    if is_pkcs8 { pem.replace(SEC1.0, PKCS8.0).replace(SEC1.1, PKCS8.1) } else { pem.to_owned() }
}
