//! Files of an identity folder.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::IdentityError;
use super::authority::Issued;

/// Gives an error of the file system its path.
pub(super) fn at<T>(path: &Path, result: std::io::Result<T>) -> Result<T, IdentityError> {
    result.map_err(|source| IdentityError::File { path: path.to_owned(), source })
}

/// Reads a text file.
pub(super) fn read(path: &Path) -> Result<String, IdentityError> {
    at(path, fs::read_to_string(path))
}

/// Writes a public file and the folders above it, durably.
pub(super) fn write(path: &Path, contents: &str) -> Result<(), IdentityError> {
    write_with(path, contents, OpenOptions::new().write(true).create(true).truncate(true))
}

/// Writes a private key that only its owner may read.
pub(super) fn write_private(path: &Path, contents: &str) -> Result<(), IdentityError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    write_with(path, contents, &options)
}

fn write_with(path: &Path, contents: &str, options: &OpenOptions) -> Result<(), IdentityError> {
    if let Some(parent) = path.parent() {
        at(parent, fs::create_dir_all(parent))?;
    }
    let write_all = |mut file: File| file.write_all(contents.as_bytes()).and_then(|()| file.sync_all());
    at(path, options.open(path).and_then(write_all))
}

/// Writes an authority's folder: certificate and key.
pub(super) fn write_authority(folder: &Path, name: &str, authority: &Issued) -> Result<(), IdentityError> {
    write(&folder.join(format!("{name}-cert.pem")), &authority.certificate)?;
    write_private(&folder.join("priv_sk"), &authority.private_key)
}

/// Writes the public half of an MSP folder: the authorities' certificates and the node rules.
pub(super) fn write_msp(
    folder: &Path,
    domain: &str,
    authority: &str,
    tls_authority: &str,
) -> Result<(), IdentityError> {
    let authority_file = format!("cacerts/ca.{domain}-cert.pem");
    write(&folder.join(&authority_file), authority)?;
    write(&folder.join(format!("tlscacerts/tlsca.{domain}-cert.pem")), tls_authority)?;
    write(&folder.join("config.yaml"), &node_rules(&authority_file))
}

/// `config.yaml`: which organizational unit stands for which role.
fn node_rules(authority_file: &str) -> String {
    let mut text = "NodeOUs:\n  Enable: true\n".to_owned();
    for (rule, unit) in [("Client", "client"), ("Peer", "peer"), ("Admin", "admin"), ("Orderer", "orderer")] {
        text += &format!(
            "  {rule}OUIdentifier:\n    Certificate: {authority_file}\n    OrganizationalUnitIdentifier: {unit}\n"
        );
    }
    text
}
