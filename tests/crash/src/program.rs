//! The network as a child process: started, waited for, killed.

use crate::Error;
use serde::Deserialize;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a start may take, recovery included.
const READY_TIMEOUT: Duration = Duration::from_secs(120);
/// How often it is looked whether the network is ready.
const READY_POLL: Duration = Duration::from_millis(5);
/// Bytes of the log's end that go into an error.
const LOG_TAIL_BYTES: usize = 2_000;

/// How to start the network.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// The `gridbourse` program.
    pub(crate) executable: PathBuf,
    /// The benchmark contract, compiled to Wasm.
    pub(crate) contract: PathBuf,
    /// Everything that must survive.
    pub(crate) data: PathBuf,
    /// What need not survive: log and ready file.
    pub(crate) scratch: PathBuf,
}

/// What the network writes when it serves.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Ready {
    /// The channel with the contract.
    pub(crate) channel: String,
    /// The organizations on it.
    pub(crate) organizations: Vec<ReadyOrganization>,
}

/// How to reach an organization's peer, and as whom.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ReadyOrganization {
    /// Its MSP id.
    pub(crate) msp_id: String,
    /// Its connection profile, in JSON.
    pub(crate) connection_profile: PathBuf,
    /// The folder of a client's identity.
    pub(crate) user: PathBuf,
}

/// A network that runs. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    started: Instant,
    ready_file: PathBuf,
    log: PathBuf,
}

impl Program {
    /// Starts the network and does not wait for it.
    pub(crate) fn start(&self) -> Result<Running, Error> {
        let ready_file = self.scratch.join("ready.json");
        let log = self.scratch.join("devnet.log");
        match fs::remove_file(&ready_file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::file(&ready_file, &error)),
            _ => {}
        }
        let output = File::create(&log).map_err(|e| Error::file(&log, &e))?;
        let errors = output.try_clone().map_err(|e| Error::file(&log, &e))?;
        let mut contract = std::ffi::OsString::from("benchmark=");
        contract.push(&self.contract);
        let child = Command::new(&self.executable)
            .arg("devnet")
            .arg("--data-dir")
            .arg(&self.data)
            .arg("--contract")
            .arg(contract)
            .arg("--ready-file")
            .arg(&ready_file)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|e| Error::file(&self.executable, &e))?;
        Ok(Running { child, started: Instant::now(), ready_file, log })
    }
}

impl Running {
    /// Waits until the network serves, and returns how to reach it and how long that took.
    pub(crate) async fn ready(&mut self) -> Result<(Ready, Duration), Error> {
        loop {
            // A file that is not whole yet is not there yet.
            if let Some(ready) = fs::read(&self.ready_file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                return Ok((ready, self.started.elapsed()));
            }
            let exit =
                self.child.try_wait().map_err(|e| Error::Network { reason: e.to_string(), log: String::new() })?;
            let reason = match exit {
                Some(status) => format!("it ended by itself ({status})"),
                None if self.started.elapsed() > READY_TIMEOUT => format!("it is not ready after {READY_TIMEOUT:?}"),
                None => {
                    tokio::time::sleep(READY_POLL).await;
                    continue;
                }
            };
            return Err(Error::Network { reason, log: tail(&self.log) });
        }
    }

    /// Kills the network with SIGKILL: it gets no chance to write anything.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        match killed {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::Network { reason: error.to_string(), log: tail(&self.log) }),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have been killed already, which is what is wanted.
        let _ = self.kill();
    }
}

fn tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(LOG_TAIL_BYTES)..]).into_owned()
}
