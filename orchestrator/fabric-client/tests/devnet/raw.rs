//! What an organization can do that does not follow the rules, and what stops it.

use super::network::{CHANNEL, TestNetwork};
use fabric_client::{Proposal, TxValidationCode, raw};
use fabric_msp::LocalSigner;
use fabric_msp::proposal::endorse;
use fabric_protos::protos::{ChaincodeAction, Endorsement, ProposalResponsePayload};
use fabric_protos::{Message as _, kvrwset, rwset};

fn propose(network: &TestNetwork, chaincode: &str, key: &str) -> Proposal {
    network.contract(chaincode).proposal("create").arguments([key, "AAEC"]).build().sign().unwrap()
}

fn peer_signer(network: &TestNetwork, organization: &str) -> LocalSigner {
    network.devnet.peer_identity(organization).unwrap().signer().unwrap()
}

/// Sends a transaction to the orderer and returns its validation code.
async fn outcome(
    network: &TestNetwork,
    proposal: &Proposal,
    payload: Vec<u8>,
    endorsements: Vec<Endorsement>,
) -> TxValidationCode {
    let transaction = raw::assemble(proposal, payload, endorsements).sign().unwrap();
    raw::Orderer::new(network.devnet.connect_orderer()).broadcast(&transaction).await.unwrap();
    transaction.commit().sign().unwrap().status().await.unwrap().code
}

#[tokio::test(flavor = "multi_thread")]
async fn endorsements_collected_one_by_one_make_a_valid_transaction() {
    let network = TestNetwork::start().await;
    let proposal = propose(&network, "all", "a");
    let (mut payloads, mut endorsements) = (Vec::new(), Vec::new());
    for organization in ["org1", "org2", "org3"] {
        let peer = raw::Peer::new(network.devnet.connect(organization).unwrap());
        let answer = peer.endorse(&proposal).await.unwrap();
        assert_eq!(answer.response.unwrap().status, 200);
        payloads.push(answer.payload);
        endorsements.push(answer.endorsement.unwrap());
    }
    payloads.dedup();
    assert_eq!(payloads.len(), 1, "peers agree");
    let payload = payloads.remove(0);

    let two = endorsements[..2].to_vec();
    assert_eq!(outcome(&network, &proposal, payload.clone(), two).await, TxValidationCode::EndorsementPolicyFailure);
    let proposal = propose(&network, "all", "b");
    let mut fresh = Vec::new();
    for organization in ["org1", "org2", "org3"] {
        let peer = raw::Peer::new(network.devnet.connect(organization).unwrap());
        fresh.push(peer.endorse(&proposal).await.unwrap());
    }
    let payload = fresh[0].payload.clone();
    let endorsements = fresh.into_iter().map(|answer| answer.endorsement.unwrap()).collect();
    assert_eq!(outcome(&network, &proposal, payload, endorsements).await, TxValidationCode::Valid);
}

/// A response payload that writes whatever one likes.
fn forged(proposal: &Proposal, honest: &[u8], value: &[u8]) -> Vec<u8> {
    let payload = ProposalResponsePayload::decode(honest).unwrap();
    let mut action = ChaincodeAction::decode(payload.extension.as_slice()).unwrap();
    let mut sets = rwset::TxReadWriteSet::decode(action.results.as_slice()).unwrap();
    for set in &mut sets.ns_rwset {
        let mut writes = kvrwset::KvrwSet::decode(set.rwset.as_slice()).unwrap();
        writes.writes.iter_mut().for_each(|write| write.value = value.to_vec());
        set.rwset = writes.encode_to_vec();
    }
    action.results = sets.encode_to_vec();
    raw::response_payload(proposal, &action)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_organization_cannot_forge_what_three_must_endorse() {
    let network = TestNetwork::start().await;
    for (chaincode, expected) in [("all", TxValidationCode::EndorsementPolicyFailure), ("any", TxValidationCode::Valid)]
    {
        let proposal = propose(&network, chaincode, "a");
        let honest = raw::Peer::new(network.devnet.connect("org1").unwrap()).endorse(&proposal).await.unwrap();
        let payload = forged(&proposal, &honest.payload, b"forged");
        let endorsement = endorse(&peer_signer(&network, "org1"), &payload).unwrap();
        assert_eq!(outcome(&network, &proposal, payload, vec![endorsement]).await, expected, "{chaincode}");
    }
    let read = network.contract("any").evaluate("read", ["a"]).await.unwrap();
    assert_eq!(read, b"\"Zm9yZ2Vk\"", "where one endorsement suffices, one organization can write anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_endorsement_does_not_count() {
    let network = TestNetwork::start().await;
    let proposal = propose(&network, "any", "a");
    let honest = raw::Peer::new(network.devnet.connect("org1").unwrap()).endorse(&proposal).await.unwrap();
    let policy_failure = TxValidationCode::EndorsementPolicyFailure;

    // A client's key instead of a peer's.
    let by_client = endorse(network.signer("org1").as_ref(), &honest.payload).unwrap();
    assert_eq!(outcome(&network, &proposal, honest.payload.clone(), vec![by_client]).await, policy_failure);

    // A peer's endorsement of something else.
    let proposal = propose(&network, "any", "b");
    let honest = raw::Peer::new(network.devnet.connect("org1").unwrap()).endorse(&proposal).await.unwrap();
    let payload = forged(&proposal, &honest.payload, b"forged");
    assert_eq!(outcome(&network, &proposal, payload, vec![honest.endorsement.unwrap()]).await, policy_failure);

    // None at all.
    let proposal = propose(&network, "any", "c");
    let code = outcome(&network, &proposal, honest.payload, Vec::new()).await;
    assert_ne!(code, TxValidationCode::Valid);
    let keys = network.gateway("org1").network(CHANNEL).contract("any").evaluate("range", ["", ""]).await.unwrap();
    assert!(String::from_utf8(keys).unwrap().contains("\"keys\":0"));
}
