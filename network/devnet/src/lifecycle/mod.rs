//! The life of a chaincode: installed as a package, approved by organizations, committed to a channel.
//!
//! Install, query and commit are Fabric's. **Approval differs:** in Fabric it is a transaction whose content is private
//! data of the organization, which devnet does not have yet. Here an organization's peer keeps its approvals itself
//! ([`Devnet::approve`](crate::Devnet::approve), or the function `ApproveChaincodeDefinitionForMyOrg`, which takes effect
//! when the peer endorses it). A definition is committed by a real transaction under the channel's policy
//! `LifecycleEndorsement`, and a peer endorses it only if its organization has approved exactly that definition: the
//! endorsements are the approvals that the ledger shows.

mod approvals;
mod definition;
mod deploy;
mod packages;
mod request;
pub(crate) mod system_chaincode;

use std::path::Path;
use std::sync::Arc;

use fabric_protos::lifecycle::CommitChaincodeDefinitionArgs;

use self::approvals::Approvals;
pub use self::definition::ChaincodeDefinition;
pub use self::deploy::Deployment;
pub(crate) use self::packages::{Code, Packages, Runners};

/// Why a chaincode could not be installed, approved or committed.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    /// The package is none, or none that runs here: neither a Wasm module nor where a chaincode's service is.
    #[error("DEVNET_PACKAGE: {0}")]
    Package(String),
    /// The peer has no package with this id.
    #[error("DEVNET_PACKAGE_UNKNOWN: chaincode install package '{0}' not found")]
    PackageUnknown(String),
    /// The definition asks for something that is not allowed, or not offered here.
    #[error("DEVNET_DEFINITION: {0}")]
    Definition(String),
    /// The definition was not committed.
    #[error("DEVNET_COMMIT: {0}")]
    Commit(String),
    /// A file could not be read or written.
    #[error("DEVNET_CHAINCODE_FILE: {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl LifecycleError {
    fn file(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        move |source| Self::File { path: path.display().to_string(), source }
    }
}

/// What one organization has installed and approved.
pub(crate) struct Chaincodes {
    pub(crate) packages: Packages,
    pub(crate) approvals: Approvals,
}

impl Chaincodes {
    /// Reads what is in the organization's folder.
    pub(crate) fn open(folder: &Path, runners: Arc<Runners>) -> Result<Self, LifecycleError> {
        Ok(Self { packages: Packages::open(folder.join("chaincodes"), runners)?, approvals: Approvals::open(folder)? })
    }

    /// Agrees to a definition on a channel, which the organization will run with one of its packages.
    pub(crate) fn approve(
        &self,
        channel: &str,
        definition: CommitChaincodeDefinitionArgs,
        package_id: &str,
    ) -> Result<(), LifecycleError> {
        if self.packages.code(package_id).is_none() {
            return Err(LifecycleError::PackageUnknown(package_id.to_owned()));
        }
        self.approvals.approve(channel, &definition::complete(definition)?, package_id)
    }

    /// The code that the organization runs for a definition, if it has approved it and has the package.
    pub(crate) fn code(&self, channel: &str, name: &str, sequence: i64) -> Option<Code> {
        self.packages.code(&self.approvals.package_id(channel, name, sequence)?)
    }
}
