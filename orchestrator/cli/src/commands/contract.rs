//! `gridbourse contract`: what an author does with a compiled contract.

use crate::{
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::{Context, Result};
use std::{fs, path::PathBuf};
use wasm_host::package::{self, AnyPackage, ClientIdentity, Connection, ConnectionTls, Package, ServicePackage};

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
    /// Make a chaincode package for `peer lifecycle chaincode install`; the same bytes from the same input
    Package(Packaging),
}

#[derive(clap::Args)]
struct Packaging {
    /// The chaincode's name
    name: String,
    /// The compiled contract
    #[arg(required_unless_present = "service", conflicts_with = "service")]
    file: Option<PathBuf>,
    /// In place of a compiled contract: where a chaincode in whatever language runs as a service
    #[arg(long, value_name = "HOST:PORT")]
    service: Option<String>,
    /// Authority of the service's TLS certificate (PEM); without it the service has no TLS
    #[arg(long, value_name = "FILE", requires = "service")]
    tls_root: Option<PathBuf>,
    /// Certificate (PEM) that peers show to the service
    #[arg(long, value_name = "FILE", requires = "tls_root", requires = "tls_client_key")]
    tls_client_certificate: Option<PathBuf>,
    /// Private key (PEM) of that certificate; it becomes part of the package
    #[arg(long, value_name = "FILE", requires = "tls_client_certificate")]
    tls_client_key: Option<PathBuf>,
    /// Semantic version; of a compiled contract, the module's hash is added to it
    #[arg(long, default_value = "1.0.0")]
    version: String,
    /// Where to write it [default: NAME.tar.gz]
    #[arg(long, short)]
    to: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    match &arguments.action {
        Action::Check { file, output } => check(file, *output),
        Action::Package(packaging) => packaging.run(),
    }
}

impl Packaging {
    fn run(&self) -> Result<Code> {
        let Self { name, version, .. } = self;
        let bytes = match (&self.service, &self.file) {
            (Some(address), _) => {
                let connection =
                    Connection::new(address, self.tls()?).map_err(|error| WrongInput(error.to_string()))?;
                ServicePackage::new(name, version, connection)?.build()?
            }
            (None, Some(file)) => {
                let wasm = read(file)?;
                wasm_host::check::check(&wasm).map_err(|error| WrongInput(format!("{}: {error}", file.display())))?;
                Package::new(name, version, wasm)?.build()?
            }
            (None, None) => return Err(WrongInput("name a compiled contract, or a --service".to_owned()).into()),
        };
        let built = AnyPackage::read(&bytes)?;
        let to = self.to.clone().unwrap_or_else(|| format!("{name}.tar.gz").into());
        fs::write(&to, &bytes).with_context(|| format!("cannot write {}", to.display()))?;
        output::line(&format!("package    {}", to.display()))?;
        output::line(&format!("package id {}", package::package_id(built.label(), &bytes)))?;
        output::line(&format!("version    {}", built.version()))?;
        Ok(Code::Done)
    }

    fn tls(&self) -> Result<Option<ConnectionTls>> {
        let Some(root) = &self.tls_root else { return Ok(None) };
        let client = match (&self.tls_client_certificate, &self.tls_client_key) {
            (Some(certificate), Some(key)) => {
                Some(ClientIdentity { certificate: read_text(certificate)?, key: read_text(key)? })
            }
            _ => None,
        };
        Ok(Some(ConnectionTls { root_certificate: read_text(root)?, client, domain: None }))
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

fn read_text(file: &PathBuf) -> Result<String> {
    Ok(String::from_utf8(read(file)?).map_err(|_| WrongInput(format!("{}: it is no text", file.display())))?)
}

fn read(file: &PathBuf) -> Result<Vec<u8>> {
    Ok(fs::read(file).map_err(|error| WrongInput(format!("cannot read {}: {error}", file.display())))?)
}
