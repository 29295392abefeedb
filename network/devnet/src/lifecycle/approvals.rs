//! Which definitions an organization has agreed to, and with which package.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::LifecycleError;
use crate::ledger::Definition;

/// The approvals of one organization, kept in `approvals.json`.
pub(crate) struct Approvals {
    path: PathBuf,
    approvals: RwLock<Vec<Approval>>,
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Approval {
    channel: String,
    name: String,
    sequence: i64,
    /// SHA-256 of the definition, in hex.
    definition: String,
    package_id: String,
}

impl Approvals {
    pub(super) fn open(folder: &Path) -> Result<Self, LifecycleError> {
        let path = folder.join("approvals.json");
        let approvals = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| LifecycleError::file(&path)(error.into()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(LifecycleError::file(&path)(error)),
        };
        Ok(Self { path, approvals: RwLock::new(approvals) })
    }

    /// Agrees to a definition; an earlier approval of the same sequence is replaced.
    pub(super) fn approve(
        &self,
        channel: &str,
        definition: &Definition,
        package_id: &str,
    ) -> Result<(), LifecycleError> {
        let approval = Approval {
            channel: channel.to_owned(),
            name: definition.name.clone(),
            sequence: definition.sequence,
            definition: digest(definition),
            package_id: package_id.to_owned(),
        };
        let mut approvals = self.approvals.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = approvals.clone();
        changed.retain(|other| !other.is_for(channel, &definition.name, definition.sequence));
        changed.push(approval);
        self.write(&changed)?;
        *approvals = changed;
        Ok(())
    }

    /// Whether the organization has agreed to exactly this definition.
    pub(super) fn has_approved(&self, channel: &str, definition: &Definition) -> bool {
        let agreed = |approval: &Approval| approval.definition == digest(definition);
        self.find(channel, &definition.name, definition.sequence, agreed).unwrap_or(false)
    }

    /// The package that the organization runs for a definition.
    pub(super) fn package_id(&self, channel: &str, name: &str, sequence: i64) -> Option<String> {
        self.find(channel, name, sequence, |approval| approval.package_id.clone())
    }

    /// Channel and chaincode name of each definition that a package is approved for.
    pub(super) fn uses(&self, package_id: &str) -> Vec<(String, String)> {
        let approvals = self.approvals.read().unwrap_or_else(PoisonError::into_inner);
        let uses = approvals.iter().filter(|approval| approval.package_id == package_id);
        uses.map(|approval| (approval.channel.clone(), approval.name.clone())).collect()
    }

    /// Something about the approval of a definition, if there is one.
    fn find<T>(&self, channel: &str, name: &str, sequence: i64, take: impl FnOnce(&Approval) -> T) -> Option<T> {
        let approvals = self.approvals.read().unwrap_or_else(PoisonError::into_inner);
        approvals.iter().find(|approval| approval.is_for(channel, name, sequence)).map(take)
    }

    /// Replaces the file in one step.
    fn write(&self, approvals: &[Approval]) -> Result<(), LifecycleError> {
        let failed = LifecycleError::file(&self.path);
        let new = self.path.with_extension("new");
        let text = serde_json::to_vec_pretty(approvals).map_err(|error| failed(error.into()))?;
        let mut file = File::create(&new).map_err(&failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(&failed)?;
        fs::rename(&new, &self.path).map_err(&failed)
    }
}

impl Approval {
    fn is_for(&self, channel: &str, name: &str, sequence: i64) -> bool {
        (self.channel.as_str(), self.name.as_str(), self.sequence) == (channel, name, sequence)
    }
}

/// Fingerprint of all that organizations agree on.
fn digest(definition: &Definition) -> String {
    let mut hasher = Sha256::new();
    for (key, value) in definition.writes() {
        // Lengths first, so that no two definitions run into the same bytes.
        for part in [key.as_bytes(), &value] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    hex::encode(hasher.finalize())
}
