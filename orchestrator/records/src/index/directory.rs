//! What the platform knows of its members besides the chain, where only the hash of a member's information lies.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What is said about a member in a record's description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it generates from, as [`index/synonyms.txt`](super) calls it; `None` for a consumer.
    pub carrier: Option<String>,
    /// Its class of network fees.
    pub class: String,
}

/// The members' profiles by their identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory(pub BTreeMap<String, Profile>);

impl Directory {
    /// A member's profile.
    #[must_use]
    pub fn profile(&self, member: &str) -> Option<&Profile> {
        self.0.get(member)
    }

    /// Changes with any profile, so that an index knows what it was made with.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (member, Profile { name, carrier, class }) in &self.0 {
            for text in [member, name, carrier.as_deref().unwrap_or_default(), class] {
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
        }
        hex::encode(hash.finalize())
    }
}
