//! Chaincode definitions, as Fabric's `_lifecycle` keeps them in its namespace of the state.
//!
//! A definition `cc` is a record of four fields: `namespaces/metadata/cc` names them, and `namespaces/fields/cc/Sequence`,
//! `.../EndorsementInfo`, `.../ValidationInfo` and `.../Collections` hold them, each a `lifecycle.StateData`.

use fabric_protos::lifecycle::{
    ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateData, StateMetadata, state_data,
};
use fabric_protos::protos::{CollectionConfigPackage, StaticCollectionConfig, collection_config};
use prost::Message;

use super::error::LedgerError;
use super::state::StateRead;

/// The namespace of the lifecycle.
pub(crate) const LIFECYCLE: &str = "_lifecycle";

const DATATYPE: &str = "ChaincodeDefinition";
const FIELDS: [&str; 4] = ["Sequence", "EndorsementInfo", "ValidationInfo", "Collections"];
const METADATA_PREFIX: &str = "namespaces/metadata/";

/// A committed chaincode definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The chaincode's name, that is, its namespace.
    pub name: String,
    /// Counts the definitions of this name from 1.
    pub sequence: i64,
    /// Version, whether an init is required, and the endorsement plugin.
    pub endorsement_info: ChaincodeEndorsementInfo,
    /// The validation plugin and its parameter, the endorsement policy (`protos.ApplicationPolicy`).
    pub validation_info: ChaincodeValidationInfo,
    /// Private data collections.
    pub collections: Option<CollectionConfigPackage>,
}

impl Definition {
    /// Keys and values that committing the definition puts into an empty `_lifecycle`, in key order.
    #[must_use]
    pub fn writes(&self) -> Vec<(String, Vec<u8>)> {
        let bytes = |bytes: Vec<u8>| StateData { r#type: Some(state_data::Type::Bytes(bytes)) }.encode_to_vec();
        let metadata = StateMetadata { datatype: DATATYPE.to_owned(), fields: FIELDS.map(str::to_owned).to_vec() };
        let collections = self.collections.as_ref().map(Message::encode_to_vec).unwrap_or_default();
        let sequence = StateData { r#type: Some(state_data::Type::Int64(self.sequence)) };
        vec![
            (field_key(&self.name, "Collections"), bytes(collections)),
            (field_key(&self.name, "EndorsementInfo"), bytes(self.endorsement_info.encode_to_vec())),
            (field_key(&self.name, "Sequence"), sequence.encode_to_vec()),
            (field_key(&self.name, "ValidationInfo"), bytes(self.validation_info.encode_to_vec())),
            (format!("{METADATA_PREFIX}{}", self.name), metadata.encode_to_vec()),
        ]
    }

    /// The private data collection of this name.
    pub(crate) fn collection(&self, name: &str) -> Option<&StaticCollectionConfig> {
        self.collections.as_ref()?.config.iter().find_map(|config| match &config.payload {
            Some(collection_config::Payload::StaticCollectionConfig(collection)) if collection.name == name => {
                Some(collection)
            }
            _ => None,
        })
    }
}

/// The key of a definition's sequence, which every transaction of the chaincode reads.
pub(crate) fn sequence_key(name: &str) -> String {
    field_key(name, "Sequence")
}

/// The sequence in the value under [`sequence_key`]; 0 if it holds none.
pub(crate) fn decode_sequence(value: &[u8]) -> i64 {
    match StateData::decode(value) {
        Ok(StateData { r#type: Some(state_data::Type::Int64(sequence)) }) => sequence,
        _ => 0,
    }
}

/// Reads the definition of `name`.
pub(crate) fn read(state: &impl StateRead, name: &str) -> Result<Option<Definition>, LedgerError> {
    let Some(metadata) = state.get(LIFECYCLE, format!("{METADATA_PREFIX}{name}").as_bytes())? else {
        return Ok(None);
    };
    let broken = |what: &str| LedgerError::State(format!("the definition of chaincode {name}: {what}"));
    let metadata = StateMetadata::decode(metadata.value.as_slice()).map_err(|error| broken(&error.to_string()))?;
    if metadata.datatype != DATATYPE {
        return Err(broken("it is no chaincode"));
    }
    let field = |field: &str| -> Result<Option<state_data::Type>, LedgerError> {
        let Some(value) = state.get(LIFECYCLE, field_key(name, field).as_bytes())? else { return Ok(None) };
        Ok(StateData::decode(value.value.as_slice()).map_err(|error| broken(&error.to_string()))?.r#type)
    };
    let bytes = |name: &str| -> Result<Vec<u8>, LedgerError> {
        match field(name)? {
            Some(state_data::Type::Bytes(bytes)) => Ok(bytes),
            None => Ok(Vec::new()),
            Some(_) => Err(broken("a field has another type")),
        }
    };
    let sequence = match field("Sequence")? {
        Some(state_data::Type::Int64(sequence)) => sequence,
        _ => return Err(broken("it has no sequence")),
    };
    let decoding = |error: prost::DecodeError| broken(&error.to_string());
    let collections = bytes("Collections")?;
    Ok(Some(Definition {
        name: name.to_owned(),
        sequence,
        endorsement_info: ChaincodeEndorsementInfo::decode(bytes("EndorsementInfo")?.as_slice()).map_err(decoding)?,
        validation_info: ChaincodeValidationInfo::decode(bytes("ValidationInfo")?.as_slice()).map_err(decoding)?,
        collections: if collections.is_empty() {
            None
        } else {
            Some(CollectionConfigPackage::decode(collections.as_slice()).map_err(decoding)?)
        },
    }))
}

/// Reads all definitions, by name.
pub(crate) fn read_all(state: &impl StateRead) -> Result<Vec<Definition>, LedgerError> {
    let first = METADATA_PREFIX.as_bytes();
    // '0' follows '/': the first key behind those with the prefix.
    let end = METADATA_PREFIX.replace("metadata/", "metadata0");
    let mut definitions = Vec::new();
    for entry in state.range(LIFECYCLE, first, end.as_bytes())? {
        let (key, _) = entry?;
        if let Some(name) = std::str::from_utf8(&key).ok().and_then(|key| key.strip_prefix(METADATA_PREFIX)) {
            definitions.extend(read(state, name)?);
        }
    }
    Ok(definitions)
}

fn field_key(name: &str, field: &str) -> String {
    format!("namespaces/fields/{name}/{field}")
}
