//! Fabric's package of a chaincode that runs as a service: not its code, but where it is.
//!
//! ```text
//! LABEL.tar.gz
//!   metadata.json   {"type":"ccaas","label":"asset_1.0"}
//!   code.tar.gz
//!     connection.json
//! ```

use std::collections::BTreeMap;

use super::connection::Connection;
use super::{Package, PackageError, archive, is_label, open, seal};

/// The type of package that Fabric's own builder for services detects.
pub const SERVICE_PACKAGE_TYPE: &str = "ccaas";
/// The connection's name in the package.
pub const CONNECTION_FILE: &str = "connection.json";

/// The package of a chaincode that runs as a service, in whatever language.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServicePackage {
    label: String,
    connection: Connection,
}

impl ServicePackage {
    /// A package labelled `NAME_VERSION`.
    ///
    /// # Errors
    ///
    /// [`PackageError::Label`] if a peer would not take the label.
    pub fn new(name: &str, version: &str, connection: Connection) -> Result<Self, PackageError> {
        let label = format!("{name}_{version}");
        if !is_label(&label) {
            return Err(PackageError::Label(label));
        }
        Ok(Self { label, connection })
    }

    fn from_code(label: String, code: &[u8]) -> Result<Self, PackageError> {
        // Archives of services are made by hand with `tar`, which writes folders and `./connection.json`.
        let connection = archive::unpack_folder(code)?.remove(CONNECTION_FILE);
        let connection = Connection::parse(&connection.ok_or(PackageError::Missing(CONNECTION_FILE))?)?;
        Ok(Self { label, connection })
    }

    /// The package file: the same bytes for the same label and connection, always.
    ///
    /// # Errors
    ///
    /// [`PackageError::Archive`] if the archive cannot be written.
    pub fn build(&self) -> Result<Vec<u8>, PackageError> {
        let connection =
            serde_json::to_vec(&self.connection).map_err(|error| PackageError::Connection(error.to_string()))?;
        seal(SERVICE_PACKAGE_TYPE, &self.label, &BTreeMap::from([(CONNECTION_FILE, connection.as_slice())]))
    }

    /// The label: `NAME_VERSION` where it was made here, otherwise what its maker chose.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Where the service is.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// A package of either type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AnyPackage {
    /// A contract that is compiled to Wasm.
    Wasm(Package),
    /// A chaincode that runs as a service.
    Service(ServicePackage),
}

impl AnyPackage {
    /// Reads a package file.
    ///
    /// # Errors
    ///
    /// [`PackageError`] if it is no package of these types.
    pub fn read(file: &[u8]) -> Result<Self, PackageError> {
        let (kind, label, code) = open(file)?;
        let code = code.ok_or(PackageError::Missing(super::CODE_FILE));
        match kind.as_str() {
            super::PACKAGE_TYPE => Package::from_code(label, &code?).map(Self::Wasm),
            // Fabric's builder does not mind capitals.
            kind if kind.eq_ignore_ascii_case(SERVICE_PACKAGE_TYPE) => {
                ServicePackage::from_code(label, &code?).map(Self::Service)
            }
            kind => {
                let types = format!("{:?} or {SERVICE_PACKAGE_TYPE:?}", super::PACKAGE_TYPE);
                Err(PackageError::Metadata(format!("the type is {kind:?}, not {types}")))
            }
        }
    }

    /// Its label.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Wasm(package) => package.label(),
            Self::Service(package) => package.label(),
        }
    }

    /// The version for a chaincode definition: that of the module, whatever the label says of it; of a service, what
    /// follows the name in the label, or all of the label.
    #[must_use]
    pub fn version(&self) -> String {
        let label = self.label();
        let labelled = label.rsplit_once('_').map(|(_, version)| version).filter(|version| !version.is_empty());
        match self {
            Self::Wasm(package) => {
                let own = super::version("0.0.0", package.wasm());
                let names_module = |labelled: &&str| super::version_sha256(labelled) == super::version_sha256(&own);
                labelled.filter(names_module).map_or(own.clone(), str::to_owned)
            }
            Self::Service(_) => labelled.unwrap_or(label).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> ServicePackage {
        ServicePackage::new("asset", "1.0", Connection::new("127.0.0.1:9999", None).unwrap()).unwrap()
    }

    fn forged(kind: &str, files: &BTreeMap<&str, &[u8]>) -> Result<AnyPackage, PackageError> {
        AnyPackage::read(&seal(kind, "asset_1.0", files).unwrap())
    }

    #[test]
    fn a_package_reads_as_it_was_built() {
        let file = package().build().unwrap();
        assert_eq!(file, package().build().unwrap());
        let read = AnyPackage::read(&file).unwrap();
        assert_eq!((read.label(), read.version().as_str()), ("asset_1.0", "1.0"));
        assert_eq!(read, AnyPackage::Service(package()));
    }

    #[test]
    fn a_package_of_wasm_is_told_apart() {
        let wasm = Package::new("exchange", "1.0.0", vec![7; 10]).unwrap();
        let read = AnyPackage::read(&wasm.build().unwrap()).unwrap();
        assert_eq!(read.version(), super::super::version("1.0.0", &[7; 10]));
        assert_eq!(read, AnyPackage::Wasm(wasm));
        assert!(matches!(Package::read(&package().build().unwrap()), Err(PackageError::Metadata(_))));
    }

    #[test]
    fn a_forged_package_is_refused_with_what_is_wrong() {
        let connection: &[u8] = br#"{"address":"a:1"}"#;
        assert!(forged("CCAAS", &BTreeMap::from([(CONNECTION_FILE, connection)])).is_ok());
        assert!(matches!(
            forged("ccaas", &BTreeMap::from([("other.json", connection)])),
            Err(PackageError::Missing(CONNECTION_FILE))
        ));
        assert!(matches!(
            forged("ccaas", &BTreeMap::from([(CONNECTION_FILE, b"{}".as_slice())])),
            Err(PackageError::Connection(_))
        ));
        let text = forged("node", &BTreeMap::from([(CONNECTION_FILE, connection)])).unwrap_err().to_string();
        assert_eq!(text, r#"BAD_METADATA: the type is "node", not "wasm" or "ccaas""#);
    }
}
