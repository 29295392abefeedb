//! Running Fabric's command-line programs to their end.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::error::{Error, at};
use crate::network::Network;
use crate::node::Node;

/// How much of a failed program's output is shown.
const OUTPUT_SHOWN: usize = 2_000;

/// Runs a program to its end and returns what it wrote to standard output and standard error.
pub(crate) fn run(mut command: Command) -> Result<String, Error> {
    without_settings_of_others(&mut command);
    let program = Path::new(command.get_program()).to_owned();
    let output = at(&program, command.output())?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(text.into_owned());
    }
    Err(Error::Program { command: name(&command), output: tail(&text).to_owned() })
}

/// The program with its first words.
pub(crate) fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let words = command.get_args().take_while(|word| !word.to_string_lossy().starts_with('-')).take(3);
    words.fold(program, |text, word| format!("{text} {}", word.to_string_lossy()))
}

/// The end of a text.
pub(crate) fn tail(text: &str) -> &str {
    let text = text.trim();
    let start = text.len().saturating_sub(OUTPUT_SHOWN);
    let start = (start..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    &text[start..]
}

/// A user's shell may be set up for another network.
pub(crate) fn without_settings_of_others(command: &mut Command) {
    let kept: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_fabric = ["CORE_", "ORDERER_", "FABRIC_CFG_PATH"].iter().any(|prefix| text.starts_with(prefix));
        if of_fabric && !kept.contains(&name) {
            command.env_remove(&name);
        }
    }
}

impl Network {
    /// The `peer` program as an organization's administrator, asking that organization's peer.
    pub(crate) fn peer_command(&self, peer: &Node) -> Result<Command, Error> {
        let folder = self.folder();
        let mut command = self.programs().command("peer")?;
        command
            .env("FABRIC_CFG_PATH", peer.folder(folder))
            .env("FABRIC_LOGGING_SPEC", "error")
            .env("CORE_PEER_ADDRESS", peer.address.to_string())
            .env("CORE_PEER_LOCALMSPID", &peer.msp_id)
            .env("CORE_PEER_MSPCONFIGPATH", peer.user(folder, "Admin").join("msp"))
            .env("CORE_PEER_TLS_ROOTCERT_FILE", peer.tls_authority(folder));
        Ok(command)
    }

    /// Tells the `peer` program whom to hand transactions to.
    pub(crate) fn add_orderer(&self, command: &mut Command) -> Result<(), Error> {
        let orderer = self.orderers().next().ok_or_else(|| Error::Unknown("ordering node".to_owned()))?;
        command.args(["--orderer", &orderer.address.to_string(), "--tls", "--cafile"]);
        command.arg(orderer.tls_authority(self.folder()));
        Ok(())
    }
}
