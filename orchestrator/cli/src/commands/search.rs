//! `gridbourse search`: finds records and, if asked to, proves that they are those that the chain vouches for.

mod hit;

use super::{
    storage::Storage,
    vouching::{self, BlockRoots},
};
use crate::{
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::Result;
use hit::{Shown, Verification};
use records::{
    Found, Kind, Record, Store,
    index::{Entry, SearchIndex},
    search::{Cursor, Request, Results, SearchError, fits},
    verify::Verifier,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::IsTerminal as _,
    path::{Path, PathBuf},
    time::Instant,
};

/// Find records by words, phrases and ranges, and prove that they are what the chain vouches for
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// What to look for: words in English or Chinese, "phrases", word*, word~1, price:[300 TO 420], AND, OR, NOT
    query: String,
    /// Compute every hit's hash again and follow its proof to the root on the chain
    #[arg(long)]
    verify: bool,
    /// Most hits to show
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    limit: u16,
    /// Go on where an earlier page ended
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    /// Only records of this kind: declaration, book, settlement, reading, certificate, evidence
    #[arg(long)]
    kind: Option<Kind>,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = "gridbourse-data")]
    data_dir: PathBuf,
    #[command(flatten)]
    storage: Storage,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

const HELP: &str = "Parts next to each other must all fit; OR is weaker than AND; NOT or - excludes.

  wind  风电  绿证             words, with the synonyms of the trade in both languages
  \"MV1.101 SGen 5\"           words that follow each other
  certif*  windprk~1          words that begin so; words with a typing error (~2: with two)
  price:[300 TO 420]          CNY/MWh; { and } leave the bound out, * is open; also price:>=300
  volume:>250kWh              MWh unless a unit is written
  time:2016-07-02T10          UTC: a year, month, day, hour, minute or second; also [… TO …], <, >=
  kind: carrier: class: session: day: member: state:    names, compared as a whole; member:m00* finds beginnings

With --verify the exit code is 1 if a hit is not what the chain vouches for:
  HASH_MISMATCH   the store's record has another hash
  NOT_ANCHORED    no root on the chain covers it
  MISSING         the store does not have it
  INDEX_MISMATCH  the record does not fit the query that the index gave it for
That nothing was left out is not proven.";

/// What `--output json` prints.
#[derive(Serialize)]
struct Document<'results> {
    query: &'results str,
    total: u64,
    hits: Vec<Shown>,
    /// Pass it to --after; none if there are no more.
    next: Option<String>,
    facets: &'results BTreeMap<&'static str, BTreeMap<String, u64>>,
    verified: bool,
    /// Records may have been left out, and that would not show.
    completeness_proven: bool,
    milliseconds: f64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(search(arguments))
}

/// The index of a data folder, with everything that is in its store.
async fn index(data_dir: &Path, folder: &str, store: &dyn Store) -> Result<SearchIndex> {
    let mut index = SearchIndex::open(&data_dir.join(folder), &vouching::directory(data_dir))?;
    index.catch_up(store).await?;
    Ok(index)
}

async fn search(arguments: &Arguments) -> Result<Code> {
    let Arguments { query, limit, after, kind, data_dir, .. } = arguments;
    let request = Request { query, kind: *kind, limit: usize::from(*limit), after: *after, facets: true };
    let clause = request.clause().map_err(|error| WrongInput(error.to_string()))?;
    let store = arguments.storage.open_existing(data_dir).await?;
    let index = index(data_dir, arguments.storage.index_folder(), &*store).await?;
    let start = Instant::now();
    let results = index.search(&request).map_err(wrong_query)?;
    let ids: Vec<_> = results.hits.iter().map(|hit| hit.id).collect();
    let directory = vouching::directory(data_dir);
    let entry = |record: &Record| Some(Entry::new(&record.document().ok()?, &directory));
    let mut shown = Vec::with_capacity(ids.len());
    if arguments.verify {
        let chain = BlockRoots::new(data_dir);
        let fetched = Verifier::new(&*store, &chain).fetch(&ids).await?;
        for (hit, fetched) in results.hits.iter().zip(fetched) {
            let (entry, verification) = match fetched {
                Err(defect) => (None, Verification::Failed { code: defect.code.code(), text: defect.text }),
                Ok(proven) => match entry(&proven.record) {
                    Some(entry) if fits(&clause, &entry) => (Some(entry), Verification::passed(&proven)),
                    entry => {
                        let text = "the record does not fit the query that the index gave it for".to_owned();
                        (entry, Verification::Failed { code: "INDEX_MISMATCH", text })
                    }
                },
            };
            shown.push(Shown::new(hit, entry, verification, &results));
        }
    } else {
        for (hit, found) in results.hits.iter().zip(store.get(&ids).await?) {
            let entry = if let Found::Record(record) = &found { entry(record) } else { None };
            shown.push(Shown::new(hit, entry, Verification::NotAsked, &results));
        }
    }
    let milliseconds = start.elapsed().as_secs_f64() * 1_000.0;
    let failed = shown.iter().any(Shown::is_failed);
    match arguments.output {
        Format::Json => output::json(&Document {
            query,
            total: results.total.unwrap_or_default(),
            hits: shown,
            next: results.next.map(|cursor| cursor.to_string()),
            facets: &results.facets,
            verified: arguments.verify,
            completeness_proven: false,
            milliseconds,
        })?,
        Format::Text => print(arguments, &results, &shown, milliseconds)?,
    }
    Ok(if failed { Code::Found } else { Code::Done })
}

fn wrong_query(error: SearchError) -> anyhow::Error {
    match error {
        SearchError::Query(_) | SearchError::OtherCursor => WrongInput(error.to_string()).into(),
        SearchError::Index(_) => error.into(),
    }
}

fn print(arguments: &Arguments, results: &Results, shown: &[Shown], milliseconds: f64) -> Result<()> {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for (number, hit) in (1..).zip(shown) {
        output::line(&hit.text(number, colour))?;
    }
    let total = results.total.unwrap_or_default();
    let records = if total == 1 { "record" } else { "records" };
    output::line(&match shown.len() {
        0 if total == 0 => format!("No record fits ({milliseconds:.0} ms)."),
        count => format!("{count} of {total} {records} ({milliseconds:.0} ms)"),
    })?;
    for (field, values) in &results.facets {
        if let Some(line) = hit::facet(field, values) {
            output::line(&line)?;
        }
    }
    if let Some(next) = results.next.filter(|_| total > shown.len() as u64) {
        output::line(&format!("\nMore: the same with --after {next}"))?;
    }
    if arguments.verify && !shown.is_empty() {
        let failed = shown.iter().filter(|hit| hit.is_failed()).count();
        let verified = shown.len() - failed;
        output::line(&format!(
            "\n{verified} verified against the chain, {failed} failed. That nothing was left out is not proven."
        ))?;
    }
    Ok(())
}
