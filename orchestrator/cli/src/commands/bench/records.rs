//! `gridbourse bench records`: index and search many records, beside Tantivy by itself and regular expressions in MongoDB.

mod baselines;
mod queries;

use super::timed;
use crate::{
    commands::vouching,
    exit::Code,
    output::{self, Format},
};
use ::records::{
    Batch, Record, RecordId, Store as _,
    index::SearchIndex,
    merkle::Tree,
    search::Request,
    store::EmbeddedStore,
    synthetic::Synthetic,
    verify::{Chain, ChainError, Verifier},
    walk::Anchored,
};
use anyhow::{Result, ensure};
use serde::Serialize;
use std::{fs, path::Path, time::Instant};

/// Index made-up records of the 198 members of the demo and search them
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Records
    #[arg(long, default_value_t = 1_000_000)]
    records: usize,
    /// Searches of each kind
    #[arg(long, default_value_t = 1_000)]
    queries: usize,
    /// Records and queries follow from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also put the records' texts into this MongoDB, or a server of its protocol, and search them by regular expression
    #[arg(long, value_name = "URI")]
    mongodb_uri: Option<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

/// Records of a batch, about as many as a session of the demo makes.
const RECORDS_PER_BATCH: usize = 500;
const HITS: u8 = 10;
/// Records that arrive one by one.
const ARRIVALS: usize = 50;

/// Milliseconds that searches took.
#[derive(Serialize)]
struct Latency {
    p50_ms: f64,
    p99_ms: f64,
}

#[derive(Serialize)]
struct Measured {
    records: usize,
    queries: usize,
    seed: u64,
    store_seconds: f64,
    store_bytes_raw: u64,
    store_bytes: u64,
    index_seconds: f64,
    index_bytes: u64,
    /// Highest resident memory while the index was made, store and mapped files included.
    index_memory_bytes: u64,
    /// Highest resident memory while it was searched.
    search_memory_bytes: u64,
    /// Words, phrases, ranges, prefixes and combinations of them.
    top_10: Latency,
    /// The same, with the records fetched and each proved; every search begins without a batch in memory.
    top_10_verified: Latency,
    fuzzy: Latency,
    /// From a record's arrival in the store until a search can find it, each by itself.
    searchable: Latency,
    /// The words of the same queries in an index as Tantivy makes it by default.
    tantivy: baselines::Tantivy,
    mongodb_regex: Option<baselines::Mongo>,
}

/// Roots as a chain would have them.
struct Roots(Vec<Anchored>);

#[async_trait::async_trait]
impl Chain for Roots {
    async fn anchored(&self, _: &str, batch: u64) -> Result<Option<Anchored>, ChainError> {
        Ok(usize::try_from(batch).ok().and_then(|batch| self.0.get(batch)).copied())
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(arguments))
}

async fn measure(arguments: &Arguments) -> Result<Code> {
    let Arguments { records, queries, seed, .. } = *arguments;
    let folder = tempfile::tempdir()?;
    let directory = vouching::members("2016-07-02");
    let made = || Synthetic::new(&directory, seed).take(records);
    let file = folder.path().join("records.redb");
    let store = EmbeddedStore::open(&file)?;
    output::say(&format!("Storing {records} records ..."));
    let start = Instant::now();
    let roots = fill(&store, made()).await?;
    let store_seconds = start.elapsed().as_secs_f64();

    output::say("Indexing ...");
    forget_peak();
    let start = Instant::now();
    let mut index = SearchIndex::open(&folder.path().join("index"), &directory)?;
    index.catch_up(&store).await?;
    index.settle(true)?;
    let index_seconds = start.elapsed().as_secs_f64();
    let index_memory_bytes = peak();
    ensure!(index.records() > 0, "nothing was indexed");

    output::say("Searching ...");
    let mixed = queries::mixed(&directory, queries, seed);
    let fuzzy = queries::fuzzy(&directory, queries, seed);
    forget_peak();
    let search = |query: &str| index.search(&request(query)).map(|results| results.hits);
    // Whatever is loaded once (the dictionary of Chinese, parts of the files) is not part of a search.
    for query in mixed.iter().take(50) {
        search(query)?;
    }
    let mut plain = Vec::with_capacity(queries);
    let mut verified = Vec::with_capacity(queries);
    for query in &mixed {
        let (hits, seconds) = timed(|| search(query));
        hits?;
        plain.push(seconds);
        let start = Instant::now();
        let ids: Vec<RecordId> = search(query)?.into_iter().map(|hit| hit.id).collect();
        let proven = Verifier::new(&store, &roots).fetch(&ids).await?;
        verified.push(start.elapsed().as_secs_f64());
        ensure!(proven.iter().all(Result::is_ok), "a record is not what was stored");
    }
    let mut fuzzily = Vec::with_capacity(queries);
    for query in &fuzzy {
        let (hits, seconds) = timed(|| search(query));
        hits?;
        fuzzily.push(seconds);
    }
    let search_memory_bytes = peak();

    let mut arriving = Vec::with_capacity(ARRIVALS);
    for record in Synthetic::new(&directory, seed + 1).take(ARRIVALS) {
        let before = index.records();
        let start = Instant::now();
        store.put("market", &[record]).await?;
        index.catch_up(&store).await?;
        arriving.push(start.elapsed().as_secs_f64());
        ensure!(index.records() > before, "a record that was kept cannot be found");
    }

    output::say("Beside it: Tantivy by itself ...");
    let texts = || made().filter_map(|record| text(&record, &directory));
    let words = queries::words(&directory, queries, seed);
    let tantivy = baselines::tantivy(&folder.path().join("tantivy"), texts(), &words)?;
    let mongodb_regex = match &arguments.mongodb_uri {
        Some(uri) => {
            output::say("Beside it: regular expressions in MongoDB ...");
            Some(baselines::mongo(uri, texts(), &words).await?)
        }
        None => None,
    };
    let size = store.size().await?;
    let measured = Measured {
        records,
        queries,
        seed,
        store_seconds,
        store_bytes_raw: size.bytes_raw,
        store_bytes: size.bytes_stored,
        index_seconds,
        index_bytes: bytes_in(&folder.path().join("index"))?,
        index_memory_bytes,
        search_memory_bytes,
        top_10: latency(plain),
        top_10_verified: latency(verified),
        fuzzy: latency(fuzzily),
        searchable: latency(arriving),
        tantivy,
        mongodb_regex,
    };
    match arguments.output {
        Format::Json => output::json(&measured)?,
        Format::Text => print(&measured)?,
    }
    Ok(Code::Done)
}

fn request(query: &str) -> Request<'_> {
    Request { query, kind: None, limit: HITS.into(), after: None, facets: false }
}

/// Stores records in batches and gives the batches' roots.
async fn fill(store: &EmbeddedStore, records: impl Iterator<Item = Record>) -> Result<Roots> {
    let mut roots = Vec::new();
    let mut records = records.peekable();
    while records.peek().is_some() {
        let chunk: Vec<Record> = records.by_ref().take(RECORDS_PER_BATCH).collect();
        store.put("market", &chunk).await?;
        let mut ids: Vec<RecordId> = chunk.iter().map(Record::id).collect();
        ids.sort_unstable();
        ids.dedup();
        let tree = Tree::new(&ids);
        let number = roots.len() as u64;
        roots.push(Anchored { root: tree.root(), records: tree.size() });
        store.put_batch(&Batch { channel: "market".to_owned(), number, records: ids }).await?;
    }
    Ok(Roots(roots))
}

fn text(record: &Record, directory: &::records::index::Directory) -> Option<String> {
    Some(::records::index::Entry::new(&record.document().ok()?, directory).text())
}

/// The times that half and 99 of a hundred searches stay below.
fn latency(mut seconds: Vec<f64>) -> Latency {
    seconds.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let place = (seconds.len() * percent / 100).min(seconds.len().saturating_sub(1));
        seconds.get(place).copied().unwrap_or_default() * 1_000.0
    };
    Latency { p50_ms: at(50), p99_ms: at(99) }
}

/// Lets the kernel forget this process's highest memory, where it can.
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").ok();
}

/// The highest resident memory since then, bytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn bytes_in(folder: &Path) -> Result<u64> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

#[expect(clippy::cast_precision_loss, reason = "rates and sizes for display")]
fn print(measured: &Measured) -> Result<()> {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    output::line(&format!("{} records, {} searches of each kind", measured.records, measured.queries))?;
    output::line(&format!(
        "store     {:>8.1} s  {:>7.0} MiB of {:.0} MiB",
        measured.store_seconds,
        mib(measured.store_bytes),
        mib(measured.store_bytes_raw)
    ))?;
    output::line(&format!(
        "index     {:>8.1} s  {:>7.0} MiB, {:.0} MiB of memory at most, {:.0} MiB while searching",
        measured.index_seconds,
        mib(measured.index_bytes),
        mib(measured.index_memory_bytes),
        mib(measured.search_memory_bytes)
    ))?;
    output::line(&format!(
        "Tantivy   {:>8.1} s  {:>7.0} MiB\n",
        measured.tantivy.index_seconds,
        mib(measured.tantivy.index_bytes)
    ))?;
    output::line("                        p50 ms    p99 ms")?;
    let mut rows = vec![
        ("top 10", &measured.top_10),
        ("top 10, verified", &measured.top_10_verified),
        ("fuzzy", &measured.fuzzy),
        ("until searchable", &measured.searchable),
        ("Tantivy, words", &measured.tantivy.words),
    ];
    rows.extend(measured.mongodb_regex.as_ref().map(|mongo| ("MongoDB, regex", &mongo.words)));
    for (name, Latency { p50_ms, p99_ms }) in rows {
        output::line(&format!("{name:<20} {p50_ms:>9.2} {p99_ms:>9.2}"))?;
    }
    Ok(())
}
