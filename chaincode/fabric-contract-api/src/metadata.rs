//! The contract metadata of Fabric's contract API.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contract::{Contracts, Function, FunctionKind, Parameter};
use crate::error::Error;
use crate::schema::{Components, Schema};
use crate::value::to_json;

/// The function, on a contract of its own, by which clients ask for it.
pub(crate) const FUNCTION: &str = "org.hyperledger.fabric:GetMetadata";
/// The schema that it follows.
const SCHEMA: &str = "https://hyperledger.github.io/fabric-chaincode-node/main/api/contract-schema.json";

#[derive(Serialize)]
struct Metadata {
    #[serde(rename = "$schema")]
    schema: &'static str,
    info: Info,
    contracts: BTreeMap<&'static str, Contract>,
    components: Components,
}

#[derive(Serialize)]
struct Info {
    title: &'static str,
    version: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'static str,
}

#[derive(Serialize)]
struct Contract {
    name: &'static str,
    info: Info,
    default: bool,
    transactions: Vec<Transaction>,
}

#[derive(Serialize)]
struct Transaction {
    name: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'static str,
    tag: [&'static str; 2],
    parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returns: Option<Schema>,
}

/// The metadata of a module, as JSON.
pub(crate) fn describe(module: &Contracts) -> Result<Vec<u8>, Error> {
    let mut components = Components::default();
    let contracts = module.contracts.iter().map(|definition| {
        let functions = definition.functions.iter();
        let contract = Contract {
            name: definition.name,
            info: Info { title: definition.name, version: module.version, description: definition.description },
            default: definition.default,
            transactions: functions.map(|function| transaction(function, &mut components)).collect(),
        };
        (definition.name, contract)
    });
    let metadata = Metadata {
        schema: SCHEMA,
        info: Info { title: module.title, version: module.version, description: "" },
        contracts: contracts.collect(),
        components,
    };
    to_json(&metadata).map_err(|error| Error::Result(error.to_string()))
}

fn transaction(function: &Function, components: &mut Components) -> Transaction {
    Transaction {
        name: function.name,
        description: function.description,
        // Fabric's contract APIs disagree on the spelling, so they write both, and so do we.
        tag: match function.kind {
            FunctionKind::Submit => ["submit", "SUBMIT"],
            FunctionKind::Evaluate => ["evaluate", "EVALUATE"],
        },
        parameters: (function.parameters)(components),
        returns: (function.returns)(components),
    }
}
