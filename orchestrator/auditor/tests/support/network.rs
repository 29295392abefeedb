//! The embedded network of the market, for organizations that do not follow the rules, and what an auditor gets to see.
#![allow(dead_code, reason = "no test uses all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use auditor::source::{BlockFiles, Peer, Sourced};
use devnet::{Deployment, Devnet};
use exchange::pages;
use fabric_msp::{LocalSigner, Signer, block, sha256};
use fabric_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, BlockMetadataIndex, ConfigEnvelope, Envelope, Header, LastConfig,
    Metadata, MetadataSignature, OrdererBlockMetadata, Payload, SignatureHeader,
};
use fabric_protos::kvrwset::KvrwSet;
use fabric_protos::protos::ChaincodeAction;
use fabric_protos::rwset::TxReadWriteSet;
use prost::Message;
use scenarios::embedded::{self, CONTRACTS, Embedded};
use scenarios::{Call, Organization};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) const CHANNEL: &str = "market";

/// A running network; all clones are the same one.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) network: Embedded,
    folder: Arc<TempDir>,
}

/// What organizations that collude make of an honest result before they endorse it.
pub(crate) struct Computed<'a> {
    pub(crate) action: &'a mut ChaincodeAction,
    sets: TxReadWriteSet,
}

impl Ledger {
    /// The network with both contracts.
    pub(crate) fn start() -> Self {
        Self::start_with(exchange::messages::ENDORSEMENT_POLICY, &[])
    }

    /// The same with another policy of `exchange`, and where some organizations install another module for it.
    pub(crate) fn start_with(exchange_policy: &str, others: &[(&str, &str)]) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let package = |chaincode, module| embedded::package(chaincode, module).unwrap();
        let others: Vec<_> =
            others.iter().map(|(organization, module)| (*organization, package("exchange", module))).collect();
        let devnet = runtime.block_on(async {
            let builder = Devnet::builder(embedded::network(&[CHANNEL]), folder.path()).clock_skew(None);
            let devnet = builder.start().await.unwrap();
            for (name, policy) in CONTRACTS {
                let (package, is_exchange) = (package(name, name), name == "exchange");
                let policy = fabric_msp::policy::parse(if is_exchange { exchange_policy } else { policy }).unwrap();
                let mut deployment = Deployment::new(name, &package, Some(policy));
                if is_exchange {
                    deployment.packages = others.iter().map(|(name, package)| (*name, package.as_slice())).collect();
                }
                devnet.deploy(CHANNEL, &deployment).await.unwrap();
            }
            devnet
        });
        Self { network: Embedded::of(runtime, devnet), folder: Arc::new(folder) }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.folder.path()
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
        let (devnet, name) = (self.network.devnet(), organization.name());
        let domain = devnet.network().domain_of(devnet.network().organization(name).unwrap());
        let user = format!("crypto/peerOrganizations/{domain}/users/User1@{domain}/msp");
        Peer {
            address: devnet.endpoint(name).unwrap().unwrap().to_owned(),
            tls_authority: devnet.tls_authority(name).unwrap().into_bytes(),
            msp_id: organization.msp_id().to_owned(),
            user: self.data_dir().join(user),
        }
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
        let mut action = self.network.compute(computed);
        assert_eq!(action.response.as_ref().unwrap().status, 200, "{:?}", action.response);
        let sets = TxReadWriteSet::decode(action.results.as_slice()).unwrap();
        let mut result = Computed { action: &mut action, sets };
        change(&mut result);
        let results = result.sets.encode_to_vec();
        action.results = results;
        let call = Call { endorsers: endorsers.to_vec(), ..call.clone() };
        self.network.submit_forged(&call, &action).unwrap()
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

/// The first folder under a folder of this name, somewhere below.
fn find_folder(below: &Path, name: &str) -> PathBuf {
    let organization = fs::read_dir(below).unwrap().next().unwrap().unwrap().path();
    fs::read_dir(organization.join(name)).unwrap().next().unwrap().unwrap().path()
}
