//! Contracts that run as services beside their organization's peer.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::configuration::{free_addresses, write_file};
use crate::error::{Error, at};
use crate::health;
use crate::lifecycle::Deployment;
use crate::network::Network;
use crate::node::Node;
use crate::process as processes;
use crate::wait::{self, Look};

/// Time for a service to listen: it compiles its module first.
const LISTENING: Duration = Duration::from_secs(60);

/// How peers reach contracts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChaincodeAs {
    /// The peer starts the process through the external builder.
    #[default]
    Launched,
    /// The process runs already, and the peer dials it over mutual TLS.
    Service,
}

/// A contract's process beside a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    peer: String,
    package_id: String,
    package: PathBuf,
    address: SocketAddr,
}

impl Service {
    pub(crate) fn folder(&self, network: &Path) -> PathBuf {
        network.join("nodes").join(&self.name)
    }
}

impl Network {
    /// Starts a contract's service beside each peer and tells the peer's builder where it is. A service of an earlier
    /// package of the same contract goes on: an organization's peer may still need it.
    pub(crate) fn add_services(&mut self, deployment: &Deployment, peers: &[Node]) -> Result<(), Error> {
        let mut addresses = free_addresses(peers.len())?.into_iter();
        for peer in peers {
            let package = deployment.package_of(&peer.organization);
            if !package.is_wasm {
                continue;
            }
            let known = self.services().iter().any(|one| one.peer == peer.name && one.package_id == package.id);
            let Some(address) = addresses.next().filter(|_| !known) else { continue };
            let number = self.services().len();
            let service = Service {
                name: format!("{}-{number}.{}", deployment.name, peer.name),
                peer: peer.name.clone(),
                package_id: package.id.clone(),
                package: self.package_file(package),
                address,
            };
            let keys = peer.keys(self.folder()).join("tls");
            let read = |name: &str| at(keys.join(name), fs::read_to_string(keys.join(name)));
            let connection = json!({
                "address": address.to_string(),
                "dial_timeout": "10s",
                "tls_required": true,
                "client_auth_required": true,
                "client_key": read("server.key")?,
                "client_cert": read("server.crt")?,
                "root_cert": read("ca.crt")?,
            });
            let file = peer.folder(self.folder()).join("services").join(format!("{}.json", deployment.name));
            write_file(&file, &connection.to_string())?;
            let folder = service.folder(self.folder());
            at(&folder, fs::create_dir_all(&folder))?;
            self.start_service(&service, peer)?;
            self.remember_service(service)?;
        }
        Ok(())
    }

    /// Starts a service that was added before.
    pub(crate) fn restart_service(&self, service: &Service) -> Result<(), Error> {
        if processes::running(&service.folder(self.folder())).is_some() {
            return Ok(());
        }
        match self.peers().find(|peer| peer.name == service.peer) {
            Some(peer) => self.start_service(service, peer),
            None => Err(Error::Unknown(service.peer.clone())),
        }
    }

    /// Starts a service and waits until it listens.
    pub(crate) fn start_service(&self, service: &Service, peer: &Node) -> Result<(), Error> {
        let keys = peer.keys(self.folder()).join("tls");
        let path = |path: PathBuf| path.display().to_string();
        let arguments = [
            "serve".to_owned(),
            "--package".to_owned(),
            path(service.package.clone()),
            "--package-id".to_owned(),
            service.package_id.clone(),
            "--address".to_owned(),
            service.address.to_string(),
            "--tls-certificate".to_owned(),
            path(keys.join("server.crt")),
            "--tls-key".to_owned(),
            path(keys.join("server.key")),
            "--tls-client-roots".to_owned(),
            path(keys.join("ca.crt")),
        ];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let folder = service.folder(self.folder());
        processes::spawn(&folder, &self.chaincode_program()?, &arguments, &self.chaincode_environment())?;
        wait::until(&format!("{} listening", service.name), LISTENING, || {
            self.check_folder_runs(&service.name, &folder)?;
            Ok(health::listens(service.address).map_or_else(Look::NotYet, |()| Look::Ready))
        })
    }

    /// Where compiled modules are kept.
    pub(crate) fn chaincode_environment(&self) -> Vec<(String, String)> {
        let cache = self.folder().join("cache").display().to_string();
        vec![("GRIDBOURSE_CHAINCODE_CACHE".to_owned(), cache)]
    }

    /// The chaincode process's program: beside this program (or beside the folder of a test), else on `PATH`.
    pub(crate) fn chaincode_program(&self) -> Result<PathBuf, Error> {
        let own = std::env::current_exe().unwrap_or_default();
        let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join("gridbourse-chaincode"));
        match beside.into_iter().find(|path| path.is_file()) {
            Some(path) => Ok(path),
            None => Ok(self.programs().path("gridbourse-chaincode")?),
        }
    }
}
