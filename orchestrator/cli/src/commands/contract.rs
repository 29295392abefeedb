//! `gridbourse contract`: what an author does with a compiled contract.

use crate::{
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::{Context, Result};
use std::{fs, path::PathBuf};
use wasm_host::package::{self, Package};

/// Check and package contracts
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Check a module before anything is loaded: imports, exports, memory, size, no floats
    Check {
        /// The compiled contract
        file: PathBuf,
        /// How to print the result
        #[arg(long, value_enum, default_value_t)]
        output: Format,
    },
    /// Make a chaincode package for `peer lifecycle chaincode install`; the same bytes from the same module
    Package {
        /// The chaincode's name
        name: String,
        /// The compiled contract
        file: PathBuf,
        /// Semantic version; the module's hash is added to it
        #[arg(long, default_value = "1.0.0")]
        version: String,
        /// Where to write it [default: NAME.tar.gz]
        #[arg(long, short)]
        to: Option<PathBuf>,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    match &arguments.action {
        Action::Check { file, output } => check(file, *output),
        Action::Package { name, file, version, to } => {
            let wasm = read(file)?;
            wasm_host::check::check(&wasm).map_err(|error| WrongInput(format!("{}: {error}", file.display())))?;
            let defined = package::version(version, &wasm);
            let built = Package::new(name, version, wasm)?;
            let bytes = built.build()?;
            let to = to.clone().unwrap_or_else(|| format!("{name}.tar.gz").into());
            fs::write(&to, &bytes).with_context(|| format!("cannot write {}", to.display()))?;
            output::line(&format!("package    {}", to.display()))?;
            output::line(&format!("package id {}", package::package_id(built.label(), &bytes)))?;
            output::line(&format!("version    {defined}"))?;
            Ok(Code::Done)
        }
    }
}

fn check(file: &PathBuf, output: Format) -> Result<Code> {
    match (wasm_host::check::check(&read(file)?), output) {
        (Ok(report), Format::Json) => output::json(&report)?,
        (Ok(report), Format::Text) => {
            output::line(&format!("{}: may run", file.display()))?;
            output::line(&format!("  SHA-256    {}", report.sha256))?;
            output::line(&format!(
                "  size       {} bytes ({} of code, {} of data)",
                report.bytes, report.code_bytes, report.data_bytes
            ))?;
            output::line(&format!("  functions  {}, globals {}", report.functions, report.globals))?;
            output::line(&format!("  memory     {} bytes at the start", report.memory.bytes_min))?;
            output::line(&format!("  imports    {}", report.imports.join(", ")))?;
            output::line(&format!("  exports    {}", report.exports.join(", ")))?;
        }
        (Err(error), Format::Json) => {
            output::json(
                &serde_json::json!({"code": error.code(), "offset": error.offset(), "message": error.to_string()}),
            )?;
            return Ok(Code::Found);
        }
        (Err(error), Format::Text) => {
            output::line(&format!("{}: {error}", file.display()))?;
            return Ok(Code::Found);
        }
    }
    Ok(Code::Done)
}

fn read(file: &PathBuf) -> Result<Vec<u8>> {
    Ok(fs::read(file).map_err(|error| WrongInput(format!("cannot read {}: {error}", file.display())))?)
}
