//! The system chaincode `_lifecycle`.

use std::collections::BTreeMap;
use std::sync::Arc;

use fabric_protos::lifecycle::query_chaincode_definitions_result::ChaincodeDefinition;
use fabric_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ApproveChaincodeDefinitionForMyOrgResult, ChaincodeSource,
    CommitChaincodeDefinitionArgs, CommitChaincodeDefinitionResult, GetInstalledChaincodePackageArgs,
    GetInstalledChaincodePackageResult, InstallChaincodeArgs, InstallChaincodeResult, QueryChaincodeDefinitionArgs,
    QueryChaincodeDefinitionResult, QueryChaincodeDefinitionsResult, QueryInstalledChaincodeArgs,
    QueryInstalledChaincodeResult, QueryInstalledChaincodesResult, chaincode_source, query_installed_chaincode_result,
    query_installed_chaincodes_result,
};
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeInput, ChaincodeMessage, GetState, PutState, Response};
use prost::Message;
use wasm_host::{Chaincode, Completed, HostError, Metering};

use super::LifecycleError;
use super::definition::{approved, complete};
use crate::channel::Channel;
use crate::ledger::{Definition, LedgerError};
use crate::peer::Peer;
use crate::services::access::{self, SignedData, WRITERS};
use crate::services::proposal::{creator, decode};
use crate::system::{failure, success};

/// Name of the chaincode, and of its namespace.
pub(crate) const NAME: &str = "_lifecycle";

/// What a call ends with.
enum Failed {
    /// There is no such definition or package: status 404.
    NotFound(String),
    /// Everything else: status 500.
    Other(String),
    /// The ledger did not answer.
    Ledger(wasm_host::LedgerError),
}

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

impl From<LedgerError> for Failed {
    fn from(error: LedgerError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<LifecycleError> for Failed {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::PackageUnknown(_) => Self::NotFound(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<wasm_host::LedgerError> for Failed {
    fn from(error: wasm_host::LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// Turns a function's end into a response.
fn respond(function: &str, result: Result<Vec<u8>, Failed>) -> Result<Response, HostError> {
    match result {
        Ok(payload) => Ok(success(payload)),
        Err(Failed::NotFound(message)) => Ok(Response { status: 404, message, payload: Vec::new() }),
        Err(Failed::Other(reason)) => {
            Ok(failure(format!("failed to invoke backing implementation of '{function}': {reason}")))
        }
        Err(Failed::Ledger(error)) => Err(HostError::Ledger(error.to_string())),
    }
}

/// Function and argument of a call.
fn arguments(input: &ChaincodeInput) -> Result<(String, &[u8]), String> {
    match input.args.as_slice() {
        [] => Err("lifecycle scc must be invoked with arguments".to_owned()),
        [function, argument] => Ok((String::from_utf8_lossy(function).into_owned(), argument)),
        args => Err(format!("lifecycle scc operations require exactly two arguments but received {}", args.len())),
    }
}

/// Answers a call that concerns no channel: what is installed on a peer. The caller is an administrator.
pub(crate) fn invoke_without_channel(peer: &Peer, input: &ChaincodeInput) -> Response {
    let (function, argument) = match arguments(input) {
        Ok(arguments) => arguments,
        Err(text) => return failure(text),
    };
    let result = match function.as_str() {
        "InstallChaincode" => install(peer, argument),
        "QueryInstalledChaincode" => query_installed(peer, argument),
        "QueryInstalledChaincodes" => Ok(query_all_installed(peer)),
        "GetInstalledChaincodePackage" => installed_package(peer, argument),
        _ => Err(Failed::Other(format!("receiver *lifecycle.Invocation.{function} does not exist"))),
    };
    respond(&function, result).unwrap_or_else(|error| failure(error.to_string()))
}

fn install(peer: &Peer, argument: &[u8]) -> Result<Vec<u8>, Failed> {
    let arguments: InstallChaincodeArgs = decode(argument, "InstallChaincodeArgs")?;
    let (label, package_id) = peer.chaincodes.packages.install(&arguments.chaincode_install_package)?;
    Ok(InstallChaincodeResult { package_id, label }.encode_to_vec())
}

fn query_installed(peer: &Peer, argument: &[u8]) -> Result<Vec<u8>, Failed> {
    use query_installed_chaincode_result::{Chaincode, References};
    let QueryInstalledChaincodeArgs { package_id } = decode(argument, "QueryInstalledChaincodeArgs")?;
    let label = peer.chaincodes.packages.label(&package_id);
    let label = label.ok_or_else(|| LifecycleError::PackageUnknown(package_id.clone()))?;
    let mut references = BTreeMap::<String, References>::new();
    for (channel, name) in peer.chaincodes.approvals.uses(&package_id) {
        references.entry(channel).or_default().chaincodes.push(Chaincode { name, ..Chaincode::default() });
    }
    Ok(QueryInstalledChaincodeResult { package_id, label, references }.encode_to_vec())
}

fn query_all_installed(peer: &Peer) -> Vec<u8> {
    use query_installed_chaincodes_result::{Chaincode, InstalledChaincode, References};
    let installed = peer.chaincodes.packages.list().into_iter().map(|(label, package_id)| {
        let mut references = BTreeMap::<String, References>::new();
        for (channel, name) in peer.chaincodes.approvals.uses(&package_id) {
            references.entry(channel).or_default().chaincodes.push(Chaincode { name, ..Chaincode::default() });
        }
        InstalledChaincode { package_id, label, references }
    });
    QueryInstalledChaincodesResult { installed_chaincodes: installed.collect() }.encode_to_vec()
}

fn installed_package(peer: &Peer, argument: &[u8]) -> Result<Vec<u8>, Failed> {
    let arguments: GetInstalledChaincodePackageArgs = decode(argument, "GetInstalledChaincodePackageArgs")?;
    let chaincode_install_package = peer.chaincodes.packages.file(&arguments.package_id)?;
    Ok(GetInstalledChaincodePackageResult { chaincode_install_package }.encode_to_vec())
}

/// `_lifecycle` on one channel, as one organization's peer runs it.
pub(crate) struct LifecycleChaincode {
    pub(crate) peer: Arc<Peer>,
    pub(crate) channel: Arc<Channel>,
}

impl Chaincode for LifecycleChaincode {
    fn execute(&self, message: &ChaincodeMessage, ledger: &mut dyn wasm_host::Ledger) -> Result<Completed, HostError> {
        let input = ChaincodeInput::decode(message.payload.as_slice())
            .map_err(|error| HostError::Message(format!("the input is no ChaincodeInput: {error}")))?;
        let response = match arguments(&input) {
            Err(text) => failure(text),
            Ok((function, argument)) => match self.authorize(message) {
                Err(reason) => failure(format!("Failed to authorize invocation due to failed ACL check: {reason}")),
                Ok(()) => respond(&function, self.call(&function, argument, message, ledger))?,
            },
        };
        Ok(Completed { response, event: None, metering: Metering::default() })
    }
}

impl LifecycleChaincode {
    /// Whoever calls must be one of the channel's writers.
    fn authorize(&self, message: &ChaincodeMessage) -> Result<(), String> {
        let signed = message.proposal.as_ref().ok_or("there is no proposal")?;
        let identity = creator(signed)?;
        let data = SignedData { data: &signed.proposal_bytes, identity: &identity, signature: &signed.signature };
        access::check(&self.channel.ledger, WRITERS, &data).map(drop)
    }

    fn call(
        &self,
        function: &str,
        argument: &[u8],
        message: &ChaincodeMessage,
        ledger: &mut dyn wasm_host::Ledger,
    ) -> Result<Vec<u8>, Failed> {
        match function {
            "ApproveChaincodeDefinitionForMyOrg" => self.approve(argument, message),
            "CommitChaincodeDefinition" => self.commit(argument, ledger),
            "QueryChaincodeDefinition" => self.query(argument),
            "QueryChaincodeDefinitions" => self.query_all(),
            _ => Err(Failed::Other(format!("receiver *lifecycle.Invocation.{function} does not exist"))),
        }
    }

    /// The peer notes the approval; nothing is written to the channel.
    fn approve(&self, argument: &[u8], message: &ChaincodeMessage) -> Result<Vec<u8>, Failed> {
        let signed = message.proposal.as_ref().ok_or_else(|| Failed::Other("there is no proposal".to_owned()))?;
        access::check_administrator(&self.peer, &creator(signed)?)?;
        let arguments: ApproveChaincodeDefinitionForMyOrgArgs =
            decode(argument, "ApproveChaincodeDefinitionForMyOrgArgs")?;
        let package_id = match &arguments.source {
            Some(ChaincodeSource { r#type: Some(chaincode_source::Type::LocalPackage(local)) }) => {
                local.package_id.clone()
            }
            _ => String::new(),
        };
        self.peer.chaincodes.approve(&message.channel_id, approved(arguments), &package_id)?;
        Ok(ApproveChaincodeDefinitionForMyOrgResult {}.encode_to_vec())
    }

    /// Writes the definition, if it is the next one and this organization has approved it.
    fn commit(&self, argument: &[u8], ledger: &mut dyn wasm_host::Ledger) -> Result<Vec<u8>, Failed> {
        let arguments: CommitChaincodeDefinitionArgs = decode(argument, "CommitChaincodeDefinitionArgs")?;
        let definition = complete(arguments)?;
        let state = self.channel.ledger.snapshot();
        let current = state.definition(&definition.name)?.map_or(0, |current| current.sequence);
        if definition.sequence != current + 1 {
            return Err(Failed::Other(format!(
                "requested sequence is {}, but new definition must be sequence {}",
                definition.sequence,
                current + 1
            )));
        }
        if !self.peer.chaincodes.approvals.has_approved(&self.channel.ledger.channel(), &definition) {
            return Err(Failed::Other(format!(
                "chaincode definition not agreed to by this org ({})",
                self.peer.msp_id
            )));
        }
        for (key, value) in definition.writes() {
            // Read first, as Fabric does: two commits of the same sequence must not both be valid.
            let read = GetState { key: key.clone(), ..GetState::default() };
            if ledger.call(MessageType::GetState, &read.encode_to_vec())? != value {
                let write = PutState { key, value, ..PutState::default() };
                ledger.call(MessageType::PutState, &write.encode_to_vec())?;
            }
        }
        Ok(CommitChaincodeDefinitionResult {}.encode_to_vec())
    }

    fn query(&self, argument: &[u8]) -> Result<Vec<u8>, Failed> {
        let QueryChaincodeDefinitionArgs { name } = decode(argument, "QueryChaincodeDefinitionArgs")?;
        let definition = self.channel.ledger.snapshot().definition(&name)?;
        let definition = definition.ok_or_else(|| Failed::NotFound(format!("namespace {name} is not defined")))?;
        let approvals = self.channel.peers.iter().map(|(msp_id, peer)| {
            (msp_id.clone(), peer.chaincodes.approvals.has_approved(&self.channel.ledger.channel(), &definition))
        });
        let result = QueryChaincodeDefinitionResult {
            sequence: definition.sequence,
            version: definition.endorsement_info.version.clone(),
            endorsement_plugin: definition.endorsement_info.endorsement_plugin.clone(),
            validation_plugin: definition.validation_info.validation_plugin.clone(),
            validation_parameter: definition.validation_info.validation_parameter.clone(),
            collections: definition.collections.clone(),
            init_required: definition.endorsement_info.init_required,
            approvals: approvals.collect(),
        };
        Ok(result.encode_to_vec())
    }

    fn query_all(&self) -> Result<Vec<u8>, Failed> {
        let definitions = self.channel.ledger.snapshot().definitions()?;
        let listed = |definition: Definition| ChaincodeDefinition {
            name: definition.name,
            sequence: definition.sequence,
            version: definition.endorsement_info.version,
            endorsement_plugin: definition.endorsement_info.endorsement_plugin,
            validation_plugin: definition.validation_info.validation_plugin,
            validation_parameter: definition.validation_info.validation_parameter,
            collections: definition.collections,
            init_required: definition.endorsement_info.init_required,
        };
        let chaincode_definitions = definitions.into_iter().map(listed).collect();
        Ok(QueryChaincodeDefinitionsResult { chaincode_definitions }.encode_to_vec())
    }
}
