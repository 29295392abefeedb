//! `gridbourse audit`: replays a ledger and believes nothing.

use crate::{
    commands::blocks::Blocks,
    exit::Code,
    output::{self, Format, megawatt_hours},
};
use anyhow::Result;
use auditor::{Options, Report, audit, packages::Packages};
use std::path::PathBuf;

/// Check a whole ledger again: chain, signatures, policies, validation, every clearing, certificate and account
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    blocks: Blocks,
    /// A chaincode package to compare with what is committed; those in the data folder, or that `gridbourse
    /// network` has installed, are compared anyway
    #[arg(long = "package", value_name = "FILE")]
    packages: Vec<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let mut options = Options { genesis_hash: arguments.blocks.genesis_hash, packages: Packages::default() };
    for package in arguments.packages.iter().chain(&arguments.blocks.packages()?) {
        options.packages.add_file(package);
    }
    if let Some((data_dir, channel)) = arguments.blocks.data_dir() {
        options.packages.add_data_dir(data_dir, channel)?;
    }
    let report = audit(arguments.blocks.open()?, &options)?;
    match arguments.output {
        Format::Json => output::json(&report)?,
        Format::Text => print(&report)?,
    }
    Ok(if report.is_clean() { Code::Done } else { Code::Found })
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
        if market.certificates > 0 {
            output::line(&format!(
                "certificates   {}, {} MWh certified, {} MWh cancelled",
                market.certificates,
                megawatt_hours(market.certified_wh),
                megawatt_hours(market.cancelled_wh)
            ))?;
        }
    }
    output::line(&match report.findings_count {
        0 => "No findings.".to_owned(),
        1 => "1 finding, the first line above.".to_owned(),
        count if report.findings.len() as u64 == count => format!("{count} findings, listed above."),
        count => format!("{count} findings; the first {} are listed above.", report.findings.len()),
    })
}
