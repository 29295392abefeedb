//! Contracts, through Fabric's own lifecycle: install, approve, commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use wasm_host::package::{AnyPackage, Package, PackageError, package_id};

use crate::client::{run, tail};
use crate::error::{Error, at};
use crate::network::Network;
use crate::node::Node;
use crate::service::ChaincodeAs;
use crate::wait::{self, Look};

/// Time until every peer has committed a definition and told the others which contracts it runs.
const KNOWN: Duration = Duration::from_secs(60);
/// Where package files are, in the network's folder.
const PACKAGES: &str = "packages";

/// A contract to deploy on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The chaincode's name.
    pub name: String,
    /// The definition's version: `<semver>+<sha256 of the Wasm>`; of a service, what its package's label says.
    pub version: String,
    /// Who endorses, for example `OR('RegulatorMSP.peer', 'DispatcherMSP.peer')`.
    pub policy: String,
    /// 1 for a new chaincode, then one more for each change of its definition.
    pub sequence: u32,
    /// Whether all members install and approve it, in place of those who govern the channel.
    pub everywhere: bool,
    package: PackageFile,
    /// Packages of organizations that install another one, by the organization's name.
    others: BTreeMap<String, PackageFile>,
}

/// A package as it is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageFile {
    bytes: Vec<u8>,
    /// How a peer names it: `label:sha256`.
    pub(crate) id: String,
    /// Whether a contract in Wasm is in it, whose process this network knows how to start.
    pub(crate) is_wasm: bool,
}

impl PackageFile {
    fn build(package: &Package) -> Result<Self, PackageError> {
        let bytes = package.build()?;
        Ok(Self { id: package_id(package.label(), &bytes), bytes, is_wasm: true })
    }

    fn read(bytes: Vec<u8>) -> Result<(AnyPackage, Self), PackageError> {
        let package = AnyPackage::read(&bytes)?;
        let is_wasm = matches!(package, AnyPackage::Wasm(_));
        let file = Self { id: package_id(package.label(), &bytes), bytes, is_wasm };
        Ok((package, file))
    }
}

impl Deployment {
    /// A contract's module, for the first time on a channel, of version `semver`.
    ///
    /// # Errors
    ///
    /// [`Error::Package`] if it cannot be packed.
    pub fn new(name: &str, semver: &str, module: Vec<u8>, policy: &str) -> Result<Self, Error> {
        Self::of_package(name, Package::new(name, semver, module)?.build()?, policy)
    }

    /// A package file as it is, for the first time on a channel: of a contract in Wasm, or of a chaincode in any language
    /// that runs as a service, which must run when it is called.
    ///
    /// # Errors
    ///
    /// [`Error::Package`] if it is no such package.
    pub fn of_package(name: &str, file: Vec<u8>, policy: &str) -> Result<Self, Error> {
        let (read, package) = PackageFile::read(file)?;
        Ok(Self {
            name: name.to_owned(),
            version: read.version(),
            policy: policy.to_owned(),
            sequence: 1,
            everywhere: false,
            package,
            others: BTreeMap::new(),
        })
    }

    /// The same for all but one organization, which installs a package file of its own: of a service with another address,
    /// for example.
    ///
    /// # Errors
    ///
    /// [`Error::Package`] if it is no package.
    pub fn with_package_of(mut self, organization: &str, file: Vec<u8>) -> Result<Self, Error> {
        let (_, package) = PackageFile::read(file)?;
        self.others.insert(organization.to_owned(), package);
        Ok(self)
    }

    /// The same for all but one organization, which installs a module of its own and says nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Package`] if it cannot be packed.
    pub fn with_module_of(mut self, organization: &str, semver: &str, module: Vec<u8>) -> Result<Self, Error> {
        let package = PackageFile::build(&Package::new(&self.name, semver, module)?)?;
        self.others.insert(organization.to_owned(), package);
        Ok(self)
    }

    pub(crate) fn package_of(&self, organization: &str) -> &PackageFile {
        self.others.get(organization).unwrap_or(&self.package)
    }
}

impl Network {
    /// Has those who govern a channel (or all members, if the deployment says so) install, approve and commit a contract
    /// on it, and waits until every peer that has installed it can say who endorses. What is installed or committed already is not done again.
    ///
    /// # Errors
    ///
    /// A program fails, or the peers do not get ready in time.
    pub fn deploy(&mut self, channel: &str, deployment: &Deployment) -> Result<(), Error> {
        let peers = match deployment.everywhere {
            true => self.members(self.channel(channel)?)?,
            false => self.governors(channel)?,
        };
        let peers: Vec<_> = peers.into_iter().cloned().collect();
        self.write_packages(deployment, &peers)?;
        if self.chaincode_as() == ChaincodeAs::Service {
            self.add_services(deployment, &peers)?;
        }
        let network = &*self;
        if !network.is_committed(&peers, channel, deployment)? {
            wait::all(&peers, |peer| {
                let package = deployment.package_of(&peer.organization);
                network.install(peer, package)?;
                network.approve(peer, channel, deployment, package)
            })?;
            network.commit(&peers, channel, deployment)?;
        }
        wait::all(&peers, |peer| network.wait_until_known(peer, channel, deployment))?;
        Ok(())
    }

    /// The sequence that the next definition of a chaincode must have: 1 if there is none yet.
    ///
    /// # Errors
    ///
    /// A program fails.
    pub fn next_sequence(&self, channel: &str, name: &str) -> Result<u32, Error> {
        let governors = self.governors(channel)?;
        let first = governors.first().ok_or_else(|| Error::Unknown(format!("peer on channel {channel}")))?;
        let mut command = self.peer_command(first)?;
        command.args(["lifecycle", "chaincode", "querycommitted", "--channelID", channel]);
        let committed = run(command)?;
        let line = committed.lines().find_map(|line| line.strip_prefix(&format!("Name: {name}, ")));
        let sequence = line.and_then(|line| line.split("Sequence: ").nth(1)?.split(',').next()?.parse::<u32>().ok());
        Ok(sequence.unwrap_or_default() + 1)
    }

    /// The peers of those who govern a channel: the consensus organizations where all of them are members, else all
    /// members.
    fn governors(&self, channel: &str) -> Result<Vec<&Node>, Error> {
        let members = self.members(self.channel(channel)?)?;
        let consensus = self.topology().consensus().iter().map(|organization| self.peer(organization.name));
        let consensus = consensus.collect::<Result<Vec<_>, _>>()?;
        Ok(if consensus.iter().all(|peer| members.contains(peer)) { consensus } else { members })
    }

    /// Has one organization install its own package of a deployment that is committed, and run that from now on. The
    /// others need not agree, and do not learn of it.
    ///
    /// # Errors
    ///
    /// A program fails.
    pub fn reinstall(&self, organization: &str, channel: &str, deployment: &Deployment) -> Result<(), Error> {
        let peer = self.peer(organization)?;
        self.write_packages(deployment, std::slice::from_ref(peer))?;
        let package = deployment.package_of(organization);
        self.install(peer, package)?;
        self.approve(peer, channel, deployment, package)
    }

    /// The package files that were installed.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn packages(&self) -> Result<Vec<PathBuf>, Error> {
        let folder = self.folder().join(PACKAGES);
        let entries = at(&folder, fs::read_dir(&folder))?;
        at(&folder, entries.map(|entry| Ok(entry?.path())).collect())
    }

    fn write_packages(&self, deployment: &Deployment, peers: &[Node]) -> Result<(), Error> {
        let folder = self.folder().join(PACKAGES);
        at(&folder, fs::create_dir_all(&folder))?;
        for package in peers.iter().map(|peer| deployment.package_of(&peer.organization)) {
            let file = self.package_file(package);
            at(&file, fs::write(&file, &package.bytes))?;
        }
        Ok(())
    }

    pub(crate) fn package_file(&self, package: &PackageFile) -> PathBuf {
        self.folder().join(PACKAGES).join(format!("{}.tar.gz", package.id.replace(':', "-")))
    }

    fn install(&self, peer: &Node, package: &PackageFile) -> Result<(), Error> {
        let mut query = self.peer_command(peer)?;
        query.args(["lifecycle", "chaincode", "queryinstalled", "--output", "json"]);
        if run(query)?.contains(&format!("\"{}\"", package.id)) {
            return Ok(());
        }
        let mut command = self.peer_command(peer)?;
        command.args(["lifecycle", "chaincode", "install"]).arg(self.package_file(package));
        run(command).map(drop)
    }

    fn approve(&self, peer: &Node, channel: &str, deployment: &Deployment, package: &PackageFile) -> Result<(), Error> {
        let mut command = self.peer_command(peer)?;
        command.args(["lifecycle", "chaincode", "approveformyorg", "--package-id", &package.id]);
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
        command.args(["--channelID", channel, "--name", &deployment.name, "--version", &deployment.version]);
        command.args(["--sequence", &deployment.sequence.to_string(), "--signature-policy", &deployment.policy]);
        self.add_orderer(command)
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
