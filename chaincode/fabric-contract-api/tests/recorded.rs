//! Identities and key-level policies, compared with what a real network recorded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric_contract_api::{ClientIdentity, EndorsementPolicy, Transaction};
use fabric_protos::msp::SerializedIdentity;
use prost::Message as _;
use serde_json::Value;

fn recording(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/fabric-3.1.5");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The first recorded transaction of the chaincode `open`.
fn transaction() -> Transaction {
    let stream = recording("stream-open.jsonl");
    let lines = stream.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let message = lines.into_iter().find(|line| line["type"] == "TRANSACTION").unwrap();
    Transaction::decode(&hex::decode(message["message"].as_str().unwrap()).unwrap()).unwrap()
}

#[test]
fn a_proposal_tells_channel_chaincode_and_time() {
    let transaction = transaction();
    assert_eq!(transaction.id, "73e8d8800a3c77463187e1660f6c43535b23a8057b3b423202dad850b7258480");
    assert_eq!(transaction.channel, "ch");
    assert_eq!(transaction.proposal_chaincode, "open");
    assert_eq!(transaction.arguments, [b"put".to_vec(), b"a".to_vec(), b"1".to_vec()]);
    assert_eq!(transaction.timestamp_ns, 1_795_393_661_855_000_000);
    assert!(transaction.transient().unwrap().is_empty());
}

#[test]
fn a_clients_id_is_the_one_of_fabrics_go_library() {
    let client = ClientIdentity::from_creator(&transaction().creator).unwrap();
    assert_eq!(client.msp_id(), "Org1MSP");
    assert_eq!(client.common_name(), Some("User1@org1.example.com"));
    let subject = "CN=User1@org1.example.com,OU=client,L=San Francisco,ST=California,C=US";
    let issuer = "CN=ca.org1.example.com,O=org1.example.com,L=San Francisco,ST=California,C=US";
    assert_eq!(client.subject(), subject);
    assert_eq!(client.issuer(), issuer);
    assert_eq!(client.id(), STANDARD.encode(format!("x509::{subject}::{issuer}")));
    assert_eq!(client.attribute("role"), None);
    assert!(client.require_msp(&["Org2MSP"]).is_err());
}

/// A certificate by OpenSSL with names in an odd order, repeated, escaped and unknown. The expected text is what Go's
/// `ToRDNSequence().String()` printed.
#[test]
fn odd_names_are_written_as_go_writes_them() {
    let pem = include_bytes!("fixtures/odd_names.pem").to_vec();
    let creator = SerializedIdentity { mspid: "Org1MSP".into(), id_bytes: pem }.encode_to_vec();
    let client = ClientIdentity::from_creator(&creator).unwrap();
    let expected = concat!(
        "SERIALNUMBER=77,CN=alice,OU=org1+OU=client,O=Müller\\, Söhne \\+ Co,POSTALCODE=130000,STREET=Road 5,",
        "L=\\ Changchun\\ ,ST=\\#1 \\<Jilin\\>\\; \\\"north\\\" \\\\ end,C=CN"
    );
    assert_eq!(client.subject(), expected);
    assert_eq!(client.attribute("role"), Some("trader"));
    assert_eq!(client.attribute("hf.Affiliation"), Some(""));
    assert_eq!(client.require_attribute("role", "trader"), Ok(()));
    assert!(client.require_attribute("role", "admin").is_err());
}

#[test]
fn identities_that_are_none_are_errors() {
    for broken in [&[][..], &[0xff], b"\x0a\x07Org1MSP\x12\x03abc"] {
        assert!(ClientIdentity::from_creator(broken).is_err());
    }
    // Cut or flipped anywhere, a certificate is read or refused, never a panic.
    let creator = transaction().creator;
    for index in 0..creator.len() {
        let mut broken = creator.clone();
        broken[index] ^= 4;
        let _ = ClientIdentity::from_creator(&broken);
        let _ = ClientIdentity::from_creator(&creator[..index]);
    }
}

#[test]
fn key_level_policies_have_fabrics_bytes() {
    let steps: Vec<Value> = serde_json::from_str(&recording("gateway.json")).unwrap();
    let step = steps.iter().find(|step| step["step"] == "evaluate open.getEndorsers").unwrap();
    let recorded = step["result"].as_str().unwrap().as_bytes();
    let policy = EndorsementPolicy::all_of(["Org3MSP", "Org1MSP", "Org2MSP"]);
    assert_eq!(policy.to_bytes(), recorded);
    assert_eq!(EndorsementPolicy::from_bytes(recorded).unwrap(), policy);
    assert_eq!(policy.msp_ids().collect::<Vec<_>>(), ["Org1MSP", "Org2MSP", "Org3MSP"]);
    assert!(EndorsementPolicy::from_bytes(&recorded[1..]).is_err());
    // One of three instead of all three.
    let mut any = recorded.to_vec();
    any[5] = 1;
    assert!(EndorsementPolicy::from_bytes(&any).is_err());
}
