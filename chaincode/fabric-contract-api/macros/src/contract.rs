//! `#[contract]`.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, LitStr, Pat, Result, ReturnType, Type, parse_quote,
};

/// What `#[contract(...)]` says.
#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    default: bool,
}

/// One transaction function of the contract.
struct Transaction {
    function: Ident,
    name: LitStr,
    /// `submit` or `evaluate`.
    kind: Ident,
    description: String,
    parameters: Vec<(Ident, Type)>,
    result: Type,
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options = parse_options(arguments)?;
    let mut block: ItemImpl = syn::parse2(item)?;
    if let Some((_, path, _)) = &block.trait_ {
        return Err(Error::new(path.span(), "#[contract] belongs on an inherent `impl` block"));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new(block.generics.span(), "a contract cannot be generic"));
    }
    let Type::Path(contract) = &*block.self_ty else {
        return Err(Error::new(block.self_ty.span(), "a contract is a plain type, such as `struct Assets;`"));
    };
    let name = match (options.name, contract.path.segments.last()) {
        (Some(name), _) => name,
        (None, Some(segment)) => LitStr::new(&segment.ident.to_string(), segment.ident.span()),
        (None, None) => return Err(Error::new(contract.span(), "a contract needs a name")),
    };
    if name.value().is_empty() || name.value().contains(':') {
        return Err(Error::new(name.span(), "a contract's name is not empty and has no colon"));
    }

    let mut transactions = Vec::new();
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item
            && let Some(transaction) = take_transaction(function)?
        {
            transactions.push(transaction);
        }
    }
    refuse_duplicates(&transactions)?;

    let contract = &block.self_ty;
    let default = options.default;
    let description = documentation(&block.attrs);
    let functions = transactions.iter().map(|transaction| describe(contract, transaction));
    Ok(quote! {
        #block

        impl ::fabric_contract_api::Contract for #contract {
            const DEFINITION: ::fabric_contract_api::ContractDefinition = ::fabric_contract_api::ContractDefinition {
                name: #name,
                description: #description,
                default: #default,
                functions: &[#(#functions),*],
            };
        }
    })
}

fn parse_options(arguments: TokenStream) -> Result<Options> {
    let mut options = Options::default();
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("default") {
            options.default = true;
            Ok(())
        } else if meta.path.is_ident("name") {
            options.name = Some(meta.value()?.parse()?);
            Ok(())
        } else {
            Err(meta.error("expected `default` or `name = \"...\"`"))
        }
    });
    syn::parse::Parser::parse2(parser, arguments)?;
    Ok(options)
}

/// Removes the function's `#[submit]` or `#[evaluate]`; `None` if it has neither.
fn take_transaction(function: &mut ImplItemFn) -> Result<Option<Transaction>> {
    let is_kind = |attribute: &Attribute| attribute.path().is_ident("submit") || attribute.path().is_ident("evaluate");
    let Some(index) = function.attrs.iter().position(is_kind) else { return Ok(None) };
    let attribute = function.attrs.remove(index);
    if let Some(second) = function.attrs.iter().find(|attribute| is_kind(attribute)) {
        return Err(Error::new(second.span(), "a function is either #[submit] or #[evaluate], once"));
    }
    let signature = &function.sig;
    if let Some(keyword) = &signature.asyncness {
        return Err(Error::new(keyword.span(), "a transaction function cannot be async"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new(signature.generics.span(), "a transaction function cannot be generic"));
    }

    let mut inputs = signature.inputs.iter();
    match inputs.next() {
        Some(FnArg::Typed(context)) if matches!(*context.ty, Type::Reference(_)) => {}
        other => {
            let expected = "the first parameter is the context: `&mut Context` to submit, `&QueryContext` to evaluate";
            return Err(Error::new(other.map_or_else(|| signature.span(), Spanned::span), expected));
        }
    }
    let parameters = inputs.map(parse_parameter).collect::<Result<_>>()?;
    let name = transaction_name(&attribute, &signature.ident)?;
    let ReturnType::Type(_, result) = &signature.output else {
        return Err(Error::new(signature.span(), "a transaction function returns a `Result`"));
    };

    let result = (**result).clone();
    let function_name = signature.ident.clone();
    // Arguments are owned values whatever the function does with them.
    function.attrs.push(parse_quote!(#[allow(clippy::needless_pass_by_value)]));
    Ok(Some(Transaction {
        name,
        kind: attribute.path().require_ident()?.clone(),
        description: documentation(&function.attrs),
        function: function_name,
        parameters,
        result,
    }))
}

fn parse_parameter(input: &FnArg) -> Result<(Ident, Type)> {
    let FnArg::Typed(input) = input else {
        return Err(Error::new(input.span(), "a contract has no state of its own: use the ledger"));
    };
    let Pat::Ident(pattern) = &*input.pat else {
        return Err(Error::new(input.pat.span(), "a parameter needs a plain name: clients read it in the metadata"));
    };
    if let Type::Reference(reference) = &*input.ty {
        return Err(Error::new(reference.span(), "parameters are owned values: `String`, not `&str`"));
    }
    Ok((pattern.ident.clone(), (*input.ty).clone()))
}

fn transaction_name(attribute: &Attribute, function: &Ident) -> Result<LitStr> {
    let mut name = LitStr::new(&function.to_string(), function.span());
    if !matches!(attribute.meta, syn::Meta::Path(_)) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("expected `name = \"...\"`"));
            }
            name = meta.value()?.parse()?;
            Ok(())
        })?;
    }
    if name.value().is_empty() || name.value().contains(':') {
        return Err(Error::new(name.span(), "a function's name is not empty and has no colon"));
    }
    Ok(name)
}

fn refuse_duplicates(transactions: &[Transaction]) -> Result<()> {
    let mut names = BTreeMap::new();
    for transaction in transactions {
        let name = transaction.name.value();
        if names.insert(name.clone(), ()).is_some() {
            return Err(Error::new(transaction.name.span(), format!("two functions are named `{name}`")));
        }
    }
    Ok(())
}

/// The `Function` entry of one transaction function.
fn describe(contract: &Type, transaction: &Transaction) -> TokenStream {
    let Transaction { function, name, kind, description, parameters, result } = transaction;
    let tag = format_ident!("{}", if kind == "submit" { "Submit" } else { "Evaluate" });
    let count = parameters.len();
    let names: Vec<_> = parameters.iter().map(|(name, _)| name.to_string()).collect();
    let types: Vec<_> = parameters.iter().map(|(_, kind)| kind).collect();
    let values: Vec<_> = (0..count).map(|index| format_ident!("value_{index}")).collect();
    let indices = 0..count;
    quote! {
        ::fabric_contract_api::Function {
            name: #name,
            description: #description,
            kind: ::fabric_contract_api::FunctionKind::#tag,
            invoke: |stub, arguments| {
                arguments.expect_count(#count)?;
                #(let #values: #types = arguments.decode(#indices, #names)?;)*
                ::fabric_contract_api::macro_support::#kind(stub, |context| #contract::#function(context, #(#values),*))
            },
            parameters: |components| ::fabric_contract_api::macro_support::vec![
                #(::fabric_contract_api::Parameter::of::<#types>(#names, components)),*
            ],
            returns: |components| {
                <#result as ::fabric_contract_api::macro_support::Returned>::schema(components)
            },
        }
    }
}

/// The text of an item's doc comment.
pub(crate) fn documentation(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let syn::Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }) = &meta.value
        {
            lines.push(line.value().trim().to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}
