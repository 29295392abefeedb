//! A record with its proof in one file, which needs neither store nor index to be verified.

use super::{Chain, ChainError, Defect, Proven};
use crate::{
    merkle::{Hash, Proof},
    record::{Record, RecordId},
    walk::Wrong,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

/// What the file says first.
const FORMAT: &str = "GridBourse record 1";

/// A record with its proof. Everything but the root, which is the chain's to give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFile {
    format: String,
    /// The record's identifier, hexadecimal: SHA-256 of its bytes, and the leaf of the tree.
    pub id: String,
    /// The channel whose chain has the root.
    pub channel: String,
    /// The number of the batch there.
    pub batch: u64,
    /// The path from the record to the batch's root.
    pub proof: Proof,
    /// The record's canonical bytes, base64.
    record: String,
}

/// A file that is no such file.
#[derive(Debug, thiserror::Error)]
pub enum MalformedFile {
    /// Not JSON of this form.
    #[error("PROOF_FILE: {0}")]
    Json(#[from] serde_json::Error),
    /// Of a form that is not known here.
    #[error("PROOF_FILE: its format is {0:?}, and {FORMAT:?} is what can be read")]
    Format(String),
    /// The record's bytes or identifier cannot be read.
    #[error("PROOF_FILE: {0}")]
    Record(String),
}

impl ProofFile {
    /// The file for a record.
    #[must_use]
    pub fn new(proven: &Proven) -> Self {
        Self {
            format: FORMAT.to_owned(),
            id: proven.record.id().to_string(),
            channel: proven.channel.clone(),
            batch: proven.batch,
            proof: proven.proof.clone(),
            record: STANDARD.encode(proven.record.bytes()),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`MalformedFile`].
    pub fn read(text: &str) -> Result<Self, MalformedFile> {
        let file: Self = serde_json::from_str(text)?;
        if file.format == FORMAT { Ok(file) } else { Err(MalformedFile::Format(file.format)) }
    }

    /// The record that it holds, whatever it is.
    ///
    /// # Errors
    /// [`MalformedFile`].
    pub fn record(&self) -> Result<Record, MalformedFile> {
        let bytes = STANDARD.decode(&self.record).map_err(|error| MalformedFile::Record(error.to_string()))?;
        Ok(Record::from_bytes(bytes))
    }

    /// Whether the record is the one that the file names, and the proof leads to this root.
    ///
    /// # Errors
    /// [`MalformedFile`].
    pub fn verify(&self, root: &Hash) -> Result<Result<Record, Defect>, MalformedFile> {
        let id: RecordId = self.id.parse().map_err(|_| MalformedFile::Record("its identifier is none".to_owned()))?;
        let record = self.record()?;
        if record.id() != id {
            let text = format!("the bytes in the file are those of {}", record.id());
            return Ok(Err(Defect { id, code: Wrong::HashMismatch, text }));
        }
        if !self.proof.proves(id.as_ref(), root) {
            let text = format!("the proof does not lead to the root {}", hex::encode(root));
            return Ok(Err(Defect { id, code: Wrong::NotAnchored, text }));
        }
        Ok(Ok(record))
    }

    /// The root that the chain has for the file's batch; none if it has no such batch or one of another size.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn root(&self, chain: &dyn Chain) -> Result<Option<Hash>, ChainError> {
        let anchored = chain.anchored(&self.channel, self.batch).await?;
        Ok(anchored.filter(|anchored| anchored.records == self.proof.size).map(|anchored| anchored.root))
    }
}
