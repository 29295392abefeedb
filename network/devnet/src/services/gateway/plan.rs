//! Plans which peers are to endorse, from the policies of what a simulation touched.

use std::sync::Arc;

use fabric_msp::config::LIFECYCLE_ENDORSEMENT;
use fabric_msp::{Policy, SignaturePolicy};
use fabric_protos::protos::{ApplicationPolicy, ChaincodeCall, ChaincodeInterest, application_policy};
use prost::Message as _;

use crate::channel::Channel;
use crate::config::ORGANIZATIONS_MAX;
use crate::ledger::Snapshot;
use crate::lifecycle::system_chaincode as lifecycle;
use crate::peer::Peer;

/// What Fabric says if there are not enough peers for a policy.
const UNSATISFIABLE: &str = "no combination of peers can be derived which satisfy the endorsement policy: no peer \
                             combination can satisfy the endorsement policy";

/// Peers whose endorsements together satisfy all policies.
pub(super) type Layout = Vec<Arc<Peer>>;

/// The sets of peers that can satisfy the policies of an interest, those with `preferred` first. The error is
/// Fabric's text.
pub(super) fn layouts(channel: &Channel, interest: &ChaincodeInterest, preferred: &str) -> Result<Vec<Layout>, String> {
    let snapshot = channel.ledger.snapshot();
    let mut policies = Vec::new();
    for call in &interest.chaincodes {
        policies.extend(policies_of(channel, &snapshot, call)?);
    }
    // The usual case, and it needs no alternative: the preferred peer has endorsed already.
    if let Some(peer) = channel.peer(preferred)
        && policies.iter().all(|policy| policy.could_be_satisfied_by(&[preferred]))
    {
        return Ok(vec![vec![Arc::clone(peer)]]);
    }
    let mut peers: Vec<_> = channel.peers.values().map(Arc::clone).collect();
    for call in &interest.chaincodes {
        let able = channel.peers_with(&call.name);
        peers.retain(|peer| able.iter().any(|other| Arc::ptr_eq(peer, other)));
    }
    let msp_ids: Vec<_> = peers.iter().map(|peer| peer.msp_id.as_str()).collect();
    let layouts: Vec<Layout> = minimal_sets(&policies, &msp_ids, preferred)
        .into_iter()
        .map(|set| set.into_iter().map(|place| Arc::clone(&peers[place])).collect())
        .collect();
    if layouts.is_empty() {
        return Err(UNSATISFIABLE.to_owned());
    }
    Ok(layouts)
}

/// The policies of the keys that a chaincode wrote, and its own unless every key has one.
fn policies_of(channel: &Channel, snapshot: &Snapshot, call: &ChaincodeCall) -> Result<Vec<Arc<Policy>>, String> {
    let mut policies = Vec::new();
    for key_policy in &call.key_policies {
        let policy = SignaturePolicy::new(key_policy).map_err(|error| error.to_string())?;
        policies.push(Arc::new(Policy::Signature(policy)));
    }
    if !call.disregard_namespace_policy {
        policies.push(chaincode_policy(channel, snapshot, &call.name)?);
    }
    Ok(policies)
}

fn chaincode_policy(channel: &Channel, snapshot: &Snapshot, chaincode: &str) -> Result<Arc<Policy>, String> {
    let named = |path: &str| {
        let policy = snapshot.config().policies.get(path).cloned();
        policy.ok_or_else(|| format!("could not find policy {path}"))
    };
    if chaincode == lifecycle::NAME {
        return named(LIFECYCLE_ENDORSEMENT);
    }
    let definition = snapshot.definition(chaincode).map_err(|error| error.to_string())?.ok_or_else(|| {
        format!(
            "no combination of peers can be derived which satisfy the endorsement policy: No metadata was found for \
             chaincode {chaincode} in channel {}",
            channel.ledger.channel()
        )
    })?;
    let policy = ApplicationPolicy::decode(definition.validation_info.validation_parameter.as_slice());
    match policy.map_err(|error| error.to_string())?.r#type {
        Some(application_policy::Type::SignaturePolicy(policy)) => {
            let policy = SignaturePolicy::new(&policy).map_err(|error| error.to_string())?;
            Ok(Arc::new(Policy::Signature(policy)))
        }
        Some(application_policy::Type::ChannelConfigPolicyReference(path)) => named(&path),
        None => Err(format!("chaincode {chaincode} has no endorsement policy")),
    }
}

/// The sets of peers, by place, that can satisfy every policy and would not without any one of them; those with the
/// preferred peer first, then smaller ones.
///
/// There are at most 2^[`ORGANIZATIONS_MAX`] sets to look at.
fn minimal_sets(policies: &[Arc<Policy>], msp_ids: &[&str], preferred: &str) -> Vec<Vec<usize>> {
    debug_assert!(msp_ids.len() <= ORGANIZATIONS_MAX, "configurations with more are refused");
    let satisfies = |set: &[&str]| policies.iter().all(|policy| policy.could_be_satisfied_by(set));
    let preferred = msp_ids.iter().position(|msp_id| *msp_id == preferred);
    let members = |bits: u32| (0..msp_ids.len()).filter(move |place| bits >> place & 1 == 1);
    let mut sets: Vec<u32> = (1..1 << msp_ids.len()).collect();
    sets.sort_by_key(|bits| bits.count_ones());
    let mut minimal: Vec<u32> = Vec::new();
    for bits in sets {
        let is_larger = minimal.iter().any(|smaller| smaller & bits == *smaller);
        if !is_larger && satisfies(&members(bits).map(|place| msp_ids[place]).collect::<Vec<_>>()) {
            minimal.push(bits);
        }
    }
    minimal.sort_by_key(|bits| preferred.is_none_or(|place| bits >> place & 1 == 0));
    minimal.into_iter().map(|bits| members(bits).collect()).collect()
}

#[cfg(test)]
mod tests {
    use fabric_msp::policy::parse;

    use super::*;

    fn sets(policies: &[&str], preferred: &str) -> Vec<Vec<usize>> {
        let compile =
            |policy: &&str| Arc::new(Policy::Signature(SignaturePolicy::new(&parse(policy).unwrap()).unwrap()));
        let policies: Vec<_> = policies.iter().map(compile).collect();
        minimal_sets(&policies, &["A", "B", "C"], preferred)
    }

    #[test]
    fn the_preferred_peer_comes_first() {
        assert_eq!(sets(&["OR('A.peer','B.peer')"], "B"), [[1], [0]]);
        assert_eq!(sets(&["OR('A.peer','B.peer')"], "C"), [[0], [1]]);
    }

    #[test]
    fn sets_with_the_preferred_peer_come_before_smaller_ones() {
        assert_eq!(sets(&["OR('B.peer', AND('A.peer','C.peer'))"], "A"), [vec![0, 2], vec![1]]);
        assert_eq!(sets(&["OR('B.peer', AND('A.peer','C.peer'))"], ""), [vec![1], vec![0, 2]]);
    }

    #[test]
    fn all_policies_count() {
        assert_eq!(
            sets(&["OR('A.peer','B.peer')", "OutOf(2,'A.peer','B.peer','C.peer')"], "C"),
            [[0, 2], [1, 2], [0, 1]]
        );
        assert_eq!(sets(&["AND('A.peer','D.peer')"], "A"), [[0; 0]; 0]);
    }
}
