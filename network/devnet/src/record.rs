//! What the data folder knows about its network: `network.json`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::Network;
use crate::error::Error;

/// The network of a data folder, and the ports that its nodes had last.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) network: Network,
    /// By name of the organization.
    pub(crate) ports: BTreeMap<String, u16>,
    pub(crate) orderer_port: Option<u16>,
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("network.json")
}

impl Record {
    /// Reads the record, or begins one. The network may have gained channels since, and nothing else.
    pub(crate) fn open(data_dir: &Path, network: &Network) -> Result<Self, Error> {
        let path = path(data_dir);
        let failed = |source| Error::File { path: path.clone(), source };
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { network: network.clone(), ports: BTreeMap::new(), orderer_port: None });
            }
            Err(error) => return Err(failed(error)),
        };
        let mut record: Self = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
        if let Some(difference) = difference(&record.network, network) {
            return Err(Error::OtherNetwork { folder: data_dir.to_owned(), difference });
        }
        record.network = network.clone();
        Ok(record)
    }

    /// Replaces the file in one step.
    pub(crate) fn write(&self, data_dir: &Path) -> Result<(), Error> {
        let path = path(data_dir);
        let failed = |source| Error::File { path: path.clone(), source };
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let new = path.with_extension("new");
        let mut file = File::create(&new).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&new, &path).map_err(failed)
    }
}

/// What keeps a data folder from being that of a network. Batch settings may differ: they only count when a channel is
/// made.
fn difference(recorded: &Network, network: &Network) -> Option<String> {
    if recorded.domain != network.domain {
        return Some(format!("domain {}, not {}", recorded.domain, network.domain));
    }
    if recorded.organizations != network.organizations {
        return Some("other organizations".to_owned());
    }
    recorded.channels.iter().find_map(|old| match network.channels.iter().find(|new| new.name == old.name) {
        None => Some(format!("a channel '{}'", old.name)),
        Some(new) if (&new.members, &new.administrators) != (&old.members, &old.administrators) => {
            Some(format!("other members of channel '{}'", old.name))
        }
        Some(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Channel;

    #[test]
    fn a_folder_stays_with_its_network() {
        let folder = tempfile::tempdir().unwrap();
        let mut network = Network::generic(2, "ch");
        let mut record = Record::open(folder.path(), &network).unwrap();
        record.ports.insert("org1".to_owned(), 7);
        record.write(folder.path()).unwrap();
        assert_eq!(Record::open(folder.path(), &network).unwrap().ports["org1"], 7);

        network.channels.push(Channel::new("second", ["org1"]));
        network.channels[0].batch.max_message_count = 7;
        Record::open(folder.path(), &network).unwrap();

        let error = Record::open(folder.path(), &Network::generic(3, "ch")).unwrap_err().to_string();
        assert!(error.starts_with("DEVNET_OTHER_NETWORK: ") && error.contains("other organizations"), "{error}");
        let error = Record::open(folder.path(), &Network::generic(2, "other")).unwrap_err().to_string();
        assert!(error.contains("a channel 'ch'"), "{error}");
    }
}
