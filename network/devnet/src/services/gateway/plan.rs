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

/// Peers whose endorsements together satisfy all policies.
pub(super) type Layout = Vec<Arc<Peer>>;

/// The smallest sets of peers that can satisfy the policies of an interest, those with `preferred` first. The error is
/// Fabric's text.
pub(super) fn layouts(channel: &Channel, interest: &ChaincodeInterest, preferred: &str) -> Result<Vec<Layout>, String> {
    let snapshot = channel.ledger.snapshot();
    let mut policies = Vec::new();
    let mut peers: Vec<_> = channel.peers.values().map(Arc::clone).collect();
    for call in &interest.chaincodes {
        policies.extend(policies_of(channel, &snapshot, call)?);
        let able = channel.peers_with(&call.name);
        peers.retain(|peer| able.iter().any(|other| Arc::ptr_eq(peer, other)));
    }
    let layouts: Vec<Layout> = smallest_sets(&policies, &peers, preferred)
        .into_iter()
        .map(|set| set.into_iter().map(|place| Arc::clone(&peers[place])).collect())
        .collect();
    if layouts.is_empty() {
        return Err("no combination of peers can be derived which satisfy the endorsement policy: no peer combination \
                    can satisfy the endorsement policy"
            .to_owned());
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

/// All smallest sets of peers, by place, that can satisfy every policy; sets with the preferred peer come first, and
/// only if there is none do larger sets count.
///
/// There are at most 2^[`ORGANIZATIONS_MAX`] sets, and with the preferred peer in a set of one, which is the usual
/// case, the first look finds it.
fn smallest_sets(policies: &[Arc<Policy>], peers: &[Arc<Peer>], preferred: &str) -> Vec<Vec<usize>> {
    debug_assert!(peers.len() <= ORGANIZATIONS_MAX, "configurations with more are refused");
    let satisfies = |set: &[usize]| {
        let msp_ids: Vec<_> = set.iter().map(|place| peers[*place].msp_id.as_str()).collect();
        policies.iter().all(|policy| policy.could_be_satisfied_by(&msp_ids))
    };
    for size in 1..=peers.len() {
        let mut sets: Vec<_> = sets_of(size, peers.len()).filter(|set| satisfies(set)).collect();
        if !sets.is_empty() {
            sets.sort_by_key(|set| !set.iter().any(|place| peers[*place].msp_id == preferred));
            return sets;
        }
    }
    Vec::new()
}

/// All sets of `size` places below `count`.
fn sets_of(size: usize, count: usize) -> impl Iterator<Item = Vec<usize>> {
    let members = move |bits: u32| (0..count).filter(|place| bits >> place & 1 == 1).collect();
    (0..1u32 << count).filter(move |bits| bits.count_ones() as usize == size).map(members)
}
