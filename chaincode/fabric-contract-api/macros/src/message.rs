//! `#[message]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, LitStr, Result, Variant, parse_quote};

use crate::contract::documentation;

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let mut input: DeriveInput = syn::parse2(item)?;
    if !input.generics.params.is_empty() {
        return Err(Error::new(input.generics.span(), "a message cannot be generic"));
    }
    let case = Renaming::of(&input.attrs)?.all;
    let (schema, text) = match &mut input.data {
        Data::Struct(data) => (fields_schema(&mut data.fields, case)?, quote!(false)),
        Data::Enum(data) => {
            let text = data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
            let variants = data.variants.iter_mut().map(|variant| variant_schema(variant, case));
            let variants = variants.collect::<Result<Vec<_>>>()?;
            (quote!(::fabric_contract_api::Schema::one_of([#(#variants),*])), quote!(#text))
        }
        Data::Union(data) => return Err(Error::new(data.union_token.span(), "a message is a struct or an enum")),
    };

    let name = &input.ident;
    let label = name.to_string();
    let description = documentation(&input.attrs);
    Ok(quote! {
        #[derive(
            Debug,
            Clone,
            PartialEq,
            Eq,
            ::fabric_contract_api::serde::Serialize,
            ::fabric_contract_api::serde::Deserialize,
        )]
        #[serde(crate = "::fabric_contract_api::serde", deny_unknown_fields)]
        #input

        impl ::fabric_contract_api::Value for #name {
            const TEXT: bool = #text;

            fn schema(components: &mut ::fabric_contract_api::Components) -> ::fabric_contract_api::Schema {
                components.define(#label, #description, |components| #schema)
            }
        }

        ::fabric_contract_api::store_as_json!(#name);
    })
}

fn fields_schema(fields: &mut Fields, case: Case) -> Result<TokenStream> {
    match fields {
        Fields::Named(fields) => {
            let properties = fields.named.iter_mut().map(|field| property(field, case)).collect::<Result<Vec<_>>>()?;
            Ok(quote!({
                let _ = &components;
                ::fabric_contract_api::Schema::object([#(#properties),*])
            }))
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => field_schema(&mut fields.unnamed[0]),
        Fields::Unnamed(_) | Fields::Unit => Err(Error::new(fields.span(), "give the fields of a message names")),
    }
}

/// One field as (name, schema, required).
fn property(field: &mut Field, case: Case) -> Result<TokenStream> {
    let renaming = Renaming::of(&field.attrs)?;
    let Some(identifier) = &field.ident else { return Err(Error::new(field.span(), "a field needs a name")) };
    let name = renaming.name.unwrap_or_else(|| case.apply_to_field(&identifier.to_string()));
    let optional = renaming.default || is_option(&field.ty);
    let schema = field_schema(field)?;
    Ok(quote!((#name, #schema, !#optional)))
}

/// The schema of a field's type; a `#[decimal]` field becomes a decimal string here and for serde.
fn field_schema(field: &mut Field) -> Result<TokenStream> {
    let kind = &field.ty;
    let Some(index) = field.attrs.iter().position(|attribute| attribute.path().is_ident("decimal")) else {
        return Ok(quote!(<#kind as ::fabric_contract_api::Value>::schema(components)));
    };
    field.attrs.remove(index);
    field.attrs.push(parse_quote!(#[serde(with = "::fabric_contract_api::decimal")]));
    if is_option(kind) {
        field.attrs.push(parse_quote!(#[serde(default)]));
    }
    Ok(quote!(<#kind as ::fabric_contract_api::decimal::Decimal>::schema()))
}

fn variant_schema(variant: &mut Variant, case: Case) -> Result<TokenStream> {
    let renaming = Renaming::of(&variant.attrs)?;
    let name = renaming.name.unwrap_or_else(|| case.apply_to_variant(&variant.ident.to_string()));
    if matches!(variant.fields, Fields::Unit) {
        return Ok(quote!(::fabric_contract_api::Schema::constant(#name)));
    }
    let schema = fields_schema(&mut variant.fields, renaming.all)?;
    Ok(quote!({
        let content = #schema;
        ::fabric_contract_api::Schema::object([(#name, content, true)])
    }))
}

fn is_option(kind: &syn::Type) -> bool {
    matches!(kind, syn::Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Option"))
}

/// What serde's attributes say about names.
struct Renaming {
    name: Option<String>,
    all: Case,
    default: bool,
}

impl Renaming {
    fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut renaming = Self { name: None, all: Case::Unchanged, default: false };
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("default") && !meta.input.peek(syn::Token![=]) {
                    renaming.default = true;
                } else if meta.path.is_ident("rename") {
                    renaming.name = Some(meta.value()?.parse::<LitStr>()?.value());
                } else if meta.path.is_ident("rename_all") {
                    let case: LitStr = meta.value()?.parse()?;
                    renaming.all = Case::named(&case)?;
                } else {
                    return Err(meta.error("a message understands `rename`, `rename_all` and `default` only"));
                }
                Ok(())
            })?;
        }
        Ok(renaming)
    }
}

/// How serde spells names.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Unchanged,
    Snake,
    ScreamingSnake,
    Kebab,
    Camel,
}

impl Case {
    fn named(literal: &LitStr) -> Result<Self> {
        match literal.value().as_str() {
            "snake_case" => Ok(Self::Snake),
            "SCREAMING_SNAKE_CASE" => Ok(Self::ScreamingSnake),
            "kebab-case" => Ok(Self::Kebab),
            "camelCase" => Ok(Self::Camel),
            _ => Err(Error::new(
                literal.span(),
                "expected \"snake_case\", \"SCREAMING_SNAKE_CASE\", \"kebab-case\" or \"camelCase\"",
            )),
        }
    }

    /// A field, which is written in `snake_case`.
    fn apply_to_field(self, name: &str) -> String {
        let name = name.trim_start_matches("r#");
        match self {
            Self::Unchanged | Self::Snake => name.to_owned(),
            Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Kebab => name.replace('_', "-"),
            Self::Camel => {
                let mut words = name.split('_');
                let first = words.next().unwrap_or_default().to_owned();
                words.fold(first, |joined, word| joined + &capitalized(word))
            }
        }
    }

    /// A variant, which is written in `PascalCase`.
    pub(crate) fn apply_to_variant(self, name: &str) -> String {
        if matches!(self, Self::Unchanged) {
            return name.to_owned();
        }
        let mut snake = String::new();
        for (index, letter) in name.char_indices() {
            if index > 0 && letter.is_uppercase() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        }
        self.apply_to_field(&snake)
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
