//! Roots of batches of records on a channel: the contract `anchoring`.

use crate::{Error, market::answer};
use anchoring::Anchor;
use declaration::encoding::Hexadecimal;
use fabric_client::{Contract, Gateway};
use std::time::Duration;

/// The anchored batches of a channel.
#[derive(Clone)]
pub struct Anchors {
    contract: Contract,
    endorsers: Vec<String>,
}

impl Anchors {
    /// The batches of a channel, anchored by the gateway's organization under the endorsement of `endorsers` (MSP ids).
    #[must_use]
    pub fn new(gateway: &Gateway, channel: &str, endorsers: &[&str]) -> Self {
        let endorsers = endorsers.iter().map(|&msp_id| msp_id.to_owned()).collect();
        Self { contract: gateway.network(channel).contract(anchoring::NAME), endorsers }
    }

    /// How many batches are anchored.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn count(&self) -> Result<u32, Error> {
        self.read("next", &[]).await
    }

    /// An anchored batch.
    ///
    /// # Errors
    /// [`Error::Ledger`] with `UNKNOWN_BATCH` if it is not anchored.
    pub async fn anchored(&self, batch: u32) -> Result<Anchor, Error> {
        self.read("anchored", &[batch.to_string()]).await
    }

    /// Anchors the next batch; the same batch again is no error.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn anchor(&self, batch: u32, root: [u8; 32], records: u32, at_ns: u64) -> Result<Anchor, Error> {
        let function = "anchor";
        let arguments = [batch.to_string(), Hexadecimal(root).to_string(), records.to_string()];
        let proposal = self.contract.proposal(function).arguments(&arguments).organizations(&self.endorsers);
        let submission = proposal.timestamp(Duration::from_nanos(at_ns)).submit().await;
        answer(function, &submission.map_err(|source| Error::Ledger { function, source })?.result)
    }

    async fn read<T: serde::de::DeserializeOwned>(
        &self,
        function: &'static str,
        arguments: &[String],
    ) -> Result<T, Error> {
        let result = self.contract.evaluate(function, arguments).await;
        answer(function, &result.map_err(|source| Error::Ledger { function, source })?)
    }
}
