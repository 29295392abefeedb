//! What the tests use from Maven: a server of MongoDB's wire protocol.

use crate::command::{Program, root, target};
use anyhow::Result;
use std::{fs, path::PathBuf};

const PROJECT: &str = "orchestrator/records/tests/mongodb/pom.xml";

/// The folder of the server's libraries.
pub(crate) fn libraries() -> PathBuf {
    target().join("maven")
}

/// Fetches the libraries if they are not there or the project changed.
pub(crate) fn prepare() -> Result<()> {
    let wanted = fs::read_to_string(root().join(PROJECT))?;
    let stamp = libraries().join("pom.xml");
    if fs::read_to_string(&stamp).is_ok_and(|fetched| fetched == wanted) {
        return Ok(());
    }
    Program::new("mvn")
        .args(["--quiet", "--batch-mode", "--file", PROJECT, "dependency:copy-dependencies"])
        .arg(format!("-DoutputDirectory={}", libraries().display()))
        .run()?;
    fs::write(stamp, wanted)?;
    Ok(())
}
