//! Connecting to a service, as a peer does.

use std::error::Error;
use std::time::Duration;

use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use wasm_host::package::Connection;

use super::ServiceFailure;

/// Pings find out that a service's machine is gone, whose connection nobody closed. Fabric's own times.
const PING_INTERVAL: Duration = Duration::from_secs(60);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Where and how to connect; the error says which certificate or key cannot be used.
pub(super) fn endpoint(connection: &Connection) -> Result<Endpoint, String> {
    let scheme = if connection.tls().is_some() { "https" } else { "http" };
    let endpoint = Endpoint::from_shared(format!("{scheme}://{}", connection.address()))
        .map_err(|error| format!("address {}: {}", connection.address(), causes(&error)))?
        .tcp_nodelay(true)
        .connect_timeout(connection.dial_timeout())
        .http2_keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    let Some(tls) = connection.tls() else { return Ok(endpoint) };
    let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&tls.root_certificate));
    if let Some(domain) = &tls.domain {
        config = config.domain_name(domain);
    }
    if let Some(client) = &tls.client {
        config = config.identity(Identity::from_pem(&client.certificate, &client.key));
    }
    endpoint.tls_config(config).map_err(|error| format!("root_cert, client_cert or client_key: {}", causes(&error)))
}

/// Connects, in `timeout` with everything that belongs to it.
pub(super) async fn connect(endpoint: &Endpoint, address: &str, timeout: Duration) -> Result<Channel, ServiceFailure> {
    let unreachable = |reason: String| ServiceFailure::Unreachable { address: address.to_owned(), reason };
    match tokio::time::timeout(timeout, endpoint.connect()).await {
        Ok(connected) => connected.map_err(|error| unreachable(causes(&error))),
        Err(_) => Err(unreachable(format!("nothing answered in {timeout:?}"))),
    }
}

/// An error with its causes: what tonic says of itself is that there was one.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
