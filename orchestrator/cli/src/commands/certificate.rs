//! `gridbourse certificate`: what a ledger says of a certificate, checked again from its blocks.

mod text;

use crate::{
    commands::blocks::Blocks,
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::Result;
use auditor::{Change, Evidence, Finding, Followed, Options, Report, Trail, follow};
use serde::Serialize;
use std::collections::BTreeSet;

/// What to say of a certificate.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List each change of a certificate: action, actor, block, transaction, time
    History(Arguments),
    /// Trace a certificate from the meter reading to its claim, with the transaction and the signers of each step
    Trace(Arguments),
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The certificate: its 32-digit code; of a part followed by `:FROM-TO`
    #[arg(value_name = "ID")]
    certificate: String,
    #[command(flatten)]
    blocks: Blocks,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

/// What the ledger is worth on which a certificate was followed.
#[derive(Serialize)]
struct Ledger {
    channel: String,
    genesis_hash: String,
    genesis_pinned: bool,
    blocks: u64,
    last_block_hash: String,
    /// What is wrong with the certificate's own transactions, or with the chain that all of them hang on.
    findings: Vec<Finding>,
    /// How much is wrong elsewhere.
    findings_elsewhere: u64,
}

#[derive(Serialize)]
struct History<'a> {
    certificate: &'a str,
    state: &'a str,
    owner: &'a str,
    changes: &'a [Change],
    ledger: &'a Ledger,
}

#[derive(Serialize)]
struct Trace<'a> {
    #[serde(flatten)]
    trail: &'a Trail,
    ledger: &'a Ledger,
}

pub(crate) fn run(command: &Command) -> Result<Code> {
    let (Command::History(arguments) | Command::Trace(arguments)) = command;
    let options = Options { genesis_hash: arguments.blocks.genesis_hash, ..Options::default() };
    let Followed { report, trail } = follow(arguments.blocks.open()?, &options, &arguments.certificate)?;
    let name = &arguments.certificate;
    let trail =
        trail.ok_or_else(|| WrongInput(format!("UNKNOWN_CERTIFICATE: there is no {name} on {}", report.channel)))?;
    let Trail { certificate, state, owner, changes, .. } = &trail;
    let evidence: Vec<&Evidence> = match command {
        Command::History(_) => changes.iter().map(|change| &change.evidence).collect(),
        Command::Trace(_) => trail.evidence().collect(),
    };
    let ledger = judge(report, &evidence);
    match (command, arguments.output) {
        (Command::History(_), Format::Json) => {
            output::json(&History { certificate, state, owner, changes, ledger: &ledger })?;
        }
        (Command::Trace(_), Format::Json) => output::json(&Trace { trail: &trail, ledger: &ledger })?,
        (Command::History(_), Format::Text) => output::line(&text::history(&trail, &ledger))?,
        (Command::Trace(_), Format::Text) => output::line(&text::trace(&trail, &ledger))?,
    }
    Ok(if ledger.findings.is_empty() { Code::Done } else { Code::Found })
}

/// Keeps the findings that the certificate has to do with.
fn judge(report: Report, evidence: &[&Evidence]) -> Ledger {
    let own: BTreeSet<&str> = evidence.iter().map(|evidence| evidence.transaction.as_str()).collect();
    let concerns = |finding: &Finding| finding.transaction.as_deref().is_none_or(|id| own.contains(id));
    let findings: Vec<Finding> = report.findings.into_iter().filter(concerns).collect();
    Ledger {
        channel: report.channel,
        genesis_hash: report.genesis_hash,
        genesis_pinned: report.genesis_pinned,
        blocks: report.blocks,
        last_block_hash: report.last_block_hash,
        findings_elsewhere: report.findings_count - findings.len() as u64,
        findings,
    }
}
