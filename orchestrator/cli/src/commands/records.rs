//! `gridbourse records`: the store of records as a whole.

use super::{
    contracts::Contracts,
    demo::folder::Run,
    network::{self, MARKET},
    storage::Storage,
};
use crate::{
    exit::{Code, WrongInput},
    output::{self, Format},
};
use ::devnet::Devnet;
use agents::day::HOURS;
use anyhow::{Context, Result};
use app::{
    anchors::Anchors,
    archive,
    clock::Clock,
    day,
    feed::{Backlog, Expected, Feed},
    market::Market,
};
use records::{
    Store,
    backup::{self, Contents},
    store::Size,
    walk::{Anchored, Finding, Report, strays, walk},
};
use serde::Serialize;
use std::{path::PathBuf, sync::Arc};

/// Catch up, show, verify, back up and restore the off-chain records of a data folder
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Keep and anchor the records of all blocks that are not kept yet; makes a lost store again
    Sync(OnLedger),
    /// Show what there is, and what waits to be kept or anchored
    Status(OnLedger),
    /// Compare every record and every batch with the chain; 1 if something is MISSING, ADDED, NOT_ANCHORED or a HASH_MISMATCH
    Verify(OnLedger),
    /// Write the whole store into one file; one that is there already is replaced once the new one is complete
    Backup(InFile),
    /// Check a backup and bring it back; until it is complete, the records that are there stay as they are
    Restore(InFile),
}

#[derive(clap::Args)]
struct OnLedger {
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = "gridbourse-data")]
    data_dir: PathBuf,
    #[command(flatten)]
    storage: Storage,
    #[command(flatten)]
    contracts: Contracts,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(clap::Args)]
struct InFile {
    /// The backup
    file: PathBuf,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = "gridbourse-data")]
    data_dir: PathBuf,
    #[command(flatten)]
    storage: Storage,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

/// What `status` and `sync` print.
#[derive(Serialize)]
struct Status {
    store: String,
    #[serde(flatten)]
    size: Size,
    batches: u64,
    backlog: Backlog,
}

/// What `verify` prints.
#[derive(Serialize)]
struct Verified {
    verified: bool,
    backlog: Backlog,
    channels: Vec<Report>,
    /// Records that belong to no channel.
    strays: Vec<Finding>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match &arguments.what {
            What::Sync(arguments) => on_ledger(arguments, Task::Sync).await,
            What::Status(arguments) => on_ledger(arguments, Task::Status).await,
            What::Verify(arguments) => on_ledger(arguments, Task::Verify).await,
            What::Backup(arguments) => back_up(arguments).await,
            What::Restore(arguments) => restore(arguments).await,
        }
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Sync,
    Status,
    Verify,
}

/// Opens store and ledger, does the task, and closes the ledger whatever came of it.
async fn on_ledger(arguments: &OnLedger, task: Task) -> Result<Code> {
    let data_dir = &arguments.data_dir;
    if !data_dir.join("channels").join(MARKET).is_dir() {
        let text = format!("{} has no market: `gridbourse demo` makes one", data_dir.display());
        return Err(WrongInput(text).into());
    }
    // Only `sync` may begin a store: the others would call an empty one all that there is.
    let store = if task == Task::Sync {
        arguments.storage.open(data_dir).await?
    } else {
        arguments.storage.open_existing(data_dir).await?
    };
    let network = network::start_market(data_dir, &arguments.contracts, None).await?;
    let done = carry_out(arguments, task, &network, store).await;
    network.stop().await;
    done
}

async fn carry_out(arguments: &OnLedger, task: Task, network: &Devnet, store: Arc<dyn Store>) -> Result<Code> {
    let gateways = network::gateways(network)?;
    let market = Arc::new(Market::new(&gateways, MARKET));
    let mut feed = network::feed(&gateways.trading_centre, market, store);
    match task {
        Task::Sync => {
            let now_ns = Clock::Real.now_ns();
            feed.catch_up(now_ns).await?;
            keep_evidence(&mut feed, network, arguments, now_ns).await?;
            status(&feed, arguments).await
        }
        Task::Status => status(&feed, arguments).await,
        Task::Verify => verify(&mut feed, network, arguments).await,
    }
}

/// Reads the meters of a demo's members once more, as far as their readings are on the chain.
async fn keep_evidence(feed: &mut Feed, network: &Devnet, arguments: &OnLedger, now_ns: u64) -> Result<()> {
    let Some(run) = Run::read(&arguments.data_dir) else { return Ok(()) };
    let (plan, participants) = run.plan()?;
    let named = feed.expected().await?.evidence;
    let is_named = |hour: &usize| {
        let evidence = day::evidence(&plan, &participants, *hour);
        evidence.iter().all(|record| named.contains(&record.id()))
    };
    let hours = 0..(0..HOURS).take_while(is_named).count();
    let archive = network::archive(&network::gateway(network, "grid-company")?, feed.store().clone());
    Ok(day::archive_evidence(&archive, &plan, &participants, hours, now_ns).await?)
}

async fn status(feed: &Feed, arguments: &OnLedger) -> Result<Code> {
    let store = feed.store();
    let mut batches = 0;
    for channel in store.channels().await? {
        batches += store.batches(&channel).await?;
    }
    let status = Status {
        store: arguments.storage.name(&arguments.data_dir),
        size: store.size().await?,
        batches,
        backlog: feed.backlog().await?,
    };
    if arguments.output == Format::Json {
        output::json(&status)?;
        return Ok(Code::Done);
    }
    let Status { store, size, batches, backlog } = status;
    output::line(&format!("store      {store}"))?;
    output::line(&format!("records    {} in {batches} batches", size.records))?;
    output::line(&format!("bytes      {} of {}", size.bytes_stored, size.bytes_raw))?;
    print_backlog(&backlog)?;
    Ok(Code::Done)
}

fn print_backlog(backlog: &Backlog) -> Result<()> {
    let Backlog { blocks, records, batches } = backlog;
    output::line(&format!("backlog    {blocks} blocks to be read, {batches} batches to be anchored"))?;
    output::line(&format!("waiting    {records} records for the end of their batch"))
}

async fn verify(feed: &mut Feed, network: &Devnet, arguments: &OnLedger) -> Result<Code> {
    let store = feed.store().clone();
    let backlog = feed.backlog().await?;
    let Expected { waiting, evidence } = feed.expected().await?;
    let gateway = network::gateway(network, "regulator")?;
    let mut channels = Vec::new();
    for (channel, waiting) in [(MARKET, waiting), (archive::CHANNEL, evidence)] {
        let anchored = anchored(&Anchors::new(&gateway, channel, &[])).await?;
        channels.push(walk(&*store, channel, &anchored, &waiting).await?);
    }
    let strays = strays(&*store, &[MARKET.to_owned(), archive::CHANNEL.to_owned()]).await?;
    let verified = channels.iter().all(|report| report.findings.is_empty()) && strays.is_empty();
    let result = Verified { verified, backlog, channels, strays };
    match arguments.output {
        Format::Json => output::json(&result)?,
        Format::Text => {
            for finding in result.channels.iter().flat_map(|report| &report.findings).chain(&result.strays) {
                output::line(&finding.to_string())?;
            }
            for Report { channel, batches, records, waiting, .. } in &result.channels {
                let text =
                    format!("{records} records in {batches} batches are what the chain vouches for; {waiting} wait");
                output::line(&format!("{channel:<17} {text}"))?;
            }
            print_backlog(&result.backlog)?;
            output::line(if verified { "Verified." } else { "NOT verified." })?;
        }
    }
    Ok(if verified { Code::Done } else { Code::Found })
}

/// All batches on the chain by number.
async fn anchored(anchors: &Anchors) -> Result<Vec<Anchored>> {
    let mut anchored = Vec::new();
    for number in 0..anchors.count().await? {
        let anchor = anchors.anchored(number).await?;
        anchored.push(Anchored { root: anchor.root.0, records: anchor.records.into() });
    }
    Ok(anchored)
}

async fn back_up(arguments: &InFile) -> Result<Code> {
    let store = arguments.storage.open_existing(&arguments.data_dir).await?;
    let contents = backup::write(&*store, &arguments.file).await?;
    report(arguments, "backed up to", contents)
}

async fn restore(arguments: &InFile) -> Result<Code> {
    let contents = backup::check(&arguments.file).map_err(|error| WrongInput(error.to_string()))?;
    arguments.storage.restore(&arguments.data_dir, &arguments.file).await.context("nothing that was there is lost")?;
    report(arguments, "restored from", contents)
}

fn report(arguments: &InFile, done: &str, contents: Contents) -> Result<Code> {
    match arguments.output {
        Format::Json => output::json(&contents)?,
        Format::Text => {
            let Contents { records, batches, .. } = contents;
            output::line(&format!("{records} records in {batches} batches {done} {}", arguments.file.display()))?;
        }
    }
    Ok(Code::Done)
}
