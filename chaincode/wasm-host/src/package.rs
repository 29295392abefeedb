//! Fabric's chaincode package with a Wasm module in it.
//!
//! ```text
//! LABEL.tar.gz
//!   metadata.json   {"type":"wasm","label":"exchange_1.0.0+9f86d0..."}
//!   code.tar.gz
//!     contract.wasm
//! ```
//!
//! A peer names a package `label:sha256` by the bytes of the file. Organizations that build the same module must
//! therefore be able to build the same bytes: the order, the modes and the times are fixed, and the archive is wrapped
//! in gzip's framing without compression, so that no version of a compressor has a say in it.
//!
//! A definition on the channel names a version, not a package. The version that this module makes covers the code:
//! `<semver>+<sha256 of the module>`.
//!
//! A chaincode in another language, which runs as a service, has a package of Fabric's own type: [`ServicePackage`].

mod archive;
mod connection;
mod service;

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::connection::{ClientIdentity, Connection, ConnectionTls};
pub use self::service::{AnyPackage, CONNECTION_FILE, SERVICE_PACKAGE_TYPE, ServicePackage};

/// The package type that our external builder detects.
pub const PACKAGE_TYPE: &str = "wasm";
/// The module's name in the package.
pub const CONTRACT_FILE: &str = "contract.wasm";
const METADATA_FILE: &str = "metadata.json";
const CODE_FILE: &str = "code.tar.gz";

/// Why bytes are no package of ours.
#[derive(Debug, Error)]
pub enum PackageError {
    /// The archive cannot be read, or holds what it may not.
    #[error("BAD_ARCHIVE: {0}")]
    Archive(String),
    /// A file is missing.
    #[error("MISSING_FILE: the package has no {0}")]
    Missing(&'static str),
    /// `metadata.json` is not what it should be.
    #[error("BAD_METADATA: {0}")]
    Metadata(String),
    /// `connection.json` is not what it should be.
    #[error("BAD_CONNECTION: {0}")]
    Connection(String),
    /// A peer would refuse the label.
    #[error("BAD_LABEL: {0:?} must be letters, digits, and _ . + - after the first character")]
    Label(String),
    /// The label names another module, or none.
    #[error("WRONG_MODULE: the label {label:?} does not end with +{sha256}, the hash of the module")]
    WrongModule {
        /// The label.
        label: String,
        /// SHA-256 of the module in hex.
        sha256: String,
    },
}

/// A chaincode package: its label and its module.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Package {
    label: String,
    wasm: Vec<u8>,
}

#[derive(Deserialize, Serialize)]
struct Metadata {
    #[serde(rename = "type")]
    kind: String,
    label: String,
}

impl Package {
    /// A package of the module, labelled `NAME_VERSION`, where VERSION is [`version`] of `semver` and the module.
    ///
    /// # Errors
    ///
    /// [`PackageError::Label`] if a peer would not take the label.
    pub fn new(name: &str, semver: &str, wasm: Vec<u8>) -> Result<Self, PackageError> {
        let label = format!("{name}_{}", version(semver, &wasm));
        if !is_label(&label) {
            return Err(PackageError::Label(label));
        }
        Ok(Self { label, wasm })
    }

    /// Reads a package file.
    ///
    /// # Errors
    ///
    /// [`PackageError`] if it is too large, no package, not of type [`PACKAGE_TYPE`], or labelled for another module.
    pub fn read(file: &[u8]) -> Result<Self, PackageError> {
        let (kind, label, code) = open(file)?;
        if kind != PACKAGE_TYPE {
            return Err(PackageError::Metadata(format!("the type is {kind:?}, not {PACKAGE_TYPE:?}")));
        }
        Self::from_code(label, &code.ok_or(PackageError::Missing(CODE_FILE))?)
    }

    fn from_code(label: String, code: &[u8]) -> Result<Self, PackageError> {
        let wasm = archive::unpack(code)?.remove(CONTRACT_FILE).ok_or(PackageError::Missing(CONTRACT_FILE))?;
        check_label(&label, &wasm)?;
        Ok(Self { label, wasm })
    }

    /// The package file: the same bytes for the same label and module, always.
    ///
    /// # Errors
    ///
    /// [`PackageError::Archive`] if the archive cannot be written.
    pub fn build(&self) -> Result<Vec<u8>, PackageError> {
        seal(PACKAGE_TYPE, &self.label, &BTreeMap::from([(CONTRACT_FILE, self.wasm.as_slice())]))
    }

    /// `NAME_VERSION`.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The module's bytes.
    #[must_use]
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    /// The module's bytes, without the package.
    #[must_use]
    pub fn into_wasm(self) -> Vec<u8> {
        self.wasm
    }
}

/// Type and label of a package file, and the archive with its code, if it is there.
fn open(file: &[u8]) -> Result<(String, String, Option<Vec<u8>>), PackageError> {
    let mut outer = archive::unpack(file)?;
    let metadata = outer.remove(METADATA_FILE).ok_or(PackageError::Missing(METADATA_FILE))?;
    let Metadata { kind, label } =
        serde_json::from_slice(&metadata).map_err(|error| PackageError::Metadata(error.to_string()))?;
    if !is_label(&label) {
        return Err(PackageError::Label(label));
    }
    Ok((kind, label, outer.remove(CODE_FILE)))
}

/// A package file of this type and label, with these files as its code.
fn seal(kind: &str, label: &str, code: &BTreeMap<&str, &[u8]>) -> Result<Vec<u8>, PackageError> {
    let metadata = Metadata { kind: kind.to_owned(), label: label.to_owned() };
    let metadata = serde_json::to_vec(&metadata).map_err(|error| PackageError::Metadata(error.to_string()))?;
    let code = archive::pack(code)?;
    // A map's order is alphabetical: code.tar.gz first.
    archive::pack(&BTreeMap::from([(METADATA_FILE, metadata.as_slice()), (CODE_FILE, code.as_slice())]))
}

/// The name that a peer gives to a package file with this label: `label:sha256` in hex.
#[must_use]
pub fn package_id(label: &str, file: &[u8]) -> String {
    format!("{label}:{}", sha256_hex(file))
}

/// The version for a chaincode definition: `<semver>+<sha256 of the module>`.
#[must_use]
pub fn version(semver: &str, wasm: &[u8]) -> String {
    format!("{semver}+{}", sha256_hex(wasm))
}

/// Checks that a label (or the package id that starts with it) is of a package of this module.
///
/// # Errors
///
/// [`PackageError::WrongModule`] if it names another module or none.
pub fn check_label(label: &str, wasm: &[u8]) -> Result<(), PackageError> {
    let label = label.split(':').next().unwrap_or_default();
    let sha256 = sha256_hex(wasm);
    if label.strip_suffix(&sha256).is_some_and(|rest| rest.ends_with('+')) {
        return Ok(());
    }
    Err(PackageError::WrongModule { label: label.to_owned(), sha256 })
}

/// The module's hash that a version names, if the version is one of ours.
#[must_use]
pub fn version_sha256(version: &str) -> Option<[u8; 32]> {
    let (_, hash) = version.rsplit_once('+')?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(hash, &mut bytes).ok()?;
    Some(bytes)
}

/// Fabric's rule for labels: `^[[:alnum:]][[:alnum:]_.+-]*$`.
fn is_label(label: &str) -> bool {
    let mut bytes = label.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte))
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> Package {
        Package::new("exchange", "1.0.0", vec![7; 100_000]).unwrap()
    }

    #[test]
    fn a_package_reads_as_it_was_built() {
        let file = package().build().unwrap();
        assert_eq!(Package::read(&file).unwrap(), package());
    }

    #[test]
    fn the_same_module_gives_the_same_bytes() {
        // The constant stands for builds by other organizations, at other times, with other compressors.
        assert_eq!(
            sha256_hex(&package().build().unwrap()),
            "a453248d2a08216e2404536d2a0083c81eaba32b5bee1838132b2d283abcddbb"
        );
    }

    #[test]
    fn the_version_names_the_module() {
        let version = version("1.0.0", b"module");
        assert_eq!(package_id(&version, b""), format!("{version}:{}", sha256_hex(b"")));
        assert_eq!(hex::encode(version_sha256(&version).unwrap()), sha256_hex(b"module"));
        assert_eq!(version_sha256("1.0.0"), None);
        assert_eq!(version_sha256("1.0.0+beta"), None);
    }

    #[test]
    fn labels_are_those_that_a_peer_takes() {
        for name in ["", "_x", "a b", "a/b", "ä"] {
            assert!(matches!(Package::new(name, "1", Vec::new()), Err(PackageError::Label(_))), "{name:?}");
        }
    }

    #[test]
    fn a_label_that_names_another_module_is_refused() {
        let package = Package { wasm: vec![8], ..package() };
        let file = package.build().unwrap();
        assert!(matches!(Package::read(&file), Err(PackageError::WrongModule { .. })));
        assert!(check_label("exchange_1.0.0", &[8]).is_err());
        let label = Package::new("exchange", "1.0.0", vec![8]).unwrap().label;
        assert!(check_label(&package_id(&label, &file), &[8]).is_ok());
    }

    #[test]
    fn another_type_is_not_ours() {
        let metadata = br#"{"type":"golang","label":"a_1"}"#;
        let file = archive::pack(&BTreeMap::from([(METADATA_FILE, metadata.as_slice())])).unwrap();
        assert!(matches!(Package::read(&file), Err(PackageError::Metadata(_))));
    }

    #[test]
    fn cut_or_changed_files_are_refused_without_a_panic() {
        let file = package().build().unwrap();
        for length in (0..file.len()).step_by(997) {
            assert!(Package::read(&file[..length]).is_err(), "cut at {length}");
        }
        let mut changed = file.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(Package::read(&changed).is_err());
    }
}
