//! Measures a network under load, after the Performance Traffic Engine of Hyperledger's fabric-test.
//!
//! Several processes (tasks with a gateway of their own) per organization call the benchmark contract. A run is a
//! closed loop, in which each process keeps a number of transactions under way, or an open loop, in which transactions
//! are due at times that do not depend on the network: constant or Poisson. Only committed transactions that are valid
//! count as throughput.
//!
//! Latencies start when a transaction is due. In an open loop that may be before it can be sent, so a network that
//! falls behind cannot hide it.

mod commits;
mod measurement;
mod options;
mod pace;
mod process;
mod report;
mod series;
mod work;

pub use measurement::{Figures, Latency};
pub use options::{CommitBy, Mode, Options, Stop, Work};
pub use report::{ProcessFigures, Report};
pub use series::{Point, Series};

use crate::error::Error;
use crate::gateway::Gateway;
use futures_util::future::try_join_all;
use process::{Load, Process};
use std::sync::Arc;
use tokio::task::JoinError;

/// One load generating process: a client of one organization. Give each a connection of its own.
#[derive(Debug, Clone)]
pub struct Client {
    /// The organization, as it appears in the report.
    pub organization: String,
    /// Its gateway, with the identity that signs.
    pub gateway: Gateway,
    /// The organizations that endorse or evaluate for it, by MSP id; none: the gateway's choice.
    pub endorsers: Vec<String>,
}

/// Runs a load and reports it.
///
/// # Errors
/// That of a step before the load itself: the keys to read cannot be created, or the blocks cannot be followed. Errors
/// under load are counted in the report.
pub async fn run(clients: Vec<Client>, options: Options) -> Result<Report, Error> {
    Prepared::new(clients, options).await?.run().await
}

/// A load whose clients are ready: the keys to read are there. For whoever measures something else meanwhile as well.
pub struct Prepared {
    load: Arc<Load>,
    processes: Vec<Process>,
}

impl Prepared {
    /// Makes ready what each client needs.
    ///
    /// # Errors
    /// The keys to read cannot be created, or the blocks cannot be followed.
    pub async fn new(clients: Vec<Client>, options: Options) -> Result<Self, Error> {
        let load = Arc::new(Load::new(options));
        let clients = clients.into_iter().enumerate();
        // All at once: each may have to wait for a block.
        let processes = try_join_all(clients.map(|(index, client)| Process::prepare(Arc::clone(&load), index, client)));
        Ok(Prepared { processes: processes.await?, load })
    }

    /// Runs the load. Errors under load are counted in the report.
    ///
    /// # Errors
    /// A process ended early.
    pub async fn run(self) -> Result<Report, Error> {
        self.load.start();
        let running: Vec<_> = self.processes.into_iter().map(|process| tokio::spawn(process.run())).collect();
        let ended = |e: JoinError| Error::Invalid { what: "load", reason: format!("a process ended early: {e}") };
        let mut measured = Vec::new();
        for process in running {
            measured.push(process.await.and_then(|samples| samples).map_err(ended)?);
        }
        Ok(Report::new(&self.load, &measured))
    }
}
