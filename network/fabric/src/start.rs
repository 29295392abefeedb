//! Bringing nodes up, and taking them down.

use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use crate::client::tail;
use crate::error::Error;
use crate::health::{self, Operations};
use crate::network::Network;
use crate::node::{Node, Role};
use crate::process;
use crate::wait::{self, Look};

/// Time for a node to become healthy.
const HEALTHY: Duration = Duration::from_secs(60);
/// Nodes log what is wrong, and no more: at `info` a peer writes several lines for each transaction.
const LOG_LEVEL: &str = "warn";
/// For clients with a simulated clock: a hundred years.
const ANY_TIME: &str = "876000h";

impl Network {
    /// Starts a node if it does not run, and waits until it is healthy.
    ///
    /// # Errors
    ///
    /// It ends by itself or is not healthy in time.
    pub fn start_node(&self, node: &Node) -> Result<(), Error> {
        let folder = node.folder(self.folder());
        if process::running(&folder).is_none() {
            let (program, arguments) = node.program();
            let mut environment = node.environment(self.folder());
            let level = env::var("FABRIC_LOGGING_SPEC").unwrap_or_else(|_| LOG_LEVEL.to_owned());
            environment.push(("FABRIC_LOGGING_SPEC".to_owned(), level));
            if node.role == Role::Peer {
                environment.extend(self.peer_environment(&folder)?);
            }
            process::spawn(&folder, &self.programs().path(program)?, arguments, &environment)?;
        }
        let operations = self.operations(node)?;
        wait::until(&format!("{} becoming healthy", node.name), HEALTHY, || {
            self.check_runs(node)?;
            // A node is healthy before it listens.
            let ready = operations.health().and_then(|()| health::listens(node.address));
            Ok(ready.map_or_else(Look::NotYet, |()| Look::Ready))
        })
    }

    /// Ends a node, politely.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub fn stop_node(&self, node: &Node) -> Result<(), Error> {
        process::stop(&node.folder(self.folder()))
    }

    fn peer_environment(&self, folder: &Path) -> Result<Vec<(String, String)>, Error> {
        let mut environment = self.chaincode_environment();
        let services = folder.join("services").display().to_string();
        environment.push(("GRIDBOURSE_CHAINCODE_SERVICES".to_owned(), services));
        // The builder finds the chaincode process there.
        let program = self.chaincode_program()?;
        let old = env::var_os("PATH").unwrap_or_default();
        let folders = program.parent().map(Path::to_owned).into_iter().chain(env::split_paths(&old));
        if let Ok(path) = env::join_paths(folders) {
            environment.push(("PATH".to_owned(), path.to_string_lossy().into_owned()));
        }
        if self.any_time() {
            environment.push(("CORE_PEER_AUTHENTICATION_TIMEWINDOW".to_owned(), ANY_TIME.to_owned()));
        }
        Ok(environment)
    }

    /// A node's operations port, as its administrator.
    pub(crate) fn operations(&self, node: &Node) -> Result<Operations, Error> {
        Operations::new(node.operations, &node.administrator_tls(self.folder()))
    }

    /// That a node has not ended by itself.
    pub(crate) fn check_runs(&self, node: &Node) -> Result<(), Error> {
        self.check_folder_runs(&node.name, &node.folder(self.folder()))
    }

    pub(crate) fn check_folder_runs(&self, name: &str, folder: &Path) -> Result<(), Error> {
        if process::running(folder).is_some() || process::starting(folder) {
            return Ok(());
        }
        let log = fs::read_to_string(folder.join(process::LOG)).unwrap_or_default();
        // A Go program that gives up writes pages of its call stack after what it has to say.
        let said: Vec<_> = log.lines().filter(|line| !line.starts_with('\t') && !line.contains("(0x")).collect();
        Err(Error::Ended { node: name.to_owned(), log: tail(&said.join("\n")).to_owned() })
    }
}
