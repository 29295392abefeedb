//! Which network a benchmark of the market runs on.

use super::venue::Venue;
use crate::commands::contracts::Contracts;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// An embedded network of its own, if nothing else is said.
#[derive(clap::Args)]
pub(crate) struct NetworkChoice {
    /// Use a market network that runs, as `gridbourse network up` or `gridbourse devnet --market --ready-file FILE` wrote
    /// it
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    network: Option<PathBuf>,
    /// Bring up real Fabric with five organizations, from programs found on PATH or in FABRIC_BIN, and end it afterwards
    #[arg(long, conflicts_with = "network")]
    real_fabric: bool,
    /// Keep the network that is brought up here in place of a temporary folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl NetworkChoice {
    /// The market's network with its contracts.
    pub(super) async fn market(&self, temporary: &Path, contracts: &Contracts) -> Result<Venue> {
        let folder = self.data_dir.as_deref().unwrap_or(temporary);
        match &self.network {
            Some(file) => Venue::join(file),
            None if self.real_fabric => Venue::real_market(folder, contracts),
            None => Venue::embedded_market(folder, contracts).await,
        }
    }
}
