//! The organizations' X.509 authorities and identities, made at the first start in the folder layout of Fabric's
//! `cryptogen`, so that every tool that takes its output takes this.
//!
//! ```text
//! crypto/
//!   peerOrganizations/<org>.<domain>/      ca/ tlsca/ msp/ peers/peer0.<...>/{msp,tls} users/{Admin,User1}@<...>/{msp,tls}
//!   ordererOrganizations/<domain>/         ca/ tlsca/ msp/ orderers/orderer.<...>/{msp,tls} users/Admin@<...>/{msp,tls}
//! ```
//!
//! The folder of an organization appears whole or not at all. Private keys are PKCS#8, readable by their owner only.

mod authority;
mod folder;
mod organization;
mod profile;

use std::path::{Path, PathBuf};

use fabric_msp::{LocalSigner, SignerError};

pub(crate) use self::organization::OrganizationFolder;
pub(crate) use self::profile::write_connection_profiles;

/// What an identity is for: the organizational unit of its certificate, by which Fabric's node rules know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An application's user.
    Client,
    /// A peer, which endorses.
    Peer,
    /// An administrator of the organization.
    Admin,
    /// An ordering node, which signs blocks.
    Orderer,
}

impl Role {
    /// The organizational unit, as named in `config.yaml`.
    #[must_use]
    pub fn organizational_unit(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Peer => "peer",
            Self::Admin => "admin",
            Self::Orderer => "orderer",
        }
    }
}

/// Why identities could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file or folder could not be read or written.
    #[error("DEVNET_IDENTITY_FILE: {}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate could not be made.
    #[error("DEVNET_CERTIFICATE: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A stored certificate or key is not one.
    #[error("DEVNET_IDENTITY_INVALID: {}: {source}", path.display())]
    Invalid {
        /// The folder of the identity.
        path: PathBuf,
        /// What is wrong with it.
        source: SignerError,
    },
}

/// A signing identity: a certificate and its key in PEM, as an SDK wants them.
#[derive(Clone)]
pub struct Identity {
    /// Id of the membership service provider that vouches for it.
    pub msp_id: String,
    /// The X.509 certificate in PEM.
    pub certificate_pem: String,
    /// The private key as PKCS#8 in PEM.
    pub private_key_pem: String,
    folder: PathBuf,
}

impl Identity {
    /// A signer with this identity.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] if certificate and key are not a P-256 pair.
    pub fn signer(&self) -> Result<LocalSigner, IdentityError> {
        LocalSigner::from_pem(&self.msp_id, self.certificate_pem.as_bytes(), self.private_key_pem.as_bytes())
            .map_err(|source| IdentityError::Invalid { path: self.folder.clone(), source })
    }

    /// The identity's folder: `msp/` and `tls/` are in it, as Fabric's tools expect them.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Shows everything but the key.
impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("msp_id", &self.msp_id)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
