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
mod work;

pub use measurement::{Figures, Latency};
pub use options::{CommitBy, Mode, Options, Stop, Work};
pub use report::{ProcessFigures, Report};

use crate::error::Error;
use crate::gateway::Gateway;
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
}

/// Runs a load and reports it.
///
/// # Errors
/// That of a step before the load itself: the keys to read cannot be created, or the blocks cannot be followed. Errors
/// under load are counted in the report.
pub async fn run(clients: Vec<Client>, options: Options) -> Result<Report, Error> {
    let load = Arc::new(Load::new(options));
    let mut processes = Vec::new();
    for (index, client) in clients.into_iter().enumerate() {
        processes.push(Process::prepare(Arc::clone(&load), index, client).await?);
    }
    load.start();
    let running: Vec<_> = processes.into_iter().map(|process| tokio::spawn(process.run())).collect();
    let ended = |e: JoinError| Error::Invalid { what: "load", reason: format!("a process ended early: {e}") };
    let mut measured = Vec::new();
    for process in running {
        measured.push(process.await.and_then(|samples| samples).map_err(ended)?);
    }
    Ok(Report::new(&load, &measured))
}
