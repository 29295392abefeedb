//! Kills the embedded network at random moments under load, and checks that nothing was lost and nothing happened
//! twice.
//!
//! A run is a number of lives. In each the network is started as a child process on the same data, clients of every
//! organization send transactions, and after a random time (sometimes before it even serves) it gets SIGKILL. At the
//! start of a life clients find out about the transactions whose outcome they were not told, by submitting the same
//! transactions again. In the last life the whole chain is read and held against what clients were told:
//!
//! | figure | what it counts |
//! |---|---|
//! | `lost` | transactions that are not in the block, or not with the validation code, that a client was told |
//! | `doubled` | transactions that are valid more than once |
//! | `chain` | numbers, hashes, orderers' signatures and validation codes of all blocks; the same last hash on every peer |
//! | `replay` | the contract's state is what the valid transactions of all blocks, one after the other, have written |
//!
//! [`Load`] does the same to a real Fabric network of which only parts fail.
//!
//! A process that is killed loses what it has not handed to the operating system; losing what the system has not handed to the
//! disk takes a loss of power, which this does not try.

mod clients;
mod journal;
mod ledger;
mod load;
mod program;
mod report;
mod state;
mod verdict;

pub use load::Load;
pub use report::Report;
pub use verdict::Verdict;

use clients::Clients;
use journal::Journal;
use program::Program;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Longest time between the moment at which the network serves and its death.
const LIFE_MAX: Duration = Duration::from_millis(1_000);
/// Of so many lives, one ends while the network is still starting.
const STILLBORN_RATIO: u32 = 8;
/// Longest time between such a start and its end.
const STARTING_MAX: Duration = Duration::from_millis(400);

/// A run.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often the network is killed.
    pub kills: u64,
    /// Of the moments at which it is killed, and of the transactions.
    pub seed: u64,
    /// The `gridbourse` program.
    pub program: PathBuf,
    /// The benchmark contract, compiled to Wasm.
    pub contract: PathBuf,
    /// An empty or missing folder for the network's data. It is left as it is, to be looked at.
    pub folder: PathBuf,
}

/// Why a run could not be brought to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written, or a program not be started.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What stood in the way.
        reason: String,
    },
    /// The network does not start, or does not stop.
    #[error("the network failed: {reason}\n{log}")]
    Network {
        /// What happened.
        reason: String,
        /// The end of its log.
        log: String,
    },
    /// A client cannot do what it must be able to do on a network that runs.
    #[error("a client failed: {0}")]
    Client(#[from] fabric_client::Error),
    /// The benchmark contract's answer is not what it answers.
    #[error("the contract's answer cannot be read: {0}")]
    Contract(String),
    /// The chain is broken.
    #[error("the chain is broken: {0}")]
    Chain(String),
    /// A network does not go on after a fault that it must survive.
    #[error("the network stalls: {0}")]
    Stalled(String),
    /// A task of this program failed.
    #[error("a task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    fn file(path: &Path, reason: &dyn std::error::Error) -> Self {
        Error::File { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// Runs, and says what was found. Calls `progress` after each kill with the number of kills so far.
///
/// # Errors
/// [`Error`] if the run did not come to its end; a network that does not start again after a kill is such an error.
pub async fn run(options: &Options, mut progress: impl FnMut(u64)) -> Result<Report, Error> {
    let data = options.folder.join("network");
    std::fs::create_dir_all(&data).map_err(|e| Error::file(&data, &e))?;
    let program = Program {
        executable: options.program.clone(),
        contract: options.contract.clone(),
        data,
        scratch: options.folder.clone(),
    };
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let journal = Arc::new(Journal::default());
    let mut recoveries = Vec::new();
    for life in 0..options.kills {
        recoveries.extend(live_and_die(&program, life, &journal, &mut random).await?);
        progress(life + 1);
    }
    let mut network = program.start()?;
    let (ready, recovery) = network.ready().await?;
    recoveries.push(recovery);
    let clients = Clients::connect(&ready)?;
    clients.reconcile(&journal).await?;
    let verdict = verdict::reach(&clients, &journal).await?;
    Ok(Report::new(options, recoveries, verdict))
}

/// One life. Returns how long the network took to serve, if it lived long enough.
async fn live_and_die(
    program: &Program,
    life: u64,
    journal: &Arc<Journal>,
    random: &mut ChaCha8Rng,
) -> Result<Option<Duration>, Error> {
    let mut network = program.start()?;
    // The first life begins with an empty folder; that too may end early.
    if random.random_ratio(1, STILLBORN_RATIO) {
        tokio::time::sleep(STARTING_MAX.mul_f64(random.random())).await;
        network.kill()?;
        return Ok(None);
    }
    let (ready, recovery) = network.ready().await?;
    let clients = Clients::connect(&ready)?;
    clients.reconcile(journal).await?;
    let lanes = clients.load(life, journal, random);
    tokio::time::sleep(LIFE_MAX.mul_f64(random.random())).await;
    network.kill()?;
    lanes.ended().await?;
    Ok(Some(recovery))
}
