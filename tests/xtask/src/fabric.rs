//! Fabric's own programs, which are the user's: this project neither downloads nor builds them.

use crate::command::Program;
use anyhow::Result;
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
