//! A real network's blocks as files, for tests on machines without Fabric.

use anyhow::{Context as _, Result};
use fabric_client::Network;
use fabric_protos::Message as _;
use std::fs;
use std::path::Path;

/// Writes all blocks of a channel, `0000.pb` and on: `common.Block` as the peer has it, with its metadata.
///
/// # Errors
/// The peer does not answer, or a file cannot be written.
pub async fn record(channel: &Network, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for number in 0..channel.chain_info().await?.height {
        let file = folder.join(format!("{number:04}.pb"));
        let block = channel.block(number).await?;
        fs::write(&file, block.encode_to_vec()).with_context(|| file.display().to_string())?;
    }
    Ok(())
}
