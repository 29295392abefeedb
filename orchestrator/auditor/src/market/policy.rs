//! Who must endorse what.

use std::sync::LazyLock;

use fabric_msp::ChannelConfig;
use fabric_msp::config::LIFECYCLE_ENDORSEMENT;
use fabric_protos::common::{
    MspPrincipal, MspRole, SignaturePolicy, SignaturePolicyEnvelope, msp_principal::Classification,
    msp_role::MspRoleType, signature_policy,
};
use prost::Message;

use super::keys::{ANCHORING, DECLARATION, EXCHANGE};
use crate::finding::{Code, Findings};
use crate::packages::module_hash;
use crate::state::{State, definition};
use crate::validation::policies::{endorsement_policy, key_policy};

pub(super) const REGULATOR: &str = "RegulatorMSP";
pub(super) const TRADING_CENTRE: &str = "TradingCentreMSP";
pub(super) const DISPATCHER: &str = "DispatcherMSP";
pub(super) const GRID_COMPANY: &str = "GridCompanyMSP";
/// The organizations that decide together.
pub(super) const CONSENSUS: [&str; 3] = [REGULATOR, TRADING_CENTRE, DISPATCHER];

/// The key-level policy of a peer of each of the three, in the order of their names.
static ALL_THREE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut msp_ids = CONSENSUS;
    msp_ids.sort_unstable();
    let peer = |msp_id: &str| {
        let role = MspRole { msp_identifier: msp_id.to_owned(), role: MspRoleType::Peer.into() };
        MspPrincipal { principal_classification: Classification::Role.into(), principal: role.encode_to_vec() }
    };
    let rule = |rule| SignaturePolicy { r#type: Some(rule) };
    let rules = (0..3).map(|place| rule(signature_policy::Type::SignedBy(place))).collect();
    SignaturePolicyEnvelope {
        version: 0,
        rule: Some(rule(signature_policy::Type::NOutOf(signature_policy::NOutOf { n: 3, rules }))),
        identities: msp_ids.into_iter().map(peer).collect(),
    }
    .encode_to_vec()
});

/// Whether metadata hold the policy of all three.
pub(super) fn is_all_three(metadata: &[u8]) -> bool {
    key_policy(metadata).is_some_and(|policy| policy == *ALL_THREE)
}

/// Checks what is committed for the market's chaincodes: versions name modules, and nothing that needs all three can
/// be had without one of them.
pub(super) fn check_definitions(state: &State, config: &ChannelConfig, findings: &mut Findings) {
    for name in [DECLARATION, EXCHANGE, ANCHORING] {
        let Some(definition) = definition(state, name) else { continue };
        if module_hash(&definition.version).is_none() {
            let message = format!("version {} of {name} does not name the hash of its module", definition.version);
            findings.add(Code::VersionWithoutModule, message);
        }
        if name == EXCHANGE {
            let lifecycle = config.policies.get(LIFECYCLE_ENDORSEMENT).cloned();
            let policies = [("exchange", endorsement_policy(config, &definition)), ("_lifecycle", lifecycle)];
            for (what, policy) in policies {
                for spared in CONSENSUS {
                    let others = config.organizations.values().map(|organization| organization.msp.mspid());
                    let others: Vec<&str> = others.filter(|msp_id| *msp_id != spared).collect();
                    if policy.as_ref().is_some_and(|policy| policy.could_be_satisfied_by(&others)) {
                        findings.add(Code::WeakPolicy, format!("{what} can do without {spared}"));
                    }
                }
            }
        }
    }
}
