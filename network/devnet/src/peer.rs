//! What belongs to one organization: its peer's identity, address and chaincodes.

use std::sync::Arc;
use std::time::Duration;

use fabric_msp::{LocalSigner, MspManager};
use tokio::sync::Semaphore;

use crate::lifecycle::Chaincodes;

/// The peer of one organization.
pub(crate) struct Peer {
    /// Id of the organization's membership service provider.
    pub(crate) msp_id: String,
    /// `host:port` of its listener; its name where it has none.
    pub(crate) address: String,
    /// Signs endorsements.
    pub(crate) signer: LocalSigner,
    /// Knows the organization's own members, for requests that concern no channel.
    pub(crate) msps: MspManager,
    /// What the organization has installed and approved.
    pub(crate) chaincodes: Chaincodes,
    /// How far a proposal's timestamp may be from this machine's clock; none: it may say anything, as on a simulated
    /// clock.
    pub(crate) clock_skew: Option<Duration>,
    /// Simulations that may run at once in the whole network.
    pub(crate) simulations: Arc<Semaphore>,
    /// Simulations that may wait for a chaincode's service at once, without keeping others from running.
    pub(crate) waits: Arc<Semaphore>,
}
