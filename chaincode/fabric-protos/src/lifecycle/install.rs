//! Packages installed on a peer.

use std::collections::BTreeMap;

/// Installs a package.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct InstallChaincodeArgs {
    /// The package, tar.gz.
    #[prost(bytes = "vec", tag = "1")]
    pub chaincode_install_package: Vec<u8>,
}

/// The installed package.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct InstallChaincodeResult {
    /// `label:hash`.
    #[prost(string, tag = "1")]
    pub package_id: String,
    /// Its label.
    #[prost(string, tag = "2")]
    pub label: String,
}

/// Asks for an installed package.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryInstalledChaincodeArgs {
    /// `label:hash`.
    #[prost(string, tag = "1")]
    pub package_id: String,
}

/// An installed package and the definitions that use it.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryInstalledChaincodeResult {
    /// `label:hash`.
    #[prost(string, tag = "1")]
    pub package_id: String,
    /// Its label.
    #[prost(string, tag = "2")]
    pub label: String,
    /// By channel.
    #[prost(btree_map = "string, message", tag = "3")]
    pub references: BTreeMap<String, query_installed_chaincode_result::References>,
}

/// Nested in [`QueryInstalledChaincodeResult`].
pub mod query_installed_chaincode_result {
    /// Definitions of one channel.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct References {
        /// The definitions.
        #[prost(message, repeated, tag = "1")]
        pub chaincodes: Vec<Chaincode>,
    }

    /// A definition.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct Chaincode {
        /// Name.
        #[prost(string, tag = "1")]
        pub name: String,
        /// Version.
        #[prost(string, tag = "2")]
        pub version: String,
    }
}

/// Asks for a package's bytes.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetInstalledChaincodePackageArgs {
    /// `label:hash`.
    #[prost(string, tag = "1")]
    pub package_id: String,
}

/// A package's bytes.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetInstalledChaincodePackageResult {
    /// The package, tar.gz.
    #[prost(bytes = "vec", tag = "1")]
    pub chaincode_install_package: Vec<u8>,
}

/// Asks for all installed packages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryInstalledChaincodesArgs {}

/// All installed packages.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryInstalledChaincodesResult {
    /// The packages.
    #[prost(message, repeated, tag = "1")]
    pub installed_chaincodes: Vec<query_installed_chaincodes_result::InstalledChaincode>,
}

/// Nested in [`QueryInstalledChaincodesResult`].
pub mod query_installed_chaincodes_result {
    use std::collections::BTreeMap;

    /// An installed package and the definitions that use it.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct InstalledChaincode {
        /// `label:hash`.
        #[prost(string, tag = "1")]
        pub package_id: String,
        /// Its label.
        #[prost(string, tag = "2")]
        pub label: String,
        /// By channel.
        #[prost(btree_map = "string, message", tag = "3")]
        pub references: BTreeMap<String, References>,
    }

    /// Definitions of one channel.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct References {
        /// The definitions.
        #[prost(message, repeated, tag = "1")]
        pub chaincodes: Vec<Chaincode>,
    }

    /// A definition.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct Chaincode {
        /// Name.
        #[prost(string, tag = "1")]
        pub name: String,
        /// Version.
        #[prost(string, tag = "2")]
        pub version: String,
    }
}
