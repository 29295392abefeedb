//! What the grid carries.

use super::{Market, found, json, proposal};
use crate::Error;
use exchange::messages::{Feeder, FeederVersion};

impl Market {
    /// The latest version of a feeder, if the dispatcher has set it.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn feeder(&self, feeder: &str) -> Result<Option<FeederVersion>, Error> {
        found(self.read(&self.dispatcher, "feeder", &[feeder.into()]).await, "UNKNOWN_FEEDER")
    }

    /// Sets a feeder for the sessions that are opened from now on, unless there is another version by now than `seen`. By
    /// the dispatcher.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn set_feeder_as_seen(&self, feeder: &Feeder, seen: Option<u32>, at_ns: u64) -> Result<(), Error> {
        let proposal = proposal(&self.dispatcher, "set_feeder", &[json(feeder)], at_ns);
        let due = async || Ok(self.feeder(&feeder.feeder).await?.map(|latest| latest.version) == seen);
        self.step("set_feeder", &proposal, due).await
    }
}
