//! `gridbourse audit`: replays a ledger and believes nothing.

use crate::{
    commands::network,
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::Result;
use auditor::{
    Options, Report, audit,
    packages::Packages,
    source::{BlockFiles, Deliver, Peer, SourceError},
};
use std::path::PathBuf;

/// Check a whole ledger again: chain, signatures, policies, validation, every clearing, every account
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The data folder whose block files are read
    #[arg(long, value_name = "DIR", default_value = "gridbourse-data")]
    data_dir: PathBuf,
    /// The channel
    #[arg(long, default_value = network::MARKET)]
    channel: String,
    /// What the first block's hash must be, in hex, as an earlier audit or `gridbourse demo` printed it
    #[arg(long, value_name = "HEX", value_parser = hash)]
    genesis_hash: Option<[u8; 32]>,
    /// A chaincode package to compare with what is committed; those in the data folder are compared anyway
    #[arg(long = "package", value_name = "FILE")]
    packages: Vec<PathBuf>,
    /// Read the blocks from this peer instead of the files
    #[arg(long, value_name = "HOST:PORT", requires_all = ["tls_authority", "user", "msp_id"])]
    peer: Option<String>,
    /// Certificate of the authority that the peer's TLS certificate is from
    #[arg(long, value_name = "FILE", requires = "peer")]
    tls_authority: Option<PathBuf>,
    /// The `msp` folder of the user who asks the peer
    #[arg(long, value_name = "MSP_FOLDER", requires = "peer")]
    user: Option<PathBuf>,
    /// The MSP id of that user's organization
    #[arg(long, value_name = "ID", requires = "peer")]
    msp_id: Option<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let mut options = Options { genesis_hash: arguments.genesis_hash, packages: Packages::default() };
    for package in &arguments.packages {
        options.packages.add_file(package);
    }
    let report = match peer(arguments) {
        Some(peer) => audit(Deliver::open(&peer, &arguments.channel)?, &options)?,
        None => {
            options.packages.add_data_dir(&arguments.data_dir, &arguments.channel)?;
            let folder = arguments.data_dir.join("channels").join(&arguments.channel).join("blocks");
            audit(BlockFiles::open(&folder).map_err(wrong_folder)?, &options)?
        }
    };
    match arguments.output {
        Format::Json => output::json(&report)?,
        Format::Text => print(&report)?,
    }
    Ok(if report.is_clean() { Code::Done } else { Code::Found })
}

/// The peer that was named; clap sees to it that the rest is there then.
fn peer(arguments: &Arguments) -> Option<Peer> {
    Some(Peer {
        address: arguments.peer.clone()?,
        tls_authority: arguments.tls_authority.clone()?,
        msp_id: arguments.msp_id.clone()?,
        user: arguments.user.clone()?,
    })
}

/// That there is no ledger is the user's mistake; anything else that goes wrong with files is not.
fn wrong_folder(error: SourceError) -> anyhow::Error {
    match error {
        SourceError::NoBlocks(_) => WrongInput(error.to_string()).into(),
        SourceError::File { error: ref cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
            WrongInput(error.to_string()).into()
        }
        _ => error.into(),
    }
}

fn hash(text: &str) -> Result<[u8; 32], String> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map(|()| hash).map_err(|error| error.to_string())
}

fn print(report: &Report) -> Result<()> {
    for finding in &report.findings {
        output::line(&finding.to_string())?;
    }
    let Report { market, .. } = report;
    output::line(&format!("channel        {}", report.channel))?;
    let pinned = if report.genesis_pinned { "as pinned" } else { "not pinned: check it with --genesis-hash next time" };
    output::line(&format!("genesis hash   {} ({pinned})", report.genesis_hash))?;
    output::line(&format!("blocks         {}, the last one's hash is {}", report.blocks, report.last_block_hash))?;
    let codes: Vec<_> = report.transactions.iter().map(|(code, count)| format!("{count} {code}")).collect();
    output::line(&format!("transactions   {}", codes.join(", ")))?;
    for chaincode in &report.chaincodes {
        let packages = match chaincode.packages.as_slice() {
            [] => "no package compared".to_owned(),
            packages => format!("same module in {}", packages.join(", ")),
        };
        output::line(&format!("chaincode      {} {} ({packages})", chaincode.name, chaincode.version))?;
    }
    if market.transactions > 0 {
        output::line(&format!(
            "market         {} sessions, {} clearings proven, {} trades, {} declarations, {} member signatures",
            market.sessions, market.rounds, market.trades, market.declarations, market.member_signatures
        ))?;
    }
    output::line(&match report.findings_count {
        0 => "No findings.".to_owned(),
        1 => "1 finding, the first line above.".to_owned(),
        count if report.findings.len() as u64 == count => format!("{count} findings, listed above."),
        count => format!("{count} findings; the first {} are listed above.", report.findings.len()),
    })
}
