//! The embedded network as scenarios see it: clients of every organization, and organizations that forge.
#![allow(
    clippy::unwrap_used,
    reason = "only tests start a network like this, and in a test a panic is the best answer"
)]

mod start;

use std::path::Path;
use std::sync::Arc;

use devnet::{Batch, Channel, Deployment, Devnet};
use fabric_client::{Error, Gateway, Proposal, Transaction, raw};
use fabric_msp::proposal::endorse;
use fabric_protos::Message as _;
use fabric_protos::protos::{ChaincodeAction, ProposalResponsePayload, SignedProposal};
use tokio::runtime::Runtime;

use crate::clients::{Clients, failure};
use crate::{Call, Failure, Forgery, Network, Organization, StateEntry, forged};
pub use start::{CONTRACTS, StartError, module, package, start};

/// Blocks are cut as soon as nothing follows: a scenario mostly waits for one transaction at a time.
const BATCH_TIMEOUT_MS: u64 = 2;

/// A network of the market's organizations with the contracts as Wasm; all clones are the same one.
#[derive(Clone)]
pub struct Embedded(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    devnet: Devnet,
    clients: Clients,
}

/// The market's network with these channels, each as the market's own, that cuts blocks at once.
#[must_use]
pub fn network(channels: &[&str]) -> devnet::Network {
    let mut network = devnet::Network::market();
    let batch = Batch { timeout_ms: BATCH_TIMEOUT_MS, ..Batch::default() };
    let as_market = network.channels[0].clone();
    let channel = |name: &&str| Channel { name: (*name).to_owned(), batch, ..as_market.clone() };
    network.channels = channels.iter().map(channel).collect();
    network
}

impl Embedded {
    /// Starts a network with both contracts on each of these channels.
    #[must_use]
    pub fn start(channels: &[&str], folder: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let devnet = runtime.block_on(start(network(channels), channels, folder)).unwrap();
        Self::of(runtime, devnet)
    }

    /// A network that runs.
    #[must_use]
    pub fn of(runtime: Runtime, devnet: Devnet) -> Self {
        let gateway = |organization: Organization| {
            let signer = devnet.identity(organization.name(), "User1").unwrap().signer().unwrap();
            Gateway::new(devnet.connect(organization.name()).unwrap(), Arc::new(signer))
        };
        let clients = {
            // Connections need the runtime that serves them.
            let _entered = runtime.enter();
            Clients::new(gateway)
        };
        Self(Arc::new(Inner { runtime, devnet, clients }))
    }

    /// The network itself.
    #[must_use]
    pub fn devnet(&self) -> &Devnet {
        &self.0.devnet
    }

    /// Deploys another chaincode.
    pub fn deploy(&self, channel: &str, deployment: &Deployment<'_>) {
        self.0.runtime.block_on(self.devnet().deploy(channel, deployment)).unwrap();
    }

    /// The proposal that a call begins with.
    #[must_use]
    pub fn signed_proposal(&self, call: &Call) -> SignedProposal {
        self.0.clients.proposal(call).build().sign().unwrap().signed_proposal()
    }

    /// What an honest peer of the first endorser makes of a call.
    #[must_use]
    pub fn compute(&self, call: &Call) -> ChaincodeAction {
        let honest = self.0.clients.proposal(call).build().sign().unwrap();
        self.0.runtime.block_on(async {
            let peer = raw::Peer::new(self.devnet().connect(call.endorsers[0].name()).unwrap());
            let response = peer.endorse(&honest).await.unwrap();
            let payload = ProposalResponsePayload::decode(response.payload.as_slice()).unwrap();
            ChaincodeAction::decode(payload.extension.as_slice()).unwrap()
        })
    }

    /// Submits a result, whoever made it up, as that of a call under the endorsements of the call's endorsers. Returns
    /// the transaction's id.
    ///
    /// # Errors
    /// The transaction is invalid.
    pub fn submit_forged(&self, call: &Call, action: &ChaincodeAction) -> Result<String, Failure> {
        let transaction = self.forged(&self.0.clients.proposal(call).build().sign().unwrap(), action, &call.endorsers);
        self.0.runtime.block_on(async {
            // Past the gateway, which would not take it.
            raw::Orderer::new(self.devnet().connect_orderer()).broadcast(&transaction).await.unwrap();
            committed(&transaction).await.map_err(|error| failure(&error))
        })?;
        Ok(transaction.transaction_id().to_owned())
    }

    /// A transaction in which these organizations' peers sign a result that no contract made.
    fn forged(&self, proposal: &Proposal, action: &ChaincodeAction, endorsers: &[Organization]) -> Transaction {
        let payload = raw::response_payload(proposal, action);
        let endorsements = endorsers.iter().map(|organization| {
            let signer = self.devnet().peer_identity(organization.name()).unwrap().signer().unwrap();
            endorse(&signer, &payload).unwrap()
        });
        let endorsements = endorsements.collect();
        raw::assemble(proposal, payload, endorsements).sign().unwrap()
    }
}

impl Network for Embedded {
    fn submit(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        self.submit_together(std::slice::from_ref(call)).remove(0)
    }

    fn submit_together(&mut self, calls: &[Call]) -> Vec<Result<Vec<u8>, Failure>> {
        let committed = async |transaction: &Transaction| committed(transaction).await;
        self.0.runtime.block_on(self.0.clients.submit_together(calls, committed))
    }

    fn evaluate(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        self.0.runtime.block_on(self.0.clients.evaluate(call))
    }

    fn forge(&mut self, forgery: &Forgery) -> Result<(), Failure> {
        let call = Call {
            channel: forgery.channel.clone(),
            chaincode: forgery.chaincode,
            function: "write",
            arguments: Vec::new(),
            client: forgery.organization,
            endorsers: vec![forgery.organization],
            timestamp_ns: forgery.timestamp_ns,
        };
        let snapshot = self.devnet().ledger(&forgery.channel).unwrap().snapshot();
        let definition = snapshot.definition(forgery.chaincode).unwrap().unwrap();
        let action = forged::action(forgery, definition.endorsement_info.version);
        self.submit_forged(&call, &action).map(drop)
    }

    fn state(&mut self, channel: &str) -> Vec<StateEntry> {
        let snapshot = self.devnet().ledger(channel).unwrap().snapshot();
        let entries = CONTRACTS.into_iter().flat_map(|(chaincode, _)| {
            snapshot.range(chaincode, "", "").unwrap().map(move |entry| {
                let (key, value) = entry.unwrap();
                StateEntry { chaincode: chaincode.to_owned(), key, value: value.value }
            })
        });
        entries.collect()
    }
}

async fn committed(transaction: &Transaction) -> Result<(), Error> {
    transaction.commit().sign()?.status().await?.valid().map(drop)
}
