//! Where a simulation finds the code of chaincodes, and other channels.

use std::sync::Arc;

use fabric_protos::protos::SignedProposal;
use wasm_host::Chaincode;

use crate::channel::{Channel, Channels};
use crate::ledger::{Chaincodes, Snapshot};
use crate::lifecycle::Code;
use crate::lifecycle::system_chaincode::{LifecycleChaincode, NAME};
use crate::peer::Peer;
use crate::services::access::{self, SignedData, WRITERS};
use crate::services::proposal::creator;

/// What one organization's peer can run.
struct PeerCode {
    peer: Arc<Peer>,
    channels: Arc<Channels>,
}

/// What the peer can run.
pub(super) fn of(peer: &Arc<Peer>, channels: &Arc<Channels>) -> Arc<dyn Chaincodes> {
    Arc::new(PeerCode { peer: Arc::clone(peer), channels: Arc::clone(channels) })
}

impl PeerCode {
    fn channel(&self, name: &str) -> Option<&Arc<Channel>> {
        self.channels.get(name).filter(|channel| channel.peer(&self.peer.msp_id).is_some())
    }
}

impl Chaincodes for PeerCode {
    fn chaincode(&self, channel: &str, name: &str) -> Option<Arc<dyn Chaincode>> {
        let channel = self.channel(channel)?;
        if name == NAME {
            let (peer, channel) = (Arc::clone(&self.peer), Arc::clone(channel));
            return Some(Arc::new(LifecycleChaincode { peer, channel }));
        }
        channel.code(&self.peer, name).map(Code::into_chaincode)
    }

    fn snapshot(&self, channel: &str, proposal: &SignedProposal) -> Result<Arc<Snapshot>, String> {
        let found = self.channel(channel).ok_or_else(|| format!("could not get channel context for {channel}"))?;
        let identity = creator(proposal)?;
        let data = SignedData { data: &proposal.proposal_bytes, identity: &identity, signature: &proposal.signature };
        access::check(&found.ledger, WRITERS, &data)?;
        Ok(found.ledger.snapshot())
    }
}
