//! What is in a module that passed the check.

use aws_lc_rs::digest;
use serde::Serialize;
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{FuncType, Parser, Payload};

use super::PAGE_BYTES;

/// What is in a module that passed the check; `gridbourse contract check` prints it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Length of the module.
    pub bytes: usize,
    /// SHA-256 of the module in hex: what the version of a chaincode definition names.
    pub sha256: String,
    /// Imported functions with their signatures.
    pub imports: Vec<String>,
    /// Everything exported, with what it is.
    pub exports: Vec<String>,
    /// The memory.
    pub memory: MemoryReport,
    /// Functions of the module itself.
    pub functions: u32,
    /// Bytes of code.
    pub code_bytes: usize,
    /// Bytes of the data segments' section.
    pub data_bytes: usize,
    /// Globals.
    pub globals: u32,
}

/// The memory of a module.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct MemoryReport {
    /// What it has at the start, in bytes.
    pub bytes_min: u64,
    /// What it declares as its maximum, in bytes. The host's own limit holds as well.
    pub bytes_max: Option<u64>,
}

impl Report {
    pub(super) fn new(module: &[u8], types: TypesRef<'_>) -> Self {
        let imports: Vec<String> = types
            .core_imports()
            .into_iter()
            .flatten()
            .map(|(module, name, import)| format!("{module}.{name}{}", describe(import, types)))
            .collect();
        let exports = types.core_exports().into_iter().flatten();
        let exports = exports.map(|(name, export)| format!("{name}{}", describe(export, types))).collect();
        let memory = types.memory_at(0);
        let (mut code_bytes, mut data_bytes) = (0, 0);
        for payload in Parser::new(0).parse_all(module).flatten() {
            match payload {
                Payload::CodeSectionStart { size, .. } => code_bytes = size as usize,
                Payload::DataSection(data) => data_bytes = data.range().len(),
                _ => {}
            }
        }
        Self {
            bytes: module.len(),
            sha256: hex::encode(digest::digest(&digest::SHA256, module)),
            functions: types.function_count() - u32::try_from(imports.len()).unwrap_or(0),
            imports,
            exports,
            memory: MemoryReport {
                bytes_min: memory.initial * PAGE_BYTES,
                bytes_max: memory.maximum.map(|pages| pages * PAGE_BYTES),
            },
            code_bytes,
            data_bytes,
            globals: types.global_count(),
        }
    }
}

fn describe(entity: EntityType, types: TypesRef<'_>) -> String {
    match entity {
        EntityType::Func(id) | EntityType::FuncExact(id) => signature(types[id].unwrap_func()),
        EntityType::Memory(_) => ": memory".to_owned(),
        EntityType::Table(_) => ": table".to_owned(),
        EntityType::Global(global) => format!(": {}", global.content_type),
        EntityType::Tag(_) => ": tag".to_owned(),
    }
}

/// A function's type as `(i32, i32) -> (i64)`.
pub(super) fn signature(function: &FuncType) -> String {
    let list = |types: &[wasmparser::ValType]| {
        let names: Vec<String> = types.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    format!("({}) -> ({})", list(function.params()), list(function.results()))
}
