//! Keys that are kept elsewhere: a client without a signer hands out digests and takes signatures, step by step, and
//! every step can be gone on with in another process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use fabric_client::{Error, Gateway, TxValidationCode, Unsigned};
use fabric_msp::PublicKey;
use fabric_msp::signature::Signature;
use fabric_protos::common::Block;
use fabric_protos::gateway::{
    ChaincodeEventsResponse, CommitStatusRequest, CommitStatusResponse, EndorseResponse, EvaluateResponse,
    SubmitResponse,
};
use fabric_protos::protos::{ChaincodeEvent, DeliverResponse, Response, deliver_response};
use fabric_protos::{Message as _, common};
use futures_util::StreamExt as _;
use std::sync::Arc;
use support::{Script, prepared, unsigned};
use tonic::Status;

/// The holder of a key, who sees digests only.
struct Holder(EcdsaKeyPair);

impl Holder {
    fn new() -> Self {
        Holder(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn sign(&self, digest: &[u8; 32]) -> Vec<u8> {
        let signature = self.0.sign_digest(&Digest::import_less_safe(digest, &SHA256).unwrap()).unwrap();
        Signature::from_fixed(signature.as_ref().try_into().unwrap()).to_low_s().to_der()
    }
}

/// A peer that takes nothing that the holder has not signed.
async fn peer(holder: &Holder) -> Gateway {
    let key = Arc::new(PublicKey::from_sec1(holder.0.public_key().as_ref()).unwrap());
    let check = move |signed: &[u8], signature: &[u8]| {
        key.verify(signed, signature).map_err(|error| Status::permission_denied(error.to_string()))
    };
    let (endorse, submit, commit, events, deliver) =
        (check.clone(), check.clone(), check.clone(), check.clone(), check.clone());
    Script {
        evaluate: Some(Box::new(move |request| {
            let signed = request.proposed_transaction.unwrap();
            check(&signed.proposal_bytes, &signed.signature)?;
            let response = Response { status: 200, payload: b"read".to_vec(), ..Default::default() };
            Ok(EvaluateResponse { result: Some(response) })
        })),
        endorse: Some(Box::new(move |request| {
            let signed = request.proposed_transaction.as_ref().unwrap();
            endorse(&signed.proposal_bytes, &signed.signature)?;
            Ok(EndorseResponse { prepared_transaction: Some(prepared(&request, b"written")) })
        })),
        submit: Some(Box::new(move |request| {
            let envelope = request.prepared_transaction.unwrap();
            submit(&envelope.payload, &envelope.signature)?;
            Ok(SubmitResponse {})
        })),
        commit_status: Some(Box::new(move |request| {
            commit(&request.request, &request.signature)?;
            let asked = CommitStatusRequest::decode(request.request.as_slice()).unwrap();
            assert_eq!(asked.identity, support::creator());
            Ok(CommitStatusResponse { result: TxValidationCode::Valid.into(), block_number: 7 })
        })),
        chaincode_events: Some(Box::new(move |request| {
            vec![
                events(&request.request, &request.signature)
                    .map(|()| ChaincodeEventsResponse { events: vec![ChaincodeEvent::default()], block_number: 7 }),
            ]
        })),
        deliver: Some(Box::new(move |envelope| {
            vec![deliver(&envelope.payload, &envelope.signature).map(|()| {
                let header = common::BlockHeader { number: 7, ..Default::default() };
                let block = Block { header: Some(header), ..Default::default() };
                DeliverResponse { r#type: Some(deliver_response::Type::Block(block)) }
            })]
        })),
    }
    .serve()
    .await
}

#[tokio::test]
async fn every_step_can_be_signed_elsewhere() {
    let holder = Holder::new();
    let gateway = peer(&holder).await;

    let query = unsigned(&gateway, "get", &["a"]);
    let signature = holder.sign(&query.digest());
    assert_eq!(query.with_signature(signature).evaluate().await.unwrap(), b"read");

    // Between any two steps the bytes may be kept and read again.
    let kept: Vec<u8> = unsigned(&gateway, "put", &["a", "1"]).to_bytes();
    let proposal: Unsigned<_> = gateway.proposal_from_bytes(&kept).unwrap();
    assert_eq!(proposal.to_bytes(), kept);
    let (id, signature) = (proposal.transaction_id().to_owned(), holder.sign(&proposal.digest()));

    let kept = proposal.with_signature(signature).endorse().await.unwrap().to_bytes();
    let transaction = gateway.transaction_from_bytes(&kept).unwrap();
    assert_eq!((transaction.transaction_id(), transaction.result()), (id.as_str(), &b"written"[..]));
    let signature = holder.sign(&transaction.digest());

    let kept = transaction.with_signature(signature).submit().await.unwrap().to_bytes();
    let commit = gateway.commit_from_bytes(&kept).unwrap();
    assert_eq!(commit.transaction_id(), id);
    let signature = holder.sign(&commit.digest());
    let status = commit.with_signature(signature).status().await.unwrap().valid().unwrap();
    assert_eq!((status.transaction_id, status.block_number), (id, 7));
}

#[tokio::test]
async fn requests_for_events_can_be_signed_elsewhere() {
    let holder = Holder::new();
    let gateway = peer(&holder).await;
    let network = gateway.network("ch");

    let kept = network.chaincode_events("open").start_block(7).build().to_bytes();
    let request = gateway.chaincode_events_from_bytes(&kept).unwrap();
    let signature = holder.sign(&request.digest());
    let mut events = request.with_signature(signature).open().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().block_number, 7);

    let kept = network.blocks::<Block>().start_block(7).last_block(7).build().to_bytes();
    let request = gateway.blocks_from_bytes::<Block>(&kept).unwrap();
    let signature = holder.sign(&request.digest());
    let blocks: Vec<_> = request.with_signature(signature).open().await.unwrap().collect().await;
    assert!(matches!(blocks.as_slice(), [Ok(block)] if block.header.as_ref().unwrap().number == 7));
}

#[tokio::test]
async fn another_key_is_refused_and_no_key_is_an_error() {
    let gateway = peer(&Holder::new()).await;
    let proposal = unsigned(&gateway, "put", &["a", "1"]);
    let signature = Holder::new().sign(&proposal.digest());
    let error = proposal.clone().with_signature(signature).endorse().await.unwrap_err();
    assert_eq!(error.refusal().unwrap().code, tonic::Code::PermissionDenied);
    assert!(matches!(proposal.sign(), Err(Error::Sign(_))));
    let submitted = gateway.network("ch").contract("open").submit("put", ["a", "1"]).await;
    assert!(matches!(submitted, Err(Error::Sign(_))));
}
