//! The embedded network of the market, for the scenarios, and for organizations that do not follow the rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use auditor::source::{BlockFiles, Peer, Sourced};
use devnet::{Deployment, Devnet};
use exchange::pages;
use fabric_client::raw;
use fabric_client::{Error, Gateway, Proposal, TxValidationCode};
use fabric_msp::{LocalSigner, Signer, block, proposal::endorse, sha256};
use fabric_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, BlockMetadataIndex, ConfigEnvelope, Envelope, Header, LastConfig,
    Metadata, MetadataSignature, OrdererBlockMetadata, Payload, SignatureHeader,
};
use fabric_protos::kvrwset::{KvMetadataEntry, KvMetadataWrite, KvWrite, KvrwSet};
use fabric_protos::protos::{self, ChaincodeAction, ProposalResponsePayload};
use fabric_protos::rwset::{NsReadWriteSet, TxReadWriteSet};
use prost::Message;
use scenarios::{Call, Failure, Forgery, Network, Organization, StateEntry};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wasm_host::package::Package;

use crate::support::root;

pub(crate) const CHANNEL: &str = "market";
const CONTRACTS: [&str; 2] = ["declaration", "exchange"];
/// Any of the consensus organizations.
pub(crate) const ANY: &str = "OR('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')";
/// All of them.
pub(crate) const ALL_THREE: &str = "AND('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')";

/// A running network; all clones are the same one.
#[derive(Clone)]
pub(crate) struct Embedded(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    devnet: Devnet,
    folder: TempDir,
}

/// What organizations that collude make of an honest result before they endorse it.
pub(crate) struct Computed<'a> {
    pub(crate) action: &'a mut ChaincodeAction,
    sets: TxReadWriteSet,
}

impl Embedded {
    /// The network with both contracts.
    pub(crate) fn start() -> Self {
        Self::start_with(ALL_THREE, &[])
    }

    /// The same with another policy of `exchange`, and where some organizations install another module for it.
    pub(crate) fn start_with(exchange_policy: &str, others: &[(&str, &str)]) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let others: Vec<_> =
            others.iter().map(|(organization, module)| (*organization, package("exchange", module))).collect();
        let devnet = runtime.block_on(async {
            let builder = Devnet::builder(devnet::Network::market(), folder.path()).clock_skew(None);
            let devnet = builder.start().await.unwrap();
            for (name, policy) in CONTRACTS.into_iter().zip([ANY, exchange_policy]) {
                let package = package(name, name);
                let policy = fabric_msp::policy::parse(policy).unwrap();
                let mut deployment = Deployment::new(name, &package, Some(policy));
                if name == "exchange" {
                    deployment.packages = others.iter().map(|(name, package)| (*name, package.as_slice())).collect();
                }
                devnet.deploy(CHANNEL, &deployment).await.unwrap();
            }
            devnet
        });
        Self(Arc::new(Inner { runtime, devnet, folder }))
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.0.folder.path()
    }

    /// The folder of the market's block files.
    pub(crate) fn blocks(&self) -> PathBuf {
        self.data_dir().join("channels").join(CHANNEL).join("blocks")
    }

    /// The market's blocks.
    pub(crate) fn read_blocks(&self) -> Vec<Block> {
        let blocks = BlockFiles::open(&self.blocks()).unwrap().map(|sourced| match sourced.unwrap() {
            Sourced::Block { block, .. } => *block,
            Sourced::Broken(fault) => panic!("{fault}"),
        });
        blocks.collect()
    }

    /// A block that follows these, with the first one's configuration under another sequence number: what the orderer
    /// alone can make.
    pub(crate) fn configuration_after(&self, blocks: &[Block], sequence: u64) -> Block {
        let orderers = self.data_dir().join("crypto/ordererOrganizations");
        let signer = LocalSigner::from_folder("OrdererMSP", &find_folder(&orderers, "orderers").join("msp")).unwrap();
        let signer: &dyn Signer = &signer;
        let (_, payload) = block::open_envelope(&blocks[0].data.as_ref().unwrap().data[0]).unwrap();
        let mut content = ConfigEnvelope::decode(payload.data.as_slice()).unwrap();
        content.config.as_mut().unwrap().sequence = sequence;
        let old = payload.header.unwrap();
        let signature_header = SignatureHeader { creator: signer.creator().to_vec(), nonce: vec![7; 24] };
        let header = Header { signature_header: signature_header.encode_to_vec(), ..old };
        let payload = Payload { header: Some(header), data: content.encode_to_vec() }.encode_to_vec();
        let envelope = Envelope { signature: signer.sign(&payload).unwrap(), payload };
        let data = BlockData { data: vec![envelope.encode_to_vec()] };
        let number = blocks.len() as u64;
        let header = BlockHeader {
            number,
            previous_hash: block::header_hash(blocks.last().unwrap().header.as_ref().unwrap()).to_vec(),
            data_hash: block::data_hash(&data).to_vec(),
        };
        let last_config = Some(LastConfig { index: number });
        let value = OrdererBlockMetadata { last_config, consenter_metadata: Vec::new() }.encode_to_vec();
        let signature_header = signature_header.encode_to_vec();
        let signature = signer.sign(&block::signed_bytes(&value, &signature_header, &header)).unwrap();
        let signature = MetadataSignature { signature_header, signature, ..MetadataSignature::default() };
        let signatures = Metadata { value, signatures: vec![signature] }.encode_to_vec();
        // A chain of hashes over codes and writes, of which a configuration has none.
        let before = block::metadata(blocks.last().unwrap(), BlockMetadataIndex::CommitHash).unwrap().value;
        let commit_hash = Metadata { value: sha256([[1, 0].as_slice(), &before]).to_vec(), signatures: Vec::new() };
        let metadata = vec![signatures, Vec::new(), vec![0], Vec::new(), commit_hash.encode_to_vec()];
        Block { header: Some(header), data: Some(data), metadata: Some(BlockMetadata { metadata }) }
    }

    /// An organization's peer and user, as an auditor names them.
    pub(crate) fn peer(&self, organization: Organization) -> Peer {
        let (devnet, name) = (&self.0.devnet, name_of(organization));
        let tls_authority = self.data_dir().join("authority.pem");
        fs::write(&tls_authority, devnet.tls_authority(name).unwrap()).unwrap();
        let domain = devnet.network().domain_of(devnet.network().organization(name).unwrap());
        let user = format!("crypto/peerOrganizations/{domain}/users/User1@{domain}/msp");
        Peer {
            address: devnet.endpoint(name).unwrap().unwrap().to_owned(),
            tls_authority,
            msp_id: organization.msp_id().to_owned(),
            user: self.data_dir().join(user),
        }
    }

    fn gateway(&self, organization: Organization) -> Gateway {
        // Connections belong to the runtime that they are made in.
        let _context = self.0.runtime.enter();
        let name = name_of(organization);
        let signer = self.0.devnet.identity(name, "User1").unwrap().signer().unwrap();
        Gateway::new(self.0.devnet.connect(name).unwrap(), Arc::new(signer))
    }

    fn proposal(&self, call: &Call) -> fabric_client::ProposalBuilder {
        self.gateway(call.client)
            .network(&call.channel)
            .contract(call.chaincode)
            .proposal(call.function)
            .arguments(&call.arguments)
            .organizations(call.endorsers.iter().map(|organization| organization.msp_id()))
            .timestamp(Duration::from_nanos(call.timestamp_ns))
    }

    /// Has an honest peer compute `computed`, changes the result, and submits it under the endorsements of `endorsers`
    /// as if it were that of `call`. Returns the transaction's id.
    pub(crate) fn collude(
        &self,
        endorsers: &[Organization],
        computed: &Call,
        call: &Call,
        change: impl FnOnce(&mut Computed<'_>),
    ) -> String {
        self.0.runtime.block_on(async {
            let honest = self.proposal(computed).build().sign().unwrap();
            let peer = raw::Peer::new(self.0.devnet.connect(name_of(computed.endorsers[0])).unwrap());
            let response = peer.endorse(&honest).await.unwrap();
            let payload = ProposalResponsePayload::decode(response.payload.as_slice()).unwrap();
            let mut action = ChaincodeAction::decode(payload.extension.as_slice()).unwrap();
            assert_eq!(action.response.as_ref().unwrap().status, 200, "{:?}", action.response);
            let sets = TxReadWriteSet::decode(action.results.as_slice()).unwrap();
            let mut result = Computed { action: &mut action, sets };
            change(&mut result);
            let results = result.sets.encode_to_vec();
            action.results = results;
            let proposal = self.proposal(call).build().sign().unwrap();
            let (id, code) = self.submit_forged(&proposal, &action, endorsers).await;
            assert_eq!(code, TxValidationCode::Valid, "{}", call.function);
            id
        })
    }

    async fn submit_forged(
        &self,
        proposal: &Proposal,
        action: &ChaincodeAction,
        endorsers: &[Organization],
    ) -> (String, TxValidationCode) {
        let payload = raw::response_payload(proposal, action);
        let endorsements = endorsers.iter().map(|organization| {
            let signer = self.0.devnet.peer_identity(name_of(*organization)).unwrap().signer().unwrap();
            endorse(&signer as &dyn Signer, &payload).unwrap()
        });
        let transaction = raw::assemble(proposal, payload.clone(), endorsements.collect()).sign().unwrap();
        let commit = transaction.submit().await.unwrap().sign().unwrap();
        let status = commit.status().await.unwrap();
        (status.transaction_id, status.code)
    }
}

impl Computed<'_> {
    /// Changes the values under the keys of `chaincode` that have this object type.
    pub(crate) fn change_writes(&mut self, chaincode: &str, object: &str, mut change: impl FnMut(&mut Vec<u8>)) {
        let prefix = format!("\0{object}\0");
        let mut changed = 0;
        self.edit(chaincode, |set| {
            for write in set.writes.iter_mut().filter(|write| write.key.starts_with(&prefix)) {
                change(&mut write.value);
                changed += 1;
            }
        });
        assert!(changed > 0, "no {object} is written");
    }

    /// Changes the text of JSON documents.
    pub(crate) fn replace(&mut self, object: &str, from: &str, to: &str) {
        self.change_writes("exchange", object, |value| {
            let text = String::from_utf8(value.clone()).unwrap();
            assert!(text.contains(from), "{from} is not in {text}");
            *value = text.replace(from, to).into_bytes();
        });
    }

    /// Changes the trade list.
    pub(crate) fn change_trades(&mut self, change: impl FnOnce(&mut Vec<pages::Match>)) {
        let mut change = Some(change);
        self.change_writes("exchange", "trades", |value| {
            let mut matches = pages::decode_matches(value).unwrap();
            change.take().unwrap()(&mut matches);
            *value = pages::encode_matches(&matches).unwrap();
        });
    }

    /// Changes everything that is written to a chaincode's state.
    pub(crate) fn edit(&mut self, chaincode: &str, edit: impl FnOnce(&mut KvrwSet)) {
        let set = self.sets.ns_rwset.iter_mut().find(|set| set.namespace == chaincode).unwrap();
        let mut writes = KvrwSet::decode(set.rwset.as_slice()).unwrap();
        edit(&mut writes);
        set.rwset = writes.encode_to_vec();
    }
}

impl Network for Embedded {
    fn submit(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        let submitted = self.0.runtime.block_on(self.proposal(call).submit());
        submitted.map(|submission| submission.result).map_err(|error| failure(&error))
    }

    fn submit_together(&mut self, calls: &[Call]) -> Vec<Result<Vec<u8>, Failure>> {
        calls.iter().map(|call| self.submit(call)).collect()
    }

    fn evaluate(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        self.0.runtime.block_on(self.proposal(call).evaluate()).map_err(|error| failure(&error))
    }

    fn forge(&mut self, forgery: &Forgery) -> Result<(), Failure> {
        let Forgery { channel, organization, chaincode, writes, policy, timestamp_ns } = forgery.clone();
        let call = Call {
            channel,
            chaincode,
            function: "write",
            arguments: Vec::new(),
            client: organization,
            endorsers: vec![organization],
            timestamp_ns,
        };
        let name = protos::MetaDataKeys::ValidationParameter.as_str_name();
        let metadata_writes = policy.iter().flat_map(|policy| {
            let entries = vec![KvMetadataEntry { name: name.to_owned(), value: policy.clone() }];
            writes.iter().map(move |(key, _)| KvMetadataWrite { key: key.clone(), entries: entries.clone() })
        });
        let set = KvrwSet {
            metadata_writes: metadata_writes.collect(),
            writes: writes
                .iter()
                .map(|(key, value)| KvWrite {
                    key: key.clone(),
                    is_delete: value.is_none(),
                    value: value.clone().unwrap_or_default(),
                })
                .collect(),
            ..KvrwSet::default()
        };
        let set = NsReadWriteSet { namespace: chaincode.to_owned(), rwset: set.encode_to_vec(), ..Default::default() };
        let action = ChaincodeAction {
            results: TxReadWriteSet { data_model: 0, ns_rwset: vec![set] }.encode_to_vec(),
            response: Some(protos::Response { status: 200, ..Default::default() }),
            chaincode_id: Some(protos::ChaincodeId {
                name: chaincode.to_owned(),
                version: "any".to_owned(),
                ..Default::default()
            }),
            ..ChaincodeAction::default()
        };
        let proposal = self.proposal(&call).build().sign().unwrap();
        match self.0.runtime.block_on(self.submit_forged(&proposal, &action, &[organization])) {
            (_, TxValidationCode::Valid) => Ok(()),
            (_, code) => Err(Failure::Invalid(code.as_str_name().to_owned())),
        }
    }

    fn state(&mut self, channel: &str) -> Vec<StateEntry> {
        let snapshot = self.0.devnet.ledger(channel).unwrap().snapshot();
        let entries = |chaincode: &'static str| {
            let entries = snapshot.range(chaincode, "", "").unwrap();
            entries.map(move |entry| {
                let (key, value) = entry.unwrap();
                StateEntry { chaincode: chaincode.to_owned(), key, value: value.value }
            })
        };
        CONTRACTS.into_iter().flat_map(|chaincode| entries(chaincode).collect::<Vec<_>>()).collect()
    }
}

fn name_of(organization: Organization) -> &'static str {
    match organization {
        Organization::Regulator => "regulator",
        Organization::TradingCentre => "trading-centre",
        Organization::Dispatcher => "dispatcher",
        Organization::GridCompany => "grid-company",
        Organization::LargeUser => "large-user",
    }
}

/// The first folder under a folder of this name, somewhere below.
fn find_folder(below: &Path, name: &str) -> PathBuf {
    let organization = fs::read_dir(below).unwrap().next().unwrap().unwrap().path();
    fs::read_dir(organization.join(name)).unwrap().next().unwrap().unwrap().path()
}

fn failure(error: &Error) -> Failure {
    match (error, error.contract_error()) {
        (_, Some(refusal)) => Failure::Refused(format!("{}: {}", refusal.code.unwrap_or_default(), refusal.text)),
        (Error::Commit(commit), _) => Failure::Invalid(commit.code.as_str_name().to_owned()),
        (error, None) => Failure::Refused(format!("{}: {error}", error.code())),
    }
}

/// A package of a compiled contract.
fn package(name: &str, module: &str) -> Vec<u8> {
    let path = root().join("target/contracts").join(module).with_extension("wasm");
    let module =
        fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: run `cargo xtask contracts` first", path.display()));
    Package::new(name, "1.0.0", module).unwrap().build().unwrap()
}
