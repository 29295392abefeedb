use std::path::PathBuf;

use fabric_msp::block::{self, BlockError};
use fabric_msp::{ChannelConfig, LocalSigner, Signer};
use fabric_protos::common::msp_principal::Classification;
use fabric_protos::common::policy::PolicyType;
use fabric_protos::common::signature_policy::{NOutOf, Type};
use fabric_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, Config, ConfigGroup, ConfigPolicy, ConfigValue, Consenter,
    IdentifierHeader, Metadata, MetadataSignature, MspPrincipal, Orderers, Policy, SignaturePolicy,
    SignaturePolicyEnvelope,
};
use fabric_protos::msp::MspConfig;
use fabric_protos::orderer::{ConsensusType, smartbft};
use prost::Message;

use crate::authority::{Authority, MSPID};

const ORDERERS: u32 = 4;
/// `ceil((n + f + 1) / 2)` for n = 4 orderers of which f = 1 may lie.
const QUORUM: i32 = 3;

fn set(group: &mut ConfigGroup, key: &str, value: &impl Message) {
    group.values.insert(key.to_owned(), ConfigValue { value: value.encode_to_vec(), ..Default::default() });
}

/// The recorded channel's configuration, with four BFT orderers of a new organization instead of its own.
fn config(root: &Authority, signers: &[LocalSigner]) -> ChannelConfig {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/fabric-3.1.5/blocks/0000.pb");
    let genesis = Block::decode(std::fs::read(path).unwrap().as_slice()).unwrap();
    let mut config: Config = ChannelConfig::from_block(&genesis).unwrap().config;
    let orderer = config.channel_group.as_mut().unwrap().groups.get_mut("Orderer").unwrap();
    let mut organization = ConfigGroup::default();
    set(&mut organization, "MSP", &MspConfig { r#type: 0, config: root.config().encode_to_vec() });
    orderer.groups = [("orderers".to_owned(), organization)].into();
    let consenter = |(id, signer): (u32, &LocalSigner)| Consenter {
        id,
        msp_id: MSPID.to_owned(),
        identity: fabric_protos::msp::SerializedIdentity::decode(signer.creator()).unwrap().id_bytes,
        ..Default::default()
    };
    let consenter_mapping = (1..).zip(signers).map(consenter).collect();
    set(orderer, "Orderers", &Orderers { consenter_mapping });
    let metadata = smartbft::Options::default().encode_to_vec();
    set(orderer, "ConsensusType", &ConsensusType { r#type: "BFT".to_owned(), metadata, state: 0 });
    let leaf = |place| SignaturePolicy { r#type: Some(Type::SignedBy(place)) };
    let gate = NOutOf { n: QUORUM, rules: (0..4).map(leaf).collect() };
    let principal = |signer: &LocalSigner| MspPrincipal {
        principal_classification: Classification::Identity.into(),
        principal: signer.creator().to_vec(),
    };
    let quorum = SignaturePolicyEnvelope {
        version: 0,
        rule: Some(SignaturePolicy { r#type: Some(Type::NOutOf(gate)) }),
        identities: signers.iter().map(principal).collect(),
    };
    let policy = Policy { r#type: PolicyType::Signature.into(), value: quorum.encode_to_vec() };
    let policy = ConfigPolicy { policy: Some(policy), ..Default::default() };
    orderer.policies.insert("BlockValidation".to_owned(), policy);
    ChannelConfig::from_config("ch".to_owned(), config).unwrap()
}

/// A block signed by these orderers, each under the number that it gives.
fn sign<'a>(signers: impl IntoIterator<Item = (u32, &'a LocalSigner)>) -> Block {
    let data = BlockData { data: vec![b"envelope".to_vec()] };
    let header = BlockHeader { number: 7, previous_hash: vec![1; 32], data_hash: block::data_hash(&data).to_vec() };
    let value = b"value".to_vec();
    let signature = |(identifier, signer): (u32, &LocalSigner)| {
        let identifier_header = IdentifierHeader { identifier, nonce: vec![9] }.encode_to_vec();
        let signature = signer.sign(&block::signed_bytes(&value, &identifier_header, &header)).unwrap();
        MetadataSignature { signature, identifier_header, ..Default::default() }
    };
    let signatures = signers.into_iter().map(signature).collect();
    let metadata = Metadata { value: value.clone(), signatures }.encode_to_vec();
    Block { header: Some(header), data: Some(data), metadata: Some(BlockMetadata { metadata: vec![metadata] }) }
}

#[test]
fn a_quorum_of_numbered_orderers_signs_a_block() {
    let root = Authority::root("root");
    let signers: Vec<LocalSigner> = (0..ORDERERS)
        .map(|number| {
            let issued = root.issue(&format!("orderer{number}"), &["orderer"]);
            LocalSigner::from_pem(MSPID, &issued.pem(), issued.key.serialize_pem().as_bytes()).unwrap()
        })
        .collect();
    let config = config(&root, &signers);
    let all: Vec<(u32, &LocalSigner)> = (1..).zip(&signers).collect();
    assert_eq!(block::verify(&config, &sign(all.clone())), Ok(()));
    assert_eq!(block::verify(&config, &sign(all[1..].iter().copied())), Ok(()));
    let refused = Err(BlockError::Signatures(7));
    assert_eq!(block::verify(&config, &sign(all[2..].iter().copied())), refused, "two of four");
    let twice = [all[0], all[1], all[1], all[1]];
    assert_eq!(block::verify(&config, &sign(twice)), refused, "one orderer three times");
    let borrowed = [all[0], all[1], (3, &signers[1])];
    assert_eq!(block::verify(&config, &sign(borrowed)), refused, "another orderer's number");
    let unknown = [all[0], all[1], (5, &signers[2])];
    assert_eq!(block::verify(&config, &sign(unknown)), refused, "a number that nobody has");
}
