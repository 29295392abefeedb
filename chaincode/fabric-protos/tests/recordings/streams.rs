use std::collections::HashMap;

use fabric_protos::common::Header;
use fabric_protos::protos::chaincode_message::Type;
use fabric_protos::protos::{
    ChaincodeAdditionalParams, ChaincodeId, ChaincodeInput, ChaincodeMessage, ChaincodeProposalPayload, ChaincodeSpec,
    DelState, GetHistoryForKey, GetQueryResult, GetState, GetStateByRange, GetStateMetadata, GetStateMultiple,
    GetStateMultipleResult, Proposal, PutState, PutStateMetadata, QueryMetadata, QueryResponse, QueryResponseMetadata,
    QueryStateClose, QueryStateNext, Response, StateMetadataResult, WriteBatchState,
};
use fabric_protos::queryresult::{KeyModification, Kv};
use serde_json::Value;

use super::{check, recordings, same, same_but_order};

#[test]
fn chaincode_streams_survive_with_their_payloads() {
    let mut messages = 0;
    for name in ["stream-open.jsonl", "stream-strict.jsonl"] {
        let text = std::fs::read_to_string(recordings().join(name)).unwrap();
        // The call in flight of each transaction, which tells what a RESPONSE is, and the calls that opened queries.
        let mut calls: HashMap<String, Type> = HashMap::new();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let message: ChaincodeMessage = same(&hex::decode(line["message"].as_str().unwrap()).unwrap());
            assert_eq!(message.r#type().as_str_name(), line["type"]);
            assert_eq!(Type::from_str_name(message.r#type().as_str_name()), Some(message.r#type()));
            assert_eq!(message.txid, line["txid"]);
            let transaction = format!("{} {} {}", line["stream"], message.channel_id, message.txid);
            match message.r#type() {
                Type::Response => response(calls[&transaction], &message.payload),
                kind => {
                    payload(kind, &message);
                    // A query keeps the kind of its opening call: NEXT and CLOSE are answered with its elements.
                    if !matches!(kind, Type::QueryStateNext | Type::QueryStateClose) {
                        calls.insert(transaction, kind);
                    }
                }
            }
            messages += 1;
        }
    }
    assert_eq!(messages, 852);
}

fn payload(kind: Type, message: &ChaincodeMessage) {
    let payload = message.payload.as_slice();
    match kind {
        Type::Register => check::<ChaincodeId>(payload),
        Type::Registered => assert!(payload.is_empty()),
        Type::Ready => check::<ChaincodeAdditionalParams>(payload),
        Type::Transaction => {
            same_but_order::<ChaincodeInput>(payload);
            let proposal: Proposal = same(&message.proposal.as_ref().unwrap().proposal_bytes);
            same::<Header>(&proposal.header);
            same::<ChaincodeProposalPayload>(&proposal.payload);
        }
        Type::Completed => check::<Response>(payload),
        Type::Error => drop(std::str::from_utf8(payload).unwrap()),
        Type::GetState => check::<GetState>(payload),
        Type::PutState => check::<PutState>(payload),
        Type::DelState => check::<DelState>(payload),
        Type::InvokeChaincode => check::<ChaincodeSpec>(payload),
        Type::GetStateByRange => {
            let range: GetStateByRange = same(payload);
            same::<QueryMetadata>(&range.metadata);
        }
        Type::GetQueryResult => check::<GetQueryResult>(payload),
        Type::QueryStateNext => check::<QueryStateNext>(payload),
        Type::QueryStateClose => check::<QueryStateClose>(payload),
        Type::GetHistoryForKey => check::<GetHistoryForKey>(payload),
        Type::GetStateMetadata => check::<GetStateMetadata>(payload),
        Type::PutStateMetadata => check::<PutStateMetadata>(payload),
        Type::WriteBatchState => check::<WriteBatchState>(payload),
        Type::GetStateMultiple => check::<GetStateMultiple>(payload),
        other => panic!("unexpected message {other:?}"),
    }
}

fn response(call: Type, payload: &[u8]) {
    match call {
        Type::GetState => {} // The value itself.
        Type::PutState | Type::DelState | Type::PutStateMetadata | Type::WriteBatchState => {
            assert!(payload.is_empty());
        }
        Type::InvokeChaincode => {
            let completed: ChaincodeMessage = same(payload);
            same::<Response>(&completed.payload);
        }
        Type::GetStateByRange | Type::GetHistoryForKey => {
            let response: QueryResponse = same(payload);
            same::<QueryResponseMetadata>(&response.metadata);
            for result in response.results {
                if call == Type::GetStateByRange {
                    same::<Kv>(&result.result_bytes);
                } else {
                    same::<KeyModification>(&result.result_bytes);
                }
            }
        }
        Type::GetStateMetadata => check::<StateMetadataResult>(payload),
        Type::GetStateMultiple => check::<GetStateMultipleResult>(payload),
        other => panic!("unexpected answer to {other:?}"),
    }
}
