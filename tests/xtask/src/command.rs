//! Starting other programs from the workspace's root.

use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// The workspace's root folder.
pub(crate) fn root() -> &'static Path {
    const HERE: &str = env!("CARGO_MANIFEST_DIR");
    Path::new(HERE.strip_suffix("/tests/xtask").unwrap_or(HERE))
}

/// Cargo's output folder: `CARGO_TARGET_DIR`, or `target` in the workspace.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Tells the person at the terminal something.
#[expect(clippy::print_stderr, reason = "progress of a command-line tool")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// A program to run, with its arguments.
pub(crate) struct Program(Command);

impl Program {
    /// Any program, by name or path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root());
        Self(command)
    }

    /// The cargo that runs this task.
    pub(crate) fn cargo() -> Self {
        Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// A program that the workspace's release build made. It runs where the user stands, so that relative paths on its
    /// command line mean what the user meant, and finds the contracts by an environment variable.
    pub(crate) fn built(name: &str) -> Self {
        let mut command = Command::new(Self::path(name));
        command.env("GRIDBOURSE_CONTRACTS", crate::contracts::folder());
        Self(command)
    }

    /// Where the workspace's release build puts a program.
    pub(crate) fn path(name: &str) -> PathBuf {
        target().join("release").join(name)
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.0.arg(argument);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs to the end and fails if the program did.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.0.status().with_context(|| format!("cannot start {:?}", self.0.get_program()))?;
        if !status.success() {
            bail!("{:?} ended with {status}", self.0);
        }
        Ok(())
    }

    /// Runs to the end and hands on the exit code. A program that a signal ended counts as 128.
    pub(crate) fn status(mut self) -> Result<ExitCode> {
        let status = self.0.status().with_context(|| format!("cannot start {:?}", self.0.get_program()))?;
        Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(128)))
    }

    /// Runs quietly; true if it could be started and succeeded.
    pub(crate) fn succeeds(mut self) -> bool {
        self.0.output().is_ok_and(|output| output.status.success())
    }

    /// Standard output of a program that succeeded, or nothing.
    pub(crate) fn output(mut self) -> Option<String> {
        let output = self.0.output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
