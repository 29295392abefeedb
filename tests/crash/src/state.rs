//! Compares the state that the network has with the one that a replay of its blocks gives.

use crate::Error;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric_client::Contract;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Keys that are read at the same time.
const READS_UNDER_WAY: usize = 64;

/// What the contract's `range` answers.
#[derive(Deserialize)]
struct Scan {
    keys: usize,
}

/// The first difference found. The states are equal if every replayed key has its value and there are not more keys
/// than those.
pub(crate) async fn difference(
    contract: &Contract,
    replayed: BTreeMap<String, Vec<u8>>,
) -> Result<Option<String>, Error> {
    let scan = contract.evaluate("range", ["", ""]).await?;
    let scan: Scan = serde_json::from_slice(&scan).map_err(|e| Error::Contract(e.to_string()))?;
    if scan.keys != replayed.len() {
        return Ok(Some(format!("the state has {} keys, the replay {}", scan.keys, replayed.len())));
    }
    let mut reads = stream::iter(replayed)
        .map(|(key, value)| async move { (read(contract, &key).await, key, value) })
        .buffer_unordered(READS_UNDER_WAY);
    while let Some((present, key, value)) = reads.next().await {
        match present? {
            Some(present) if present == value => {}
            Some(_) => return Ok(Some(format!("key {key:?} has another value"))),
            None => return Ok(Some(format!("key {key:?} is missing"))),
        }
    }
    Ok(None)
}

/// A key's value, `None` if the key does not exist.
async fn read(contract: &Contract, key: &str) -> Result<Option<Vec<u8>>, Error> {
    match contract.evaluate("read", [key]).await {
        Ok(answer) => {
            let text: String = serde_json::from_slice(&answer).map_err(|e| Error::Contract(e.to_string()))?;
            STANDARD.decode(text).map(Some).map_err(|e| Error::Contract(e.to_string()))
        }
        Err(error) if error.contract_error().is_some_and(|error| error.code == Some("MISSING")) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
