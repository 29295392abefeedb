//! Where records are: in the data folder, or in MongoDB.

use super::network::RECORDS;
use crate::exit::WrongInput;
use anyhow::{Context, Result};
use records::{
    Store, StoreError, backup,
    store::{EmbeddedStore, MongoStore, Patient},
};
use std::{fs, io, path::Path, sync::Arc, time::Duration};

/// How long MongoDB may take for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where records are.
#[derive(clap::Args, Clone)]
pub(crate) struct Storage {
    /// Keep records in MongoDB instead of the data folder, as in mongodb://user:password@host/database
    #[arg(long, value_name = "URI", env = "GRIDBOURSE_MONGODB_URI", hide_env_values = true)]
    mongodb_uri: Option<String>,
}

impl Storage {
    /// Where records are, for people: without the address, which may have a password in it.
    pub(crate) fn name(&self, data_dir: &Path) -> String {
        self.mongodb_uri.as_ref().map_or_else(|| data_dir.join(RECORDS).display().to_string(), |_| "MongoDB".to_owned())
    }

    /// The folder of the index over this store, in the data folder: an index knows records by their places in one store.
    pub(crate) fn index_folder(&self) -> &'static str {
        if self.mongodb_uri.is_some() { "index-mongodb" } else { "index" }
    }

    /// Opens the store, or begins it.
    pub(crate) async fn open(&self, data_dir: &Path) -> Result<Arc<dyn Store>> {
        match &self.mongodb_uri {
            Some(uri) => Ok(Arc::new(mongodb(uri).await?)),
            None => Ok(Arc::new(EmbeddedStore::open(&data_dir.join(RECORDS))?)),
        }
    }

    /// Opens the store that is there.
    pub(crate) async fn open_existing(&self, data_dir: &Path) -> Result<Arc<dyn Store>> {
        let file = data_dir.join(RECORDS);
        if self.mongodb_uri.is_none() && !file.is_file() {
            let text = format!("there is no {}: `gridbourse records sync` makes it", file.display());
            return Err(WrongInput(text).into());
        }
        self.open(data_dir).await
    }

    /// Puts a backup in the place of the embedded store, or into MongoDB's database.
    pub(crate) async fn restore(&self, data_dir: &Path, backup: &Path) -> Result<()> {
        if let Some(uri) = &self.mongodb_uri {
            backup::restore(backup, &mongodb(uri).await?).await?;
            return Ok(());
        }
        fs::create_dir_all(data_dir)?;
        let file = data_dir.join(RECORDS);
        // Whoever has the store open would go on with the file that is replaced.
        if file.is_file() {
            drop(EmbeddedStore::open(&file)?);
        }
        let restored = backup::beside(&file, ".restoring");
        match fs::remove_file(&restored) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let store = EmbeddedStore::open(&restored)?;
        backup::restore(backup, &store).await?;
        drop(store);
        backup::replace(&restored, &file).with_context(|| format!("cannot replace {}", file.display()))
    }
}

async fn mongodb(uri: &str) -> Result<Patient<MongoStore>> {
    let late = |_| StoreError::Unavailable(format!("no answer within {} s", PATIENCE.as_secs()));
    let store = tokio::time::timeout(PATIENCE, MongoStore::connect(uri)).await.map_err(late)??;
    Ok(Patient::new(store, PATIENCE))
}
