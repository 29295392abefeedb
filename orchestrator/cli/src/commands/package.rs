//! Package files, from what a user names: a module, or a package that is made already.

use crate::exit::WrongInput;
use anyhow::Result;
use std::{fs, path::Path};
use wasm_host::package::{AnyPackage, Package};

/// What a gzipped file begins with (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The package in a file, or one made of the module in it.
pub(crate) fn of_file(name: &str, semver: &str, file: &Path) -> Result<Vec<u8>> {
    let wrong = |error: &dyn std::fmt::Display| WrongInput(format!("{}: {error}", file.display()));
    let bytes = fs::read(file).map_err(|error| WrongInput(format!("cannot read {}: {error}", file.display())))?;
    if bytes.starts_with(&GZIP) {
        AnyPackage::read(&bytes).map_err(|error| wrong(&error))?;
        return Ok(bytes);
    }
    wasm_host::check::check(&bytes).map_err(|error| wrong(&error))?;
    Ok(Package::new(name, semver, bytes)?.build()?)
}
