//! Our bytes beside those that the official Node SDK sent to a real Fabric network, and its errors beside ours.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use fabric_client::{Connection, Error, Gateway};
use fabric_protos::gateway::PreparedTransaction;
use fabric_protos::{Any, Message as _, common, gateway, protos, rpc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{SIGNATURE, Script};
use tonic::{Code, Status};

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/fabric-3.1.5")
}

fn steps() -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(recordings().join("gateway.json")).unwrap()).unwrap()
}

/// The chaincode transactions of all blocks: header, payload and the whole envelope.
fn transactions() -> Vec<(common::Header, protos::ChaincodeActionPayload, common::Envelope)> {
    let mut found = Vec::new();
    for number in 0..44 {
        let bytes = std::fs::read(recordings().join(format!("blocks/{number:04}.pb"))).unwrap();
        for envelope in common::Block::decode(bytes.as_slice()).unwrap().data.unwrap().data {
            let envelope = common::Envelope::decode(envelope.as_slice()).unwrap();
            let payload = common::Payload::decode(envelope.payload.as_slice()).unwrap();
            let header = payload.header.unwrap();
            let channel = common::ChannelHeader::decode(header.channel_header.as_slice()).unwrap();
            if channel.r#type == i32::from(common::HeaderType::EndorserTransaction) {
                let transaction = protos::Transaction::decode(payload.data.as_slice()).unwrap();
                let action = protos::ChaincodeActionPayload::decode(transaction.actions[0].payload.as_slice()).unwrap();
                found.push((header, action, envelope));
            }
        }
    }
    found
}

fn gateway_of(creator: &[u8]) -> Gateway {
    Gateway::without_signer(Connection::plain("127.0.0.1:1").open_lazily().unwrap(), creator)
}

#[tokio::test]
async fn proposals_have_the_bytes_of_the_official_sdk() {
    let mut compared = 0;
    for (header, action, _) in transactions() {
        let channel = common::ChannelHeader::decode(header.channel_header.as_slice()).unwrap();
        let signature = common::SignatureHeader::decode(header.signature_header.as_slice()).unwrap();
        let payload = action.chaincode_proposal_payload;
        let input = protos::ChaincodeProposalPayload::decode(payload.as_slice()).unwrap().input;
        let call = protos::ChaincodeInvocationSpec::decode(input.as_slice()).unwrap().chaincode_spec.unwrap();
        let chaincode = call.chaincode_id.unwrap().name;
        if chaincode == "_lifecycle" {
            continue; // sent by the `peer` program, which fills in other optional fields
        }
        let arguments = call.input.unwrap().args;
        let time = channel.timestamp.unwrap();
        let since_epoch = Duration::new(time.seconds.try_into().unwrap(), time.nanos.try_into().unwrap());

        let function = String::from_utf8(arguments[0].clone()).unwrap();
        let gateway = gateway_of(&signature.creator);
        let contract = gateway.network(channel.channel_id).contract(chaincode);
        let proposal = contract
            .proposal(&function)
            .arguments(&arguments[1..])
            .timestamp(since_epoch)
            .nonce(signature.nonce)
            .build();
        assert_eq!(proposal.transaction_id(), channel.tx_id);
        let ours = support::proposal_of(&proposal.to_bytes());
        assert_eq!(ours.header, header.encode_to_vec());
        assert_eq!(ours.payload, payload);
        compared += 1;
    }
    assert!(compared >= 40, "only {compared} proposals compared");
}

#[tokio::test]
async fn results_are_read_from_prepared_transactions() {
    let mut results = BTreeMap::new();
    let mut note = |outcome: &Value| {
        if let (Some(id), Some(result)) = (outcome["txid"].as_str(), outcome["result"].as_str()) {
            results.insert(id.to_owned(), result.to_owned());
        }
    };
    for step in steps() {
        note(&step);
        for part in ["inserted", "scanned", "first"] {
            note(&step[part]);
        }
        step["outcomes"].as_array().into_iter().flatten().for_each(&mut note);
    }
    let mut compared = 0;
    for (header, _, envelope) in transactions() {
        let transaction_id = common::ChannelHeader::decode(header.channel_header.as_slice()).unwrap().tx_id;
        let Some(result) = results.get(&transaction_id) else { continue };
        let prepared = PreparedTransaction { transaction_id, envelope: Some(envelope) };
        let transaction = gateway_of(&[]).transaction_from_bytes(&prepared.encode_to_vec()).unwrap();
        assert_eq!(String::from_utf8_lossy(transaction.result()), *result);
        assert_eq!(transaction.to_bytes(), prepared.encode_to_vec());
        compared += 1;
    }
    assert!(compared >= 35, "only {compared} results compared");
}

/// The recorded error as the peer sent it.
fn status_of(error: &Value) -> Status {
    let code = Code::from(i32::try_from(error["code"].as_i64().unwrap()).unwrap());
    // The SDK puts code and name in front of the message.
    let message = error["message"].as_str().unwrap().splitn(3, ' ').nth(2).unwrap();
    let details = error["details"].as_array().unwrap().iter().map(|detail| {
        let text = |name: &str| detail[name].as_str().unwrap().to_owned();
        let detail = gateway::ErrorDetail { address: text("address"), msp_id: text("mspId"), message: text("message") };
        Any::from_msg(&detail).unwrap()
    });
    let details = rpc::Status { code: code.into(), message: message.to_owned(), details: details.collect() };
    Status::with_details(code, message, details.encode_to_vec().into())
}

#[tokio::test]
async fn errors_say_what_the_official_sdk_says() {
    let errors = steps().into_iter().map(|step| step["error"].clone()).filter(|error| !error.is_null());
    let mut kinds = BTreeMap::new();
    for recorded in errors {
        let (endorsing, evaluating, asking) = (status_of(&recorded), status_of(&recorded), status_of(&recorded));
        let gateway = Script {
            endorse: Some(Box::new(move |_| Err(endorsing.clone()))),
            evaluate: Some(Box::new(move |_| Err(evaluating.clone()))),
            commit_status: Some(Box::new(move |_| Err(asking.clone()))),
            submit: Some(Box::new(|_| Ok(gateway::SubmitResponse {}))),
            ..Script::default()
        }
        .serve()
        .await;
        let proposal = support::proposal(&gateway, "put", &["a", "1"]);
        let name = recorded["name"].as_str().unwrap();
        let error = match name {
            "GatewayError" => proposal.evaluate().await.unwrap_err(),
            "EndorseError" => proposal.endorse().await.unwrap_err(),
            "CommitStatusError" => {
                let (_, _, envelope) = transactions().pop().unwrap();
                let request = gateway::EndorseRequest {
                    proposed_transaction: Some(proposal.signed_proposal()),
                    ..Default::default()
                };
                let envelope = common::Envelope { payload: support::prepared(&request, b"").payload, ..envelope };
                let prepared = PreparedTransaction {
                    transaction_id: proposal.transaction_id().to_owned(),
                    envelope: Some(envelope),
                };
                let transaction = gateway.transaction_from_bytes(&prepared.encode_to_vec()).unwrap();
                let commit = transaction.with_signature(SIGNATURE.to_vec()).submit().await.unwrap();
                commit.with_signature(SIGNATURE.to_vec()).status().await.unwrap_err()
            }
            other => panic!("unknown error {other}"),
        };
        let kind_matches = match error {
            Error::Evaluate(_) => name == "GatewayError",
            Error::Endorse(_) => name == "EndorseError",
            Error::CommitStatus(_) => name == "CommitStatusError",
            _ => false,
        };
        assert!(kind_matches, "{name} became {error:?}");
        assert_eq!(error.transaction_id(), Some(proposal.transaction_id()));
        let refusal = error.refusal().unwrap();
        assert_eq!(i64::from(i32::from(refusal.code)), recorded["code"]);
        assert!(recorded["message"].as_str().unwrap().ends_with(&refusal.message));
        let details: Vec<Value> = refusal
            .details
            .iter()
            .map(|detail| {
                serde_json::json!({ "address": detail.address, "message": detail.message, "mspId": detail.msp_id })
            })
            .collect();
        assert_eq!(Value::from(details), recorded["details"]);
        *kinds.entry(name.to_owned()).or_insert(0) += 1;
    }
    assert!(kinds["EndorseError"] >= 6 && kinds["GatewayError"] >= 10 && kinds["CommitStatusError"] == 1, "{kinds:?}");
}
