//! `gridbourse-chaincode`: the chaincode process of a stock peer.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chaincode_server::launched::{self, LaunchConfiguration, LaunchError};
use chaincode_server::service::{ChaincodeService, ServiceTls};
use chaincode_server::stream::Timeouts;
use clap::{Args, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use wasm_host::package::{Package, check_label, package_id};
use wasm_host::{ModuleCache, WasmChaincode};

/// Runs a contract that is compiled to Wasm as the chaincode of a Hyperledger Fabric peer.
#[derive(Parser)]
#[command(version)]
struct Command {
    /// Directory for compiled modules; it must belong to this user alone.
    #[arg(long, global = true, env = "GRIDBOURSE_CHAINCODE_CACHE", value_name = "DIRECTORY")]
    cache: Option<PathBuf>,
    /// Threads for contracts and their messages. One serves thousands of transactions a second, and with more of them a
    /// message costs more, as it is handed from one to another; contracts that compute for long take turns on each.
    #[arg(long, global = true, env = "GRIDBOURSE_CHAINCODE_THREADS", value_name = "COUNT", default_value = "1")]
    threads: NonZeroUsize,
    #[command(subcommand)]
    way: Way,
}

#[derive(Subcommand)]
enum Way {
    /// As a service that peers connect to.
    Serve(Serve),
    /// Launched by a peer through an external builder.
    Run(Run),
}

#[derive(Args)]
struct Serve {
    /// The package file that is installed on the peers; package id and module come from its bytes.
    #[arg(long, value_name = "FILE")]
    package: PathBuf,
    /// The package id that it must have.
    #[arg(long, env = "CHAINCODE_ID", value_name = "ID")]
    package_id: Option<String>,
    /// Where to listen.
    #[arg(long, env = "CHAINCODE_SERVER_ADDRESS", value_name = "IP:PORT")]
    address: SocketAddr,
    /// The service's certificate chain (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its private key (PEM, PKCS#8).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Authorities (PEM) of the peers that may connect; without them anyone may.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_client_roots: Option<PathBuf>,
}

#[derive(Args)]
struct Run {
    /// The module from the package.
    #[arg(long, value_name = "FILE")]
    module: PathBuf,
    /// The peer's chaincode.json.
    #[arg(long, value_name = "FILE")]
    configuration: PathBuf,
}

fn main() -> Result<()> {
    let command = Command::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = runtime(command.threads)?;
    let ended = runtime.block_on(async {
        match command.way {
            Way::Serve(serve) => serve.start(command.cache.as_deref()).await,
            Way::Run(run) => run.start(command.cache.as_deref()).await,
        }
    });
    // Transactions that still run have nobody left to answer to.
    runtime.shutdown_background();
    ended
}

fn runtime(threads: NonZeroUsize) -> std::io::Result<Runtime> {
    match threads.get() {
        1 => Builder::new_current_thread().enable_all().build(),
        more => Builder::new_multi_thread().worker_threads(more).enable_all().build(),
    }
}

impl Serve {
    async fn start(self, cache: Option<&Path>) -> Result<()> {
        let file = read(&self.package)?;
        let package = Package::read(&file).with_context(|| self.package.display().to_string())?;
        let id = package_id(package.label(), &file);
        if let Some(expected) = self.package_id {
            ensure!(id == expected, "WRONG_PACKAGE: the package is {id}, not {expected}");
        }
        let tls = match (self.tls_certificate, self.tls_key) {
            (Some(certificate), Some(key)) => Some(ServiceTls {
                certificate: read_text(&certificate)?,
                key: read_text(&key)?,
                client_roots: self.tls_client_roots.as_deref().map(read_text).transpose()?,
            }),
            _ => None,
        };
        let chaincode = load(package.wasm(), cache)?;
        let service = ChaincodeService::new(chaincode, &*id).listen(self.address)?;
        tracing::info!(package_id = id, address = %service.address(), "serving");
        service.serve(tls, terminated()?).await?;
        Ok(())
    }
}

impl Run {
    async fn start(self, cache: Option<&Path>) -> Result<()> {
        let configuration = LaunchConfiguration::parse(&read(&self.configuration)?)?;
        let module = read(&self.module)?;
        check_label(&configuration.chaincode_id, &module)?;
        let chaincode = load(&module, cache)?;
        tracing::info!(package_id = configuration.chaincode_id, peer = configuration.peer_address, "registering");
        tokio::select! {
            Err(end) = launched::run(chaincode, &configuration, Timeouts::default()) => match end {
                LaunchError::Stream(end) => { tracing::info!(%end, "the peer's stream ended"); Ok(()) }
                end => Err(end.into()),
            },
            () = terminated()? => Ok(()),
        }
    }
}

fn load(module: &[u8], cache: Option<&Path>) -> Result<Arc<WasmChaincode>> {
    let chaincode = match cache {
        Some(directory) => WasmChaincode::load_cached(module, &ModuleCache::open(directory)?)?,
        None => WasmChaincode::load(module)?,
    };
    Ok(Arc::new(chaincode))
}

/// Done when the process is told to stop.
fn terminated() -> Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}
