//! What the processes of a network use.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;

use crate::network::Network;
use crate::node::Role;
use crate::process;

/// What a process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A peer itself.
    Peer,
    /// An ordering node.
    Orderer,
    /// A contract that a peer has started.
    Launched,
    /// A contract that runs as a service.
    Service,
}

/// What a process has used since it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// What it is for.
    pub part: Part,
    /// The name of the node or service; of a contract that a peer has started, that of the peer.
    pub name: String,
    /// Processor time of all its threads.
    pub processor: Duration,
    /// The most memory that it held at once, in bytes.
    pub memory_peak: u64,
}

impl Usage {
    /// That of a process by its id; none if it has ended.
    #[must_use]
    pub fn of(id: i32, part: Part, name: &str) -> Option<Self> {
        let (ticks, memory_peak) = process::used_by(id)?;
        Some(Self { part, name: name.to_owned(), processor: time(ticks), memory_peak })
    }
}

impl Network {
    /// What each process of the network has used, by its id.
    #[must_use]
    pub fn usage(&self) -> BTreeMap<i32, Usage> {
        let mut all = BTreeMap::new();
        for node in self.peers().chain(self.orderers()) {
            let folder = node.folder(self.folder());
            let own = process::running(&folder).map(process::Process::id);
            for (id, ticks, memory_peak) in process::used(&folder) {
                let part = match node.role {
                    Role::Orderer => Part::Orderer,
                    Role::Peer if Some(id) == own => Part::Peer,
                    Role::Peer => Part::Launched,
                };
                all.insert(id, Usage { part, name: node.name.clone(), processor: time(ticks), memory_peak });
            }
        }
        for service in self.services() {
            for (id, ticks, memory_peak) in process::used(&service.folder(self.folder())) {
                let name = service.name.clone();
                all.insert(id, Usage { part: Part::Service, name, processor: time(ticks), memory_peak });
            }
        }
        all
    }
}

/// Processor time of this program so far.
#[must_use]
pub fn own_processor_time() -> Duration {
    time(process::own_ticks())
}

fn time(ticks: u64) -> Duration {
    Duration::from_millis(ticks.saturating_mul(1000) / clock_ticks_per_second().max(1))
}
