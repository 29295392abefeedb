//! `gridbourse attack`: what one organization can try with its own keys, on a running network, and what stops it.

mod attacker;
mod catalogue;
mod certificates;
mod decisions;
mod declarations;
mod installer;
mod intruders;
mod session;
mod stage;
mod verdict;

use crate::{
    commands::{contracts::Contracts, devnet::Ready},
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::{Context, Result};
use catalogue::Attack;
use clap::ValueEnum;
use serde::Serialize;
use stage::Stage;
use std::path::PathBuf;
use verdict::{Attempt, Verdict};

/// Attack a market with one organization's own keys, and print what stops each attack
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The attacks to play
    #[arg(value_enum, value_name = "NAME", required_unless_present_any = ["all", "list"])]
    attacks: Vec<Attack>,
    /// Play all attacks
    #[arg(long)]
    all: bool,
    /// List the attacks with what must stop each, and end
    #[arg(long)]
    list: bool,
    /// A market network that runs, as `gridbourse network up` or `gridbourse devnet --market --ready-file FILE` wrote it.
    /// Registers members and opens sessions on it [default: a network of its own in a temporary folder]
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,
    /// The organization that attacks
    #[arg(long, default_value = "regulator", value_parser = ["regulator", "trading-centre", "dispatcher"])]
    organization: String,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    contracts: Contracts,
}

/// What came of one attack: the worst of what came of its attempts.
#[derive(Serialize)]
struct Played {
    attack: String,
    verdict: Verdict,
    attempts: Vec<Attempt>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    if arguments.list {
        for attack in Attack::value_variants() {
            output::line(&format!("{:<20} {}", attack.name(), attack.about()))?;
        }
        return Ok(Code::Done);
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let temporary = tempfile::tempdir()?;
        let stage = match &arguments.network {
            Some(file) => Stage::join(&Ready::read(file)?, &arguments.contracts, &arguments.organization).await?,
            None => Stage::start(temporary.path(), &arguments.contracts, &arguments.organization).await?,
        };
        let played = match chosen(arguments, &stage) {
            Ok(attacks) => play(arguments, &stage, &attacks).await,
            Err(error) => Err(error),
        };
        stage.stop().await;
        let played = played?;
        if arguments.output == Format::Json {
            output::json(&played)?;
        }
        let stopped = played.iter().all(|one| one.verdict == Verdict::Stopped);
        Ok(if stopped { Code::Done } else { Code::Found })
    })
}

/// The attacks to play.
fn chosen(arguments: &Arguments, stage: &Stage) -> Result<Vec<Attack>> {
    let can_install = stage.installer.is_some();
    if arguments.all {
        return Ok(Attack::value_variants().iter().copied().filter(|attack| attack.can_play(can_install)).collect());
    }
    match arguments.attacks.iter().find(|attack| !attack.can_play(can_install)) {
        Some(attack) => Err(WrongInput(format!("{} cannot be played on this network", attack.name())).into()),
        None => Ok(arguments.attacks.clone()),
    }
}

async fn play(arguments: &Arguments, stage: &Stage, attacks: &[Attack]) -> Result<Vec<Played>> {
    let mut all = Vec::new();
    for attack in attacks {
        let name = attack.name();
        let attempts = attack.play(stage).await.with_context(|| format!("{name} could not be played"))?;
        let verdict = attempts.iter().map(|attempt| attempt.verdict).max().unwrap_or(Verdict::Unclear);
        let played = Played { attack: name, verdict, attempts };
        if arguments.output == Format::Text {
            output::line(&line(&played))?;
        }
        all.push(played);
    }
    Ok(all)
}

/// One line per attack, with what stopped it; one more per attempt that was not stopped as it must be.
fn line(played: &Played) -> String {
    let mut by: Vec<&str> = played.attempts.iter().map(|attempt| attempt.found.as_str()).collect();
    by.dedup();
    let mut line = format!("{:<20} {:<10} {}", played.attack, played.verdict.name(), by.join(", "));
    for attempt in played.attempts.iter().filter(|attempt| attempt.verdict != Verdict::Stopped) {
        line += &format!(
            "\n{:>31} {}: {}; {} must stop it",
            attempt.verdict.name(),
            attempt.what,
            attempt.found,
            attempt.expected
        );
    }
    line
}
