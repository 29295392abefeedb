//! Fabric's own programs, which are the user's: this project neither downloads nor builds them.

use crate::{
    command::{Program, say, target},
    contracts,
};
use anyhow::{Result, bail};
use std::{env, path::PathBuf};

/// Those that a network needs.
const PROGRAMS: [&str; 6] = ["peer", "orderer", "configtxgen", "cryptogen", "osnadmin", "discover"];

/// The first that is neither on PATH nor in the folder that FABRIC_BIN names.
pub(crate) fn missing() -> Option<&'static str> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> =
        env::var_os("FABRIC_BIN").map(PathBuf::from).into_iter().chain(env::split_paths(&path)).collect();
    PROGRAMS.into_iter().find(|program| !folders.iter().any(|folder| folder.join(program).is_file()))
}

/// Builds the chaincode process, which peers start.
pub(crate) fn prepare() -> Result<()> {
    Program::cargo().args(["build", "--release", "--package", "chaincode-server"]).run()
}

/// A real network on this machine with the benchmark contract. It is taken down at the end, whatever came before.
pub(crate) struct Network {
    folder: PathBuf,
}

impl Network {
    /// Brings a new one up, in a folder of its own.
    pub(crate) fn up() -> Result<Self> {
        if let Some(program) = missing() {
            bail!("real-fabric: not run ({program} not found)");
        }
        prepare()?;
        let network = Self { folder: target().join("real-fabric") };
        if network.folder.exists() {
            // What an earlier run could not take down.
            network.command("down").arg("--delete").run()?;
        }
        network.command("up").run()?;
        let contract = format!("benchmark={}", contracts::folder().join("benchmark.wasm").display());
        network.command("install").arg(contract).run()?;
        Ok(network)
    }

    /// Tells a program where the network is.
    pub(crate) fn tell(&self, program: Program) -> Program {
        program.env("GRIDBOURSE_NETWORK", self.folder.join("ready.json"))
    }

    fn command(&self, action: &str) -> Program {
        Program::built("gridbourse").args(["network", action, "--data-dir"]).arg(&self.folder)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Err(error) = self.command("down").arg("--delete").run() {
            say(&format!("error: the network in {} was not taken down: {error:#}", self.folder.display()));
        }
    }
}
