//! Streams of events and blocks: from the past, from now on, and on again after an interruption.

use super::network::{CHANNEL, TestNetwork};
use fabric_client::events::{ChaincodeEvent, Checkpointer as _, FileCheckpointer, MemoryCheckpointer, Position};
use fabric_client::{Error, Failure, Gateway, Network, Submission};
use fabric_protos::common::Block;
use fabric_protos::protos::{BlockAndPrivateData, FilteredBlock};
use futures_util::StreamExt as _;
use std::sync::Arc;
use std::time::Duration;

async fn emit(network: &TestNetwork, key: &str) -> Submission {
    network.contract("recorder").submit("event", [key, "1"]).await.unwrap()
}

fn channel(network: &TestNetwork) -> Network {
    network.gateway("org1").network(CHANNEL)
}

/// What the recorder's event says.
fn key(event: &ChaincodeEvent) -> String {
    assert_eq!((event.chaincode.as_str(), event.name.as_str()), ("recorder", "made"));
    String::from_utf8(event.payload.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn chaincode_events_are_replayed_and_followed() {
    let network = TestNetwork::start().await;
    let first = emit(&network, "one").await;
    network.contract("any").submit("create", ["a", "AAEC"]).await.unwrap();
    let mut past = channel(&network).chaincode_events("recorder").start_block(0).open().await.unwrap();
    let event = past.next().await.unwrap().unwrap();
    assert_eq!((key(&event), event.block_number), ("one".to_owned(), first.block_number));
    assert_eq!(event.transaction_id, first.transaction_id);
    let second = emit(&network, "two").await;
    let event = past.next().await.unwrap().unwrap();
    assert_eq!((key(&event), event.transaction_id), ("two".to_owned(), second.transaction_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_goes_on_behind_what_it_has_dealt_with() {
    let network = TestNetwork::start().await;
    let (one, two) = (emit(&network, "one").await, emit(&network, "two").await);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.json");
    let mut checkpoint = FileCheckpointer::open(&path).unwrap();
    let request = channel(&network).chaincode_events("recorder").start_block(0);
    let mut events = request.clone().resume(&checkpoint).open().await.unwrap();
    let event = events.next().await.unwrap().unwrap();
    assert_eq!(event.transaction_id, one.transaction_id);
    checkpoint.save(event.position()).unwrap();
    drop((events, checkpoint));

    let checkpoint = FileCheckpointer::open(&path).unwrap();
    let mut events = request.clone().resume(&checkpoint).open().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().transaction_id, two.transaction_id);

    let mut checkpoint = MemoryCheckpointer::default();
    checkpoint.save(Position::after_block(one.block_number)).unwrap();
    let mut events = request.resume(&checkpoint).open().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().transaction_id, two.transaction_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_come_in_three_kinds() {
    let network = TestNetwork::start().await;
    let submission = emit(&network, "one").await;
    let (channel, last) = (channel(&network), submission.block_number);

    let whole = channel.blocks::<Block>().start_block(0).last_block(last).open().await.unwrap();
    let whole: Vec<Block> = whole.map(Result::unwrap).collect().await;
    assert_eq!(whole.len() as u64, last + 1);
    for (number, block) in whole.iter().enumerate() {
        assert_eq!(*block, channel.block(number as u64).await.unwrap());
    }

    let filtered = channel.blocks::<FilteredBlock>().start_block(last).last_block(last).open().await.unwrap();
    let filtered: Vec<FilteredBlock> = filtered.map(Result::unwrap).collect().await;
    assert_eq!(filtered[0].filtered_transactions[0].txid, submission.transaction_id);

    let private = channel.blocks::<BlockAndPrivateData>().start_block(last).last_block(last).open().await.unwrap();
    let private: Vec<BlockAndPrivateData> = private.map(Result::unwrap).collect().await;
    assert_eq!(private[0].block.as_ref(), whole.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_followed_from_the_next_one_on() {
    let network = TestNetwork::start().await;
    let channel = channel(&network);
    let height = channel.chain_info().await.unwrap().height;
    let mut blocks = channel.blocks::<FilteredBlock>().open().await.unwrap();
    let emitted = tokio::spawn(async move { (emit(&network, "one").await, network) });
    let block = blocks.next().await.unwrap().unwrap();
    let (submission, network) = emitted.await.unwrap();
    assert!(block.number >= height && block.number == submission.block_number);
    network.devnet.stop().await;
    let end = tokio::time::timeout(Duration::from_secs(10), blocks.next()).await.expect("the end is seen");
    assert!(matches!(end, Some(Err(Error::Events(_)))), "{end:?}");
    assert!(blocks.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_an_error() {
    let network = TestNetwork::start().await;
    let stranger = fabric_msp::Signer::creator(network.signer("org1").as_ref()).to_vec();
    let stranger = Gateway::without_signer(network.devnet.connect("org1").unwrap(), stranger).network(CHANNEL);
    let request = stranger.chaincode_events("recorder").build().with_signature(b"nonsense".to_vec());
    let refused = match request.open().await {
        Ok(mut events) => events.next().await.unwrap().map(drop),
        Err(error) => Err(error),
    };
    let Err(Error::Events(Failure::Refused(refusal))) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.code, tonic::Code::PermissionDenied);

    let request = stranger.blocks::<Block>().start_block(0).build().with_signature(b"nonsense".to_vec());
    let refused = match request.open().await {
        Ok(mut blocks) => blocks.next().await.unwrap().map(drop),
        Err(error) => Err(error),
    };
    assert!(matches!(refused, Err(Error::Events(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn followed_events_go_on_after_the_network_was_away() {
    let network = TestNetwork::start().await;
    let gateway = Gateway::connect(&network.connection("org1"), network.signer("org1")).await.unwrap();
    let mut followed = gateway.network(CHANNEL).chaincode_events("recorder").start_block(0).follow();
    emit(&network, "one").await;
    assert_eq!(key(&followed.next().await.unwrap().unwrap()), "one");

    let network = Arc::new(network.restart().await);
    let emitting = Arc::clone(&network);
    let emitted = tokio::spawn(async move { emit(&emitting, "two").await });
    let (mut interruptions, mut keys) = (0, Vec::new());
    while keys.is_empty() {
        match tokio::time::timeout(Duration::from_secs(30), followed.next()).await.expect("it goes on").unwrap() {
            Ok(event) => keys.push(key(&event)),
            Err(interruption) => {
                assert!(matches!(interruption.error, Error::Events(_)), "{}", interruption.error);
                interruptions += 1;
            }
        }
    }
    emitted.await.unwrap();
    assert_eq!(keys, ["two"], "nothing twice and nothing left out");
    assert!(interruptions > 0);
}
