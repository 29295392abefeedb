//! Who may do what: signatures and policies of a channel, with Fabric's texts.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Who may query and follow an application channel, and who may propose transactions.
pub(crate) use fabric_msp::config::{READERS, WRITERS};
use fabric_msp::identity::Principal;
use fabric_msp::{Identity, MspManager, sha256};
use fabric_protos::common::msp_role::MspRoleType;

use super::proposal::Proposal;
use crate::ledger::Ledger;
use crate::peer::Peer;

/// Who may read blocks from the orderer.
pub(crate) const CHANNEL_READERS: &str = "/Channel/Readers";
/// Who may send transactions to the orderer.
pub(crate) const CHANNEL_WRITERS: &str = "/Channel/Writers";

/// What Fabric says when a policy is not satisfied, whatever the reason.
pub(crate) const NOT_SATISFIED: &str = "signature set did not satisfy policy";

/// Something signed.
pub(crate) struct SignedData<'data> {
    pub(crate) data: &'data [u8],
    /// Who is said to have signed, serialized.
    pub(crate) identity: &'data [u8],
    pub(crate) signature: &'data [u8],
}

/// Whether the signature is right and its maker satisfies a policy of the channel. Returns when the identity expires.
pub(crate) fn check(ledger: &Ledger, policy: &str, signed: &SignedData<'_>) -> Result<SystemTime, String> {
    let identity = ledger.config().msps.identity(signed.identity).ok();
    let identity = identity.filter(|identity| identity.verify(signed.data, signed.signature).is_ok());
    let identity = identity.ok_or_else(|| refusal(ledger, policy, NOT_SATISFIED))?;
    check_creator(ledger, policy, &identity)?;
    Ok(expiry(&identity))
}

/// Spares the ledger the check of a signature that was checked, or made, in this process a moment ago.
pub(crate) fn remember(ledger: &Ledger, signed: &SignedData<'_>) {
    if let Ok(identity) = ledger.config().msps.identity(signed.identity) {
        identity.remember(&sha256([signed.data]), signed.signature);
    }
}

/// Whether an identity, whose signature has been verified, satisfies a policy of the channel.
pub(crate) fn check_creator(ledger: &Ledger, policy: &str, identity: &Arc<Identity>) -> Result<(), String> {
    if SystemTime::now() > expiry(identity) {
        return Err(refusal(ledger, policy, "client identity expired"));
    }
    let config = ledger.config();
    let satisfied =
        config.policies.get(policy).is_some_and(|policy| policy.is_satisfied_by(std::slice::from_ref(identity)));
    if satisfied { Ok(()) } else { Err(refusal(ledger, policy, NOT_SATISFIED)) }
}

fn refusal(ledger: &Ledger, policy: &str, reason: &str) -> String {
    let channel = ledger.channel();
    format!(
        "Failed evaluating policy on signed data during check policy on channel [{channel}] with policy [{policy}]: \
         [{reason}]"
    )
}

/// When an identity expires.
fn expiry(identity: &Identity) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(identity.expires_at()).unwrap_or(0))
}

/// The creator of a proposal, if it belongs to these organizations and has signed the proposal.
pub(crate) fn proposal_creator(msps: &MspManager, proposal: &Proposal) -> Result<Arc<Identity>, String> {
    let channel = proposal.channel();
    let identity = msps
        .identity(&proposal.signature_header.creator)
        .map_err(|_| format!("access denied: channel [{channel}] creator org unknown, creator is malformed"))?;
    let denied = || format!("access denied: channel [{channel}] creator org [{}]", identity.mspid());
    identity.validate().map_err(|_| denied())?;
    identity.verify(&proposal.signed.proposal_bytes, &proposal.signed.signature).map_err(|_| denied())?;
    if SystemTime::now() > expiry(&identity) {
        return Err("proposal client identity expired".to_owned());
    }
    Ok(identity)
}

/// Whether an identity is of the peer's own organization.
pub(crate) fn check_member(peer: &Peer, creator: &[u8]) -> Result<(), String> {
    check_role(peer, creator, MspRoleType::Member)
}

/// Whether an identity administers the peer's organization.
pub(crate) fn check_administrator(peer: &Peer, creator: &[u8]) -> Result<(), String> {
    check_role(peer, creator, MspRoleType::Admin)
}

fn check_role(peer: &Peer, creator: &[u8], role: MspRoleType) -> Result<(), String> {
    let name = if role == MspRoleType::Admin { "Admins" } else { "Members" };
    let denied = |reason: &str| {
        format!(
            "Failed verifying that proposal's creator satisfies local MSP principal during channelless check policy \
             with policy [{name}]: [{reason}]"
        )
    };
    let identity = peer.msps.valid_identity(creator).map_err(|error| denied(&error.to_string()))?;
    let principal = Principal::Role { mspid: peer.msp_id.clone(), role };
    if principal.contains(&identity) { Ok(()) } else { Err(denied("This identity is not an admin")) }
}
