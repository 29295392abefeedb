//! Trains the dictionaries of `records::codec` from a store, such as a demo's:
//!
//! ```text
//! cargo run --release -p records --example train_dictionaries -- gridbourse-data/records.redb FOLDER
//! ```
//!
//! A dictionary that is in use is never replaced: put a new one beside it and append it to the list in `codec.rs`.

use records::{Found, Kind, Record, Store, store::EmbeddedStore};
use std::{collections::BTreeMap, env, error::Error, fs, path::PathBuf};

/// Bytes of a dictionary: more saves little, and every program carries them.
const BYTES: usize = 16 << 10;
/// Records of a kind that are learned from, spread over the store.
const SAMPLES: usize = 4_000;
/// Bytes of one sample: the beginning of a long record says as much as all of it.
const SAMPLE_BYTES: usize = 8 << 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(file), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("name a store and a folder for the dictionaries".into());
    };
    let store = EmbeddedStore::open(&file)?;
    let mut by_kind: BTreeMap<Kind, Vec<Record>> = BTreeMap::new();
    let mut place = 0;
    loop {
        let page = store.since(place, 1_000).await?;
        let Some((last, _)) = page.last() else { break };
        place = last + 1;
        let ids: Vec<_> = page.into_iter().map(|(_, id)| id).collect();
        for found in store.get(&ids).await? {
            if let Found::Record(record) = found
                && let Some(kind) = record.kind()
            {
                by_kind.entry(kind).or_default().push(record);
            }
        }
    }
    for (kind, records) in by_kind {
        let step = records.len().div_ceil(SAMPLES);
        let samples: Vec<&[u8]> = records
            .iter()
            .step_by(step)
            .map(|record| &record.bytes()[..record.bytes().len().min(SAMPLE_BYTES)])
            .collect();
        let dictionary = zstd::dict::from_samples(&samples, BYTES)?;
        fs::write(folder.join(format!("{kind}-1.zdict")), dictionary)?;
    }
    Ok(())
}
