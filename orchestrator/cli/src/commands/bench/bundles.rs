//! `gridbourse bench bundles`: orders per second that come onto the ledger in signed bundles, and what their clearing
//! takes.

mod sessions;

use super::{network_choice::NetworkChoice, venue::Venue};
use crate::{
    commands::contracts::Contracts,
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::{Context, Result, ensure};
use app::market::Market;
use clap::value_parser;
use exchange::limits::{BATCH_MAX, ROUND_BUNDLES_MAX, ROUND_ORDERS_MAX};
use futures_util::{StreamExt, stream};
use rules::limits::ORDERS_PER_BUNDLE_MAX;
use serde::Serialize;
use sessions::{Declaration, Members};
use std::time::{Duration, Instant};

/// Declare members' signed bundles on the market's network, then seal and clear them
///
/// As in a session: every member signs its bundle with its own key; the endorsing organization verifies it and puts the
/// bundle's key under a policy of all three consensus organizations; all three verify every signature again when they
/// clear. Several sessions are open at once, as a round's book is bounded. Members sign before the clock runs.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Orders in a bundle
    #[arg(long, default_value_t = 250, value_parser = value_parser!(u32).range(1..=ORDERS_PER_BUNDLE_MAX as i64))]
    orders: u32,
    /// Members, each with one bundle in every session
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=i64::from(ROUND_BUNDLES_MAX)))]
    members: u32,
    /// Sessions that are open at once
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=1_000))]
    sessions: u32,
    /// Declarations under way at once
    #[arg(long, default_value_t = 96, value_parser = value_parser!(u32).range(1..))]
    concurrency: u32,
    #[command(flatten)]
    network: NetworkChoice,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    contracts: Contracts,
}

/// What was measured.
#[derive(Serialize)]
struct Measured {
    bundles: usize,
    orders: usize,
    /// Of a bundle's canonical bytes, on average.
    bundle_bytes: usize,
    /// From the first declaration to the last commit.
    declared_seconds: f64,
    bundles_per_second: f64,
    orders_per_second: f64,
    /// Of a declaration, from proposal to commit.
    p50_ms: f64,
    p99_ms: f64,
    /// To seal and clear all sessions, one after the other, under three endorsements.
    cleared_seconds: f64,
    /// With that time as well.
    orders_per_second_with_clearing: f64,
    /// In the clearings.
    trades: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let book = arguments.orders * arguments.members;
    if book > ROUND_ORDERS_MAX {
        let text = format!(
            "--orders {} of --members {}: a round's book has at most {ROUND_ORDERS_MAX} orders; take more --sessions",
            arguments.orders, arguments.members
        );
        return Err(WrongInput(text).into());
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let temporary = tempfile::tempdir()?;
        let venue = arguments.network.market(temporary.path(), &arguments.contracts).await?;
        let measured = measure(arguments, &venue).await;
        venue.stop().await;
        print(arguments, &measured?)?;
        Ok(Code::Done)
    })
}

async fn measure(arguments: &Arguments, venue: &Venue) -> Result<Measured> {
    let market = Market::new(&venue.ready.gateways().await?, &venue.ready.channel);
    let members = Members::new(arguments.members as usize)?;
    for registrations in members.registrations()?.chunks(BATCH_MAX) {
        market.register_members(registrations, members.start_ns).await.context("cannot register members")?;
    }
    let mut declarations = Vec::new();
    for number in 0..arguments.sessions {
        let session = members.session(number);
        let parameters = members.parameters(number, arguments.orders);
        market.open_session(&parameters, members.start_ns).await.context("cannot open a session")?;
        declarations.extend(members.declarations(&session, &venue.ready.channel, arguments.orders)?);
    }
    let start = Instant::now();
    let latencies = declare(&market, &declarations, arguments.concurrency as usize, members.open_ns()).await?;
    let declared = start.elapsed();
    let mut trades = 0;
    for number in 0..arguments.sessions {
        let session = members.session(number);
        market.seal(&session, members.over_ns()).await.context("cannot seal")?;
        let result = market.clear(&session, members.over_ns()).await.context("cannot clear")?;
        ensure!(
            result.bundles == arguments.members && result.left_out.is_empty(),
            "not every bundle counts: {} sealed, {} left out",
            result.bundles,
            result.left_out.len()
        );
        trades += u64::from(result.trades);
    }
    let cleared = start.elapsed() - declared;
    let bytes: usize = declarations.iter().map(|one| one.bytes.len()).sum();
    let orders = declarations.len() * arguments.orders as usize;
    let rate = |count: usize, time: Duration| count as f64 / time.as_secs_f64().max(1e-9);
    Ok(Measured {
        bundles: declarations.len(),
        orders,
        bundle_bytes: bytes / declarations.len().max(1),
        declared_seconds: declared.as_secs_f64(),
        bundles_per_second: rate(declarations.len(), declared),
        orders_per_second: rate(orders, declared),
        p50_ms: percentile(&latencies, 50),
        p99_ms: percentile(&latencies, 99),
        cleared_seconds: cleared.as_secs_f64(),
        orders_per_second_with_clearing: rate(orders, declared + cleared),
        trades,
    })
}

/// Declares all, so many at a time, through the three consensus organizations in turn. Returns how long each took, in
/// order of length.
async fn declare(
    market: &Market,
    declarations: &[Declaration],
    concurrency: usize,
    open_ns: u64,
) -> Result<Vec<Duration>> {
    let all = stream::iter(declarations.iter().enumerate());
    let mut under_way = all
        .map(|(number, one)| async move {
            let start = Instant::now();
            // Each at a moment of its own, in the order in which they were sent.
            market.declare(&one.bytes, &one.signature, number, open_ns + number as u64).await?;
            anyhow::Ok(start.elapsed())
        })
        .buffer_unordered(concurrency);
    let mut latencies = Vec::new();
    while let Some(latency) = under_way.next().await {
        latencies.push(latency.context("a declaration was refused")?);
    }
    latencies.sort_unstable();
    Ok(latencies)
}

/// In milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
}

fn print(arguments: &Arguments, measured: &Measured) -> Result<()> {
    if arguments.output == Format::Json {
        return output::json(measured);
    }
    output::line(&format!(
        "{} orders in {} bundles of {} bytes, declared in {:.1} s: {:.0} orders a second, {:.0} bundles, p50 {:.0} ms, p99 {:.0} ms
sealed and cleared under three endorsements in {:.1} s: {} trades; {:.0} orders a second with that time as well",
        measured.orders,
        measured.bundles,
        measured.bundle_bytes,
        measured.declared_seconds,
        measured.orders_per_second,
        measured.bundles_per_second,
        measured.p50_ms,
        measured.p99_ms,
        measured.cleared_seconds,
        measured.trades,
        measured.orders_per_second_with_clearing,
    ))
}
