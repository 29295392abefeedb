//! Contracts, through Fabric's own lifecycle: install, approve, commit.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::client::{run, tail};
use crate::error::{Error, at};
use crate::network::Network;
use crate::node::Node;
use crate::service::ChaincodeAs;
use crate::wait::{self, Look};

/// Time until every peer has committed a definition and told the others which contracts it runs.
const KNOWN: Duration = Duration::from_secs(60);

/// A contract to deploy on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The chaincode's name.
    pub name: String,
    /// The definition's version: `<semver>+<sha256 of the Wasm>`.
    pub version: String,
    /// The package file's bytes.
    pub package: Vec<u8>,
    /// How a peer names it: `label:sha256`.
    pub package_id: String,
    /// Who endorses, for example `OR('RegulatorMSP.peer', 'DispatcherMSP.peer')`.
    pub policy: String,
    /// 1 for a new chaincode, then one more for each change of its definition.
    pub sequence: u32,
}

impl Network {
    /// Has all consensus organizations install, approve and commit a contract on a channel, and waits until every peer
    /// that has installed it can say who endorses. What is installed or committed already is not done again.
    ///
    /// # Errors
    ///
    /// A program fails, or the peers do not get ready in time.
    pub fn deploy(&mut self, channel: &str, deployment: &Deployment) -> Result<(), Error> {
        let package = self.write_package(deployment)?;
        let consensus: Vec<_> = self.topology().consensus().iter().map(|organization| organization.name).collect();
        let peers = consensus.into_iter().map(|name| self.peer(name).cloned()).collect::<Result<Vec<_>, _>>()?;
        if self.chaincode_as() == ChaincodeAs::Service {
            self.add_services(deployment, &package, &peers)?;
        }
        let network = &*self;
        if !network.is_committed(&peers, channel, deployment)? {
            wait::all(&peers, |peer| {
                network.install(peer, deployment, &package)?;
                network.approve(peer, channel, deployment)
            })?;
            network.commit(&peers, channel, deployment)?;
        }
        wait::all(&peers, |peer| network.wait_until_known(peer, channel, deployment))?;
        Ok(())
    }

    fn write_package(&self, deployment: &Deployment) -> Result<PathBuf, Error> {
        let folder = self.folder().join("packages");
        at(&folder, fs::create_dir_all(&folder))?;
        let file = folder.join(format!("{}.tar.gz", deployment.package_id.replace(':', "-")));
        at(&file, fs::write(&file, &deployment.package))?;
        Ok(file)
    }

    fn install(&self, peer: &Node, deployment: &Deployment, package: &PathBuf) -> Result<(), Error> {
        let mut query = self.peer_command(peer)?;
        query.args(["lifecycle", "chaincode", "queryinstalled", "--output", "json"]);
        if run(query)?.contains(&format!("\"{}\"", deployment.package_id)) {
            return Ok(());
        }
        let mut command = self.peer_command(peer)?;
        command.args(["lifecycle", "chaincode", "install"]).arg(package);
        run(command).map(drop)
    }

    fn approve(&self, peer: &Node, channel: &str, deployment: &Deployment) -> Result<(), Error> {
        let mut command = self.peer_command(peer)?;
        command.args(["lifecycle", "chaincode", "approveformyorg", "--package-id", &deployment.package_id]);
        self.add_definition(&mut command, channel, deployment)?;
        run(command).map(drop)
    }

    fn is_committed(&self, peers: &[Node], channel: &str, deployment: &Deployment) -> Result<bool, Error> {
        let Some(first) = peers.first() else { return Ok(false) };
        let mut command = self.peer_command(first)?;
        command.args(["lifecycle", "chaincode", "querycommitted", "--channelID", channel]);
        let committed =
            format!("Name: {}, Version: {}, Sequence: {},", deployment.name, deployment.version, deployment.sequence);
        Ok(run(command)?.contains(&committed))
    }

    fn commit(&self, peers: &[Node], channel: &str, deployment: &Deployment) -> Result<(), Error> {
        let Some(first) = peers.first() else { return Ok(()) };
        let mut command = self.peer_command(first)?;
        command.args(["lifecycle", "chaincode", "commit"]);
        self.add_definition(&mut command, channel, deployment)?;
        for peer in peers {
            command.arg("--peerAddresses").arg(peer.address.to_string());
            command.arg("--tlsRootCertFiles").arg(peer.tls_authority(self.folder()));
        }
        run(command).map(drop)
    }

    fn add_definition(
        &self,
        command: &mut std::process::Command,
        channel: &str,
        deployment: &Deployment,
    ) -> Result<(), Error> {
        let orderer = self.orderers().next().ok_or_else(|| Error::Unknown("ordering node".to_owned()))?;
        command.args(["--channelID", channel, "--name", &deployment.name, "--version", &deployment.version]);
        command.args(["--sequence", &deployment.sequence.to_string(), "--signature-policy", &deployment.policy]);
        command.args(["--orderer", &orderer.address.to_string(), "--tls", "--cafile"]);
        command.arg(orderer.tls_authority(self.folder()));
        Ok(())
    }

    /// Whether a peer can name endorsers that satisfy the policy.
    fn wait_until_known(&self, peer: &Node, channel: &str, deployment: &Deployment) -> Result<(), Error> {
        let user = peer.user(self.folder(), "User1").join("msp");
        let certificate = user.join("signcerts").join(format!("User1@{}-cert.pem", peer.domain));
        wait::until(&format!("{} knowing the endorsers of {}", peer.name, deployment.name), KNOWN, || {
            let mut command = self.programs().command("discover")?;
            command.arg("--peerTLSCA").arg(peer.tls_authority(self.folder()));
            command.arg("--userCert").arg(&certificate).arg("--userKey").arg(user.join("keystore/priv_sk"));
            command.args(["--MSP", &peer.msp_id, "endorsers", "--channel", channel, "--chaincode", &deployment.name]);
            command.args(["--server", &peer.address.to_string()]);
            Ok(match run(command) {
                Ok(said) if said.contains("\"Layouts\"") => Look::Ready,
                Ok(said) | Err(Error::Program { output: said, .. }) => Look::NotYet(tail(&said).to_owned()),
                Err(error) => return Err(error),
            })
        })
    }
}
