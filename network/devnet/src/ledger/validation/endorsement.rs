//! Whether the endorsements of a transaction satisfy the policies of what it writes.
//!
//! Each namespace that is written, and that of the invoked chaincode, is checked: a key that has a policy of its own
//! (metadata `VALIDATION_PARAMETER`) needs that one, a hashed key its collection's, all others the chaincode's. A key
//! whose policy is changed by a transaction before it in the same block cannot be written: that transaction may yet turn
//! out to be invalid. (Fabric's `core/common/validation/statebased`.)

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use fabric_msp::config::LIFECYCLE_ENDORSEMENT;
use fabric_msp::{ChannelConfig, Identity, Policy, SignaturePolicy};
use fabric_protos::kvrwset::KvMetadataWrite;
use fabric_protos::protos::{ApplicationPolicy, MetaDataKeys, TxValidationCode, application_policy};
use prost::Message;

use super::envelope::EndorsedSet;
use crate::ledger::definition::{self, Definition, LIFECYCLE};
use crate::ledger::error::LedgerError;
use crate::ledger::read_write_set::NamespaceSet;
use crate::ledger::state::{Space, StateRead};

/// The only validation plugin there is, Fabric's built-in one.
const PLUGIN: &str = "vscc";

/// Each organization has a collection of its own in every namespace, of this name and its MSP id.
const IMPLICIT_COLLECTION: &str = "_implicit_org_";

/// Checks the transactions of one block, in order.
pub(crate) struct PolicyCheck<'a, S> {
    config: &'a ChannelConfig,
    state: &'a S,
    /// Keys whose metadata an earlier transaction of the block changes.
    changed: HashSet<(Space, Vec<u8>)>,
    /// What the state says about the namespaces met so far; `None` if it is no chaincode's.
    namespaces: HashMap<String, Option<NamespacePolicy>>,
}

/// A policy, or `None` if it is such that nobody can satisfy it.
type Compiled = Option<Arc<Policy>>;

struct NamespacePolicy {
    chaincode: Compiled,
    definition: Option<Definition>,
}

/// What has been checked of one namespace of one transaction.
struct Progress<'a> {
    policy: &'a NamespacePolicy,
    signers: &'a [Arc<Identity>],
    /// Collections whose policy holds; the empty name is the chaincode's own policy.
    satisfied: HashSet<&'a str>,
    /// Some policy was checked, if only a key's.
    any: bool,
}

impl<'a, S: StateRead> PolicyCheck<'a, S> {
    pub(crate) fn new(config: &'a ChannelConfig, state: &'a S) -> Self {
        Self { config, state, changed: HashSet::new(), namespaces: HashMap::new() }
    }

    /// The code of the next transaction as far as endorsements go.
    pub(crate) fn check(&mut self, transaction: &EndorsedSet) -> Result<TxValidationCode, LedgerError> {
        let written = transaction.read_write_set.iter().filter(|set| set.writes()).map(|set| set.namespace.as_str());
        let namespaces: BTreeSet<&str> = written.chain([transaction.chaincode.as_str()]).collect();
        let nothing = NamespaceSet::default();
        for namespace in namespaces {
            if !self.namespaces.contains_key(namespace) {
                let policy = self.namespace_policy(namespace)?;
                self.namespaces.insert(namespace.to_owned(), policy);
            }
            let Some(Some(policy)) = self.namespaces.get(namespace) else {
                return Ok(TxValidationCode::InvalidChaincode);
            };
            let set = transaction.read_write_set.iter().find(|set| set.namespace == namespace).unwrap_or(&nothing);
            let progress = Progress { policy, signers: &transaction.signers, satisfied: HashSet::new(), any: false };
            if !self.check_namespace(set, progress)? {
                return Ok(TxValidationCode::EndorsementPolicyFailure);
            }
            self.note_changes(set);
        }
        Ok(TxValidationCode::Valid)
    }

    fn check_namespace<'b>(&self, set: &'b NamespaceSet, mut progress: Progress<'b>) -> Result<bool, LedgerError> {
        let public = Space::public(&set.namespace);
        let values = set.public.writes.iter().map(|write| &write.key);
        let metadata = set.public.metadata_writes.iter().map(|write| &write.key);
        for key in values.chain(metadata) {
            if !self.check_key(&public, key.as_bytes(), "", &mut progress)? {
                return Ok(false);
            }
        }
        for collection in &set.collections {
            let space = Space { namespace: set.namespace.clone(), collection: collection.name.clone() };
            let values = collection.hashed.hashed_writes.iter().map(|write| &write.key_hash);
            let metadata = collection.hashed.metadata_writes.iter().map(|write| &write.key_hash);
            for key in values.chain(metadata) {
                if !self.check_key(&space, key, &collection.name, &mut progress)? {
                    return Ok(false);
                }
            }
        }
        Ok(progress.any || satisfies(progress.policy.chaincode.as_deref(), progress.signers))
    }

    fn check_key<'b>(
        &self,
        space: &Space,
        key: &[u8],
        collection: &'b str,
        progress: &mut Progress<'b>,
    ) -> Result<bool, LedgerError> {
        if !self.changed.is_empty() && self.changed.contains(&(space.clone(), key.to_vec())) {
            return Ok(false);
        }
        let metadata = self.state.get(&space.name(), key)?.map(|value| value.metadata).unwrap_or_default();
        match key_policy(&metadata) {
            None => Ok(self.check_collection(collection, progress)),
            Some(policy) => {
                progress.any = true;
                // A policy that is not well made cannot be satisfied; whoever set it endorsed it.
                let policy = SignaturePolicy::decode(&policy);
                Ok(policy.is_ok_and(|policy| policy.is_satisfied_by(progress.signers)))
            }
        }
    }

    fn check_collection<'b>(&self, collection: &'b str, progress: &mut Progress<'b>) -> bool {
        if progress.satisfied.contains(collection) {
            return true;
        }
        progress.any = true;
        let satisfied = match self.collection_policy(collection, progress.policy) {
            CollectionPolicy::Own(policy) => satisfies(policy.as_deref(), progress.signers),
            CollectionPolicy::Chaincode => satisfies(progress.policy.chaincode.as_deref(), progress.signers),
        };
        if satisfied {
            progress.satisfied.insert(collection);
        }
        satisfied
    }

    fn collection_policy(&self, collection: &str, policy: &NamespacePolicy) -> CollectionPolicy {
        if collection.is_empty() {
            return CollectionPolicy::Chaincode;
        }
        if let Some(mspid) = collection.strip_prefix(IMPLICIT_COLLECTION) {
            let organization = self.config.organization_by_mspid(mspid);
            return CollectionPolicy::Own(organization.and_then(|organization| {
                let path = format!("/Channel/Application/{}/Endorsement", organization.name);
                self.config.policies.get(&path).cloned()
            }));
        }
        match policy.definition.as_ref().and_then(|definition| definition.collection(collection)) {
            Some(collection) => match &collection.endorsement_policy {
                Some(policy) => CollectionPolicy::Own(self.compile(policy)),
                None => CollectionPolicy::Chaincode,
            },
            None => CollectionPolicy::Own(None),
        }
    }

    fn namespace_policy(&self, namespace: &str) -> Result<Option<NamespacePolicy>, LedgerError> {
        if namespace == LIFECYCLE {
            let chaincode = self.config.policies.get(LIFECYCLE_ENDORSEMENT).cloned();
            return Ok(Some(NamespacePolicy { chaincode, definition: None }));
        }
        let Some(definition) = definition::read(self.state, namespace)? else { return Ok(None) };
        let info = &definition.validation_info;
        if info.validation_plugin != PLUGIN || info.validation_parameter.is_empty() {
            return Ok(None);
        }
        let policy = ApplicationPolicy::decode(info.validation_parameter.as_slice()).ok();
        let chaincode = policy.and_then(|policy| self.compile(&policy));
        Ok(Some(NamespacePolicy { chaincode, definition: Some(definition) }))
    }

    fn compile(&self, policy: &ApplicationPolicy) -> Compiled {
        match policy.r#type.as_ref()? {
            application_policy::Type::SignaturePolicy(policy) => {
                Some(Arc::new(Policy::Signature(SignaturePolicy::new(policy).ok()?)))
            }
            application_policy::Type::ChannelConfigPolicyReference(path) => self.config.policies.get(path).cloned(),
        }
    }

    fn note_changes(&mut self, set: &NamespaceSet) {
        let public = Space::public(&set.namespace);
        for write in &set.public.metadata_writes {
            self.changed.insert((public.clone(), write.key.clone().into_bytes()));
        }
        for collection in &set.collections {
            let space = Space { namespace: set.namespace.clone(), collection: collection.name.clone() };
            for write in &collection.hashed.metadata_writes {
                self.changed.insert((space.clone(), write.key_hash.clone()));
            }
        }
    }
}

enum CollectionPolicy {
    Own(Compiled),
    Chaincode,
}

fn satisfies(policy: Option<&Policy>, signers: &[Arc<Identity>]) -> bool {
    policy.is_some_and(|policy| policy.is_satisfied_by(signers))
}

/// The policy in a key's metadata, a `common.SignaturePolicyEnvelope`.
pub(crate) fn key_policy(metadata: &[u8]) -> Option<Vec<u8>> {
    if metadata.is_empty() {
        return None;
    }
    let name = MetaDataKeys::ValidationParameter.as_str_name();
    let entries = KvMetadataWrite::decode(metadata).ok()?.entries;
    entries.into_iter().find(|entry| entry.name == name && !entry.value.is_empty()).map(|entry| entry.value)
}
