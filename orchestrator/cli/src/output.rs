//! How a result is printed.

use anyhow::Result;
use serde::Serialize;
use std::io::{ErrorKind, Write};

/// The form of a result on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
}

/// Prints a line to standard output. A reader that went away (`| head`) is not an error.
pub(crate) fn line(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Prints a document.
pub(crate) fn json<T: Serialize>(document: &T) -> Result<()> {
    line(&serde_json::to_string_pretty(document)?)
}

/// Says something to the person at the terminal, on standard error.
#[expect(clippy::print_stderr, reason = "this is where the program speaks")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Wh as MWh, to the kWh.
pub(crate) fn megawatt_hours(wh: u64) -> String {
    format!("{}.{:03}", wh / 1_000_000, wh / 1_000 % 1_000)
}

/// Fen as CNY, or fen/MWh as CNY/MWh.
pub(crate) fn hundredths(amount: i64) -> String {
    format!("{}{}.{:02}", if amount < 0 { "-" } else { "" }, amount.unsigned_abs() / 100, amount.unsigned_abs() % 100)
}
