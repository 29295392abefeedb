//! What the tests use from npm: Fabric's own clients, and Caliper.

use crate::{
    command::{Program, root},
    contracts,
};
use anyhow::Result;
use std::{fs, path::Path};

/// The project of Fabric's SDK.
pub(crate) const SDK: &str = "tests/sdk";
/// The project of Caliper.
pub(crate) const CALIPER: &str = "tests/caliper";

/// Installs what a project's lock file names, if it is not there or the file changed.
pub(crate) fn prepare(project: &str) -> Result<()> {
    let folder = root().join(project);
    let wanted = fs::read_to_string(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    // Without the packages' own install scripts: they would compile parts that are not used here.
    Program::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"])
        .arg(&folder)
        .run()?;
    fs::write(stamp, wanted)?;
    Ok(())
}

/// Node with a script, which finds the built program and the contracts by environment variables.
pub(crate) fn script(arguments: &[&str]) -> Program {
    Program::new("node")
        .args(arguments)
        .env("GRIDBOURSE", Program::path("gridbourse"))
        .env("GRIDBOURSE_CONTRACTS", contracts::folder())
}

/// The tests of Fabric's own clients and of its shim.
pub(crate) fn sdk_tests() -> Program {
    script(&[
        "--test",
        "--test-concurrency=1",
        "--test-reporter=spec",
        "tests/sdk/gateway.test.mjs",
        "tests/sdk/peer.test.mjs",
        "tests/sdk/chaincode.test.mjs",
    ])
}

/// Runs Caliper's rounds. `from` is where the user stands: the report's path is relative to it.
pub(crate) fn caliper(options: &[String], from: &Path) -> Program {
    script(&["tests/caliper/run.mjs"]).args(options).env("GRIDBOURSE_FROM", from)
}
