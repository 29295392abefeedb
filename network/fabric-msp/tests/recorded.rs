//! All hashes and signatures of a real network's blocks hold, and none of them after a change of one bit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

use fabric_msp::block::{self, BlockError};
use fabric_msp::config::{Consensus, ENDORSEMENT, LIFECYCLE_ENDORSEMENT, WRITERS};
use fabric_msp::policy::SignaturePolicy;
use fabric_msp::proposal::{self, MessageError};
use fabric_msp::{ChannelConfig, SignatureError};
use fabric_protos::common::{
    Block, BlockMetadataIndex, ChannelHeader, Envelope, Header, HeaderType, Metadata, Payload, SignatureHeader,
};
use fabric_protos::protos::{
    ChaincodeActionPayload, ChaincodeEndorsedAction, ProposalResponsePayload, Transaction, TxValidationCode,
};
use prost::Message;

const BLOCKS: u64 = 44;

fn read_block(number: u64) -> Block {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../../tests/recordings/fabric-3.1.5/blocks/{number:04}.pb"));
    Block::decode(std::fs::read(path).unwrap().as_slice()).unwrap()
}

fn read_config() -> ChannelConfig {
    ChannelConfig::from_block(&read_block(0)).unwrap()
}

/// An endorser transaction, opened.
struct Opened {
    header: Header,
    channel_header: ChannelHeader,
    signature_header: SignatureHeader,
    proposal_payload: Vec<u8>,
    endorsed: ChaincodeEndorsedAction,
}

/// Nothing for configuration.
fn open(envelope: &Envelope) -> Option<Opened> {
    let payload = Payload::decode(envelope.payload.as_slice()).unwrap();
    let header = payload.header.unwrap();
    let channel_header = ChannelHeader::decode(header.channel_header.as_slice()).unwrap();
    if channel_header.r#type != HeaderType::EndorserTransaction as i32 {
        return None;
    }
    let transaction = Transaction::decode(payload.data.as_slice()).unwrap();
    let action = ChaincodeActionPayload::decode(transaction.actions[0].payload.as_slice()).unwrap();
    Some(Opened {
        signature_header: SignatureHeader::decode(header.signature_header.as_slice()).unwrap(),
        channel_header,
        header,
        proposal_payload: action.chaincode_proposal_payload,
        endorsed: action.action.unwrap(),
    })
}

#[test]
fn every_hash_and_signature_holds() {
    let config = read_config();
    let mut previous = Vec::new();
    let (mut transactions, mut endorsements, mut forged) = (0, 0, Vec::new());
    for number in 0..BLOCKS {
        let block = read_block(number);
        let header = block.header.as_ref().unwrap();
        assert_eq!(header.previous_hash, previous, "block {number}");
        previous = block::header_hash(header).to_vec();
        assert_eq!(block::last_config(&block).unwrap_or_default(), 0);
        assert_eq!(block::is_config(&block), number == 0);
        if number == 0 {
            block::verify_data_hash(&block).unwrap();
            assert_eq!(block::verify(&config, &block), Err(BlockError::Signatures(0)), "block 0 is not signed");
            continue;
        }
        block::verify(&config, &block).unwrap();
        let codes = &block.metadata.as_ref().unwrap().metadata[BlockMetadataIndex::TransactionsFilter as usize];
        for (envelope, code) in block.data.as_ref().unwrap().data.iter().zip(codes) {
            let envelope = Envelope::decode(envelope.as_slice()).unwrap();
            let creator = proposal::verify_envelope(&config.msps, &envelope).unwrap();
            assert!(config.policies.get(WRITERS).unwrap().is_satisfied_by(&[creator]));
            let transaction = open(&envelope).unwrap();
            let SignatureHeader { creator, nonce } = &transaction.signature_header;
            assert_eq!(proposal::transaction_id(nonce, creator), transaction.channel_header.tx_id);
            let response = &transaction.endorsed.proposal_response_payload;
            let expected = ProposalResponsePayload::decode(response.as_slice()).unwrap().proposal_hash;
            assert_eq!(proposal::proposal_hash(&transaction.header, &transaction.proposal_payload), *expected);
            assert_eq!(
                proposal::without_transient(&transaction.proposal_payload).unwrap(),
                transaction.proposal_payload
            );
            for endorsement in &transaction.endorsed.endorsements {
                match proposal::verify_endorsement(&config.msps, response, endorsement) {
                    Ok(endorser) => assert!(endorser.validate().is_ok()),
                    Err(MessageError::Signature(SignatureError::Invalid)) => forged.push((number, i32::from(*code))),
                    Err(error) => panic!("{error}"),
                }
                endorsements += 1;
            }
            transactions += 1;
        }
    }
    assert_eq!((transactions, endorsements), (48, 58));
    // The recording has one transaction whose client changed what was endorsed.
    assert_eq!(forged, [(43, TxValidationCode::EndorsementPolicyFailure as i32)]);
}

#[test]
fn the_configuration_is_read() {
    let config = read_config();
    assert_eq!(config.channel_id, "ch");
    assert_eq!(config.organizations.keys().collect::<Vec<_>>(), ["Org1MSP", "Org2MSP", "Org3MSP"]);
    assert_eq!(config.organizations["Org2MSP"].anchor_peers[0].port, 7071);
    assert_eq!(config.organization_by_mspid("Org3MSP").unwrap().name, "Org3MSP");
    assert_eq!(config.orderer_endpoints(), ["127.0.0.1:6050"]);
    assert_eq!(config.batch_size.max_message_count, 10);
    assert_eq!(config.batch_timeout.as_millis(), 300);
    assert!(config.capabilities.channel.contains("V3_0") && config.capabilities.application.contains("V2_5"));
    let Consensus::Raft(raft) = &config.consensus else { panic!("not Raft") };
    assert_eq!(raft.consenters[0].port, 6050);
    assert_eq!(config.access_policy_path("qscc/GetChainInfo"), Some("/Channel/Application/Readers"));
    assert_eq!(config.access_policy_path("peer/Propose"), Some(WRITERS));
    let endorsement = config.policies.get(ENDORSEMENT).unwrap();
    assert!(endorsement.could_be_satisfied_by(&["Org2MSP"]) && !endorsement.could_be_satisfied_by(&["OrdererMSP"]));
    let lifecycle = config.policies.get(LIFECYCLE_ENDORSEMENT).unwrap();
    assert!(lifecycle.could_be_satisfied_by(&["Org1MSP", "Org3MSP"]) && !lifecycle.could_be_satisfied_by(&["Org1MSP"]));
    assert!(config.policies.get_from("/Channel/Application/Org1MSP", "Admins").is_some());
    assert!(config.policies.get_from("/Channel/Application", "/Channel/Admins").is_some());
}

#[test]
fn one_flipped_bit_in_a_signed_block_is_refused() {
    let config = read_config();
    let block = read_block(5);
    block::verify(&config, &block).unwrap();
    let header = |change: &dyn Fn(&mut fabric_protos::common::BlockHeader)| {
        let mut changed = block.clone();
        change(changed.header.as_mut().unwrap());
        changed
    };
    let metadata = |change: &dyn Fn(&mut Metadata)| {
        let mut changed = block.clone();
        let slot = &mut changed.metadata.as_mut().unwrap().metadata[BlockMetadataIndex::Signatures as usize];
        let mut value = Metadata::decode(slot.as_slice()).unwrap();
        change(&mut value);
        *slot = value.encode_to_vec();
        changed
    };
    let mut data = block.clone();
    data.data.as_mut().unwrap().data[0][100] ^= 1;
    let mutations = [
        header(&|header| header.number ^= 1),
        header(&|header| header.previous_hash[0] ^= 1),
        header(&|header| header.data_hash[31] ^= 1),
        metadata(&|metadata| metadata.value[0] ^= 1),
        metadata(&|metadata| metadata.signatures[0].signature[20] ^= 1),
        metadata(&|metadata| *metadata.signatures[0].signature_header.last_mut().unwrap() ^= 1),
        metadata(&|metadata| metadata.signatures.clear()),
        data,
    ];
    for (number, mutation) in mutations.iter().enumerate() {
        assert!(block::verify(&config, mutation).is_err(), "mutation {number}");
    }
}

#[test]
fn one_flipped_bit_anywhere_in_an_envelope_is_refused() {
    let config = read_config();
    let bytes = read_block(5).data.unwrap().data.remove(0);
    let envelope = Envelope::decode(bytes.as_slice()).unwrap();
    proposal::verify_envelope(&config.msps, &envelope).unwrap();
    for place in 0..envelope.payload.len() {
        let mut changed = envelope.clone();
        changed.payload[place] ^= 1 << (place % 8);
        assert!(proposal::verify_envelope(&config.msps, &changed).is_err(), "payload byte {place}");
    }
    for place in 0..envelope.signature.len() {
        let mut changed = envelope.clone();
        changed.signature[place] ^= 1 << (place % 8);
        assert!(proposal::verify_envelope(&config.msps, &changed).is_err(), "signature byte {place}");
    }
}

#[test]
fn an_endorsement_counts_once_and_for_its_endorser_only() {
    let config = read_config();
    let three = (1..BLOCKS)
        .flat_map(|number| read_block(number).data.unwrap().data)
        .filter_map(|envelope| open(&Envelope::decode(envelope.as_slice()).unwrap()))
        .map(|transaction| transaction.endorsed)
        .find(|endorsed| endorsed.endorsements.len() == 3)
        .unwrap();
    let verify = |endorsement| {
        proposal::verify_endorsement(&config.msps, &three.proposal_response_payload, endorsement).unwrap()
    };
    let endorsers: Vec<_> = three.endorsements.iter().map(verify).collect();
    let policy = |text| SignaturePolicy::new(&fabric_msp::policy::parse(text).unwrap()).unwrap();
    assert!(policy("AND('Org1MSP.peer', 'Org2MSP.peer', 'Org3MSP.member')").is_satisfied_by(&endorsers));
    assert!(!policy("AND('Org1MSP.peer', 'Org1MSP.peer')").is_satisfied_by(&endorsers));
    assert!(!policy("OR('Org1MSP.admin', 'Org2MSP.client', 'Org3MSP.orderer')").is_satisfied_by(&endorsers));
    assert!(!policy("OutOf(2, 'Org1MSP.peer', 'Org2MSP.peer')").is_satisfied_by(&endorsers[..1]));

    let lifecycle = config.policies.get(LIFECYCLE_ENDORSEMENT).unwrap();
    assert!(lifecycle.is_satisfied_by(&endorsers[1..]), "a majority of the three organizations");
    assert!(!lifecycle.is_satisfied_by(&endorsers[1..2]));

    let response = three.proposal_response_payload.as_slice();
    let mut doubled = three.endorsements.clone();
    doubled.extend_from_slice(&three.endorsements);
    doubled[0].signature[10] ^= 1;
    let counted = proposal::verified_endorsers(&config.msps, response, &doubled);
    assert_eq!(counted.len(), 3, "each once, also the one whose first signature is wrong");
    let mut stolen = three.endorsements[0].clone();
    stolen.endorser = three.endorsements[1].endorser.clone();
    assert!(proposal::verify_endorsement(&config.msps, response, &stolen).is_err());
}
