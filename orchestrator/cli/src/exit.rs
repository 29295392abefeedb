//! Exit codes, which scripts may rely on.

use std::process::ExitCode;

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// Done, and what was checked is as it should be.
    Done = 0,
    /// Checked, and found wrong.
    Found = 1,
    /// Stopped by the user.
    Interrupted = 130,
}

/// What the help says about exit codes.
pub(crate) const HELP: &str = "Exit codes:
  0    done; what was checked is as it should be
  1    checked, and found wrong
  2    the command line or the input is wrong
  70   failed
  130  interrupted

Set GRIDBOURSE_LOG (error, warn, info, debug, or a filter as of the crate tracing-subscriber) to see more.";

/// The command failed.
const FAILED: u8 = 70;
/// The command line or the input is wrong; the same as clap's own.
const WRONG_INPUT: u8 = 2;

/// The input is wrong, so that trying again does not help.
#[derive(Debug)]
pub(crate) struct WrongInput(pub(crate) String);

impl std::fmt::Display for WrongInput {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for WrongInput {}

/// Says on standard error what went wrong, if anything, and gives the exit code.
#[expect(clippy::print_stderr, reason = "this is where the program speaks")]
pub(crate) fn report(result: anyhow::Result<Code>) -> ExitCode {
    match result {
        Ok(code) => ExitCode::from(code as u8),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<WrongInput>() { WRONG_INPUT } else { FAILED })
        }
    }
}
