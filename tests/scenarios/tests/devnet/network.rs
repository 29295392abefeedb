//! The embedded network as scenarios see it: clients of every organization, and organizations that forge.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use devnet::{Batch, Channel, Devnet};
use fabric_client::{Commit, CommitError, Error, Gateway, ProposalBuilder, RetryPolicy, Transaction, raw};
use fabric_msp::proposal::endorse;
use fabric_protos::Message as _;
use fabric_protos::kvrwset::{KvMetadataEntry, KvMetadataWrite, KvWrite, KvrwSet};
use fabric_protos::protos::{ChaincodeAction, ChaincodeId, Response};
use fabric_protos::rwset::{NsReadWriteSet, TxReadWriteSet};
use scenarios::{Call, Failure, Forgery, Network, Organization, StateEntry, embedded};
use tokio::runtime::Runtime;

/// Blocks are cut as soon as nothing follows: a scenario mostly waits for one transaction at a time.
const BATCH_TIMEOUT_MS: u64 = 2;

/// A network of the market's organizations with the contracts as Wasm on each of its channels.
pub(crate) struct Embedded {
    runtime: Runtime,
    devnet: Devnet,
    gateways: Vec<Gateway>,
}

impl Embedded {
    /// Starts a network with these channels.
    pub(crate) fn start(channels: &[&str], folder: &Path) -> Self {
        let mut network = devnet::Network::market();
        let batch = Batch { timeout_ms: BATCH_TIMEOUT_MS, ..Batch::default() };
        let as_market = network.channels[0].clone();
        let channel = |name: &&str| Channel { name: (*name).to_owned(), batch, ..as_market.clone() };
        network.channels = channels.iter().map(channel).collect();
        let runtime = Runtime::new().unwrap();
        let devnet = runtime.block_on(embedded::start(network, channels, folder)).unwrap();
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
        Self { runtime, devnet, gateways }
    }

    fn gateway(&self, organization: Organization) -> &Gateway {
        &self.gateways[Organization::ALL.iter().position(|other| *other == organization).unwrap()]
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

    /// A transaction in which one organization's peer signs writes that no contract made.
    fn forged(&self, forgery: &Forgery) -> Transaction {
        let contract = self.gateway(forgery.organization).network(&forgery.channel).contract(forgery.chaincode);
        let timestamp = Duration::from_nanos(forgery.timestamp_ns);
        let proposal = contract.proposal("write").timestamp(timestamp).build().sign().unwrap();
        let ledger = self.devnet.ledger(&forgery.channel).unwrap();
        let definition = ledger.snapshot().definition(forgery.chaincode).unwrap().unwrap();
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
        let payload = raw::response_payload(&proposal, &action);
        let signer = self.devnet.peer_identity(forgery.organization.name()).unwrap().signer().unwrap();
        let endorsement = endorse(&signer, &payload).unwrap();
        raw::assemble(&proposal, payload, vec![endorsement]).sign().unwrap()
    }
}

impl Network for Embedded {
    fn submit(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        self.submit_together(std::slice::from_ref(call)).remove(0)
    }

    fn submit_together(&mut self, calls: &[Call]) -> Vec<Result<Vec<u8>, Failure>> {
        self.runtime.block_on(async {
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
        self.runtime.block_on(self.proposal(call).organizations(first).evaluate()).map_err(|error| failure(&error))
    }

    fn forge(&mut self, forgery: &Forgery) -> Result<(), Failure> {
        let transaction = self.forged(forgery);
        self.runtime.block_on(async {
            // Past the gateway, which would not take it.
            raw::Orderer::new(self.devnet.connect_orderer()).broadcast(&transaction).await.unwrap();
            committed(transaction.commit().sign().unwrap()).await.map_err(|error| failure(&error))
        })
    }

    fn state(&mut self, channel: &str) -> Vec<StateEntry> {
        let snapshot = self.devnet.ledger(channel).unwrap().snapshot();
        let contracts = [declaration::messages::CHAINCODE, exchange::messages::CHAINCODE];
        let entries = contracts.into_iter().flat_map(|chaincode| {
            snapshot.range(chaincode, "", "").unwrap().map(move |entry| {
                let (key, value) = entry.unwrap();
                StateEntry { chaincode: chaincode.to_owned(), key, value: value.value }
            })
        });
        entries.collect()
    }
}

fn writes(forgery: &Forgery) -> KvrwSet {
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

fn failure(error: &Error) -> Failure {
    if let Error::Commit(CommitError { code, .. }) = error {
        return Failure::Invalid(code.as_str_name().to_owned());
    }
    let refused = error.contract_error().map(|refused| match refused.code {
        Some(code) => format!("{code}: {}", refused.text),
        None => refused.text.to_owned(),
    });
    Failure::Refused(refused.unwrap_or_else(|| error.to_string()))
}
