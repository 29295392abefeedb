//! Compiled modules on disk, so that a process that starts again need not compile.
//!
//! A compiled module is native code: whoever can write it can run anything in this process, and no checksum beside it
//! changes that. So the cache trusts the directory, not the content: it must belong to the user of this process, and
//! nobody else may write to it. Files are keyed by the module's hash and by wasmtime's version and settings; wasmtime
//! refuses what another version or another machine made, and such a file is compiled anew.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;
use wasmtime::{Engine, Module};

use crate::crypto;

/// A directory of compiled modules that only the user of this process can write to.
#[derive(Clone, Debug)]
pub struct ModuleCache {
    directory: PathBuf,
    /// The user of this process.
    owner: u32,
}

/// Why the cache cannot be used.
#[derive(Debug, Error)]
pub enum CacheError {
    /// The file system says no.
    #[error("CACHE_IO: {path}: {error}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// Others can write there.
    #[error("CACHE_UNSAFE: {path}: {reason}")]
    Unsafe {
        /// The file or directory.
        path: PathBuf,
        /// Why it cannot be trusted.
        reason: &'static str,
    },
    /// The module cannot be compiled.
    #[error("RUNTIME: {0}")]
    Compile(String),
}

impl ModuleCache {
    /// Opens the cache, and makes the directory (mode 0700) if it is not there.
    ///
    /// # Errors
    ///
    /// [`CacheError::Unsafe`] if the directory belongs to someone else or others may write to it.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, CacheError> {
        let directory = directory.into();
        let failed = |error| CacheError::Io { path: directory.clone(), error };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(failed)?;
        // The owner of a file that this process has just made is the user of this process.
        let (path, file) = new_file(&directory).map_err(failed)?;
        let owner = file.metadata().map_err(failed)?.uid();
        fs::remove_file(path).map_err(failed)?;
        let metadata = fs::metadata(&directory).map_err(failed)?;
        let cache = Self { directory, owner };
        cache.check_writers(&cache.directory, &metadata)?;
        Ok(cache)
    }

    /// The compiled module, from the cache or compiled now and put there.
    pub(crate) fn module(&self, engine: &Engine, module: &[u8]) -> Result<Module, CacheError> {
        let path = self.directory.join(file_name(engine, module));
        if let Some(compiled) = self.read(engine, &path)? {
            return Ok(compiled);
        }
        let compiled = Module::new(engine, module).map_err(|error| CacheError::Compile(format!("{error:#}")))?;
        let code = compiled.serialize().map_err(|error| CacheError::Compile(format!("{error:#}")))?;
        self.write(&path, &code).map_err(|error| CacheError::Io { path, error })?;
        Ok(compiled)
    }

    fn read(&self, engine: &Engine, path: &Path) -> Result<Option<Module>, CacheError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(CacheError::Io { path: path.to_owned(), error }),
        };
        let metadata = file.metadata().map_err(|error| CacheError::Io { path: path.to_owned(), error })?;
        self.check_writers(path, &metadata)?;
        // SAFETY: the code must be what wasmtime made. Only the user of this process can have written the file, and
        // files appear under their name by an atomic rename, when they are whole and on disk.
        #[expect(unsafe_code, reason = "wasmtime cannot verify native code")]
        let compiled = unsafe { Module::deserialize_open_file(engine, file) };
        Ok(compiled.ok())
    }

    fn write(&self, path: &Path, code: &[u8]) -> io::Result<()> {
        let (temporary, mut file) = new_file(&self.directory)?;
        file.write_all(code)?;
        file.sync_all()?;
        fs::rename(temporary, path)
    }

    fn check_writers(&self, path: &Path, metadata: &fs::Metadata) -> Result<(), CacheError> {
        let reason = if metadata.uid() != self.owner {
            "it belongs to another user"
        } else if metadata.mode() & 0o022 != 0 {
            "other users may write to it"
        } else {
            return Ok(());
        };
        Err(CacheError::Unsafe { path: path.to_owned(), reason })
    }
}

/// A new file under a name that nothing else uses.
fn new_file(directory: &Path) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let path = directory.join(format!(".{}-{number}.tmp", std::process::id()));
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    Ok((path, file))
}

fn file_name(engine: &Engine, module: &[u8]) -> String {
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    format!("{}-{:016x}.compiled", hex::encode(crypto::sha256(module)), settings.finish())
}
