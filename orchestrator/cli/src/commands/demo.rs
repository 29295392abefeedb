//! `gridbourse demo`: a trading day of 24 hourly sessions on the embedded network.

mod facts;
pub(crate) mod folder;
mod table;
mod venue;

use crate::{
    commands::{contracts::Contracts, devnet::Ready, network, storage::Storage},
    exit::{Code, WrongInput},
    interrupt::interrupted,
    output::{self, Format},
};
use anyhow::{Context, Result};
use app::{
    archive,
    clock::Clock,
    day::{self, Stage, TradedDay},
    market::Market,
    plan::{DEFAULT_CONFIGURATION, Plan},
    summary::Summary,
};
use exchange::messages::CertificateState;
use facts::Facts;
use folder::Run;
use indicatif::{ProgressBar, ProgressStyle};
use std::{collections::BTreeSet, fs, path::PathBuf, sync::Arc, time::Instant};
use venue::Venue;

/// Trade a real day: 198 members, 24 hourly sessions, on an embedded Fabric network of five organizations
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The day to trade: 2016-02-06, 2016-02-21, 2016-06-27 or 2016-07-02
    #[arg(long, default_value = "2016-07-02")]
    day: String,
    /// Costs, values and forecast errors follow from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the ledger is kept. A day that was interrupted goes on
    #[arg(long, value_name = "DIR", default_value = "gridbourse-data")]
    data_dir: PathBuf,
    #[command(flatten)]
    storage: Storage,
    /// Begin afresh: delete what an earlier run left in the data folder
    #[arg(long)]
    fresh: bool,
    /// Terms of the market and assumptions about its members, as printed by --print-config
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the default configuration with the sources of its figures, and end
    #[arg(long)]
    print_config: bool,
    /// Trade on a network that runs and takes any timestamp, as `gridbourse network up --any-time` describes it in its
    /// ready.json [default: an embedded network in the data folder]
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,
    /// Where to write the report [default: report.html in the data folder]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    contracts: Contracts,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    if arguments.print_config {
        output::line(DEFAULT_CONFIGURATION.trim_end())?;
        return Ok(Code::Done);
    }
    let text = match &arguments.config {
        Some(file) => {
            fs::read_to_string(file).map_err(|error| WrongInput(format!("cannot read {}: {error}", file.display())))?
        }
        None => DEFAULT_CONFIGURATION.to_owned(),
    };
    let run = Run { day: arguments.day.clone(), seed: arguments.seed, configuration: text };
    let (plan, participants) = run.plan()?;
    let resumed = run.prepare(&arguments.data_dir, arguments.fresh)?;
    if resumed {
        output::say(&format!("Going on with the day in {}; --fresh begins again.", arguments.data_dir.display()));
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let venue = match &arguments.network {
            Some(file) => Venue::Joined(Ready::read(file)?),
            None => Venue::Own(network::start_market(&arguments.data_dir, &arguments.contracts, None).await?),
        };
        let traded = tokio::select! {
            traded = trade(arguments, &venue, &plan, &participants, resumed) => Some(traded),
            () = interrupted() => None,
        };
        venue.stop().await;
        match traded {
            Some(done) => done.map(|()| Code::Done),
            None => {
                output::say("Interrupted; nothing is lost. The same command goes on with the day.");
                Ok(Code::Interrupted)
            }
        }
    })
}

async fn trade(
    arguments: &Arguments,
    venue: &Venue,
    plan: &Plan,
    participants: &[agents::day::Participant],
    resumed: bool,
) -> Result<()> {
    let gateways = venue.gateways().await?;
    let market = Arc::new(Market::new(&gateways, network::MARKET));
    let store = arguments.storage.open(&arguments.data_dir).await?;
    let archive = venue.has_channel(archive::CHANNEL).then(|| network::archive(&gateways.grid_company, store.clone()));
    let mut feed = network::feed(&gateways.trading_centre, market.clone(), store);
    let clock = Clock::simulated(0);
    let text = arguments.output == Format::Text;
    if text {
        output::line(&table::title(plan, participants.len()))?;
        output::line(&table::head())?;
    }
    let bar =
        ProgressBar::new(24).with_style(ProgressStyle::with_template("{bar:40} session {pos} of {len} {elapsed}")?);
    let start = Instant::now();
    let stage = Stage { market: &market, clock: &clock, plan, participants, archive: archive.as_ref() };
    let traded = stage.trade(Some(&mut feed), |session| {
        if text {
            // A reader that went away is noticed at the end.
            bar.suspend(|| output::line(&table::row(session))).ok();
        }
        bar.inc(1);
    });
    let traded = traded.await?;
    bar.finish_and_clear();
    let run = RunSoFar { start, resumed, transactions: market.transactions() };
    let records = feed.store().size().await?;
    let facts = Facts::read(&gateways.trading_centre.network(network::MARKET)).await?;
    let summary = summarize(arguments, facts, plan, participants.len(), &traded, records, &run)?;
    let backlog = feed.backlog().await?;
    if backlog.blocks > 0 {
        output::say(&format!(
            "Records of {} blocks are not kept yet; `gridbourse records sync` does it.",
            backlog.blocks
        ));
    }
    fs::write(&summary.report, app::report::render(&summary, &traded)?)
        .with_context(|| format!("cannot write {}", summary.report))?;
    match arguments.output {
        Format::Json => output::json(&summary),
        Format::Text => {
            let ledger = match &arguments.network {
                Some(file) => format!("--network {}", file.display()),
                None => format!("--data-dir {}", arguments.data_dir.display()),
            };
            output::line(&table::foot(&summary, &ledger))
        }
    }
}

/// What this run has done itself.
struct RunSoFar {
    start: Instant,
    resumed: bool,
    transactions: u64,
}

fn summarize(
    arguments: &Arguments,
    ledger: Facts,
    plan: &Plan,
    members: usize,
    traded: &TradedDay,
    records: records::store::Size,
    run: &RunSoFar,
) -> Result<Summary> {
    let sessions = traded.sessions.clone();
    let sum = |of: fn(&app::summary::SessionSummary) -> u64| sessions.iter().map(of).sum::<u64>();
    let surplus = |of: fn(&app::summary::SessionSummary) -> &String| {
        sessions.iter().filter_map(|session| of(session).parse::<i128>().ok()).sum::<i128>()
    };
    let efficiency = app::efficiency::Efficiency {
        surplus: surplus(|session| &session.surplus),
        surplus_max: surplus(|session| &session.surplus_max),
    };
    let orders = sessions.iter().map(|session| session.orders).sum::<usize>();
    let certificates = &traded.certificates;
    let cancelled = certificates.iter().filter(|one| one.certificate.state == CertificateState::Cancelled);
    let report = arguments.report.clone().unwrap_or_else(|| arguments.data_dir.join("report.html"));
    Ok(Summary {
        day: arguments.day.clone(),
        seed: arguments.seed,
        members,
        rounds_max: sessions.iter().map(|session| session.rounds.len()).max().unwrap_or(0),
        orders,
        bundles: sum(|session| session.bundles),
        trades: sessions.iter().map(|session| session.trades).sum(),
        matched_wh: sum(|session| session.matched_wh),
        efficiency_ppm: efficiency.ppm(),
        fees_fen: sessions.iter().map(|session| session.fees_fen).sum(),
        fee_classes: plan.fees.classes().len(),
        distinct_fees: plan.distinct_fees(),
        certificates: certificates.iter().map(|one| &one.issuance.issuance).collect::<BTreeSet<_>>().len(),
        certified_wh: sum(|session| session.certified_wh),
        cancelled_wh: cancelled.map(|one| one.certificate.to_wh - one.certificate.from_wh).sum(),
        records: records.records,
        records_bytes_raw: records.bytes_raw,
        records_bytes_stored: records.bytes_stored,
        transactions: ledger.valid_transactions,
        resumed: run.resumed,
        transactions_of_run: run.transactions,
        transactions_per_second: day::per_second(run.transactions, run.start),
        orders_per_second: (!run.resumed).then_some(day::per_second(u64::try_from(orders)?, run.start)),
        seconds: run.start.elapsed().as_secs_f64(),
        peak_memory_bytes: peak_memory_bytes(),
        state_digest: ledger.state_digest,
        data_dir: arguments.data_dir.display().to_string(),
        genesis_hash: ledger.genesis_hash,
        report: report.display().to_string(),
        sessions,
    })
}

/// The largest resident memory of this process, as Linux counts it; 0 where it does not say.
fn peak_memory_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}
