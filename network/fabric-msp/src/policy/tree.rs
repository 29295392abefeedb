//! The policies of a channel, by path.

use std::collections::BTreeMap;
use std::sync::Arc;

use fabric_protos::common::implicit_meta_policy::Rule;
use fabric_protos::common::policy::PolicyType;
use fabric_protos::common::{ConfigGroup, ImplicitMetaPolicy};
use prost::Message;

use super::signed::{SignedData, verified_identities};
use super::{PolicyError, SignaturePolicy};
use crate::identity::Identity;
use crate::manager::MspManager;

/// Name of the root group in paths.
const ROOT: &str = "Channel";

/// A policy of the configuration.
#[derive(Clone, Debug)]
pub enum Policy {
    /// A rule over principals.
    Signature(SignaturePolicy),
    /// A rule over the policies of the groups below.
    ImplicitMeta {
        /// How many of them must hold.
        needed: usize,
        /// The policies that exist; a group without one counts for `needed` but never holds.
        policies: Vec<Arc<Policy>>,
    },
}

impl Policy {
    /// Whether these identities, each of which has signed, satisfy the policy.
    pub fn is_satisfied_by(&self, identities: &[Arc<Identity>]) -> bool {
        match self {
            Self::Signature(policy) => policy.is_satisfied_by(identities),
            Self::ImplicitMeta { needed, policies } => {
                policies.iter().filter(|policy| policy.is_satisfied_by(identities)).take(*needed).count() == *needed
            }
        }
    }

    /// Whether the signatures are right and satisfy the policy. Each signature is verified once, however many
    /// sub-policies there are.
    pub fn is_satisfied_by_signatures<'a>(
        &self,
        manager: &MspManager,
        signed: impl IntoIterator<Item = &'a SignedData>,
    ) -> bool {
        self.is_satisfied_by(&verified_identities(manager, signed))
    }

    /// Whether one identity from each of these organizations, in any role, would satisfy the policy.
    pub fn could_be_satisfied_by(&self, mspids: &[&str]) -> bool {
        match self {
            Self::Signature(policy) => policy.could_be_satisfied_by(mspids),
            Self::ImplicitMeta { needed, policies } => {
                policies.iter().filter(|policy| policy.could_be_satisfied_by(mspids)).count() >= *needed
            }
        }
    }
}

/// All policies of a channel, by absolute path such as `/Channel/Application/Writers`.
#[derive(Clone, Debug, Default)]
pub struct PolicyTree {
    policies: BTreeMap<String, Arc<Policy>>,
}

impl PolicyTree {
    /// From the root group of a configuration.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn new(root: &ConfigGroup) -> Result<Self, PolicyError> {
        let mut tree = Self::default();
        tree.add(&format!("/{ROOT}"), root)?;
        Ok(tree)
    }

    /// The policy at an absolute path.
    pub fn get(&self, path: &str) -> Option<&Arc<Policy>> {
        self.policies.get(path)
    }

    /// The policy that an element of the configuration names, for example its modification policy: absolute, or
    /// relative to the group at `group_path`.
    pub fn get_from(&self, group_path: &str, name: &str) -> Option<&Arc<Policy>> {
        if name.starts_with('/') { self.get(name) } else { self.get(&format!("{group_path}/{name}")) }
    }

    /// Adds the groups below first, because implicit meta policies refer to theirs.
    fn add(&mut self, path: &str, group: &ConfigGroup) -> Result<(), PolicyError> {
        for (name, child) in &group.groups {
            self.add(&format!("{path}/{name}"), child)?;
        }
        for (name, policy) in &group.policies {
            let path_of_policy = format!("{path}/{name}");
            let policy = policy.policy.as_ref().ok_or(PolicyError::Empty)?;
            let compiled = match PolicyType::try_from(policy.r#type) {
                Ok(PolicyType::Signature) => Policy::Signature(SignaturePolicy::decode(&policy.value)?),
                Ok(PolicyType::ImplicitMeta) => self.implicit_meta(path, group, &policy.value)?,
                _ => return Err(PolicyError::Kind { path: path_of_policy, kind: policy.r#type }),
            };
            self.policies.insert(path_of_policy, Arc::new(compiled));
        }
        Ok(())
    }

    fn implicit_meta(&self, path: &str, group: &ConfigGroup, bytes: &[u8]) -> Result<Policy, PolicyError> {
        let malformed = |reason: &dyn std::error::Error| PolicyError::Malformed {
            what: "an implicit meta policy",
            reason: reason.to_string(),
        };
        let policy = ImplicitMetaPolicy::decode(bytes).map_err(|error| malformed(&error))?;
        let groups = group.groups.len();
        let needed = match Rule::try_from(policy.rule) {
            _ if groups == 0 => 0,
            Ok(Rule::Any) => 1,
            Ok(Rule::All) => groups,
            Ok(Rule::Majority) => groups / 2 + 1,
            Err(error) => return Err(malformed(&error)),
        };
        let policies = group
            .groups
            .keys()
            .filter_map(|child| self.policies.get(&format!("{path}/{child}/{}", policy.sub_policy)).cloned())
            .collect();
        Ok(Policy::ImplicitMeta { needed, policies })
    }
}
