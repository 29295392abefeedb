//! `connection.json`: where a chaincode's service is, and how a peer shows itself to it.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::PackageError;

/// What Fabric's peers wait where the file says nothing.
const DIAL_TIMEOUT: Duration = Duration::from_secs(3);
/// What a certificate or key in PEM begins with.
const PEM: &str = "-----BEGIN ";

/// How to reach a chaincode's service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "File", into = "File")]
pub struct Connection {
    host: String,
    port: u16,
    dial_timeout: Duration,
    tls: Option<ConnectionTls>,
}

/// What a peer needs for TLS. Everything is PEM.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnectionTls {
    /// The authority of the service's certificate.
    pub root_certificate: String,
    /// The peer's own certificate and key, where the service asks for one.
    pub client: Option<ClientIdentity>,
    /// The name in the service's certificate, where it is not the host of the address.
    pub domain: Option<String>,
}

/// What a peer shows to a service.
#[derive(Clone, Eq, PartialEq)]
pub struct ClientIdentity {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its private key, PEM.
    pub key: String,
}

impl Debug for ClientIdentity {
    /// Without the key.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ClientIdentity").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection to `address`, as `host:port`.
    ///
    /// # Errors
    ///
    /// [`PackageError::Connection`] if it is no address.
    pub fn new(address: &str, tls: Option<ConnectionTls>) -> Result<Self, PackageError> {
        let (host, port) = split(address)?;
        Ok(Self { host: host.to_owned(), port, dial_timeout: DIAL_TIMEOUT, tls })
    }

    /// Reads `connection.json`.
    ///
    /// # Errors
    ///
    /// [`PackageError::Connection`] if a peer could not use it.
    pub fn parse(json: &[u8]) -> Result<Self, PackageError> {
        serde_json::from_slice(json).map_err(|error| PackageError::Connection(error.to_string()))
    }

    /// The host: a name or an IP address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// `host:port`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// How long a peer tries to connect.
    #[must_use]
    pub fn dial_timeout(&self) -> Duration {
        self.dial_timeout
    }

    /// TLS, unless the service has none.
    #[must_use]
    pub fn tls(&self) -> Option<&ConnectionTls> {
        self.tls.as_ref()
    }
}

/// The file as Fabric describes it.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct File {
    address: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    domain: String,
    dial_timeout: GoDuration,
    tls_required: bool,
    client_auth_required: bool,
    client_key: String,
    client_cert: String,
    root_cert: String,
}

impl TryFrom<File> for Connection {
    type Error = String;

    fn try_from(file: File) -> Result<Self, String> {
        let (host, port) = split(&file.address).map_err(|error| match error {
            PackageError::Connection(reason) => reason,
            error => error.to_string(),
        })?;
        let dial_timeout = if file.dial_timeout.0.is_zero() { DIAL_TIMEOUT } else { file.dial_timeout.0 };
        let tls = file.tls_required.then(|| {
            let client = file.client_auth_required.then(|| {
                let certificate = pem("client_cert", &file.client_cert)?;
                Ok::<_, String>(ClientIdentity { certificate, key: pem("client_key", &file.client_key)? })
            });
            Ok::<_, String>(ConnectionTls {
                root_certificate: pem("root_cert", &file.root_cert)?,
                client: client.transpose()?,
                domain: Some(file.domain.clone()).filter(|domain| !domain.is_empty()),
            })
        });
        Ok(Self { host: host.to_owned(), port, dial_timeout, tls: tls.transpose()? })
    }
}

impl From<Connection> for File {
    fn from(connection: Connection) -> Self {
        let address = connection.address();
        let common = Self { address, dial_timeout: GoDuration(connection.dial_timeout), ..Self::default() };
        let Some(tls) = connection.tls else { return common };
        let (domain, root_cert) = (tls.domain.unwrap_or_default(), tls.root_certificate);
        let common = Self { domain, tls_required: true, root_cert, ..common };
        match tls.client {
            None => common,
            Some(ClientIdentity { certificate: client_cert, key: client_key }) => {
                Self { client_auth_required: true, client_cert, client_key, ..common }
            }
        }
    }
}

/// Host and port of an address.
fn split(address: &str) -> Result<(&str, u16), PackageError> {
    let wrong = |why: &str| PackageError::Connection(format!("address {address:?} {why}"));
    if address.is_empty() {
        return Err(wrong("is missing: write it as HOST:PORT"));
    }
    if address.contains("{{") {
        return Err(wrong("is a template, which is for a peer's own builder to fill in: write it as HOST:PORT"));
    }
    let (host, port) = address.rsplit_once(':').ok_or_else(|| wrong("has no port: write it as HOST:PORT"))?;
    let port =
        port.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(|| wrong("has no port from 1 to 65535"))?;
    // An IPv6 address is in brackets; what else is in a name, the resolver says.
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_host = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_ipv6 = inner != host && inner.parse::<std::net::Ipv6Addr>().is_ok();
    if host.is_empty() || !(is_host(host) || is_ipv6) {
        return Err(wrong("has no host name or IP address: write it as HOST:PORT"));
    }
    Ok((host, port))
}

/// A field in PEM that must be there.
fn pem(field: &str, text: &str) -> Result<String, String> {
    if text.contains(PEM) {
        return Ok(text.to_owned());
    }
    Err(format!("{field} must be there, in PEM"))
}

/// A time as Go writes it: `10s`, `1m30s`, `300ms`; or a number of nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct GoDuration(Duration);

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}ms", self.0.as_millis()))
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Nanoseconds(u64),
            Text(String),
        }
        let wrong = || serde::de::Error::custom("dial_timeout must be a time such as \"10s\" or \"1m30s\"");
        match Written::deserialize(deserializer).map_err(|_| wrong())? {
            Written::Nanoseconds(nanoseconds) => Ok(Self(Duration::from_nanos(nanoseconds))),
            Written::Text(text) => go_duration(&text).map(Self).ok_or_else(wrong),
        }
    }
}

fn go_duration(text: &str) -> Option<Duration> {
    let (mut rest, mut sum) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let nanoseconds: u64 = match &rest[..unit] {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        sum = sum.checked_add(Duration::from_nanos(number.checked_mul(nanoseconds)?))?;
        rest = &rest[unit..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        Connection::parse(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_fabric_writes_is_read() {
        let plain = br#"{"address":"node:9999","dial_timeout":"10s","tls_required":false,"client_key":"unused"}"#;
        let plain = Connection::parse(plain).unwrap();
        assert_eq!((plain.address().as_str(), plain.tls()), ("node:9999", None));
        assert_eq!(plain.dial_timeout(), Duration::from_secs(10));
        let mutual = br#"{"address":"127.0.0.1:9999","tls_required":true,"client_auth_required":true,
            "client_key":"-----BEGIN K","client_cert":"-----BEGIN C","root_cert":"-----BEGIN R","domain":"d"}"#;
        let mutual = Connection::parse(mutual).unwrap();
        let tls = mutual.tls().unwrap();
        assert_eq!((tls.root_certificate.as_str(), tls.domain.as_deref()), ("-----BEGIN R", Some("d")));
        let client = tls.client.as_ref().unwrap();
        assert_eq!((client.certificate.as_str(), client.key.as_str()), ("-----BEGIN C", "-----BEGIN K"));
        assert_eq!(mutual.dial_timeout(), DIAL_TIMEOUT);
        assert!(!format!("{mutual:?}").contains("BEGIN K"), "a key is not for logs");
    }

    #[test]
    fn a_connection_reads_as_it_was_written() {
        let client = Some(ClientIdentity { certificate: "-----BEGIN C".to_owned(), key: "-----BEGIN K".to_owned() });
        let tls = ConnectionTls { root_certificate: "-----BEGIN R".to_owned(), client, domain: None };
        for connection in [Connection::new("a:1", None), Connection::new("[::1]:1", Some(tls))] {
            let connection = connection.unwrap();
            assert_eq!(Connection::parse(&serde_json::to_vec(&connection).unwrap()).unwrap(), connection);
        }
    }

    #[test]
    fn what_no_peer_could_use_is_named() {
        for address in ["", "host", "host:", "host:0", "host:65536", ":1", "http://host:1", "a b:1", "{{.peer}}:1"] {
            let text = refusal(&format!(r#"{{"address":"{address}"}}"#));
            assert!(text.starts_with("BAD_CONNECTION: address "), "{text}");
        }
        assert!(refusal("{").starts_with("BAD_CONNECTION: "));
        assert!(refusal(r#"{"address":"a:1","dial_timeout":"soon"}"#).contains("dial_timeout"));
        assert!(refusal(r#"{"address":"a:1","tls_required":true}"#).contains("root_cert must be there"));
        let no_key = r#"{"address":"a:1","tls_required":true,"root_cert":"-----BEGIN R","client_auth_required":true,
            "client_cert":"-----BEGIN C"}"#;
        assert!(refusal(no_key).contains("client_key must be there"));
    }

    #[test]
    fn times_are_as_in_go() {
        assert_eq!(go_duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(go_duration("300ms"), Some(Duration::from_millis(300)));
        for wrong in ["10", "s", "1x", "-1s", "1.5s", "99999999999999999999s", "99999999h"] {
            assert_eq!(go_duration(wrong), None, "{wrong}");
        }
    }
}
