use crate::play::{Stage, Transcript};
use crate::site::Access;
use crate::workload::Planned;
use anyhow::Result;
use std::time::{SystemTime, UNIX_EPOCH};

/// Plays a workload on a channel of two networks, one after the other, in blocks of the same numbers. `progress` hears
/// on which network how many transactions are done.
///
/// # Errors
/// A network fails; what it refuses is no failure.
pub async fn play_on_both(
    accesses: [&Access; 2],
    (channel, block_size): (&str, usize),
    workload: &[Planned],
    progress: impl Fn(&Access, u64),
) -> Result<[Transcript; 2]> {
    let start = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let [one, other] = accesses;
    let mut one_stage = Stage::open(one.clone(), channel, block_size, start).await?;
    let mut other_stage = Stage::open(other.clone(), channel, block_size, start).await?;
    let height = one_stage.height().max(other_stage.height());
    one_stage.grow_to(height).await?;
    other_stage.grow_to(height).await?;
    Ok([
        one_stage.play(workload, |done| progress(one, done)).await?,
        other_stage.play(workload, |done| progress(other, done)).await?,
    ])
}
