//! Whether the organizations run the modules that they have committed to.
//!
//! A chaincode definition names a version, `<semver>+<sha256 of the module>`, and not a package: each organization
//! installs one of its own. The packages are compared with the version here.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fabric_msp::sha256;
use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::finding::{Code, Findings};
use crate::report::Chaincode;
use crate::source::SourceError;
use crate::state::{State, definitions};

/// Most that an archive in a package may hold, in bytes.
const ARCHIVE_BYTES_MAX: u64 = 256 << 20;

/// Packages to be compared with what the channel has committed.
#[derive(Debug, Default)]
pub struct Packages(Vec<Candidate>);

/// A package, and what it should be.
#[derive(Debug)]
struct Candidate {
    /// Whose it is: an organization, or a file.
    owner: String,
    path: PathBuf,
    /// The chaincode that it is for and the number of the definition, if they are known.
    approved: Option<Approval>,
}

/// An organization's record of what it has approved, as devnet's peers keep it.
#[derive(Clone, Debug, Deserialize)]
struct Approval {
    channel: String,
    name: String,
    sequence: i64,
    package_id: String,
}

/// What is in a package.
struct Content {
    label: String,
    file_sha256: String,
    module_sha256: String,
}

impl Packages {
    /// Adds a package file; its label says which chaincode it is for.
    pub fn add_file(&mut self, path: &Path) {
        self.0.push(Candidate { owner: path.display().to_string(), path: path.to_owned(), approved: None });
    }

    /// Adds the packages that the organizations of a devnet data folder have approved for this channel.
    ///
    /// # Errors
    /// [`SourceError::File`].
    pub fn add_data_dir(&mut self, data_dir: &Path, channel: &str) -> Result<(), SourceError> {
        let failed = |path: &Path, error| SourceError::File { path: path.to_owned(), error };
        let peers = data_dir.join("peers");
        if !peers.exists() {
            return Ok(());
        }
        for entry in fs::read_dir(&peers).map_err(|error| failed(&peers, error))? {
            let peer = entry.map_err(|error| failed(&peers, error))?.path();
            let owner = peer.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let file = peer.join("approvals.json");
            let approvals = match fs::read(&file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                read => read.map_err(|error| failed(&file, error))?,
            };
            let approvals: Vec<Approval> =
                serde_json::from_slice(&approvals).map_err(|error| failed(&file, error.into()))?;
            for approval in approvals.into_iter().filter(|approval| approval.channel == channel) {
                let path = peer.join("chaincodes").join(format!("{}.tar.gz", approval.package_id.replace(':', ".")));
                self.0.push(Candidate { owner: owner.clone(), path, approved: Some(approval) });
            }
        }
        Ok(())
    }

    /// Compares with the definitions in the state.
    pub(crate) fn check(&self, state: &State, findings: &mut Findings) -> Vec<Chaincode> {
        let mut chaincodes: BTreeMap<String, Chaincode> = definitions(state)
            .into_iter()
            .map(|(name, definition)| {
                let version = definition.version;
                (name.clone(), Chaincode { name, version, sequence: definition.sequence, packages: Vec::new() })
            })
            .collect();
        for candidate in &self.0 {
            match candidate.read() {
                Ok(content) => candidate.compare(&content, &mut chaincodes, findings),
                Err(reason) => findings.add(Code::PackageDamaged, format!("{}: {reason}", candidate.owner)),
            }
        }
        chaincodes.into_values().collect()
    }
}

impl Candidate {
    fn read(&self) -> Result<Content, String> {
        let file = fs::read(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
        let content = read_package(&file).map_err(|reason| format!("{}: {reason}", self.path.display()))?;
        match &self.approved {
            Some(approval) if approval.package_id != format!("{}:{}", content.label, content.file_sha256) => {
                Err(format!("{} is not the package {} that was approved", self.path.display(), approval.package_id))
            }
            _ => Ok(content),
        }
    }

    fn compare(&self, content: &Content, chaincodes: &mut BTreeMap<String, Chaincode>, findings: &mut Findings) {
        // The part of a label before the version is the chaincode's name.
        let name = match &self.approved {
            Some(approval) => Some(approval.name.as_str()),
            None => content.label.rsplit_once('_').map(|(name, _)| name),
        };
        let Some(chaincode) = name.and_then(|name| chaincodes.get_mut(name)) else { return };
        if self.approved.as_ref().is_some_and(|approval| approval.sequence != chaincode.sequence) {
            return;
        }
        if module_hash(&chaincode.version) == Some(content.module_sha256.as_str()) {
            chaincode.packages.push(self.owner.clone());
        } else {
            let Chaincode { name, version, .. } = chaincode;
            findings.add(
                Code::PackageModule,
                format!("{} has module {} for {name}, whose version is {version}", self.owner, content.module_sha256),
            );
        }
    }
}

/// The module's hash that a version names, in hex.
pub(crate) fn module_hash(version: &str) -> Option<&str> {
    let (_, hash) = version.rsplit_once('+')?;
    (hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(hash)
}

/// Reads `metadata.json` and, in `code.tar.gz`, `contract.wasm`.
fn read_package(file: &[u8]) -> Result<Content, String> {
    #[derive(Deserialize)]
    struct Metadata {
        label: String,
    }
    let mut outer = unpack(file)?;
    let mut take = |name: &str| outer.remove(name).ok_or_else(|| format!("it has no {name}"));
    let metadata: Metadata = serde_json::from_slice(&take("metadata.json")?).map_err(|error| error.to_string())?;
    let module = unpack(&take("code.tar.gz")?)?.remove("contract.wasm").ok_or("it has no contract.wasm")?;
    Ok(Content {
        label: metadata.label,
        file_sha256: hex::encode(sha256([file])),
        module_sha256: hex::encode(sha256([module.as_slice()])),
    })
}

/// The files of a tar.gz by name.
fn unpack(archive: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(GzDecoder::new(archive).take(ARCHIVE_BYTES_MAX));
    for entry in archive.entries().map_err(|error| error.to_string())? {
        let mut entry = entry.map_err(|error| error.to_string())?;
        let name = entry.path().map_err(|error| error.to_string())?.to_string_lossy().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(|error| error.to_string())?;
        files.insert(name, content);
    }
    Ok(files)
}
