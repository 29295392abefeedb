//! Whether endorsements satisfy the policies of what a transaction writes.
//!
//! Each namespace that is written is checked, and that of the chaincode that was called. A key with a policy of its own
//! (in its metadata) needs that one, a private key its collection's, all others the chaincode's. A key whose policy is
//! changed by an earlier transaction of the same block cannot be written: nobody knows yet whether that one is valid.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use fabric_msp::config::LIFECYCLE_ENDORSEMENT;
use fabric_msp::{ChannelConfig, Identity, Policy, SignaturePolicy};
use fabric_protos::kvrwset::KvMetadataWrite;
use fabric_protos::protos::{ApplicationPolicy, MetaDataKeys, TxValidationCode, application_policy};
use prost::Message;

use super::envelope::Endorsed;
use crate::state::{Definition, LIFECYCLE, Space, State, definition};
use crate::transaction::ReadWriteSet;

/// Fabric's built-in validation.
const PLUGIN: &str = "vscc";
/// Each organization has a collection of this name and its MSP id in every namespace.
const IMPLICIT_COLLECTION: &str = "_implicit_org_";

/// A policy; none if nobody can satisfy it.
type Compiled = Option<Arc<Policy>>;

/// Checks the transactions of one block, in order, against the state before the block.
pub(super) struct PolicyCheck<'a> {
    config: &'a ChannelConfig,
    state: &'a State,
    /// Keys whose metadata an earlier transaction of the block changes.
    changed: HashSet<(Space, Vec<u8>)>,
    /// What the namespaces met so far need; none for those that are no chaincode's.
    namespaces: HashMap<String, Option<NamespacePolicy>>,
}

struct NamespacePolicy {
    chaincode: Compiled,
    definition: Definition,
}

impl<'a> PolicyCheck<'a> {
    pub(super) fn new(config: &'a ChannelConfig, state: &'a State) -> Self {
        Self { config, state, changed: HashSet::new(), namespaces: HashMap::new() }
    }

    /// The code of the next transaction as far as endorsements go.
    pub(super) fn check(&mut self, endorsed: &Endorsed) -> TxValidationCode {
        let sets = &endorsed.transaction.sets;
        let written = sets.iter().filter(|set| set.writes_anything()).map(|set| set.space.namespace.as_str());
        let namespaces: BTreeSet<&str> = written.chain([endorsed.transaction.chaincode.as_str()]).collect();
        for namespace in namespaces {
            if !self.namespaces.contains_key(namespace) {
                self.namespaces.insert(namespace.to_owned(), self.namespace_policy(namespace));
            }
            let Some(Some(policy)) = self.namespaces.get(namespace) else { return TxValidationCode::InvalidChaincode };
            let sets = || sets.iter().filter(|set| set.space.namespace == namespace);
            if !self.holds(policy, sets(), &endorsed.signers) {
                return TxValidationCode::EndorsementPolicyFailure;
            }
            for set in sets() {
                self.changed.extend(set.metadata.iter().map(|(key, _)| (set.space.clone(), key.clone())));
            }
        }
        TxValidationCode::Valid
    }

    /// Whether the policies of all keys that these sets of one namespace write hold; of none, the chaincode's must.
    fn holds<'b>(
        &self,
        policy: &NamespacePolicy,
        sets: impl Iterator<Item = &'b ReadWriteSet>,
        signers: &[Arc<Identity>],
    ) -> bool {
        let (mut asked_any, mut satisfied) = (false, HashSet::new());
        for set in sets {
            let keys = set.writes.iter().map(|(key, _)| key).chain(set.metadata.iter().map(|(key, _)| key));
            for key in keys {
                asked_any = true;
                if self.changed.contains(&(set.space.clone(), key.clone())) {
                    return false;
                }
                if let Some(policy) = self.state.get(&set.space, key).and_then(|entry| key_policy(&entry.metadata)) {
                    // One that is not well made cannot be satisfied; whoever set it endorsed it.
                    if !SignaturePolicy::decode(&policy).is_ok_and(|policy| policy.is_satisfied_by(signers)) {
                        return false;
                    }
                } else if satisfied.insert(&set.space.collection)
                    && !satisfies(&self.collection_policy(policy, &set.space.collection), signers)
                {
                    return false;
                }
            }
        }
        asked_any || satisfies(&policy.chaincode, signers)
    }

    fn collection_policy(&self, policy: &NamespacePolicy, collection: &str) -> Compiled {
        if collection.is_empty() {
            return policy.chaincode.clone();
        }
        if let Some(mspid) = collection.strip_prefix(IMPLICIT_COLLECTION) {
            let organization = self.config.organization_by_mspid(mspid)?;
            let path = format!("/Channel/Application/{}/Endorsement", organization.name);
            return self.config.policies.get(&path).cloned();
        }
        match &policy.definition.collection(collection)?.endorsement_policy {
            Some(policy) => compile(self.config, policy),
            None => policy.chaincode.clone(),
        }
    }

    fn namespace_policy(&self, namespace: &str) -> Option<NamespacePolicy> {
        if namespace == LIFECYCLE {
            let chaincode = self.config.policies.get(LIFECYCLE_ENDORSEMENT).cloned();
            return Some(NamespacePolicy { chaincode, definition: Definition::default() });
        }
        let definition = definition(self.state, namespace)?;
        if definition.validation.validation_plugin != PLUGIN || definition.validation.validation_parameter.is_empty() {
            return None;
        }
        Some(NamespacePolicy { chaincode: endorsement_policy(self.config, &definition), definition })
    }
}

/// A chaincode's endorsement policy.
pub(crate) fn endorsement_policy(config: &ChannelConfig, definition: &Definition) -> Compiled {
    let policy = ApplicationPolicy::decode(definition.validation.validation_parameter.as_slice()).ok()?;
    compile(config, &policy)
}

fn compile(config: &ChannelConfig, policy: &ApplicationPolicy) -> Compiled {
    match policy.r#type.as_ref()? {
        application_policy::Type::SignaturePolicy(policy) => {
            Some(Arc::new(Policy::Signature(SignaturePolicy::new(policy).ok()?)))
        }
        application_policy::Type::ChannelConfigPolicyReference(path) => config.policies.get(path).cloned(),
    }
}

fn satisfies(policy: &Compiled, signers: &[Arc<Identity>]) -> bool {
    policy.as_ref().is_some_and(|policy| policy.is_satisfied_by(signers))
}

/// The policy in a key's metadata, a `common.SignaturePolicyEnvelope`.
pub(crate) fn key_policy(metadata: &[u8]) -> Option<Vec<u8>> {
    let name = MetaDataKeys::ValidationParameter.as_str_name();
    let entries = KvMetadataWrite::decode(metadata).ok()?.entries;
    entries.into_iter().find(|entry| entry.name == name && !entry.value.is_empty()).map(|entry| entry.value)
}
