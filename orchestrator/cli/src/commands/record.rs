//! `gridbourse record`: one record, its proof, and the proof's verification without store or index.

use super::{
    storage::Storage,
    vouching::{self, BlockRoots},
};
use crate::{
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::{Context, Result};
use records::{
    Record, RecordId,
    index::Entry,
    verify::{Defect, ProofFile, Verifier},
};
use serde::Serialize;
use std::{fs, path::PathBuf};

/// Fetch a record with its proof; verify a proof
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Get(Get),
    Verify(Verify),
}

/// Fetch a record, verify it, and write it with its proof into a file
#[derive(clap::Args)]
struct Get {
    /// The record's identifier, 64 hexadecimal digits, as a search prints it
    id: RecordId,
    /// Write the record with its proof to this file
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = "gridbourse-data")]
    data_dir: PathBuf,
    #[command(flatten)]
    storage: Storage,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

/// Verify a file that `record get --proof` wrote, with the root on the chain or a given one; needs neither store nor index
#[derive(clap::Args)]
struct Verify {
    /// The file
    file: PathBuf,
    /// The root of the batch, in hex, from whoever you trust with the chain
    #[arg(long, value_name = "HASH", value_parser = root)]
    root: Option<[u8; 32]>,
    /// The data folder whose block files have the root
    #[arg(long, value_name = "DIR", default_value = "gridbourse-data", conflicts_with = "root")]
    data_dir: PathBuf,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

/// What `--output json` prints.
#[derive(Serialize)]
struct Document {
    id: String,
    verified: bool,
    /// Why not.
    code: Option<&'static str>,
    text: Option<String>,
    channel: Option<String>,
    batch: Option<u64>,
    kind: Option<&'static str>,
    title: Option<String>,
    description: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match &arguments.what {
        What::Get(arguments) => runtime.block_on(get(arguments)),
        What::Verify(arguments) => runtime.block_on(verify(arguments)),
    }
}

async fn get(arguments: &Get) -> Result<Code> {
    let data_dir = &arguments.data_dir;
    let store = arguments.storage.open_existing(data_dir).await?;
    let chain = BlockRoots::new(data_dir);
    let fetched = Verifier::new(&*store, &chain).fetch(&[arguments.id]).await?;
    let fetched = fetched.into_iter().next().context("the store gave no answer")?;
    let verified = fetched.map(|proven| (ProofFile::new(&proven), proven.record));
    if let (Ok((file, _)), Some(path)) = (&verified, &arguments.proof) {
        fs::write(path, serde_json::to_string_pretty(file)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
        output::say(&format!("Wrote {}: verify it with gridbourse record verify", path.display()));
    }
    report(&verified, data_dir, arguments.output)
}

async fn verify(arguments: &Verify) -> Result<Code> {
    let text = fs::read_to_string(&arguments.file)
        .map_err(|error| WrongInput(format!("cannot read {}: {error}", arguments.file.display())))?;
    let malformed = |error: records::verify::MalformedFile| WrongInput(error.to_string());
    let file = ProofFile::read(&text).map_err(malformed)?;
    let root = match arguments.root {
        Some(root) => Some(root),
        None => file.root(&BlockRoots::new(&arguments.data_dir)).await?,
    };
    let verified = match root {
        Some(root) => file.verify(&root).map_err(malformed)?.map(|record| (file, record)),
        None => {
            let id = file.id.parse().map_err(|error| WrongInput(format!("{error}")))?;
            let text =
                format!("the chain of {} has no batch {} of {} records", file.channel, file.batch, file.proof.size);
            Err(Defect { id, code: records::walk::Wrong::NotAnchored, text })
        }
    };
    report(&verified, &arguments.data_dir, arguments.output)
}

fn report(verified: &Result<(ProofFile, Record), Defect>, data_dir: &std::path::Path, format: Format) -> Result<Code> {
    let document = match verified {
        Ok((file, record)) => {
            let entry = record.document().ok().map(|document| Entry::new(&document, &vouching::directory(data_dir)));
            Document {
                id: file.id.clone(),
                verified: true,
                code: None,
                text: None,
                channel: Some(file.channel.clone()),
                batch: Some(file.batch),
                kind: record.kind().map(records::Kind::name),
                title: entry.as_ref().map(|entry| entry.title.clone()),
                description: entry.map(|entry| entry.description),
            }
        }
        Err(defect) => Document {
            id: defect.id.to_string(),
            verified: false,
            code: Some(defect.code.code()),
            text: Some(defect.text.clone()),
            channel: None,
            batch: None,
            kind: None,
            title: None,
            description: None,
        },
    };
    match format {
        Format::Json => output::json(&document)?,
        Format::Text => match verified {
            Ok((file, _)) => {
                for line in document.title.iter().chain(&document.description) {
                    output::line(line)?;
                }
                output::line(&format!("record    {}", file.id))?;
                output::line(&format!(
                    "verified  record {} of {} in batch {} on {}, proof of {} bytes",
                    file.proof.index,
                    file.proof.size,
                    file.batch,
                    file.channel,
                    file.proof.to_bytes().len()
                ))?;
            }
            Err(defect) => output::line(&defect.to_string())?,
        },
    }
    Ok(if verified.is_ok() { Code::Done } else { Code::Found })
}

fn root(text: &str) -> Result<[u8; 32], String> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map(|()| hash).map_err(|error| error.to_string())
}
