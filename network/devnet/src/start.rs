//! Starts a network, step by step.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;

use fabric_msp::{LocalSigner, Msp, MspManager};
use fabric_protos::gateway::gateway_server::GatewayServer;
use fabric_protos::orderer::atomic_broadcast_server::AtomicBroadcastServer;
use fabric_protos::protos::deliver_server::DeliverServer;
use fabric_protos::protos::endorser_server::EndorserServer;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tonic::service::Routes;
use wasm_host::ModuleCache;

use crate::chaincode_service::Context;
use crate::channel::{Channel, Channels};
use crate::commits::Commits;
use crate::config::{self, ORDERER_MSP_ID};
use crate::devnet::{Builder, Devnet, Member};
use crate::error::Error;
use crate::genesis::{self, Endpoint, Genesis};
use crate::identities::{OrganizationFolder, write_connection_profiles};
use crate::ledger::{FolderLock, Ledger};
use crate::lifecycle::{Chaincodes, Runners};
use crate::listener::{InProcess, MESSAGE_BYTES_MAX, Running, bind, serve_tls};
use crate::orderer::{AtomicBroadcastService, Committer, Orderer, start_chain};
use crate::peer::Peer;
use crate::record::Record;
use crate::services::deliver::DeliverService;
use crate::services::endorser::EndorserService;
use crate::services::gateway::GatewayService;
use crate::stop::{Stop, stop_signal};

/// The port in a node's address where it does not listen: Fabric's own.
const PEER_PORT: u16 = 7051;
const ORDERER_PORT: u16 = 7050;
/// Simulations at once: enough to keep all processors busy, and a few more so that a long one holds nobody up.
const SIMULATIONS_PER_PROCESSOR: usize = 2;
const SIMULATIONS_MIN: usize = 8;
/// Simulations that may wait for a chaincode's service at once: each has a thread, and the runtime has 512 of them.
const WAITS_MAX: usize = 256;

/// Gives a service Fabric's limit on messages. Each generated server has the methods, but no trait.
macro_rules! sized {
    ($service:expr) => {
        $service.max_decoding_message_size(MESSAGE_BYTES_MAX).max_encoding_message_size(MESSAGE_BYTES_MAX)
    };
}

/// A node before it serves: who it is and where.
struct Node {
    folder: OrganizationFolder,
    listener: Option<TcpListener>,
    endpoint: Endpoint,
}

pub(crate) async fn start(builder: Builder) -> Result<Devnet, Error> {
    if let Some(problem) = builder.network.problem() {
        return Err(Error::Configuration(problem));
    }
    let lock = FolderLock::take(&builder.data_dir)?;
    let mut record = Record::open(&builder.data_dir, &builder.network)?;
    let builder = Arc::new(builder);
    let folders = blocking({
        let builder = Arc::clone(&builder);
        move || open_folders(&builder)
    })
    .await?;

    let mut nodes = BTreeMap::new();
    for (name, folder) in folders.organizations {
        let node = Node::bind(folder, builder.listen, record.ports.get(&name).copied(), PEER_PORT).await?;
        record.note_port(&name, &node);
        nodes.insert(name, node);
    }
    let orderer_node = Node::bind(folders.orderer, builder.listen, record.orderer_port, ORDERER_PORT).await?;
    if orderer_node.listener.is_some() {
        record.orderer_port = Some(orderer_node.endpoint.port);
    }
    record.write(&builder.data_dir)?;

    let (stopper, stop) = stop_signal();
    let prepared = blocking({
        let (builder, stop) = (Arc::clone(&builder), stop.clone());
        let addresses: BTreeMap<_, _> =
            nodes.iter().map(|(name, node)| (name.clone(), (node.folder.clone(), node.endpoint.clone()))).collect();
        let orderer = (orderer_node.folder.clone(), orderer_node.endpoint.clone());
        let runtime = tokio::runtime::Handle::current();
        move || {
            let _context = runtime.enter();
            prepare(&builder, &addresses, &orderer, &stop)
        }
    })
    .await?;

    let Prepared { peers, channels, committers } = prepared;
    let orderer = Arc::new(Orderer::new(Arc::clone(&channels)));
    let mut servers = Vec::new();
    let mut members = Vec::new();
    for (name, node) in nodes {
        let Some(peer) = peers.get(&name) else { continue };
        let routes = peer_routes(peer, &channels, &orderer, &stop);
        let served = node.serve(routes, &stop, &mut servers)?;
        if let Some(endpoint) = &served.endpoint {
            write_connection_profiles(&served.folder, &name, endpoint)?;
        }
        let Served { folder, in_process, endpoint } = served;
        members.push(Member { name, folder, peer: Arc::clone(peer), in_process, endpoint });
    }
    let routes = orderer_routes(&orderer, &stop);
    let Served { folder: orderer_folder, in_process: orderer_in_process, endpoint: orderer_endpoint } =
        orderer_node.serve(routes, &stop, &mut servers)?;
    Ok(Devnet {
        network: builder.network.clone(),
        data_dir: builder.data_dir.clone(),
        members,
        orderer,
        orderer_folder,
        orderer_in_process,
        orderer_endpoint,
        channels,
        servers,
        committers,
        stopper,
        lock,
    })
}

/// Runs what reads and writes files.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
}

/// The crypto folders of all organizations.
struct Folders {
    organizations: Vec<(String, OrganizationFolder)>,
    orderer: OrganizationFolder,
}

fn open_folders(builder: &Builder) -> Result<Folders, Error> {
    let network = &builder.network;
    let crypto = builder.data_dir.join("crypto");
    let open = |organization: &config::Organization| {
        let folder = OrganizationFolder::open_peer(&crypto, &network.domain_of(organization), &organization.msp_id)?;
        Ok((organization.name.clone(), folder))
    };
    Ok(Folders {
        organizations: network.organizations.iter().map(open).collect::<Result<_, Error>>()?,
        orderer: OrganizationFolder::open_orderer(&crypto, &network.domain, ORDERER_MSP_ID)?,
    })
}

impl Node {
    /// Takes a port if the network listens; otherwise the node is known by its name.
    async fn bind(
        folder: OrganizationFolder,
        listen: bool,
        preferred: Option<u16>,
        default_port: u16,
    ) -> Result<Self, Error> {
        if !listen {
            let endpoint = Endpoint { host: folder.node_name(), port: preferred.unwrap_or(default_port) };
            return Ok(Self { folder, listener: None, endpoint });
        }
        let failed = |error: std::io::Error| Error::Listen(format!("{}: {error}", folder.node_name()));
        let listener = bind(preferred).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let endpoint = Endpoint { host: address.ip().to_string(), port: address.port() };
        Ok(Self { folder, listener: Some(listener), endpoint })
    }

    /// Starts the node's servers.
    fn serve(self, routes: Routes, stop: &Stop, servers: &mut Vec<Running>) -> Result<Served, Error> {
        let (in_process, server) = InProcess::serve(routes.clone(), stop.clone());
        servers.push(server);
        let endpoint = self.listener.as_ref().map(|_| self.endpoint.to_string());
        if let Some(listener) = self.listener {
            let server = serve_tls(listener, self.folder.node_tls()?, routes, stop.clone());
            servers.push(server.map_err(|error| Error::Listen(format!("{}: {error}", self.endpoint)))?);
        }
        Ok(Served { folder: self.folder, in_process, endpoint })
    }
}

/// A node that serves.
struct Served {
    folder: OrganizationFolder,
    in_process: InProcess,
    endpoint: Option<String>,
}

impl Record {
    fn note_port(&mut self, name: &str, node: &Node) {
        if node.listener.is_some() {
            self.ports.insert(name.to_owned(), node.endpoint.port);
        }
    }
}

/// What the servers serve.
struct Prepared {
    peers: BTreeMap<String, Arc<Peer>>,
    channels: Arc<Channels>,
    committers: Vec<Committer>,
}

/// Organizations by name, each with its folder and where its node is.
type Addresses = BTreeMap<String, (OrganizationFolder, Endpoint)>;

/// Opens everything that is on disk.
fn prepare(
    builder: &Builder,
    addresses: &Addresses,
    (orderer, orderer_endpoint): &(OrganizationFolder, Endpoint),
    stop: &Stop,
) -> Result<Prepared, Error> {
    let runners = open_runners(builder, stop)?;
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let simulations = Arc::new(Semaphore::new(SIMULATIONS_MIN.max(SIMULATIONS_PER_PROCESSOR * processors)));
    let waits = Arc::new(Semaphore::new(WAITS_MAX));
    let mut peers = BTreeMap::new();
    for (name, (folder, endpoint)) in addresses {
        peers.insert(
            name.clone(),
            Arc::new(open_peer(builder, name, folder, endpoint, &runners, &simulations, &waits)?),
        );
    }
    let orderer_member = genesis::Member::new(orderer, orderer_endpoint.clone())?;
    let (orderer_tls_certificate, _) = orderer.node_tls()?;
    let signer = Arc::new(orderer.node()?.signer()?);
    let mut channels = Channels::new();
    let mut committers = Vec::new();
    for channel in &builder.network.channels {
        let members = channel.members.iter().filter_map(|name| addresses.get(name));
        let members: Vec<_> = members
            .map(|(folder, endpoint)| genesis::Member::new(folder, endpoint.clone()))
            .collect::<Result<_, _>>()?;
        let administrators: Vec<_> =
            channel.administrators.iter().filter_map(|name| Some(addresses.get(name)?.0.msp_id.clone())).collect();
        let genesis = Genesis {
            channel: &channel.name,
            members: &members,
            administrators: &administrators,
            orderer: &orderer_member,
            orderer_tls_certificate: &orderer_tls_certificate,
            batch: channel.batch,
        };
        let folder = builder.data_dir.join("channels").join(&channel.name);
        let ledger = Ledger::open(&folder, Some(&genesis.block()), &builder.ledger_options)?;
        let (opened, committer) = open_channel(ledger, channel, &peers, &signer, stop)?;
        channels.insert(channel.name.clone(), Arc::new(opened));
        committers.push(committer);
    }
    Ok(Prepared { peers, channels: Arc::new(channels), committers })
}

fn open_channel(
    ledger: Ledger,
    channel: &config::Channel,
    peers: &BTreeMap<String, Arc<Peer>>,
    signer: &Arc<LocalSigner>,
    stop: &Stop,
) -> Result<(Channel, Committer), Error> {
    let commits = Arc::new(Commits::default());
    let (chain, committer) = start_chain(&ledger, Arc::clone(signer), Arc::clone(&commits), stop.clone())
        .map_err(|error| Error::Listen(format!("the orderer of channel '{}': {error}", channel.name)))?;
    let members = channel.members.iter().filter_map(|name| peers.get(name));
    let peers = members.map(|peer| (peer.msp_id.clone(), Arc::clone(peer))).collect();
    Ok((Channel { ledger, chain, commits, peers }, committer))
}

/// What runs code; within the runtime that services are to be dialled on.
fn open_runners(builder: &Builder, stop: &Stop) -> Result<Arc<Runners>, Error> {
    let path = builder.data_dir.join("modules");
    let cache = ModuleCache::open(&path);
    let cache = cache.map_err(|error| Error::File { path, source: std::io::Error::other(error) })?;
    let services =
        Context { runtime: tokio::runtime::Handle::current(), timeouts: builder.service_timeouts, stop: stop.clone() };
    Ok(Arc::new(Runners::new(cache, services)))
}

fn open_peer(
    builder: &Builder,
    name: &str,
    folder: &OrganizationFolder,
    endpoint: &Endpoint,
    runners: &Arc<Runners>,
    simulations: &Arc<Semaphore>,
    waits: &Arc<Semaphore>,
) -> Result<Peer, Error> {
    let msp = Msp::new(&genesis::Member::new(folder, endpoint.clone())?.msp_config())
        .map_err(|error| Error::Configuration(format!("the MSP of organization '{name}': {error}")))?;
    Ok(Peer {
        msp_id: folder.msp_id.clone(),
        address: endpoint.to_string(),
        signer: folder.node()?.signer()?,
        msps: MspManager::new([Arc::new(msp)]),
        chaincodes: Chaincodes::open(&builder.data_dir.join("peers").join(name), Arc::clone(runners))?,
        clock_skew: builder.clock_skew,
        simulations: Arc::clone(simulations),
        waits: Arc::clone(waits),
    })
}

/// The services of an organization's peer.
fn peer_routes(peer: &Arc<Peer>, channels: &Arc<Channels>, orderer: &Arc<Orderer>, stop: &Stop) -> Routes {
    let gateway = GatewayService::new(Arc::clone(peer), Arc::clone(channels), Arc::clone(orderer), stop.clone());
    let endorser = EndorserService::new(Arc::clone(peer), Arc::clone(channels));
    let deliver = DeliverService::new(&peer.msp_id, Arc::clone(channels), stop.clone());
    Routes::new(sized!(GatewayServer::new(gateway)))
        .add_service(sized!(EndorserServer::new(endorser)))
        .add_service(sized!(DeliverServer::new(deliver)))
}

/// The services of the orderer.
fn orderer_routes(orderer: &Arc<Orderer>, stop: &Stop) -> Routes {
    let service = AtomicBroadcastService { orderer: Arc::clone(orderer), stop: stop.clone() };
    Routes::new(sized!(AtomicBroadcastServer::new(service)))
}
