//! The chain of one channel: takes envelopes, cuts blocks, and has the ledger commit them.
//!
//! ```text
//! order() -> [queue] -> cutter (task) -> [blocks] -> committer (thread) -> Ledger::append -> waiting clients
//! ```
//!
//! Cutting goes on while blocks are committed; a committer that has fallen behind takes several blocks at once, which
//! then share one write to disk. Both queues are bounded: when the disk is slower than the clients, they wait.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use fabric_msp::LocalSigner;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::block_writer::BlockWriter;
use super::cutter::{Cut, Cutter, Message};
use crate::commits::Commits;
use crate::config::Batch;
use crate::ledger::Ledger;
use crate::stop::Stop;

/// Envelopes that may wait for the cutter.
const ENVELOPES_QUEUED_MAX: usize = 10_000;
/// Blocks that may wait for the committer, and so at most share one write to disk.
const BLOCKS_QUEUED_MAX: usize = 16;

/// Takes envelopes for one channel.
pub(crate) struct Chain {
    queue: mpsc::Sender<Message>,
    failure: Arc<OnceLock<String>>,
}

/// The chain is stopped, or its ledger takes no more blocks.
#[derive(Debug)]
pub(super) struct Halted(pub(super) String);

/// The committer's thread, which ends after the last block when the network stops.
pub(crate) struct Committer(thread::JoinHandle<()>);

impl Chain {
    /// Starts the chain of a channel at the end of its ledger.
    pub(super) fn start(
        ledger: Ledger,
        batch: Batch,
        signer: Arc<LocalSigner>,
        commits: Arc<Commits>,
        stop: Stop,
    ) -> std::io::Result<(Self, Committer)> {
        let failure = Arc::new(OnceLock::new());
        let (queue, envelopes) = mpsc::channel(ENVELOPES_QUEUED_MAX);
        let (cuts, blocks) = mpsc::channel(BLOCKS_QUEUED_MAX);
        let name = format!("commit-{}", ledger.channel());
        let committer = thread::Builder::new().name(name).spawn({
            let failure = Arc::clone(&failure);
            move || commit(&ledger, signer, blocks, &commits, &failure)
        })?;
        tokio::spawn(cut(Cutter::new(batch), Duration::from_millis(batch.timeout_ms), envelopes, cuts, stop));
        Ok((Self { queue, failure }, Committer(committer)))
    }

    /// Puts a message, already checked, into the order. When it returns the message has its place, but is in no block yet.
    pub(super) async fn order(&self, message: Message) -> Result<(), Halted> {
        if self.failure.get().is_none() && self.queue.send(message).await.is_ok() {
            return Ok(());
        }
        Err(Halted(self.failure.get().map_or("the orderer has been stopped", String::as_str).to_owned()))
    }
}

impl Committer {
    /// Waits until the last block is on disk. Blocks.
    pub(crate) fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("a committer ended by a panic");
        }
    }
}

/// What made the cutter look up.
enum Event {
    Message(Message),
    Timeout,
    Stop,
    /// The last message is in.
    End,
}

/// Cuts until it is told to stop, then sends what is left.
async fn cut(
    mut cutter: Cutter,
    timeout: Duration,
    mut envelopes: mpsc::Receiver<Message>,
    cuts: mpsc::Sender<Cut>,
    mut stop: Stop,
) {
    let mut deadline = None;
    let mut stopping = false;
    loop {
        let event = tokio::select! {
            biased;
            () = passed(deadline) => Event::Timeout,
            message = envelopes.recv() => message.map_or(Event::End, Event::Message),
            () = stop.requested(), if !stopping => Event::Stop,
        };
        let ended = matches!(event, Event::End);
        let completed = match event {
            Event::Message(message) => cutter.push(message),
            Event::Timeout | Event::End => cutter.cut().into_iter().collect(),
            Event::Stop => {
                // Takes no more, but what has been acknowledged is still in the queue.
                envelopes.close();
                stopping = true;
                continue;
            }
        };
        for cut in completed {
            if cuts.send(cut).await.is_err() {
                return;
            }
        }
        if ended {
            return;
        }
        // The first message that waits sets the time; Fabric leaves a running timer alone when a block is cut by size.
        deadline = if cutter.is_pending() { deadline.or_else(|| Some(Instant::now() + timeout)) } else { None };
    }
}

/// Resolves when the time has come; never, if there is none.
async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Commits until the cutter is gone or the ledger fails.
fn commit(
    ledger: &Ledger,
    signer: Arc<LocalSigner>,
    mut cuts: mpsc::Receiver<Cut>,
    commits: &Commits,
    failure: &OnceLock<String>,
) {
    let mut writer = BlockWriter::new(ledger, signer);
    while let Some(first) = cuts.blocking_recv() {
        let mut waiting = vec![first];
        while waiting.len() < BLOCKS_QUEUED_MAX
            && let Ok(cut) = cuts.try_recv()
        {
            waiting.push(cut);
        }
        let blocks = waiting.into_iter().map(|cut| writer.block(cut)).collect::<Result<Vec<_>, _>>();
        let committed = blocks
            .map_err(|error| error.to_string())
            .and_then(|blocks| ledger.append(blocks).map_err(|error| error.to_string()));
        match committed {
            Ok(committed) => commits.publish(&committed),
            Err(text) => {
                tracing::error!(channel = ledger.channel(), error = %text, "the orderer takes no more transactions");
                // Set before the waiting clients are told, so that whoever tries again hears the same.
                let text = failure.get_or_init(|| text);
                commits.fail(text);
                return;
            }
        }
    }
}
