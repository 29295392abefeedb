//! Connection profiles, as Fabric's samples and tools write them, in JSON.

use super::{Connection, Tls};
use crate::error::Error;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The part of a profile that says how to reach the peer of the profile's own organization.
#[derive(Deserialize)]
struct Profile {
    client: Client,
    organizations: BTreeMap<String, Organization>,
    peers: BTreeMap<String, Peer>,
}

#[derive(Deserialize)]
struct Client {
    organization: String,
}

#[derive(Deserialize)]
struct Organization {
    peers: Vec<String>,
}

#[derive(Deserialize)]
struct Peer {
    url: String,
    #[serde(rename = "tlsCACerts", default)]
    tls_ca_certs: Certificates,
    #[serde(rename = "grpcOptions", default)]
    grpc_options: Options,
}

#[derive(Deserialize, Default)]
struct Certificates {
    #[serde(default)]
    pem: String,
}

#[derive(Deserialize, Default)]
struct Options {
    #[serde(rename = "ssl-target-name-override")]
    server_name: Option<String>,
}

impl Connection {
    /// Reads a connection profile: the first peer of the client's organization.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the profile names no such peer, or its certificates are not in the profile itself.
    pub fn from_profile(json: &[u8]) -> Result<Self, Error> {
        read(json).map_err(|reason| Error::Invalid { what: "connection profile", reason })
    }
}

fn read(json: &[u8]) -> Result<Connection, String> {
    let profile: Profile = serde_json::from_slice(json).map_err(|e| e.to_string())?;
    let name = &profile.client.organization;
    let organization = profile.organizations.get(name).ok_or_else(|| format!("there is no organization {name}"))?;
    let peer = organization.peers.first().ok_or_else(|| format!("{name} has no peer"))?;
    let peer = profile.peers.get(peer).ok_or_else(|| format!("there is no peer {peer}"))?;
    match peer.url.split_once("://") {
        Some(("grpc", address)) => Ok(Connection::plain(address)),
        Some(("grpcs", address)) => {
            if peer.tls_ca_certs.pem.is_empty() {
                return Err("tlsCACerts has no pem".into());
            }
            let roots_pem = peer.tls_ca_certs.pem.clone().into_bytes();
            let tls = Tls { roots_pem, server_name: peer.grpc_options.server_name.clone(), client: None };
            Ok(Connection { tls: Some(tls), ..Connection::plain(address) })
        }
        _ => Err(format!("{} is neither grpc:// nor grpcs://", peer.url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(url: &str, certificates: &str) -> String {
        format!(
            r#"{{
                "name": "net", "client": {{ "organization": "Org1" }},
                "organizations": {{ "Org1": {{ "mspid": "Org1MSP", "peers": ["p0", "p1"] }} }},
                "peers": {{ "p0": {{ "url": "{url}", {certificates}
                    "grpcOptions": {{ "ssl-target-name-override": "p0.example.com", "hostnameOverride": "x" }} }} }}
            }}"#
        )
    }

    #[test]
    fn the_first_peer_of_the_clients_organization_is_used() {
        let json = profile("grpcs://127.0.0.1:7051", r#""tlsCACerts": { "pem": "certificate" },"#);
        let connection = Connection::from_profile(json.as_bytes()).unwrap();
        let tls = connection.tls.unwrap();
        assert_eq!(connection.address, "127.0.0.1:7051");
        assert_eq!(
            (tls.roots_pem.as_slice(), tls.server_name.as_deref()),
            (&b"certificate"[..], Some("p0.example.com"))
        );
        assert!(Connection::from_profile(profile("grpc://a:1", "").as_bytes()).unwrap().tls.is_none());
    }

    #[test]
    fn a_profile_that_cannot_be_used_says_why() {
        let reason = |json: &str| Connection::from_profile(json.as_bytes()).unwrap_err().to_string();
        assert!(reason(&profile("grpcs://a:1", "")).contains("no pem"));
        assert!(reason(&profile("http://a:1", "")).contains("neither"));
        assert!(reason(&profile("grpc://a:1", "").replace("[\"p0\", \"p1\"]", "[]")).contains("has no peer"));
        assert!(reason(&profile("grpc://a:1", "").replace("\"peers\": {", "\"other\": {")).contains("peers"));
    }
}
