use std::env;
use std::path::PathBuf;
use std::process::Command;

/// Fabric's programs, and the chaincode process.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    folders: Vec<PathBuf>,
}

/// A program is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} not found; it must be on PATH, and Fabric's own programs may be in the folder that FABRIC_BIN names")]
pub struct Missing(pub &'static str);

/// Those that a network needs.
const NEEDED: [&str; 6] = ["peer", "orderer", "configtxgen", "cryptogen", "osnadmin", "discover"];

impl Programs {
    /// Looks in the folder that `FABRIC_BIN` names, and on `PATH`.
    ///
    /// # Errors
    ///
    /// [`Missing`] names the first program that is not there.
    pub fn find() -> Result<Self, Missing> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = env::var_os("FABRIC_BIN").map(PathBuf::from).into_iter().chain(env::split_paths(&path)).collect();
        let programs = Self { folders };
        for name in NEEDED {
            programs.path(name)?;
        }
        Ok(programs)
    }

    /// Where a program is.
    pub(crate) fn path(&self, name: &'static str) -> Result<PathBuf, Missing> {
        self.folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()).ok_or(Missing(name))
    }

    /// A program to run.
    pub(crate) fn command(&self, name: &'static str) -> Result<Command, Missing> {
        Ok(Command::new(self.path(name)?))
    }
}
