//! Installed packages and the code in them.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use sha2::{Digest, Sha256};
use wasm_host::package::{AnyPackage, package_id};
use wasm_host::{Chaincode, ModuleCache, WasmChaincode};

use super::LifecycleError;
use crate::chaincode_service::{Context, ServiceChaincode};

/// How the code in packages is run: modules, compiled once for all organizations, and services.
pub(crate) struct Runners {
    cache: ModuleCache,
    by_sha256: Mutex<HashMap<[u8; 32], Arc<WasmChaincode>>>,
    services: Context,
}

/// The code of a package.
#[derive(Clone)]
pub(crate) enum Code {
    /// Runs on the thread that calls it.
    Wasm(Arc<WasmChaincode>),
    /// Runs elsewhere, and the thread that calls it waits.
    Service(Arc<ServiceChaincode>),
}

impl Code {
    pub(crate) fn into_chaincode(self) -> Arc<dyn Chaincode> {
        match self {
            Self::Wasm(chaincode) => chaincode,
            Self::Service(chaincode) => chaincode,
        }
    }
}

impl Runners {
    pub(crate) fn new(cache: ModuleCache, services: Context) -> Self {
        Self { cache, by_sha256: Mutex::default(), services }
    }

    /// The code of a package of one organization.
    fn load(&self, id: &str, package: &AnyPackage) -> Result<Code, LifecycleError> {
        match package {
            AnyPackage::Wasm(package) => self.module(package.wasm()).map(Code::Wasm),
            AnyPackage::Service(package) => {
                let service = ServiceChaincode::new(package, id, self.services.clone());
                let refused = |reason| LifecycleError::Package(format!("BAD_CONNECTION: {reason}"));
                Ok(Code::Service(Arc::new(service.map_err(refused)?)))
            }
        }
    }

    /// The module, compiled once however many organizations install it.
    fn module(&self, wasm: &[u8]) -> Result<Arc<WasmChaincode>, LifecycleError> {
        // Held while compiling, so that organizations that install at the same time do not compile the same module.
        let mut modules = self.by_sha256.lock().unwrap_or_else(PoisonError::into_inner);
        let sha256: [u8; 32] = Sha256::digest(wasm).into();
        if let Some(module) = modules.get(&sha256) {
            return Ok(Arc::clone(module));
        }
        let module = WasmChaincode::load_cached(wasm, &self.cache);
        let module = Arc::new(module.map_err(|error| LifecycleError::Package(error.to_string()))?);
        modules.insert(sha256, Arc::clone(&module));
        Ok(module)
    }
}

/// The packages that one organization has installed, one file each.
pub(crate) struct Packages {
    folder: PathBuf,
    runners: Arc<Runners>,
    installed: RwLock<BTreeMap<String, Installed>>,
}

struct Installed {
    label: String,
    code: Code,
    path: PathBuf,
}

impl Packages {
    /// Loads the packages in the folder.
    pub(super) fn open(folder: PathBuf, runners: Arc<Runners>) -> Result<Self, LifecycleError> {
        fs::create_dir_all(&folder).map_err(LifecycleError::file(&folder))?;
        let mut installed = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(LifecycleError::file(&folder))? {
            let path = entry.map_err(LifecycleError::file(&folder))?.path();
            if path.to_string_lossy().ends_with(".tar.gz") {
                let file = fs::read(&path).map_err(LifecycleError::file(&path))?;
                let (id, package) = read(&file)?;
                let code = runners.load(&id, &package)?;
                installed.insert(id, Installed { label: package.label().to_owned(), code, path });
            }
        }
        Ok(Self { folder, runners, installed: RwLock::new(installed) })
    }

    /// Installs a package file and returns label and id. Installing it again changes nothing.
    pub(crate) fn install(&self, file: &[u8]) -> Result<(String, String), LifecycleError> {
        let (id, package) = read(file)?;
        let label = package.label().to_owned();
        let mut installed = self.installed.write().unwrap_or_else(PoisonError::into_inner);
        if !installed.contains_key(&id) {
            let code = self.runners.load(&id, &package)?;
            let path = self.folder.join(format!("{}.tar.gz", id.replace(':', ".")));
            let new = path.with_extension("new");
            let write = || {
                let mut stream = File::create(&new)?;
                stream.write_all(file)?;
                stream.sync_all()?;
                fs::rename(&new, &path)
            };
            write().map_err(LifecycleError::file(&path))?;
            installed.insert(id.clone(), Installed { label: label.clone(), code, path });
        }
        Ok((label, id))
    }

    /// Label and id of each package, by id.
    pub(super) fn list(&self) -> Vec<(String, String)> {
        let installed = self.installed.read().unwrap_or_else(PoisonError::into_inner);
        installed.iter().map(|(id, package)| (package.label.clone(), id.clone())).collect()
    }

    /// The label of a package.
    pub(super) fn label(&self, id: &str) -> Option<String> {
        let installed = self.installed.read().unwrap_or_else(PoisonError::into_inner);
        installed.get(id).map(|package| package.label.clone())
    }

    /// The bytes of a package file.
    pub(super) fn file(&self, id: &str) -> Result<Vec<u8>, LifecycleError> {
        let installed = self.installed.read().unwrap_or_else(PoisonError::into_inner);
        let package = installed.get(id).ok_or_else(|| LifecycleError::PackageUnknown(id.to_owned()))?;
        fs::read(&package.path).map_err(LifecycleError::file(&package.path))
    }

    /// The code in a package.
    pub(super) fn code(&self, id: &str) -> Option<Code> {
        let installed = self.installed.read().unwrap_or_else(PoisonError::into_inner);
        installed.get(id).map(|package| package.code.clone())
    }
}

fn read(file: &[u8]) -> Result<(String, AnyPackage), LifecycleError> {
    let package = AnyPackage::read(file).map_err(|error| LifecycleError::Package(error.to_string()))?;
    Ok((package_id(package.label(), file), package))
}
