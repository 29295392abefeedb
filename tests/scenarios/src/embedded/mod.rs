//! The embedded network as scenarios see it: clients of every organization, and organizations that forge.
#![allow(
    clippy::unwrap_used,
    reason = "only tests start a network like this, and in a test a panic is the best answer"
)]

mod start;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use devnet::{Batch, Channel, Deployment, Devnet};
use fabric_client::{Commit, CommitError, Error, Gateway, Proposal, ProposalBuilder, RetryPolicy, Transaction, raw};
use fabric_msp::proposal::endorse;
use fabric_protos::Message as _;
use fabric_protos::kvrwset::{KvMetadataEntry, KvMetadataWrite, KvWrite, KvrwSet};
use fabric_protos::protos::{ChaincodeAction, ChaincodeId, ProposalResponsePayload, Response, SignedProposal};
use fabric_protos::rwset::{NsReadWriteSet, TxReadWriteSet};
use tokio::runtime::Runtime;

use crate::{Call, Failure, Forgery, Network, Organization, StateEntry};
pub use start::{CONTRACTS, StartError, module, package, start};

/// Blocks are cut as soon as nothing follows: a scenario mostly waits for one transaction at a time.
const BATCH_TIMEOUT_MS: u64 = 2;

/// A network of the market's organizations with the contracts as Wasm; all clones are the same one.
#[derive(Clone)]
pub struct Embedded(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    devnet: Devnet,
    gateways: Vec<Gateway>,
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
        // A transaction that is invalid stays invalid: scenarios want to see it.
        let gateway = |organization: Organization| {
            let signer = devnet.identity(organization.name(), "User1").unwrap().signer().unwrap();
            let channel = devnet.connect(organization.name()).unwrap();
            Gateway::new(channel, Arc::new(signer)).with_retry_policy(RetryPolicy::NEVER)
        };
        let gateways = {
            // Connections need the runtime that serves them.
            let _entered = runtime.enter();
            Organization::ALL.map(gateway).to_vec()
        };
        Self(Arc::new(Inner { runtime, devnet, gateways }))
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
        self.proposal(call).build().sign().unwrap().signed_proposal()
    }

    /// What an honest peer of the first endorser makes of a call.
    #[must_use]
    pub fn compute(&self, call: &Call) -> ChaincodeAction {
        let honest = self.proposal(call).build().sign().unwrap();
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
        let transaction = self.forged(&self.proposal(call).build().sign().unwrap(), action, &call.endorsers);
        self.0.runtime.block_on(async {
            // Past the gateway, which would not take it.
            raw::Orderer::new(self.devnet().connect_orderer()).broadcast(&transaction).await.unwrap();
            committed(transaction.commit().sign().unwrap()).await.map_err(|error| failure(&error))
        })?;
        Ok(transaction.transaction_id().to_owned())
    }

    fn gateway(&self, organization: Organization) -> &Gateway {
        &self.0.gateways[Organization::ALL.iter().position(|other| *other == organization).unwrap()]
    }

    fn proposal(&self, call: &Call) -> ProposalBuilder {
        let contract = self.gateway(call.client).network(&call.channel).contract(call.chaincode);
        let proposal = contract.proposal(call.function).arguments(&call.arguments);
        proposal.timestamp(Duration::from_nanos(call.timestamp_ns))
    }

    async fn endorse(&self, call: &Call) -> Result<Transaction, Error> {
        let endorsers = call.endorsers.iter().map(|organization| organization.msp_id());
        self.proposal(call).organizations(endorsers).build().sign()?.endorse().await?.sign()
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
        self.0.runtime.block_on(async {
            let mut endorsed = Vec::new();
            for call in calls {
                endorsed.push(self.endorse(call).await);
            }
            let mut ordered = Vec::new();
            for transaction in endorsed {
                ordered.push(match transaction {
                    Ok(transaction) => transaction.submit().await.map(|commit| (commit, transaction.into_result())),
                    Err(error) => Err(error),
                });
            }
            let mut results = Vec::new();
            for transaction in ordered {
                results.push(match transaction {
                    Ok((commit, result)) => {
                        committed(commit.sign().unwrap()).await.map(|()| result).map_err(|error| failure(&error))
                    }
                    Err(error) => Err(failure(&error)),
                });
            }
            results
        })
    }

    fn evaluate(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        let first = call.endorsers[..1].iter().map(|organization| organization.msp_id());
        self.0.runtime.block_on(self.proposal(call).organizations(first).evaluate()).map_err(|error| failure(&error))
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
        let set = NsReadWriteSet {
            namespace: forgery.chaincode.to_owned(),
            rwset: writes(forgery).encode_to_vec(),
            ..Default::default()
        };
        let action = ChaincodeAction {
            results: TxReadWriteSet { ns_rwset: vec![set], ..Default::default() }.encode_to_vec(),
            response: Some(Response { status: 200, ..Default::default() }),
            chaincode_id: Some(ChaincodeId {
                name: forgery.chaincode.to_owned(),
                version: definition.endorsement_info.version,
                ..Default::default()
            }),
            ..Default::default()
        };
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

pub(crate) fn writes(forgery: &Forgery) -> KvrwSet {
    let write = |(key, value): &(String, Option<Vec<u8>>)| KvWrite {
        key: key.clone(),
        is_delete: value.is_none(),
        value: value.clone().unwrap_or_default(),
    };
    let protected = |policy: &Vec<u8>| {
        let entry = KvMetadataEntry { name: "VALIDATION_PARAMETER".to_owned(), value: policy.clone() };
        let keys = forgery.writes.iter().map(|(key, _)| key.clone());
        keys.map(|key| KvMetadataWrite { key, entries: vec![entry.clone()] }).collect()
    };
    KvrwSet {
        writes: forgery.writes.iter().map(write).collect(),
        metadata_writes: forgery.policy.as_ref().map(protected).unwrap_or_default(),
        ..Default::default()
    }
}

async fn committed(commit: Commit) -> Result<(), Error> {
    commit.status().await?.valid().map(drop)
}

pub(crate) fn failure(error: &Error) -> Failure {
    if let Error::Commit(CommitError { code, .. }) = error {
        return Failure::Invalid(code.as_str_name().to_owned());
    }
    let refused = error.contract_error().map(|refused| match refused.code {
        Some(code) => format!("{code}: {}", refused.text),
        None => refused.text.to_owned(),
    });
    Failure::Refused(refused.unwrap_or_else(|| error.to_string()))
}
