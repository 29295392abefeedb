//! Endorsement policies and who satisfies them.

use std::collections::BTreeSet;

use fabric_protos::common::{SignaturePolicy, SignaturePolicyEnvelope, signature_policy};
use fabric_protos::msp::MspRole;
use prost::Message as _;

/// A chaincode's endorsement policy: peers of some of these organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    needed: usize,
    msp_ids: BTreeSet<String>,
}

impl Policy {
    /// A peer of each organization, by MSP id.
    pub fn all_of<T: Into<String>>(msp_ids: impl IntoIterator<Item = T>) -> Self {
        let msp_ids: BTreeSet<_> = msp_ids.into_iter().map(Into::into).collect();
        Self { needed: msp_ids.len(), msp_ids }
    }

    /// A peer of one of them.
    pub fn any_of<T: Into<String>>(msp_ids: impl IntoIterator<Item = T>) -> Self {
        Self::out_of(1, msp_ids)
    }

    /// Peers of `needed` of them.
    pub fn out_of<T: Into<String>>(needed: usize, msp_ids: impl IntoIterator<Item = T>) -> Self {
        Self { needed, msp_ids: msp_ids.into_iter().map(Into::into).collect() }
    }

    pub(super) fn organizations(&self) -> impl Iterator<Item = String> {
        self.msp_ids.iter().cloned()
    }

    pub(super) fn is_satisfied(&self, endorsers: &BTreeSet<String>) -> bool {
        self.msp_ids.intersection(endorsers).count() >= self.needed
    }
}

/// Whether one peer of each endorser satisfies a serialized key-level policy; an unreadable one never is satisfied.
pub(super) fn satisfies_key_policy(policy: &[u8], endorsers: &BTreeSet<String>) -> bool {
    let Ok(envelope) = SignaturePolicyEnvelope::decode(policy) else { return false };
    let roles = envelope.identities.iter().map(|identity| MspRole::decode(identity.principal.as_slice()));
    let Ok(roles) = roles.collect::<Result<Vec<_>, _>>() else { return false };
    let mut unused = endorsers.clone();
    envelope.rule.is_some_and(|rule| is_satisfied(&rule, &roles, &mut unused))
}

/// Evaluates a rule; each endorsement counts for one principal.
fn is_satisfied(rule: &SignaturePolicy, roles: &[MspRole], unused: &mut BTreeSet<String>) -> bool {
    match &rule.r#type {
        Some(signature_policy::Type::SignedBy(index)) => {
            let role = usize::try_from(*index).ok().and_then(|index| roles.get(index));
            role.is_some_and(|role| unused.remove(&role.msp_identifier))
        }
        Some(signature_policy::Type::NOutOf(rule)) => {
            let mut satisfied = 0;
            for rule in &rule.rules {
                let mut left = unused.clone();
                if is_satisfied(rule, roles, &mut left) {
                    satisfied += 1;
                    *unused = left;
                }
            }
            satisfied >= rule.n
        }
        None => false,
    }
}
