//! The macros of `fabric-contract-api`. Use them through that crate, which documents them with examples.

mod contract;
mod error;
mod message;

use proc_macro::TokenStream;

/// Turns an `impl` block into a contract: its `#[submit]` and `#[evaluate]` functions become transactions.
///
/// `#[contract]` names the contract after the type, `#[contract(name = "org.example.Assets")]` names it otherwise, and
/// `#[contract(default)]` makes it the one whose functions clients may call without a prefix.
///
/// `#[submit]` functions take `&mut Context` first, `#[evaluate]` functions `&QueryContext`. All other parameters are
/// owned values that implement `Value`. `#[submit(name = "createAsset")]` gives a function another name on the ledger.
/// Functions without either attribute are ordinary functions.
#[proc_macro_attribute]
pub fn contract(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(contract::expand(arguments.into(), item.into()))
}

/// Makes a struct or enum a message: something that may be an argument, a result, an event or a stored value.
///
/// Derives `Debug`, `Clone`, `PartialEq`, `Eq`, strict serde (unknown fields are refused), `Value` (with its JSON
/// schema) and `Storable`. `#[decimal]` on an integer field writes it as a decimal string. Of serde's attributes,
/// `rename`, `rename_all` and `default` are understood.
#[proc_macro_attribute]
pub fn message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = syn::parse::<syn::parse::Nothing>(arguments).and_then(|_| message::expand(item.into()));
    expand(expanded)
}

/// Gives each variant of an error enum a stable code: its name in `SCREAMING_SNAKE_CASE`, or `#[error_code("CODE")]`.
///
/// `#[error_code(transparent)]` on a variant with one field passes the code of that field on. Together with
/// `thiserror::Error`, which writes the texts, this is all that a contract's error needs.
#[proc_macro_derive(ContractError, attributes(error_code))]
pub fn contract_error(item: TokenStream) -> TokenStream {
    expand(error::expand(item.into()))
}

fn expand(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(|error| error.to_compile_error()).into()
}
