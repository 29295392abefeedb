//! Signature policies, evaluated as Fabric does.

use std::collections::BTreeSet;
use std::sync::Arc;

use fabric_protos::common::signature_policy::Type;
use fabric_protos::common::{SignaturePolicy as Rule, SignaturePolicyEnvelope};
use prost::Message;

use super::PolicyError;
use crate::identity::{Identity, Principal};

/// A rule over principals, ready to be asked.
#[derive(Clone, Debug)]
pub struct SignaturePolicy {
    root: Node,
}

#[derive(Clone, Debug)]
enum Node {
    SignedBy(Principal),
    /// So many of these must hold; zero or less always do.
    Gate {
        needed: i32,
        rules: Vec<Node>,
    },
}

impl SignaturePolicy {
    /// From its message.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn new(envelope: &SignaturePolicyEnvelope) -> Result<Self, PolicyError> {
        if envelope.version != 0 {
            return Err(PolicyError::Version(envelope.version));
        }
        let principals: Vec<Principal> = envelope.identities.iter().map(Principal::from).collect();
        let root = compile(envelope.rule.as_ref().ok_or(PolicyError::Empty)?, &principals)?;
        Ok(Self { root })
    }

    /// From the bytes of its message.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PolicyError> {
        let envelope = SignaturePolicyEnvelope::decode(bytes)
            .map_err(|error| PolicyError::Malformed { what: "a signature policy", reason: error.to_string() })?;
        Self::new(&envelope)
    }

    /// Whether these identities, each of which has signed, satisfy the rule. Each counts once: see
    /// [`verified_identities`](super::verified_identities) for leaving out doubles.
    ///
    /// Like Fabric's, the evaluation takes the first unused identity for a leaf and never comes back on that choice, so
    /// the order of the identities may matter where principals overlap.
    pub fn is_satisfied_by(&self, identities: &[Arc<Identity>]) -> bool {
        self.root.holds(identities, &mut vec![false; identities.len()])
    }

    /// Organizations that the rule mentions.
    pub fn mspids(&self) -> BTreeSet<&str> {
        let mut mspids = BTreeSet::new();
        self.root.collect_mspids(&mut mspids);
        mspids
    }

    /// Whether one identity from each of these organizations, each in every role that the rule could ask for, would
    /// satisfy it. Gateways plan endorsements with it.
    pub fn could_be_satisfied_by(&self, mspids: &[&str]) -> bool {
        self.root.holds_for_organizations(mspids, &mut vec![false; mspids.len()])
    }
}

fn compile(rule: &Rule, principals: &[Principal]) -> Result<Node, PolicyError> {
    match rule.r#type.as_ref().ok_or(PolicyError::Empty)? {
        Type::SignedBy(index) => usize::try_from(*index)
            .ok()
            .and_then(|place| principals.get(place))
            .map(|principal| Node::SignedBy(principal.clone()))
            .ok_or(PolicyError::Index { index: *index, length: principals.len() }),
        Type::NOutOf(gate) => Ok(Node::Gate {
            needed: gate.n,
            rules: gate.rules.iter().map(|rule| compile(rule, principals)).collect::<Result<_, _>>()?,
        }),
    }
}

impl Node {
    fn holds(&self, identities: &[Arc<Identity>], used: &mut Vec<bool>) -> bool {
        self.holds_for(used, &|principal, place| principal.contains(&identities[place]))
    }

    fn holds_for_organizations(&self, mspids: &[&str], used: &mut Vec<bool>) -> bool {
        self.holds_for(used, &|principal, place| principal.mspid() == Some(mspids[place]))
    }

    /// `used` marks signers that already count; a rule that does not hold gives back those that it took.
    fn holds_for(&self, used: &mut Vec<bool>, is_in: &impl Fn(&Principal, usize) -> bool) -> bool {
        match self {
            Self::SignedBy(principal) => {
                let found = (0..used.len()).find(|place| !used[*place] && is_in(principal, *place));
                found.map(|place| used[place] = true).is_some()
            }
            Self::Gate { needed, rules } => {
                let mut held = 0;
                for rule in rules {
                    let before = used.clone();
                    if rule.holds_for(used, is_in) {
                        held += 1;
                    } else {
                        *used = before;
                    }
                }
                held >= *needed
            }
        }
    }

    fn collect_mspids<'a>(&'a self, mspids: &mut BTreeSet<&'a str>) {
        match self {
            Self::SignedBy(principal) => mspids.extend(principal.mspid()),
            Self::Gate { rules, .. } => rules.iter().for_each(|rule| rule.collect_mspids(mspids)),
        }
    }
}
