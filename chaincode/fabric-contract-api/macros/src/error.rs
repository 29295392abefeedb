//! `#[derive(ContractError)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, LitStr, Result, Variant};

use crate::message::Case;

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(input.span(), "ContractError is for enums: one variant per code"));
    };
    let arms = data.variants.iter().map(code_of).collect::<Result<Vec<_>>>()?;
    let (name, (generics, types, bounds)) = (&input.ident, input.generics.split_for_impl());
    Ok(quote! {
        impl #generics ::fabric_contract_api::ContractError for #name #types #bounds {
            fn code(&self) -> &'static str {
                match self { #(#arms),* }
            }
        }
    })
}

/// The match arm of one variant.
fn code_of(variant: &Variant) -> Result<TokenStream> {
    let name = &variant.ident;
    let default = LitStr::new(&Case::ScreamingSnake.apply_to_variant(&name.to_string()), name.span());
    let Some(attribute) = variant.attrs.iter().find(|attribute| attribute.path().is_ident("error_code")) else {
        return Ok(quote!(Self::#name { .. } => #default));
    };
    if let Ok(code) = attribute.parse_args::<LitStr>() {
        let allowed = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
        if code.value().is_empty() || !code.value().chars().all(allowed) {
            return Err(Error::new(code.span(), "a code is made of A-Z, 0-9 and _"));
        }
        return Ok(quote!(Self::#name { .. } => #code));
    }
    let keyword: syn::Ident = attribute.parse_args()?;
    match &variant.fields {
        Fields::Unnamed(fields) if keyword == "transparent" && fields.unnamed.len() == 1 => {
            Ok(quote!(Self::#name(inner) => ::fabric_contract_api::ContractError::code(inner)))
        }
        _ => Err(Error::new(attribute.span(), "expected `\"CODE\"`, or `transparent` on a variant with one field")),
    }
}
