//! One channel at run time: its ledger, its order, who waits for commits, and which peers serve it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fabric_protos::lifecycle::{StateData, state_data};
use prost::Message as _;

use crate::commits::Commits;
use crate::ledger::Ledger;
use crate::lifecycle::{Code, system_chaincode as lifecycle};
use crate::orderer::Chain;
use crate::peer::Peer;
use crate::system::is_system_chaincode;

/// A channel, shared by the peers of its members and by the orderer.
pub(crate) struct Channel {
    pub(crate) ledger: Ledger,
    pub(crate) chain: Chain,
    pub(crate) commits: Arc<Commits>,
    /// The members' peers by MSP id, which is also the order in which endorsers are planned.
    pub(crate) peers: BTreeMap<String, Arc<Peer>>,
}

/// All channels of the network by name.
pub(crate) type Channels = BTreeMap<String, Arc<Channel>>;

impl Channel {
    /// The peer of an organization, if it is a member.
    pub(crate) fn peer(&self, msp_id: &str) -> Option<&Arc<Peer>> {
        self.peers.get(msp_id)
    }

    /// The code that a peer runs for a chaincode of this channel: installed, approved, and committed.
    pub(crate) fn code(&self, peer: &Peer, chaincode: &str) -> Option<Code> {
        peer.chaincodes.code(&self.ledger.channel(), chaincode, self.sequence(chaincode)?)
    }

    /// The peers that can run a chaincode, in the order of their MSP ids.
    pub(crate) fn peers_with(&self, chaincode: &str) -> Vec<Arc<Peer>> {
        if is_system_chaincode(chaincode) {
            return self.peers.values().map(Arc::clone).collect();
        }
        let Some(sequence) = self.sequence(chaincode) else { return Vec::new() };
        let channel = self.ledger.channel();
        let has = |peer: &&Arc<Peer>| peer.chaincodes.code(&channel, chaincode, sequence).is_some();
        self.peers.values().filter(has).map(Arc::clone).collect()
    }

    /// The number of a chaincode's committed definition.
    fn sequence(&self, chaincode: &str) -> Option<i64> {
        let key = format!("namespaces/fields/{chaincode}/Sequence");
        let value = self.ledger.snapshot().get(lifecycle::NAME, &key).ok()??.value;
        match StateData::decode(value.as_slice()).ok()?.r#type {
            Some(state_data::Type::Int64(sequence)) => Some(sequence),
            _ => None,
        }
    }
}
