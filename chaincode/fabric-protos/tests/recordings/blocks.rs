use fabric_protos::common::{
    Block, BlockDataHashingStructure, BlockMetadataIndex, Capabilities, ChannelHeader, Config, ConfigEnvelope,
    ConfigGroup, ConfigUpdate, ConfigUpdateEnvelope, Consortium, Envelope, HashingAlgorithm, Header, HeaderType,
    ImplicitMetaPolicy, Metadata, OrdererAddresses, OrdererBlockMetadata, Payload, SignatureHeader,
    SignaturePolicyEnvelope, policy::PolicyType,
};
use fabric_protos::kvrwset::{HashedRwSet, KvrwSet};
use fabric_protos::msp::{FabricMspConfig, MspConfig, SerializedIdentity};
use fabric_protos::orderer::{BatchSize, BatchTimeout, ChannelRestrictions, ConsensusType};
use fabric_protos::protos::{
    AcLs, AnchorPeers, ApplicationPolicy, ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent,
    ChaincodeHeaderExtension, ChaincodeInvocationSpec, ChaincodeProposalPayload, CollectionConfigPackage,
    ProposalResponsePayload, Transaction,
};
use fabric_protos::rwset::TxReadWriteSet;
use fabric_protos::{etcdraft, lifecycle};

use super::{check, recordings, same, same_but_order, same_content};

const BLOCKS: u64 = 44;

#[test]
fn blocks_survive_to_the_innermost_layer() {
    let mut transactions = 0;
    for number in 0..BLOCKS {
        let bytes = std::fs::read(recordings().join(format!("blocks/{number:04}.pb"))).unwrap();
        let block: Block = same(&bytes);
        assert_eq!(block.header.unwrap().number, number);
        block_metadata(&block.metadata.unwrap().metadata);
        for envelope in block.data.unwrap().data {
            transactions += 1;
            read_envelope(&envelope);
        }
    }
    assert_eq!(transactions, 49);
}

fn block_metadata(metadata: &[Vec<u8>]) {
    let signatures: Metadata = same(&metadata[BlockMetadataIndex::Signatures as usize]);
    if signatures.signatures.is_empty() {
        return; // Block 0 is not signed.
    }
    let value: OrdererBlockMetadata = same(&signatures.value);
    same::<etcdraft::BlockMetadata>(&value.consenter_metadata);
    for signature in signatures.signatures {
        signature_header(&signature.signature_header);
    }
}

fn signature_header(bytes: &[u8]) {
    let header: SignatureHeader = same(bytes);
    if !header.creator.is_empty() {
        same::<SerializedIdentity>(&header.creator);
    }
}

fn read_envelope(bytes: &[u8]) {
    let envelope: Envelope = same(bytes);
    let payload: Payload = same(&envelope.payload);
    let header: Header = payload.header.unwrap();
    signature_header(&header.signature_header);
    let channel_header: ChannelHeader = same(&header.channel_header);
    match HeaderType::try_from(channel_header.r#type).unwrap() {
        HeaderType::EndorserTransaction => {
            same::<ChaincodeHeaderExtension>(&channel_header.extension);
            transaction(&payload.data);
        }
        HeaderType::Config => {
            let config: ConfigEnvelope = same_but_order(&payload.data);
            if let Some(update) = config.last_update {
                config_update(&update);
            }
            let Config { channel_group, .. } = config.config.unwrap();
            config_group(&channel_group.unwrap());
        }
        other => panic!("unexpected envelope {other:?}"),
    }
}

fn transaction(bytes: &[u8]) {
    let transaction: Transaction = same(bytes);
    for action in transaction.actions {
        signature_header(&action.header);
        let payload: ChaincodeActionPayload = same(&action.payload);
        let proposal: ChaincodeProposalPayload = same(&payload.chaincode_proposal_payload);
        same_but_order::<ChaincodeInvocationSpec>(&proposal.input);
        let endorsed = payload.action.unwrap();
        for endorsement in endorsed.endorsements {
            same::<SerializedIdentity>(&endorsement.endorser);
        }
        let response: ProposalResponsePayload = same(&endorsed.proposal_response_payload);
        let action: ChaincodeAction = same(&response.extension);
        if !action.events.is_empty() {
            same::<ChaincodeEvent>(&action.events);
        }
        read_write_set(&action.results);
    }
}

fn read_write_set(bytes: &[u8]) {
    let set: TxReadWriteSet = same(bytes);
    for namespace in set.ns_rwset {
        let set: KvrwSet = same(&namespace.rwset);
        for collection in namespace.collection_hashed_rwset {
            same::<HashedRwSet>(&collection.hashed_rwset);
        }
        if namespace.namespace == "_lifecycle" {
            for write in set.writes {
                lifecycle_write(&write.key, &write.value);
            }
        }
    }
}

fn lifecycle_write(key: &str, value: &[u8]) {
    if key.starts_with("namespaces/metadata/") {
        same::<lifecycle::StateMetadata>(value);
        return;
    }
    let data: lifecycle::StateData = same(value);
    let Some(lifecycle::state_data::Type::Bytes(field)) = data.r#type else { return };
    match key.rsplit('/').next().unwrap() {
        "EndorsementInfo" => check::<lifecycle::ChaincodeEndorsementInfo>(&field),
        "ValidationInfo" => {
            let info: lifecycle::ChaincodeValidationInfo = same(&field);
            same::<ApplicationPolicy>(&info.validation_parameter);
        }
        "Collections" => check::<CollectionConfigPackage>(&field),
        other => panic!("unexpected field {other}"),
    }
}

fn config_update(envelope: &Envelope) {
    let payload: Payload = same(&envelope.payload);
    let update: ConfigUpdateEnvelope = same(&payload.data);
    same_but_order::<ConfigUpdate>(&update.config_update);
    for signature in update.signatures {
        signature_header(&signature.signature_header);
    }
}

fn config_group(group: &ConfigGroup) {
    for child in group.groups.values() {
        config_group(child);
    }
    for (key, value) in &group.values {
        match key.as_str() {
            "MSP" => check::<FabricMspConfig>(&same::<MspConfig>(&value.value).config),
            "ConsensusType" => {
                let consensus: ConsensusType = same(&value.value);
                same::<etcdraft::ConfigMetadata>(&consensus.metadata);
            }
            "BatchSize" => check::<BatchSize>(&value.value),
            "BatchTimeout" => check::<BatchTimeout>(&value.value),
            "ChannelRestrictions" => check::<ChannelRestrictions>(&value.value),
            "Capabilities" => drop(same_content::<Capabilities>(&value.value)),
            "HashingAlgorithm" => check::<HashingAlgorithm>(&value.value),
            "BlockDataHashingStructure" => {
                check::<BlockDataHashingStructure>(&value.value);
            }
            "Endpoints" | "OrdererAddresses" => check::<OrdererAddresses>(&value.value),
            "AnchorPeers" => check::<AnchorPeers>(&value.value),
            "Consortium" => check::<Consortium>(&value.value),
            "ACLs" => drop(same_but_order::<AcLs>(&value.value)),
            other => panic!("unexpected value {other}"),
        }
    }
    for policy in group.policies.values() {
        let policy = policy.policy.as_ref().unwrap();
        match PolicyType::try_from(policy.r#type).unwrap() {
            PolicyType::Signature => check::<SignaturePolicyEnvelope>(&policy.value),
            PolicyType::ImplicitMeta => check::<ImplicitMetaPolicy>(&policy.value),
            other => panic!("unexpected policy {other:?}"),
        }
    }
}
