//! The network that a day is traded on: an embedded one of the program's own, or one that runs already.

use crate::commands::{devnet::Ready, network};
use ::devnet::Devnet;
use anyhow::Result;
use app::market::Gateways;

/// A network.
pub(super) enum Venue {
    /// This program's own.
    Own(Devnet),
    /// One that was there before.
    Joined(Ready),
}

impl Venue {
    pub(super) async fn gateways(&self) -> Result<Gateways> {
        match self {
            Self::Own(network) => network::gateways(network),
            Self::Joined(ready) => ready.gateways().await,
        }
    }

    /// Whether there is a channel of this name.
    pub(super) fn has_channel(&self, name: &str) -> bool {
        match self {
            Self::Own(network) => network.ledger(name).is_ok(),
            Self::Joined(ready) => ready.channels.iter().any(|channel| channel == name),
        }
    }

    /// Ends the network, if it is this program's own.
    pub(super) async fn stop(self) {
        if let Self::Own(network) = self {
            network.stop().await;
        }
    }
}
