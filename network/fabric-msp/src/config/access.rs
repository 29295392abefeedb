//! Which policy guards which function of a peer.

use std::collections::BTreeMap;

use fabric_protos::common::ConfigGroup;
use fabric_protos::protos::AcLs;

use super::{ConfigError, READERS, WRITERS, read};

/// Path of the policy that guards a function on a channel unless the configuration says otherwise.
///
/// None for functions that are unknown or not about a channel, such as `cscc/GetChannels`: those are a matter of the
/// peer's own organization.
pub fn default_policy_path(function: &str) -> Option<&'static str> {
    match function {
        "peer/Propose"
        | "peer/ChaincodeToChaincode"
        | "_lifecycle/CommitChaincodeDefinition"
        | "_lifecycle/QueryChaincodeDefinition"
        | "_lifecycle/QueryChaincodeDefinitions"
        | "_lifecycle/CheckCommitReadiness" => Some(WRITERS),
        "lscc/ChaincodeExists"
        | "lscc/GetDeploymentSpec"
        | "lscc/GetChaincodeData"
        | "lscc/GetInstantiatedChaincodes"
        | "lscc/GetCollectionsConfig"
        | "qscc/GetChainInfo"
        | "qscc/GetBlockByNumber"
        | "qscc/GetBlockByHash"
        | "qscc/GetTransactionByID"
        | "qscc/GetBlockByTxID"
        | "cscc/GetConfigBlock"
        | "cscc/GetChannelConfig"
        | "event/Block"
        | "event/FilteredBlock"
        | "gateway/CommitStatus"
        | "gateway/ChaincodeEvents" => Some(READERS),
        _ => None,
    }
}

/// The application group's own table; relative names are of that group.
pub(super) fn read(application: &ConfigGroup) -> Result<BTreeMap<String, String>, ConfigError> {
    let AcLs { acls } = read::value(application, "ACLs")?.unwrap_or_default();
    let named = acls.into_iter().filter(|(_, resource)| !resource.policy_ref.is_empty());
    let absolute = |reference: String| {
        if reference.starts_with('/') { reference } else { format!("/Channel/Application/{reference}") }
    };
    Ok(named.map(|(function, resource)| (function, absolute(resource.policy_ref))).collect())
}
