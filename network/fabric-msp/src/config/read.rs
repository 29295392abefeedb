//! Values of configuration groups.

use std::collections::BTreeSet;
use std::time::Duration;

use fabric_protos::common::{Capabilities, ConfigGroup, OrdererAddresses, Orderers};
use fabric_protos::orderer::{BatchTimeout, ConsensusType};
use prost::Message;

use super::{ConfigError, Consensus};

pub(super) fn decode<M: Message + Default>(what: &str, bytes: &[u8]) -> Result<M, ConfigError> {
    M::decode(bytes).map_err(|error| ConfigError::Malformed { what: what.to_owned(), reason: error.to_string() })
}

/// The group's value with this key, if it has one.
pub(super) fn value<M: Message + Default>(group: &ConfigGroup, key: &str) -> Result<Option<M>, ConfigError> {
    group.values.get(key).map(|value| decode(key, &value.value)).transpose()
}

pub(super) fn capabilities(group: &ConfigGroup) -> Result<BTreeSet<String>, ConfigError> {
    let capabilities: Option<Capabilities> = value(group, "Capabilities")?;
    Ok(capabilities.unwrap_or_default().capabilities.into_keys().collect())
}

pub(super) fn addresses(group: &ConfigGroup, key: &str) -> Result<Vec<String>, ConfigError> {
    let addresses: Option<OrdererAddresses> = value(group, key)?;
    Ok(addresses.unwrap_or_default().addresses)
}

pub(super) fn batch_timeout(orderer: &ConfigGroup) -> Result<Duration, ConfigError> {
    let BatchTimeout { timeout } = value(orderer, "BatchTimeout")?.ok_or(ConfigError::Missing("BatchTimeout"))?;
    go_duration(&timeout).ok_or(ConfigError::Value { what: "BatchTimeout", value: timeout })
}

pub(super) fn consensus(orderer: &ConfigGroup) -> Result<Consensus, ConfigError> {
    let consensus: ConsensusType = value(orderer, "ConsensusType")?.ok_or(ConfigError::Missing("ConsensusType"))?;
    match consensus.r#type.as_str() {
        "etcdraft" => Ok(Consensus::Raft(decode("ConsensusType metadata", &consensus.metadata)?)),
        "BFT" => {
            let orderers: Orderers = value(orderer, "Orderers")?.ok_or(ConfigError::Missing("Orderers"))?;
            let options = Box::new(decode("ConsensusType metadata", &consensus.metadata)?);
            Ok(Consensus::Bft { options, consenters: orderers.consenter_mapping })
        }
        other => Err(ConfigError::Value { what: "ConsensusType", value: other.to_owned() }),
    }
}

/// A duration in Go's notation, such as `300ms` or `1m30s`; whole numbers and positive only.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|character: char| !character.is_ascii_digit())?);
        let (unit, after) =
            after.split_at(after.find(|character: char| character.is_ascii_digit()).unwrap_or(after.len()));
        let number: u64 = number.parse().ok()?;
        total += match unit {
            "h" => Duration::from_secs(number.checked_mul(3600)?),
            "m" => Duration::from_secs(number.checked_mul(60)?),
            "s" => Duration::from_secs(number),
            "ms" => Duration::from_millis(number),
            "us" | "µs" => Duration::from_micros(number),
            "ns" => Duration::from_nanos(number),
            _ => return None,
        };
        rest = after;
    }
    (!total.is_zero()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_gos_notation() {
        assert_eq!(go_duration("300ms"), Some(Duration::from_millis(300)));
        assert_eq!(go_duration("2s"), Some(Duration::from_secs(2)));
        assert_eq!(go_duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(go_duration("1h"), Some(Duration::from_secs(3600)));
        for wrong in ["", "0s", "5", "s", "-1s", "1x", "99999999999999999999s"] {
            assert_eq!(go_duration(wrong), None, "{wrong}");
        }
    }
}
