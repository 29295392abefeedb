//! The policies of a channel's configuration.

use fabric_protos::common::policy::PolicyType;
use fabric_protos::common::signature_policy::{NOutOf, Type};
use fabric_protos::common::{ConfigPolicy, MspPrincipal, MspRole, Policy, SignaturePolicy, SignaturePolicyEnvelope};
use fabric_protos::common::{msp_principal::Classification, msp_role::MspRoleType};
use prost::Message as _;

use super::groups::ADMINS;

/// `count` of the organizations, by an identity with this role.
pub(super) fn out_of(count: usize, msp_ids: &[&str], role: MspRoleType) -> ConfigPolicy {
    let signed_by = |index| SignaturePolicy { r#type: Some(Type::SignedBy(index)) };
    let principal = |msp_id: &&str| {
        let role = MspRole { msp_identifier: (*msp_id).to_owned(), role: role as i32 };
        MspPrincipal { principal_classification: Classification::Role as i32, principal: role.encode_to_vec() }
    };
    let rules = (0..).map(signed_by).take(msp_ids.len()).collect();
    let rule = NOutOf { n: i32::try_from(count).unwrap_or(i32::MAX), rules };
    let envelope = SignaturePolicyEnvelope {
        version: 0,
        rule: Some(SignaturePolicy { r#type: Some(Type::NOutOf(rule)) }),
        identities: msp_ids.iter().map(principal).collect(),
    };
    let policy = Policy { r#type: PolicyType::Signature as i32, value: envelope.encode_to_vec() };
    ConfigPolicy { version: 0, policy: Some(policy), mod_policy: ADMINS.to_owned() }
}

/// One of the organizations.
pub(super) fn any_of(msp_ids: &[&str], role: MspRoleType) -> ConfigPolicy {
    out_of(1, msp_ids, role)
}

/// All of the administrators together or, if none are named, more than half of the members.
pub(super) fn administration(members: &[&str], administrators: &[&str], role: MspRoleType) -> ConfigPolicy {
    match administrators {
        [] => out_of(members.len() / 2 + 1, members, role),
        named => out_of(named.len(), named, role),
    }
}
