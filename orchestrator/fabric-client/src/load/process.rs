//! One load generating process.

use super::Client;
use super::commits::Commits;
use super::measurement::{Sample, Steps};
use super::options::{CommitBy, Mode, Options, Stop};
use super::pace::Pace;
use super::report::Measured;
use super::work::{Call, Calls};
use crate::contract::Contract;
use crate::error::Error;
use crate::proposal::ProposalBuilder;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

/// Transactions that one process has under way at most in an open loop; later ones wait, and their latency counts.
const UNDER_WAY_MAX: usize = 1_000;

/// What all processes share.
pub(super) struct Load {
    pub(super) options: Options,
    /// In front of every key, so that runs do not meet.
    run: String,
    start: OnceLock<Instant>,
}

impl Load {
    pub(super) fn new(options: Options) -> Self {
        Load { options, run: format!("{:08x}", rand::random::<u32>()), start: OnceLock::new() }
    }

    /// The moment at which all processes start, fixed by the first call.
    pub(super) fn start(&self) -> Instant {
        *self.start.get_or_init(Instant::now)
    }
}

/// A process, ready to start.
pub(super) struct Process {
    load: Arc<Load>,
    organization: String,
    endorsers: Vec<String>,
    contract: Contract,
    calls: Calls,
    commits: Option<Commits>,
    turn: Mutex<Turn>,
}

/// What is drawn for one transaction after the other.
struct Turn {
    /// Transactions so far.
    number: u64,
    /// Those of them that count.
    counted: u64,
    random: StdRng,
}

/// A transaction to perform.
struct Task {
    call: Call,
    due: Instant,
    /// Whether it is after the warm-up.
    counts: bool,
}

impl Process {
    pub(super) async fn prepare(load: Arc<Load>, index: usize, client: Client) -> Result<Self, Error> {
        let options = &load.options;
        let network = client.gateway.network(&options.channel);
        let commits = match options.commit_by {
            CommitBy::FilteredBlocks => Some(Commits::open(&network).await?),
            CommitBy::Status => None,
        };
        let calls =
            Calls { prefix: format!("{}-{index}", load.run), work: options.work, payload_bytes: options.payload_bytes };
        let random = StdRng::seed_from_u64(options.seed.wrapping_add(index as u64));
        let contract = network.contract(&options.chaincode);
        if options.work.reads() {
            let call = calls.prepare();
            contract.submit(call.function, call.arguments).await?;
        }
        let turn = Mutex::new(Turn { number: 0, counted: 0, random });
        let Client { organization, endorsers, .. } = client;
        Ok(Process { organization, endorsers, contract, calls, commits, turn, load })
    }

    /// Sends transactions until the run ends, and waits for those under way.
    pub(super) async fn run(self) -> Result<Measured, JoinError> {
        let process = Arc::new(self);
        let samples = match process.load.options.mode {
            Mode::Latency { concurrency } => Arc::clone(&process).closed_loop(concurrency).await?,
            Mode::Constant { interval, deviation } => {
                Arc::clone(&process).open_loop(Pace::Constant { interval, deviation }).await?
            }
            Mode::Poisson { interval_mean } => Arc::clone(&process).open_loop(Pace::Poisson { interval_mean }).await?,
        };
        Ok(Measured { organization: process.organization.clone(), endorsers: process.endorsers.clone(), samples })
    }

    async fn closed_loop(self: Arc<Self>, concurrency: usize) -> Result<Vec<Sample>, JoinError> {
        let mut lanes = JoinSet::new();
        for _ in 0..concurrency {
            let process = Arc::clone(&self);
            lanes.spawn(async move {
                let mut samples = Vec::new();
                while let Some(task) = process.draw(Instant::now()) {
                    samples.extend(process.perform(task).await);
                }
                samples
            });
        }
        let mut samples = Vec::new();
        while let Some(lane) = lanes.join_next().await {
            samples.extend(lane?);
        }
        Ok(samples)
    }

    async fn open_loop(self: Arc<Self>, pace: Pace) -> Result<Vec<Sample>, JoinError> {
        let places = Arc::new(Semaphore::new(UNDER_WAY_MAX));
        let mut under_way = JoinSet::new();
        // Somewhere in the first interval, so that processes do not all send at once.
        let mut due =
            self.load.start() + self.with_turn(|turn| pace.next(&mut turn.random).mul_f64(turn.random.random()));
        while let Some(task) = self.draw(due) {
            tokio::time::sleep_until(due.into()).await;
            let (process, places) = (Arc::clone(&self), Arc::clone(&places));
            under_way.spawn(async move {
                // The semaphore is never closed, so there is always a place some day.
                let _place = places.acquire().await;
                process.perform(task).await
            });
            due += self.with_turn(|turn| pace.next(&mut turn.random));
        }
        let mut samples = Vec::new();
        while let Some(sample) = under_way.join_next().await {
            samples.extend(sample?);
        }
        Ok(samples)
    }

    /// The next transaction, or `None` if the run is over.
    fn draw(&self, due: Instant) -> Option<Task> {
        let counts_from = self.load.start() + self.load.options.warm_up;
        let counts = due >= counts_from;
        self.with_turn(|turn| {
            let is_over = match self.load.options.stop {
                Stop::Requests(requests) => turn.counted >= requests,
                Stop::Elapsed(time) => due >= counts_from + time,
            };
            if is_over {
                return None;
            }
            let call = self.calls.call(turn.number, &mut turn.random);
            turn.number += 1;
            turn.counted += u64::from(counts);
            Some(Task { call, due, counts })
        })
    }

    /// Performs a transaction. There is no sample of one that does not count.
    async fn perform(&self, Task { call, due, counts }: Task) -> Option<Sample> {
        let proposal = self
            .contract
            .proposal(call.function)
            .arguments(call.arguments)
            .organizations(self.endorsers.iter().cloned());
        let outcome =
            if call.is_query { proposal.evaluate().await.map(|_| Steps::Query) } else { self.invoke(&proposal).await };
        counts.then(|| Sample { due, end: Instant::now(), outcome })
    }

    async fn invoke(&self, proposal: &ProposalBuilder) -> Result<Steps, Error> {
        let start = Instant::now();
        let unsigned = proposal.build().sign()?.endorse().await?;
        let endorsed = Instant::now();
        let transaction = unsigned.sign()?;
        let expected = self.commits.as_ref().map(|commits| commits.expect(transaction.transaction_id()));
        let commit = transaction.submit().await?;
        let ordered = Instant::now();
        match expected {
            Some(expected) => expected.valid(self.contract.network().gateway().timeouts().commit_status).await?,
            None => drop(commit.sign()?.status().await?.valid()?),
        }
        Ok(Steps::Invoke { endorse: endorsed - start, order: ordered - endorsed })
    }

    fn with_turn<T>(&self, act: impl FnOnce(&mut Turn) -> T) -> T {
        act(&mut self.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
