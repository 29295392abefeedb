//! The static check of a module, before anything is compiled.
//!
//! A module that passes cannot do anything but compute on integers in its own memory and call the six functions of
//! `fabric_1`. What makes results differ between machines is not in it: no floats, no SIMD, no threads.

mod error;
mod report;
mod segments;

pub use error::CheckError;
pub use report::{MemoryReport, Report};
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{FuncType, Parser, Payload, Validator, WasmFeatures};

use crate::abi;
use crate::limits;

/// Bytes of a page of Wasm memory.
const PAGE_BYTES: u64 = 65_536;

/// What a module may use: what rustc emits for `wasm32-unknown-unknown`, less floats.
const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES);

/// Checks a module's bytes and tells what is in it.
///
/// # Errors
///
/// [`CheckError`], which names the first thing that a module may not have, and where it is.
pub fn check(module: &[u8]) -> Result<Report, CheckError> {
    limit("bytes", module.len() as u64, limits::MODULE_BYTES_MAX as u64)?;
    let types = Validator::new_with_features(FEATURES).validate_all(module)?;
    let types = types.as_ref();
    check_imports(types)?;
    check_exports(types)?;
    check_sections(module, types)?;
    Ok(Report::new(module, types))
}

fn check_imports(types: TypesRef<'_>) -> Result<(), CheckError> {
    for (module, name, import) in types.core_imports().into_iter().flatten() {
        let full_name = format!("{module}.{name}");
        let EntityType::Func(id) = import else {
            return Err(CheckError::Import { name: full_name, reason: "only functions may be imported".to_owned() });
        };
        let function = abi::FUNCTIONS.iter().find(|function| module == abi::MODULE && function.name == name);
        let Some(function) = function else {
            return Err(CheckError::Import { name: full_name, reason: "there is no such function".to_owned() });
        };
        let found = types[id].unwrap_func();
        if found.params() != function.parameters || found.results() != function.results {
            let expected = FuncType::new(function.parameters.iter().copied(), function.results.iter().copied());
            let reason = format!("it is {}, not {}", report::signature(&expected), report::signature(found));
            return Err(CheckError::Import { name: full_name, reason });
        }
    }
    Ok(())
}

fn check_exports(types: TypesRef<'_>) -> Result<(), CheckError> {
    let export = |wanted| types.core_exports().into_iter().flatten().find(|(name, _)| *name == wanted);
    if !matches!(export(abi::MEMORY), Some((_, EntityType::Memory(_)))) {
        return Err(CheckError::Export { name: abi::MEMORY, expected: "a memory" });
    }
    match export(abi::INVOKE) {
        Some((_, EntityType::Func(id))) if types[id].unwrap_func() == &FuncType::new([], []) => {}
        _ => return Err(CheckError::Export { name: abi::INVOKE, expected: "a function () -> ()" }),
    }
    limit("memory bytes at the start", types.memory_at(0).initial * PAGE_BYTES, limits::MEMORY_BYTES_MAX as u64)?;
    limit("tables", types.table_count().into(), 1)?;
    if types.table_count() > 0 {
        limit("table elements", types.table_at(0).initial, limits::TABLE_ELEMENTS_MAX as u64)?;
    }
    limit("functions", types.function_count().into(), limits::FUNCTIONS_MAX.into())?;
    limit("globals", types.global_count().into(), limits::GLOBALS_MAX.into())
}

fn check_sections(module: &[u8], types: TypesRef<'_>) -> Result<(), CheckError> {
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::StartSection { range, .. } => return Err(CheckError::Start { offset: range.start }),
            Payload::CodeSectionEntry(body) => {
                let mut locals = 0_u64;
                for group in body.get_locals_reader()? {
                    locals += u64::from(group?.0);
                }
                limit("locals of a function", locals, limits::LOCALS_MAX.into())?;
            }
            Payload::DataSection(data) => segments::check_data(data, types.memory_at(0).initial * PAGE_BYTES)?,
            Payload::ElementSection(elements) => segments::check_elements(elements, types)?,
            _ => {}
        }
    }
    Ok(())
}

fn limit(what: &'static str, found: u64, allowed: u64) -> Result<(), CheckError> {
    if found > allowed { Err(CheckError::Limit { what, found, allowed }) } else { Ok(()) }
}
