//! Chaincode definitions, as `_lifecycle` keeps them in its namespace.
//!
//! `namespaces/metadata/NAME` says that there is a definition, `namespaces/fields/NAME/FIELD` hold its parts.

use fabric_protos::lifecycle::{
    ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateData, StateMetadata, state_data,
};
use fabric_protos::protos::{CollectionConfigPackage, StaticCollectionConfig, collection_config};
use prost::Message;

use super::{Space, State};

/// The namespace of the lifecycle.
pub(crate) const LIFECYCLE: &str = "_lifecycle";

const METADATA: &str = "namespaces/metadata/";
const DATATYPE: &str = "ChaincodeDefinition";

/// A committed definition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definition {
    pub(crate) sequence: i64,
    pub(crate) version: String,
    pub(crate) validation: ChaincodeValidationInfo,
    collections: CollectionConfigPackage,
}

impl Definition {
    /// A private data collection.
    pub(crate) fn collection(&self, name: &str) -> Option<&StaticCollectionConfig> {
        self.collections.config.iter().find_map(|config| match &config.payload {
            Some(collection_config::Payload::StaticCollectionConfig(collection)) if collection.name == name => {
                Some(collection)
            }
            _ => None,
        })
    }
}

/// The definition of a chaincode; none if there is none, or it is not well made.
pub(crate) fn definition(state: &State, name: &str) -> Option<Definition> {
    let lifecycle = Space::public(LIFECYCLE);
    let metadata = &state.get(&lifecycle, format!("{METADATA}{name}").as_bytes())?.value;
    if StateMetadata::decode(metadata.as_slice()).ok()?.datatype != DATATYPE {
        return None;
    }
    let field = |field: &str| {
        let entry = state.get(&lifecycle, format!("namespaces/fields/{name}/{field}").as_bytes())?;
        StateData::decode(entry.value.as_slice()).ok()?.r#type
    };
    let bytes = |name: &str| match field(name) {
        Some(state_data::Type::Bytes(bytes)) => Some(bytes),
        None => Some(Vec::new()),
        Some(_) => None,
    };
    let Some(state_data::Type::Int64(sequence)) = field("Sequence") else { return None };
    Some(Definition {
        sequence,
        version: ChaincodeEndorsementInfo::decode(bytes("EndorsementInfo")?.as_slice()).ok()?.version,
        validation: ChaincodeValidationInfo::decode(bytes("ValidationInfo")?.as_slice()).ok()?,
        collections: CollectionConfigPackage::decode(bytes("Collections")?.as_slice()).ok()?,
    })
}

/// All definitions by name.
pub(crate) fn definitions(state: &State) -> Vec<(String, Definition)> {
    let names = state.prefix(LIFECYCLE, METADATA).filter_map(|(key, _)| key.strip_prefix(METADATA));
    names.filter_map(|name| Some((name.to_owned(), definition(state, name)?))).collect()
}
