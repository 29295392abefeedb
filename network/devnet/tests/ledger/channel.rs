//! A channel with one organization, whose keys are made here, to make transactions and blocks for a ledger directly.

use std::collections::BTreeMap;

use devnet::ledger::{Definition, Ledger, Options};
use fabric_msp::block::{data_hash, header_hash, signed_bytes};
use fabric_msp::proposal::{endorse, proposal_hash, transaction_id};
use fabric_msp::{LocalSigner, Signer};
use fabric_protos::Message;
use fabric_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, ChannelHeader, Config, ConfigEnvelope, ConfigGroup, ConfigPolicy,
    ConfigValue, Envelope, Header, HeaderType, LastConfig, Metadata, MetadataSignature, MspPrincipal, MspRole,
    OrdererBlockMetadata, Payload, Policy, SignatureHeader, SignaturePolicy, SignaturePolicyEnvelope,
    msp_principal::Classification, msp_role::MspRoleType, policy::PolicyType, signature_policy,
};
use fabric_protos::kvrwset::{KvRead, KvWrite, KvrwSet};
use fabric_protos::lifecycle::{ChaincodeEndorsementInfo, ChaincodeValidationInfo};
use fabric_protos::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig};
use fabric_protos::orderer::{BatchSize, BatchTimeout, ConsensusType};
use fabric_protos::protos::{
    ApplicationPolicy, ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeHeaderExtension,
    ChaincodeId, ProposalResponsePayload, Transaction, TransactionAction, application_policy,
};
use fabric_protos::rwset::{NsReadWriteSet, TxReadWriteSet};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

const CHANNEL: &str = "ch";
const MSPID: &str = "OrgMSP";

/// The chaincode that [`Channel::define`] defines: any of the organization's peers may endorse.
pub(crate) const CHAINCODE: &str = "cc";

/// Makes the channel's blocks.
pub(crate) struct Channel {
    pub(crate) genesis: Block,
    client: LocalSigner,
    peer: LocalSigner,
    orderer: LocalSigner,
    next: BlockHeader,
    nonce: u64,
}

impl Channel {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.distinguished_name.push(DnType::CommonName, "ca");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        let root = authority.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(authority, key);
        let signer = |unit: &str| {
            let key = KeyPair::generate().unwrap();
            let mut parameters = CertificateParams::new(Vec::new()).unwrap();
            parameters.distinguished_name.push(DnType::CommonName, unit);
            parameters.distinguished_name.push(DnType::OrganizationalUnitName, unit);
            parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            parameters.is_ca = IsCa::ExplicitNoCa;
            let certificate = parameters.signed_by(&key, &issuer).unwrap();
            LocalSigner::from_pem(MSPID, certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap()
        };
        let genesis = genesis(&root);
        let header = genesis.header.clone().unwrap();
        Self {
            client: signer("client"),
            peer: signer("peer"),
            orderer: signer("orderer"),
            next: BlockHeader { number: 1, previous_hash: header_hash(&header).to_vec(), data_hash: Vec::new() },
            genesis,
            nonce: 0,
        }
    }

    /// A block that defines [`CHAINCODE`].
    pub(crate) fn define(&mut self) -> Block {
        let policy = SignaturePolicyEnvelope::decode(signed_by(MspRoleType::Peer).as_slice()).unwrap();
        let policy = ApplicationPolicy { r#type: Some(application_policy::Type::SignaturePolicy(policy)) };
        let definition = Definition {
            name: CHAINCODE.to_owned(),
            sequence: 1,
            endorsement_info: ChaincodeEndorsementInfo {
                version: "1".to_owned(),
                init_required: false,
                endorsement_plugin: "escc".to_owned(),
            },
            validation_info: ChaincodeValidationInfo {
                validation_plugin: "vscc".to_owned(),
                validation_parameter: policy.encode_to_vec(),
            },
            collections: None,
        };
        let writes = definition.writes().into_iter().map(|(key, value)| write(&key, &value)).collect();
        let envelope = self.transaction("_lifecycle", &KvrwSet { writes, ..KvrwSet::default() });
        self.block(vec![envelope])
    }

    /// An endorsed and signed transaction of `chaincode` that read and wrote this.
    pub(crate) fn transaction(&mut self, chaincode: &str, set: &KvrwSet) -> Vec<u8> {
        self.nonce += 1;
        let creator = self.client.creator().to_vec();
        let nonce = self.nonce.to_be_bytes().to_vec();
        let id = ChaincodeId { name: chaincode.to_owned(), version: "1".to_owned(), ..ChaincodeId::default() };
        let channel_header = ChannelHeader {
            r#type: HeaderType::EndorserTransaction as i32,
            channel_id: CHANNEL.to_owned(),
            tx_id: transaction_id(&nonce, &creator),
            extension: ChaincodeHeaderExtension { chaincode_id: Some(id.clone()) }.encode_to_vec(),
            ..ChannelHeader::default()
        };
        let header = Header {
            channel_header: channel_header.encode_to_vec(),
            signature_header: SignatureHeader { creator, nonce }.encode_to_vec(),
        };
        let set =
            NsReadWriteSet { namespace: chaincode.to_owned(), rwset: set.encode_to_vec(), ..NsReadWriteSet::default() };
        let action = ChaincodeAction {
            results: TxReadWriteSet { data_model: 0, ns_rwset: vec![set] }.encode_to_vec(),
            chaincode_id: Some(id),
            ..ChaincodeAction::default()
        };
        let proposal = b"proposal".to_vec();
        let response = ProposalResponsePayload {
            proposal_hash: proposal_hash(&header, &proposal).to_vec(),
            extension: action.encode_to_vec(),
        }
        .encode_to_vec();
        let endorsements = vec![endorse(&self.peer, &response).unwrap()];
        let endorsed = ChaincodeEndorsedAction { proposal_response_payload: response, endorsements };
        let payload = ChaincodeActionPayload { chaincode_proposal_payload: proposal, action: Some(endorsed) };
        let action = TransactionAction { header: header.signature_header.clone(), payload: payload.encode_to_vec() };
        let data = Transaction { actions: vec![action] }.encode_to_vec();
        self.sign(&Payload { header: Some(header), data })
    }

    /// An envelope with the client's signature.
    pub(crate) fn sign(&self, payload: &Payload) -> Vec<u8> {
        let payload = payload.encode_to_vec();
        let signature = self.client.sign(&payload).unwrap();
        Envelope { payload, signature }.encode_to_vec()
    }

    /// The next block, signed by the orderer.
    pub(crate) fn block(&mut self, envelopes: Vec<Vec<u8>>) -> Block {
        let data = BlockData { data: envelopes };
        let header = BlockHeader { data_hash: data_hash(&data).to_vec(), ..self.next.clone() };
        let value = OrdererBlockMetadata { last_config: Some(LastConfig { index: 0 }), consenter_metadata: Vec::new() }
            .encode_to_vec();
        let signer = SignatureHeader { creator: self.orderer.creator().to_vec(), nonce: vec![1] }.encode_to_vec();
        let signature = self.orderer.sign(&signed_bytes(&value, &signer, &header)).unwrap();
        let signature = MetadataSignature { signature_header: signer, signature, ..MetadataSignature::default() };
        let signatures = Metadata { value, signatures: vec![signature] }.encode_to_vec();
        self.next = BlockHeader {
            number: header.number + 1,
            previous_hash: header_hash(&header).to_vec(),
            data_hash: Vec::new(),
        };
        let metadata = BlockMetadata { metadata: vec![signatures, Vec::new(), Vec::new(), Vec::new(), Vec::new()] };
        Block { header: Some(header), data: Some(data), metadata: Some(metadata) }
    }
}

/// A new ledger of the channel with its chaincode.
pub(crate) fn open(channel: &mut Channel, folder: &std::path::Path, options: &Options) -> Ledger {
    let ledger = Ledger::open(folder, Some(&channel.genesis), options).unwrap();
    ledger.append(vec![channel.define()]).unwrap();
    ledger
}

pub(crate) fn write(key: &str, value: &[u8]) -> KvWrite {
    KvWrite { key: key.to_owned(), is_delete: value.is_empty(), value: value.to_vec() }
}

/// A read set and write set of a transaction that creates `key`.
pub(crate) fn create(key: &str, value: &[u8]) -> KvrwSet {
    KvrwSet {
        reads: vec![KvRead { key: key.to_owned(), version: None }],
        writes: vec![write(key, value)],
        ..KvrwSet::default()
    }
}

/// A signature policy: one identity with this role.
pub(crate) fn signed_by(role: MspRoleType) -> Vec<u8> {
    let role = MspRole { msp_identifier: MSPID.to_owned(), role: role as i32 };
    let principal =
        MspPrincipal { principal_classification: Classification::Role as i32, principal: role.encode_to_vec() };
    let rule = SignaturePolicy { r#type: Some(signature_policy::Type::SignedBy(0)) };
    SignaturePolicyEnvelope { version: 0, rule: Some(rule), identities: vec![principal] }.encode_to_vec()
}

fn genesis(root: &str) -> Block {
    let msp = || {
        let unit = |name: &str| {
            Some(FabricOuIdentifier { certificate: Vec::new(), organizational_unit_identifier: name.to_owned() })
        };
        let config = FabricMspConfig {
            name: MSPID.to_owned(),
            root_certs: vec![root.as_bytes().to_vec()],
            fabric_node_ous: Some(FabricNodeOUs {
                enable: true,
                client_ou_identifier: unit("client"),
                peer_ou_identifier: unit("peer"),
                admin_ou_identifier: unit("admin"),
                orderer_ou_identifier: unit("orderer"),
            }),
            ..FabricMspConfig::default()
        };
        let config = MspConfig { r#type: 0, config: config.encode_to_vec() };
        ConfigGroup { values: values(vec![("MSP", config.encode_to_vec())]), ..ConfigGroup::default() }
    };
    let batch_size = BatchSize { max_message_count: 50, absolute_max_bytes: 1 << 20, preferred_max_bytes: 1 << 20 };
    let consensus = ConsensusType { r#type: "etcdraft".to_owned(), ..ConsensusType::default() };
    let orderer = ConfigGroup {
        groups: BTreeMap::from([("Org".to_owned(), msp())]),
        values: values(vec![
            ("BatchSize", batch_size.encode_to_vec()),
            ("BatchTimeout", BatchTimeout { timeout: "1s".to_owned() }.encode_to_vec()),
            ("ConsensusType", consensus.encode_to_vec()),
        ]),
        policies: policies("BlockValidation", MspRoleType::Orderer),
        ..ConfigGroup::default()
    };
    let application = ConfigGroup {
        groups: BTreeMap::from([("Org".to_owned(), msp())]),
        policies: policies("LifecycleEndorsement", MspRoleType::Peer),
        ..ConfigGroup::default()
    };
    let groups = BTreeMap::from([("Orderer".to_owned(), orderer), ("Application".to_owned(), application)]);
    let config = Config { sequence: 0, channel_group: Some(ConfigGroup { groups, ..ConfigGroup::default() }) };
    let header =
        ChannelHeader { r#type: HeaderType::Config as i32, channel_id: CHANNEL.to_owned(), ..ChannelHeader::default() };
    let header = Header { channel_header: header.encode_to_vec(), signature_header: Vec::new() };
    let data = ConfigEnvelope { config: Some(config), last_update: None }.encode_to_vec();
    let payload = Payload { header: Some(header), data }.encode_to_vec();
    let data = BlockData { data: vec![Envelope { payload, signature: Vec::new() }.encode_to_vec()] };
    let header = BlockHeader { number: 0, previous_hash: Vec::new(), data_hash: data_hash(&data).to_vec() };
    Block { header: Some(header), data: Some(data), metadata: None }
}

fn values(values: Vec<(&str, Vec<u8>)>) -> BTreeMap<String, ConfigValue> {
    let value = |(name, value): (&str, Vec<u8>)| (name.to_owned(), ConfigValue { value, ..ConfigValue::default() });
    values.into_iter().map(value).collect()
}

fn policies(name: &str, role: MspRoleType) -> BTreeMap<String, ConfigPolicy> {
    let policy = Policy { r#type: PolicyType::Signature as i32, value: signed_by(role) };
    BTreeMap::from([(name.to_owned(), ConfigPolicy { policy: Some(policy), ..ConfigPolicy::default() })])
}
