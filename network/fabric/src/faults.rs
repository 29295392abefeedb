//! What tests do to the nodes of a network.

use crate::error::Error;
use crate::network::Network;
use crate::node::Node;
use crate::process;

impl Network {
    /// Ends a node at once, as if its machine had failed.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub fn kill_node(&self, node: &Node) -> Result<(), Error> {
        process::kill(&node.folder(self.folder()))
    }

    /// Halts a node with what it has started: it keeps its connections and says nothing more.
    pub fn halt_node(&self, node: &Node) {
        process::halt(&node.folder(self.folder()), true);
    }

    /// Has a node that was halted go on.
    pub fn resume_node(&self, node: &Node) {
        process::halt(&node.folder(self.folder()), false);
    }

    /// Ends at once the contracts that a peer has started.
    pub fn kill_contracts(&self, peer: &Node) {
        process::kill_children(&peer.folder(self.folder()));
    }

    /// The ordering node that leads a channel's others, where they use Raft and have a leader.
    ///
    /// # Errors
    ///
    /// The network's keys cannot be read.
    pub fn raft_leader(&self, channel: &str) -> Result<Option<&Node>, Error> {
        let series = format!("consensus_etcdraft_is_leader{{channel=\"{channel}\"}}");
        for orderer in self.orderers() {
            if self.operations(orderer)?.metric(&series) == Some(1) {
                return Ok(Some(orderer));
            }
        }
        Ok(None)
    }
}
