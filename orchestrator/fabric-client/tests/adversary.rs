//! A peer that lies: every answer that breaks the protocol is a typed error, and nothing foreign is ever given to be
//! signed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use fabric_client::events::Position;
use fabric_client::{Error, Failure, Proposal};
use fabric_protos::gateway::{
    ChaincodeEventsResponse, CommitStatusResponse, EndorseRequest, EndorseResponse, EvaluateResponse, SubmitResponse,
};
use fabric_protos::protos::{DeliverResponse, FilteredBlock, deliver_response};
use fabric_protos::{Message as _, common, protos};
use futures_util::StreamExt as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use support::{SIGNATURE, Script, prepared, proposal};
use tonic::Status;

/// Serves a gateway whose endorsements are honest but for a change.
async fn endorse_changed(
    change: impl Fn(&EndorseRequest, &mut common::Envelope) + Send + Sync + 'static,
) -> Result<Vec<u8>, Error> {
    let gateway = Script {
        endorse: Some(Box::new(move |request| {
            let mut envelope = prepared(&request, b"result");
            change(&request, &mut envelope);
            Ok(EndorseResponse { prepared_transaction: Some(envelope) })
        })),
        ..Script::default()
    }
    .serve()
    .await;
    proposal(&gateway, "put", &["a", "1"]).endorse().await.map(|transaction| transaction.result().to_vec())
}

fn is_malformed(error: &Error) -> bool {
    matches!(error, Error::Endorse(step) if matches!(step.failure, Failure::Malformed(_)))
}

#[tokio::test]
async fn an_honest_answer_is_taken() {
    assert_eq!(endorse_changed(|_, _| ()).await.unwrap(), b"result");
}

#[tokio::test]
async fn another_transaction_is_not_given_to_be_signed() {
    // Everything fits together, but it is not what the client proposed.
    let error = endorse_changed(|request, envelope| {
        let mut other = request.clone();
        let signed = other.proposed_transaction.as_mut().unwrap();
        let mut proposal = protos::Proposal::decode(signed.proposal_bytes.as_slice()).unwrap();
        let mut payload = protos::ChaincodeProposalPayload::decode(proposal.payload.as_slice()).unwrap();
        let replaced: Vec<u8> = payload.input.iter().map(|&byte| if byte == b'1' { b'9' } else { byte }).collect();
        payload.input = replaced;
        proposal.payload = payload.encode_to_vec();
        signed.proposal_bytes = proposal.encode_to_vec();
        *envelope = prepared(&other, b"result");
    })
    .await
    .unwrap_err();
    assert!(is_malformed(&error), "{error}");

    // An honest answer to an earlier proposal of the same client.
    let earlier: Arc<Mutex<Option<common::Envelope>>> = Arc::default();
    let gateway = Script {
        endorse: Some(Box::new(move |request| {
            let mut earlier = earlier.lock().unwrap();
            let envelope = earlier.get_or_insert_with(|| prepared(&request, b"result")).clone();
            Ok(EndorseResponse { prepared_transaction: Some(envelope) })
        })),
        ..Script::default()
    }
    .serve()
    .await;
    proposal(&gateway, "put", &["a", "1"]).endorse().await.unwrap();
    let error = proposal(&gateway, "put", &["a", "1"]).endorse().await.unwrap_err();
    assert!(is_malformed(&error), "{error}");
}

#[tokio::test]
async fn missing_parts_are_typed_errors() {
    let gateway = Script {
        endorse: Some(Box::new(|_| Ok(EndorseResponse { prepared_transaction: None }))),
        evaluate: Some(Box::new(|_| Ok(EvaluateResponse { result: None }))),
        ..Script::default()
    }
    .serve()
    .await;
    let proposal = proposal(&gateway, "put", &["a", "1"]);
    assert!(is_malformed(&proposal.endorse().await.unwrap_err()));
    let error = proposal.evaluate().await.unwrap_err();
    assert!(matches!(&error, Error::Evaluate(step) if matches!(step.failure, Failure::Malformed(_))), "{error}");
    assert!(is_malformed(&endorse_changed(|_, envelope| envelope.payload.clear()).await.unwrap_err()));
}

/// Changes, cuts and lengthens bytes.
fn mutate(bytes: &mut Vec<u8>, random: &mut StdRng) {
    match random.random_range(0..4) {
        _ if bytes.is_empty() => bytes.push(random.random()),
        0 => bytes.truncate(random.random_range(0..bytes.len())),
        1 => bytes.insert(random.random_range(0..=bytes.len()), random.random()),
        2 => drop(bytes.remove(random.random_range(0..bytes.len()))),
        _ => {
            let place = random.random_range(0..bytes.len());
            bytes[place] ^= random.random_range(1..=255_u8);
        }
    }
}

#[tokio::test]
async fn mutated_answers_are_refused_or_still_belong_to_the_proposal() {
    let random = Mutex::new(StdRng::seed_from_u64(7));
    let sent: Arc<Mutex<Vec<u8>>> = Arc::default();
    let answered = Arc::clone(&sent);
    let gateway = Script {
        endorse: Some(Box::new(move |request| {
            let mut envelope = prepared(&request, b"result");
            let random = &mut *random.lock().unwrap();
            (0..random.random_range(1..4)).for_each(|_| mutate(&mut envelope.payload, random));
            answered.lock().unwrap().clone_from(&envelope.payload);
            Ok(EndorseResponse { prepared_transaction: Some(envelope) })
        })),
        ..Script::default()
    }
    .serve()
    .await;
    let (mut refused, mut taken) = (0, 0);
    for number in 0..3_000 {
        let proposal: Proposal = proposal(&gateway, "put", &["a", &number.to_string()]);
        match proposal.endorse().await {
            Err(error) => {
                assert!(is_malformed(&error), "{error}");
                refused += 1;
            }
            Ok(_) => {
                let payload = common::Payload::decode(sent.lock().unwrap().as_slice()).unwrap();
                let bytes = proposal.signed_proposal().proposal_bytes;
                let proposed = protos::Proposal::decode(bytes.as_slice()).unwrap();
                assert_eq!(payload.header.unwrap().encode_to_vec(), proposed.header);
                taken += 1;
            }
        }
    }
    assert!(refused > 2_000 && taken > 0, "{refused} refused, {taken} taken");
}

#[tokio::test]
async fn mutated_bytes_for_offline_signing_are_refused_or_read() {
    let gateway = Script::default().serve().await;
    let mut random = StdRng::seed_from_u64(8);
    let proposed = support::unsigned(&gateway, "put", &["a", "1"]).to_bytes();
    for _ in 0..20_000 {
        let mut bytes = proposed.clone();
        mutate(&mut bytes, &mut random);
        for result in [
            gateway.proposal_from_bytes(&bytes).err(),
            gateway.transaction_from_bytes(&bytes).err(),
            gateway.commit_from_bytes(&bytes).err(),
            gateway.chaincode_events_from_bytes(&bytes).err(),
            gateway.blocks_from_bytes::<common::Block>(&bytes).err(),
        ] {
            assert!(matches!(result, None | Some(Error::Invalid { .. })));
        }
    }
}

#[tokio::test]
async fn an_unknown_validation_code_is_not_an_outcome() {
    let gateway = Script {
        endorse: Some(Box::new(|request| Ok(EndorseResponse { prepared_transaction: Some(prepared(&request, b"")) }))),
        submit: Some(Box::new(|_| Ok(SubmitResponse {}))),
        commit_status: Some(Box::new(|_| Ok(CommitStatusResponse { result: 77, block_number: 1 }))),
        ..Script::default()
    }
    .serve()
    .await;
    let transaction = proposal(&gateway, "put", &["a", "1"]).endorse().await.unwrap();
    let commit = transaction.with_signature(SIGNATURE.to_vec()).submit().await.unwrap();
    let error = commit.with_signature(SIGNATURE.to_vec()).status().await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
}

/// Reads the blocks that a peer delivers: their numbers, and the error after them, if there is one.
async fn blocks(answers: Vec<Result<DeliverResponse, Status>>, last: u64) -> (Vec<u64>, Option<Error>) {
    let gateway = Script { deliver: Some(Box::new(move |_| answers.clone())), ..Script::default() }.serve().await;
    let request = gateway.network("ch").blocks::<FilteredBlock>().start(Position::at_block(3)).last_block(last).build();
    let mut stream = request.with_signature(SIGNATURE.to_vec()).open().await.unwrap();
    let mut numbers = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(block) => numbers.push(block.number),
            Err(error) => {
                assert!(stream.next().await.is_none(), "nothing comes after an error");
                return (numbers, Some(error));
            }
        }
    }
    (numbers, None)
}

fn block(number: u64) -> Result<DeliverResponse, Status> {
    let block = FilteredBlock { number, ..Default::default() };
    Ok(DeliverResponse { r#type: Some(deliver_response::Type::FilteredBlock(block)) })
}

fn status(status: common::Status) -> Result<DeliverResponse, Status> {
    Ok(DeliverResponse { r#type: Some(deliver_response::Type::Status(status.into())) })
}

#[tokio::test]
async fn a_stream_of_blocks_ends_after_its_last_block_or_with_an_error() {
    let (numbers, error) = blocks(vec![block(3), block(4), status(common::Status::Success)], 4).await;
    assert_eq!((numbers, error.is_none()), (vec![3, 4], true));

    let ended = |error: Option<Error>| matches!(error, Some(Error::Events(Failure::Ended(_))));
    let malformed = |error: Option<Error>| matches!(error, Some(Error::Events(Failure::Malformed(_))));
    let (numbers, error) = blocks(vec![block(3)], 4).await;
    assert!(numbers == [3] && ended(error), "the peer closed too early");
    let (numbers, error) = blocks(vec![block(3), status(common::Status::Success)], 4).await;
    assert!(numbers == [3] && ended(error), "success before the last block");
    let (numbers, error) = blocks(vec![status(common::Status::Forbidden)], u64::MAX).await;
    assert!(numbers.is_empty() && ended(error), "a refusal");
    let (numbers, error) = blocks(vec![block(3), Err(Status::unavailable("gone"))], u64::MAX).await;
    assert!(numbers == [3] && matches!(error, Some(Error::Events(Failure::Refused(_)))), "a broken connection");
    let (numbers, error) = blocks(vec![block(3), block(5)], u64::MAX).await;
    assert!(numbers == [3] && malformed(error), "a gap");
    let (numbers, error) = blocks(vec![block(3), block(3)], u64::MAX).await;
    assert!(numbers == [3] && malformed(error), "a block twice");
    let (numbers, error) = blocks(vec![block(2)], u64::MAX).await;
    assert!(numbers.is_empty() && malformed(error), "a block before the start");
    let whole = deliver_response::Type::Block(common::Block::default());
    let (numbers, error) = blocks(vec![Ok(DeliverResponse { r#type: Some(whole) })], u64::MAX).await;
    assert!(numbers.is_empty() && malformed(error), "a whole block instead of a filtered one");
    let (numbers, error) = blocks(vec![Ok(DeliverResponse { r#type: None })], u64::MAX).await;
    assert!(numbers.is_empty() && malformed(error), "nothing");
}

#[tokio::test]
async fn a_stream_of_events_that_the_peer_ends_is_an_error() {
    let event = protos::ChaincodeEvent { tx_id: "t".into(), event_name: "made".into(), ..Default::default() };
    let answers = vec![Ok(ChaincodeEventsResponse { events: vec![event.clone(), event], block_number: 5 })];
    let gateway =
        Script { chaincode_events: Some(Box::new(move |_| answers.clone())), ..Script::default() }.serve().await;
    let request = gateway.network("ch").chaincode_events("open").build();
    let mut events = request.with_signature(SIGNATURE.to_vec()).open().await.unwrap();
    for _ in 0..2 {
        let event = events.next().await.unwrap().unwrap();
        assert_eq!((event.block_number, event.name.as_str()), (5, "made"));
    }
    assert!(matches!(events.next().await, Some(Err(Error::Events(Failure::Ended(_))))));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_message_over_the_limit_is_an_error() {
    let bytes = fabric_client::connection::MESSAGE_BYTES_MAX + 1;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let gateway = Script {
        evaluate: Some(Box::new(move |_| {
            // The second answer just fits, with room for the message around it.
            let payload = vec![1; if counted.fetch_add(1, Ordering::Relaxed) == 0 { bytes } else { bytes - 100 }];
            Ok(EvaluateResponse { result: Some(protos::Response { status: 200, payload, ..Default::default() }) })
        })),
        ..Script::default()
    }
    .serve()
    .await;
    let proposal = proposal(&gateway, "get", &["a"]);
    assert!(matches!(proposal.evaluate().await, Err(Error::Evaluate(_))));
    assert_eq!(proposal.evaluate().await.unwrap().len(), bytes - 100);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}
