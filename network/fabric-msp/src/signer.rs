//! Signing with an organization's identity.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use fabric_protos::msp::SerializedIdentity;
use prost::Message;
use x509_parser::pem::parse_x509_pem;

use crate::certificate::{Certificate, CertificateError};
use crate::digest::sha256;
use crate::signature::Signature;

/// Why a signer could not be made or did not sign.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// A file or folder could not be read.
    #[error("cannot read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A folder that should hold one file is empty.
    #[error("no file in {0}")]
    Missing(PathBuf),
    /// The certificate is of no use.
    #[error("the certificate cannot be used: {0}")]
    Certificate(#[from] CertificateError),
    /// Not an unencrypted PKCS#8 key on P-256, in PEM.
    #[error("the private key is not an unencrypted PKCS#8 key on P-256 in PEM")]
    Key,
    /// The certificate is for another key.
    #[error("the certificate is not for this private key")]
    Mismatch,
    /// The signing device or library failed.
    #[error("signing failed: {0}")]
    Failed(String),
}

impl SignerError {
    /// Stable code, for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "SIGNER_READ",
            Self::Missing(_) => "SIGNER_FILE_MISSING",
            Self::Certificate(_) => "SIGNER_CERTIFICATE",
            Self::Key => "SIGNER_KEY",
            Self::Mismatch => "SIGNER_KEY_MISMATCH",
            Self::Failed(_) => "SIGNER_FAILED",
        }
    }
}

/// Signs as one identity. Keys outside this process (a file, a device, another service) only ever see digests.
pub trait Signer: Send + Sync {
    /// The organization's MSP id.
    fn mspid(&self) -> &str;

    /// The identity as it stands in signature headers: a [`SerializedIdentity`].
    fn creator(&self) -> &[u8];

    /// Signs a SHA-256 digest. The answer is DER with low s; see [`Signature::to_low_s`].
    ///
    /// # Errors
    /// [`SignerError::Failed`].
    fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError>;

    /// Signs a message.
    ///
    /// # Errors
    /// [`SignerError::Failed`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.sign_digest(&sha256([message]))
    }
}

/// A signer with its key in memory.
pub struct LocalSigner {
    mspid: String,
    creator: Vec<u8>,
    certificate: Certificate,
    key: EcdsaKeyPair,
}

impl LocalSigner {
    /// From a certificate and an unencrypted PKCS#8 key, both PEM.
    ///
    /// # Errors
    /// [`SignerError::Certificate`], [`SignerError::Key`] or [`SignerError::Mismatch`].
    pub fn from_pem(
        mspid: impl Into<String>,
        certificate_pem: &[u8],
        private_key_pem: &[u8],
    ) -> Result<Self, SignerError> {
        let certificate = Certificate::from_pem(certificate_pem)?;
        let (_, pem) = parse_x509_pem(private_key_pem).map_err(|_| SignerError::Key)?;
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pem.contents).map_err(|_| SignerError::Key)?;
        if key.public_key().as_ref() != certificate.public_key().as_sec1() {
            return Err(SignerError::Mismatch);
        }
        let mspid = mspid.into();
        let creator = SerializedIdentity { mspid: mspid.clone(), id_bytes: certificate_pem.to_vec() }.encode_to_vec();
        Ok(Self { mspid, creator, certificate, key })
    }

    /// From an `msp` folder in cryptogen's layout: the first file of `signcerts` and of `keystore`.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn from_folder(mspid: impl Into<String>, msp_folder: &Path) -> Result<Self, SignerError> {
        let certificate = read_first(&msp_folder.join("signcerts"))?;
        let private_key = read_first(&msp_folder.join("keystore"))?;
        Self::from_pem(mspid, &certificate, &private_key)
    }

    /// The signer's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

impl Signer for LocalSigner {
    fn mspid(&self) -> &str {
        &self.mspid
    }

    fn creator(&self) -> &[u8] {
        &self.creator
    }

    fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        let failed = |_| SignerError::Failed("the cryptographic library refused".to_owned());
        let digest = Digest::import_less_safe(digest, &SHA256).map_err(failed)?;
        let signature = self.key.sign_digest(&digest).map_err(failed)?;
        let fixed: &[u8; 64] = signature
            .as_ref()
            .try_into()
            .map_err(|_| SignerError::Failed("the signature does not have 64 bytes".to_owned()))?;
        Ok(Signature::from_fixed(fixed).to_low_s().to_der())
    }
}

impl std::fmt::Debug for LocalSigner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the key.
        formatter.debug_struct("LocalSigner").field("mspid", &self.mspid).finish_non_exhaustive()
    }
}

/// The content of a folder's first file by name.
fn read_first(folder: &Path) -> Result<Vec<u8>, SignerError> {
    let read = |source| SignerError::Read { path: folder.to_owned(), source };
    let mut paths = fs::read_dir(folder)
        .map_err(read)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(read)?;
    paths.retain(|path| path.is_file());
    paths.sort();
    let path = paths.into_iter().next().ok_or_else(|| SignerError::Missing(folder.to_owned()))?;
    fs::read(&path).map_err(|source| SignerError::Read { path, source })
}
