//! The network as its users have it: started, connected to, stopped.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::chaincode_service::ServiceTimeouts;
use crate::channel::Channels;
use crate::config::Network;
use crate::error::Error;
use crate::identities::{Identity, OrganizationFolder};
use crate::ledger::{self, FolderLock, Ledger};
use crate::listener::{InProcess, Running};
use crate::orderer::{Committer, Orderer};
use crate::peer::Peer;
use crate::stop::Stopper;

/// How far a proposal's timestamp may be from the clock, unless told otherwise.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// How a network is to be started.
#[must_use]
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) network: Network,
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: bool,
    pub(crate) clock_skew: Option<Duration>,
    pub(crate) ledger_options: ledger::Options,
    pub(crate) service_timeouts: ServiceTimeouts,
}

impl Builder {
    /// Whether to listen on TCP (the default), each organization and the orderer on a free port of this machine.
    /// In-process connections work either way.
    pub fn listen(mut self, listen: bool) -> Self {
        self.listen = listen;
        self
    }

    /// How far a proposal's timestamp may be from this machine's clock (5 minutes by default); none: not checked, for
    /// clients with a simulated clock.
    pub fn clock_skew(mut self, skew_max: Option<Duration>) -> Self {
        self.clock_skew = skew_max;
        self
    }

    /// What the ledgers may use.
    pub fn ledger_options(mut self, options: ledger::Options) -> Self {
        self.ledger_options = options;
        self
    }

    /// How long to wait for chaincodes that run as services.
    pub fn service_timeouts(mut self, timeouts: ServiceTimeouts) -> Self {
        self.service_timeouts = timeouts;
        self
    }

    /// Starts the network: makes it at the first start, and goes on with it at later ones.
    ///
    /// # Errors
    ///
    /// [`Error`] if the description makes no sense, the data folder is of another network or in use by another
    /// process, or anything on disk is not as it should be.
    pub async fn start(self) -> Result<Devnet, Error> {
        crate::start::start(self).await
    }
}

/// One organization of a running network.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: OrganizationFolder,
    pub(crate) peer: Arc<Peer>,
    pub(crate) in_process: InProcess,
    /// `host:port`, if it listens.
    pub(crate) endpoint: Option<String>,
}

/// A running network. Stop it with [`Devnet::stop`]; dropped, it stops too, but nobody waits for it.
pub struct Devnet {
    pub(crate) network: Network,
    pub(crate) data_dir: PathBuf,
    pub(crate) members: Vec<Member>,
    pub(crate) orderer: Arc<Orderer>,
    pub(crate) orderer_folder: OrganizationFolder,
    pub(crate) orderer_in_process: InProcess,
    pub(crate) orderer_endpoint: Option<String>,
    pub(crate) channels: Arc<Channels>,
    pub(crate) servers: Vec<Running>,
    pub(crate) committers: Vec<Committer>,
    pub(crate) stopper: Stopper,
    pub(crate) lock: FolderLock,
}

impl Devnet {
    /// A network in a data folder.
    pub fn builder(network: Network, data_dir: impl Into<PathBuf>) -> Builder {
        Builder {
            network,
            data_dir: data_dir.into(),
            listen: true,
            clock_skew: Some(CLOCK_SKEW),
            ledger_options: ledger::Options::default(),
            service_timeouts: ServiceTimeouts::default(),
        }
    }

    /// The description of the network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Where an organization's peer listens with TLS, as `host:port`; none if the network does not listen.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such organization.
    pub fn endpoint(&self, organization: &str) -> Result<Option<&str>, Error> {
        Ok(self.member(organization)?.endpoint.as_deref())
    }

    /// Where the orderer listens with TLS, as `host:port`; none if the network does not listen.
    #[must_use]
    pub fn orderer_endpoint(&self) -> Option<&str> {
        self.orderer_endpoint.as_deref()
    }

    /// A connection to an organization's peer within this process.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such organization.
    pub fn connect(&self, organization: &str) -> Result<tonic::transport::Channel, Error> {
        Ok(self.member(organization)?.in_process.connect())
    }

    /// A connection to the orderer within this process.
    #[must_use]
    pub fn connect_orderer(&self) -> tonic::transport::Channel {
        self.orderer_in_process.connect()
    }

    /// The identity of an organization's user: `Admin` or `User1`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such organization, [`Error::Identity`] if it has no such user.
    pub fn identity(&self, organization: &str, user: &str) -> Result<Identity, Error> {
        Ok(self.member(organization)?.folder.user(user)?)
    }

    /// The identity of an organization's peer, with which it endorses.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such organization, [`Error::Identity`] if its files cannot be read.
    pub fn peer_identity(&self, organization: &str) -> Result<Identity, Error> {
        Ok(self.member(organization)?.folder.node()?)
    }

    /// The certificate of the authority that an organization's TLS certificates are from, in PEM: what its clients
    /// trust.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such organization, [`Error::Identity`] if its files cannot be read.
    pub fn tls_authority(&self, organization: &str) -> Result<String, Error> {
        Ok(self.member(organization)?.folder.tls_authority()?)
    }

    /// The connection profile of an organization's peer, which is written when the network listens.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such organization.
    pub fn connection_profile(&self, organization: &str) -> Result<PathBuf, Error> {
        Ok(self.member(organization)?.folder.path.join(format!("connection-{organization}.json")))
    }

    /// The certificate of the authority that the orderer's TLS certificate is from, in PEM.
    ///
    /// # Errors
    ///
    /// [`Error::Identity`] if the file cannot be read.
    pub fn orderer_tls_authority(&self) -> Result<String, Error> {
        Ok(self.orderer_folder.tls_authority()?)
    }

    /// A channel's ledger, for reading.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such channel.
    pub fn ledger(&self, channel: &str) -> Result<&Ledger, Error> {
        Ok(&self.channel(channel)?.ledger)
    }

    /// Stops the network: takes no more requests, commits what has been ordered, closes all files.
    pub async fn stop(self) {
        let Self { stopper, servers, committers, channels, members, orderer, lock, .. } = self;
        stopper.stop();
        let committed = tokio::task::spawn_blocking(|| committers.into_iter().for_each(Committer::join));
        if committed.await.is_err() {
            tracing::error!("the committers could not be awaited");
        }
        for channel in channels.values() {
            channel.commits.fail("the network has been stopped");
        }
        for server in servers {
            server.join().await;
        }
        // Last, so that whoever gets the lock finds the ledgers free.
        drop((channels, members, orderer));
        drop(lock);
    }

    pub(crate) fn member(&self, organization: &str) -> Result<&Member, Error> {
        let found = self.members.iter().find(|member| member.name == organization);
        found.ok_or_else(|| Error::Unknown(format!("organization '{organization}'")))
    }

    pub(crate) fn channel(&self, name: &str) -> Result<&Arc<crate::channel::Channel>, Error> {
        self.channels.get(name).ok_or_else(|| Error::Unknown(format!("channel '{name}'")))
    }
}

impl std::fmt::Debug for Devnet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Devnet").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}
