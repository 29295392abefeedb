//! JSON schemas of arguments and results, as the contract metadata shows them to clients.

use std::collections::BTreeMap;

use serde::Serialize;

/// The part of JSON Schema that Fabric's contract metadata uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Schema {
    /// A message under `#/components/schemas/`.
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// JSON type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Refinement of the type, such as `int64` or `byte`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<&'static str>,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Least value of an integer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// Largest value of an integer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<u64>,
    /// Regular expression of a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<&'static str>,
    /// The only strings allowed.
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub constants: Vec<&'static str>,
    /// Elements of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Schema>>,
    /// Fields of an object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<&'static str, Schema>,
    /// Fields that must be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<&'static str>,
    /// Whether, or with which values, an object may have other fields.
    #[serde(rename = "additionalProperties", skip_serializing_if = "Option::is_none")]
    pub additional: Option<Additional>,
    /// Alternatives, one of which fits.
    #[serde(rename = "oneOf", skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Schema>,
}

/// Value of `additionalProperties`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Additional {
    /// Other fields are allowed or not.
    Allowed(bool),
    /// Other fields have these values.
    Values(Box<Schema>),
}

impl Schema {
    /// A JSON type without further conditions.
    #[must_use]
    pub fn of_type(kind: &'static str) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// One string.
    #[must_use]
    pub fn constant(text: &'static str) -> Self {
        Self { constants: vec![text], ..Self::of_type("string") }
    }

    /// A list of `items`.
    #[must_use]
    pub fn array(items: Self) -> Self {
        Self { items: Some(Box::new(items)), ..Self::of_type("array") }
    }

    /// An object with these fields (name, schema, required) and no others.
    #[must_use]
    pub fn object(fields: impl IntoIterator<Item = (&'static str, Self, bool)>) -> Self {
        let mut object = Self { additional: Some(Additional::Allowed(false)), ..Self::of_type("object") };
        for (name, schema, required) in fields {
            object.properties.insert(name, schema);
            if required {
                object.required.push(name);
            }
        }
        object
    }

    /// Exactly one of the alternatives; string constants are joined into one `enum`.
    #[must_use]
    pub fn one_of(alternatives: impl IntoIterator<Item = Self>) -> Self {
        let (texts, mut others): (Vec<_>, Vec<_>) =
            alternatives.into_iter().partition(|schema| !schema.constants.is_empty());
        let constants: Vec<_> = texts.into_iter().flat_map(|schema| schema.constants).collect();
        let text = Self { constants, ..Self::of_type("string") };
        if others.is_empty() {
            return text;
        }
        if !text.constants.is_empty() {
            others.push(text);
        }
        Self { one_of: others, ..Self::default() }
    }
}

/// The messages of a module: `components` of the metadata.
#[derive(Debug, Default, Serialize)]
pub struct Components {
    schemas: BTreeMap<&'static str, Schema>,
}

impl Components {
    /// Describes the message `name` the first time that it is met, and returns a reference to it.
    ///
    /// Messages of one module therefore need different names.
    pub fn define(
        &mut self,
        name: &'static str,
        description: &str,
        describe: impl FnOnce(&mut Self) -> Schema,
    ) -> Schema {
        if !self.schemas.contains_key(name) {
            // Taken before it is described, so that a message may contain itself.
            self.schemas.insert(name, Schema::default());
            let schema = describe(self);
            self.schemas.insert(name, Schema { description: description.to_owned(), ..schema });
        }
        Schema { reference: Some(format!("#/components/schemas/{name}")), ..Schema::default() }
    }
}
