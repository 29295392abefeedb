//! What organizations agree on about a chaincode.

use fabric_msp::config::ENDORSEMENT;
use fabric_protos::common::SignaturePolicyEnvelope;
use fabric_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeEndorsementInfo, ChaincodeValidationInfo,
    CommitChaincodeDefinitionArgs,
};
use fabric_protos::protos::{ApplicationPolicy, application_policy};
use prost::Message as _;

use super::LifecycleError;
use crate::ledger::Definition;
use crate::system::is_system_chaincode;

/// Fabric's default plugins for endorsement and validation.
const ENDORSEMENT_PLUGIN: &str = "escc";
const VALIDATION_PLUGIN: &str = "vscc";

/// A chaincode definition: what organizations approve, and what is committed to the channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChaincodeDefinition {
    /// Name of the chaincode on the channel.
    pub name: String,
    /// Version: `<semver>+<sha256 of the module>`; of a service, what its maker calls it.
    pub version: String,
    /// Number of the definition, from 1, one more with every change.
    pub sequence: i64,
    /// The endorsement policy; none: the channel's `/Channel/Application/Endorsement`.
    pub policy: Option<SignaturePolicyEnvelope>,
}

impl ChaincodeDefinition {
    /// The arguments of `CommitChaincodeDefinition`.
    #[must_use]
    pub fn to_commit_arguments(&self) -> CommitChaincodeDefinitionArgs {
        let policy = self
            .policy
            .clone()
            .map(|policy| ApplicationPolicy { r#type: Some(application_policy::Type::SignaturePolicy(policy)) });
        CommitChaincodeDefinitionArgs {
            sequence: self.sequence,
            name: self.name.clone(),
            version: self.version.clone(),
            validation_parameter: policy.map(|policy| policy.encode_to_vec()).unwrap_or_default(),
            ..CommitChaincodeDefinitionArgs::default()
        }
    }
}

/// The definition that is approved by the arguments of `ApproveChaincodeDefinitionForMyOrg`.
pub(super) fn approved(arguments: ApproveChaincodeDefinitionForMyOrgArgs) -> CommitChaincodeDefinitionArgs {
    CommitChaincodeDefinitionArgs {
        sequence: arguments.sequence,
        name: arguments.name,
        version: arguments.version,
        endorsement_plugin: arguments.endorsement_plugin,
        validation_plugin: arguments.validation_plugin,
        validation_parameter: arguments.validation_parameter,
        collections: arguments.collections,
        init_required: arguments.init_required,
    }
}

/// The definition as it is stored, with Fabric's defaults, or why it cannot be.
pub(super) fn complete(arguments: CommitChaincodeDefinitionArgs) -> Result<Definition, LifecycleError> {
    let refuse = |reason: String| Err(LifecycleError::Definition(reason));
    let CommitChaincodeDefinitionArgs { name, version, .. } = &arguments;
    if !is_name(name) {
        return refuse(format!(
            "invalid chaincode name '{name}'. Names can only consist of alphanumerics, '_', and '-' and can only begin \
             with alphanumerics"
        ));
    }
    if is_system_chaincode(name) {
        return refuse(format!("chaincode name '{name}' is the name of a system chaincode"));
    }
    if !is_version(version) {
        return refuse(format!(
            "invalid chaincode version '{version}'. Versions can only consist of alphanumerics, '_', '-', '+', and '.'"
        ));
    }
    if arguments.collections.as_ref().is_some_and(|collections| !collections.config.is_empty()) {
        return refuse("private data collections are not supported by the embedded network".to_owned());
    }
    let or = |given: String, default: &str| if given.is_empty() { default.to_owned() } else { given };
    let endorsement_plugin = or(arguments.endorsement_plugin, ENDORSEMENT_PLUGIN);
    let validation_plugin = or(arguments.validation_plugin, VALIDATION_PLUGIN);
    if endorsement_plugin != ENDORSEMENT_PLUGIN || validation_plugin != VALIDATION_PLUGIN {
        return refuse(format!("the plugins are {ENDORSEMENT_PLUGIN} and {VALIDATION_PLUGIN}, there are no others"));
    }
    let validation_parameter = if arguments.validation_parameter.is_empty() {
        let reference = application_policy::Type::ChannelConfigPolicyReference(ENDORSEMENT.to_owned());
        ApplicationPolicy { r#type: Some(reference) }.encode_to_vec()
    } else {
        arguments.validation_parameter
    };
    Ok(Definition {
        name: arguments.name,
        sequence: arguments.sequence,
        endorsement_info: ChaincodeEndorsementInfo {
            version: arguments.version,
            init_required: arguments.init_required,
            endorsement_plugin,
        },
        validation_info: ChaincodeValidationInfo { validation_plugin, validation_parameter },
        collections: None,
    })
}

/// Fabric's rule for names: alphanumerics, joined by single `-` or `_`.
fn is_name(name: &str) -> bool {
    name.split(['-', '_']).all(|part| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric()))
}

fn is_version(version: &str) -> bool {
    !version.is_empty() && version.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.+-".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(change: impl FnOnce(&mut CommitChaincodeDefinitionArgs)) -> String {
        let definition =
            ChaincodeDefinition { name: "cc".to_owned(), version: "1".to_owned(), sequence: 1, policy: None };
        let mut arguments = definition.to_commit_arguments();
        change(&mut arguments);
        complete(arguments).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(problem(|_| ()), "");
        assert!(problem(|arguments| arguments.name = "a/b".to_owned()).contains("invalid chaincode name 'a/b'"));
        assert!(problem(|arguments| arguments.name = "a--b".to_owned()).contains("invalid chaincode name"));
        assert!(problem(|arguments| arguments.name = "qscc".to_owned()).contains("name of a system chaincode"));
        assert!(problem(|arguments| arguments.version = String::new()).contains("invalid chaincode version ''"));
        assert!(problem(|arguments| arguments.validation_plugin = "mine".to_owned()).contains("plugins"));
    }
}
