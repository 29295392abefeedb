//! What the command line says about a load.

use crate::exit::WrongInput;
use anyhow::Result;
use clap::{ValueEnum, value_parser};
use fabric_client::load::{CommitBy, Mode, Options, Stop, Work};
use std::time::Duration;

/// Most bytes of a value, and most keys of a transaction: the contract's own bounds.
const PAYLOAD_BYTES_MAX: i64 = 1 << 20;
const KEYS_MAX: i64 = 100_000;

/// A load.
#[derive(clap::Args, Clone)]
pub(crate) struct Load {
    /// What each transaction does; may be repeated for several measurements
    #[arg(long, value_enum, default_values_t = [Kind::Create, Kind::Read])]
    pub(super) work: Vec<Kind>,
    /// Of 100 transactions of mixed work, how many read
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u8).range(0..=100))]
    reads_percent: u8,
    /// Bytes of a value
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=PAYLOAD_BYTES_MAX))]
    payload_bytes: u32,
    /// Keys in a bundle: what one transaction of write-many writes
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(1..=KEYS_MAX))]
    keys: u32,
    /// Load generating processes per organization
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u16).range(1..))]
    pub(super) processes: u16,
    /// When transactions are sent
    #[arg(long, value_enum, default_value = "latency")]
    mode: Timing,
    /// Transactions that each process keeps under way in the mode latency [default: 24]
    #[arg(long, value_parser = value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// Transactions per second of all processes together, in the modes constant and poisson
    #[arg(long, value_name = "PER_SECOND", value_parser = positive)]
    rate: Option<f64>,
    /// How much longer or shorter an interval of the mode constant may be, in percent
    #[arg(long, default_value_t = 0, value_parser = value_parser!(u8).range(0..=100))]
    deviation_percent: u8,
    /// Seconds of a measurement [default: 10]
    #[arg(long, conflicts_with = "requests", value_parser = positive)]
    seconds: Option<f64>,
    /// Transactions of each process, in place of a time
    #[arg(long, value_parser = value_parser!(u64).range(1..))]
    requests: Option<u64>,
    /// Seconds that do not count, before each measurement
    #[arg(long, default_value_t = 1.0, value_parser = not_negative)]
    warm_up: f64,
    /// How a process learns that a transaction is committed
    #[arg(long, value_enum, default_value = "filtered-blocks")]
    commit_by: Learning,
    /// Seed of values, reads and the times of the mode poisson
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Invoke: read that there is no such key, and write it
    Create,
    /// Invoke: write a key without reading it
    Put,
    /// Invoke: write --keys keys
    WriteMany,
    /// Invoke: nothing
    Empty,
    /// Query: read a key
    Read,
    /// Query in --reads-percent of 100 cases, create in the others
    Mixed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Timing {
    /// Closed loop: the next as soon as one is committed
    Latency,
    /// Open loop: at even intervals, whatever the network does
    Constant,
    /// Open loop: at random, as independent clients would
    Poisson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Learning {
    /// It follows its peer's filtered blocks
    FilteredBlocks,
    /// It asks its gateway for each transaction
    Status,
}

impl Kind {
    /// As on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl Load {
    /// The load that so many processes bring to a chaincode.
    pub(super) fn options(&self, work: Kind, processes: usize, channel: &str, chaincode: &str) -> Result<Options> {
        Ok(Options {
            channel: channel.to_owned(),
            chaincode: chaincode.to_owned(),
            work: match work {
                Kind::Create => Work::Create,
                Kind::Put => Work::Put,
                Kind::WriteMany => Work::WriteMany { keys: self.keys },
                Kind::Empty => Work::Empty,
                Kind::Read => Work::Read,
                Kind::Mixed => Work::Mixed { reads_percent: self.reads_percent },
            },
            payload_bytes: self.payload_bytes as usize,
            mode: self.mode(processes)?,
            stop: match self.requests {
                Some(requests) => Stop::Requests(requests),
                None => Stop::Elapsed(Duration::from_secs_f64(self.seconds.unwrap_or(10.0))),
            },
            warm_up: Duration::from_secs_f64(self.warm_up),
            commit_by: match self.commit_by {
                Learning::FilteredBlocks => CommitBy::FilteredBlocks,
                Learning::Status => CommitBy::Status,
            },
            seed: self.seed,
        })
    }

    fn mode(&self, processes: usize) -> Result<Mode> {
        let wrong = |text: &str| Err(WrongInput(text.to_owned()).into());
        let interval = match (self.mode, self.rate) {
            (Timing::Latency, None) => {
                let concurrency = self.concurrency.unwrap_or(24) as usize;
                return Ok(Mode::Latency { concurrency });
            }
            (Timing::Latency, Some(_)) => {
                return wrong("--rate is for the modes constant and poisson: choose one with --mode");
            }
            (_, None) => return wrong("the modes constant and poisson need --rate, in transactions per second"),
            (_, Some(_)) if self.concurrency.is_some() => {
                return wrong("--concurrency is for the mode latency: an open loop waits for nothing");
            }
            (_, Some(rate)) => Duration::try_from_secs_f64(processes as f64 / rate),
        };
        let Ok(interval) = interval else { return wrong("--rate is too small") };
        Ok(match self.mode {
            Timing::Poisson => Mode::Poisson { interval_mean: interval },
            _ => Mode::Constant { interval, deviation: interval.mul_f64(f64::from(self.deviation_percent) / 100.0) },
        })
    }
}

/// The most that times and rates may be: some weeks, and more than there is.
const NUMBER_MAX: f64 = 1e7;

pub(in crate::commands::bench) fn positive(text: &str) -> Result<f64, String> {
    match not_negative(text)? {
        number if number > 0.0 => Ok(number),
        _ => Err("it must be more than 0".to_owned()),
    }
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=NUMBER_MAX).contains(&number) => Ok(number),
        _ => Err(format!("a number from 0 to {NUMBER_MAX}")),
    }
}
