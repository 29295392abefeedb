//! The benchmark contract on the official Node shim.
//! TODO placeholder

use crate::commands::bench::venue::Venue;
use anyhow::Result;
use std::path::PathBuf;

/// The chaincode's name.
pub(super) const CHAINCODE: &str = "benchmark-node";

#[derive(clap::Args)]
pub(crate) struct Source {
    /// Folder of the contract for Node
    #[arg(long, value_name = "DIR")]
    node_contract: Option<PathBuf>,
}

pub(super) struct NodeContract;

impl Source {
    pub(super) fn find(&self) -> Result<Option<NodeContract>> {
        Ok(None)
    }
}

impl NodeContract {
    pub(super) fn deploy(&self, _venue: &mut Venue, _endorsers: &[String]) -> Result<()> {
        Ok(())
    }
}
