//! Queries, transactions, their errors, and when they are tried again.

use super::network::{CHANNEL, TestNetwork};
use fabric_client::{Connection, Error, Gateway, RetryPolicy, TxValidationCode};
use futures_util::future::join_all;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tonic::Code;

/// Base64 of some bytes, and of others.
const VALUE: &str = "AAEC";
const OTHER: &str = "/////w==";

#[tokio::test(flavor = "multi_thread")]
async fn transactions_commit_and_queries_read_them() {
    let network = TestNetwork::start().await;
    let connection = network.connection("org2");
    let over_tls = Gateway::connect(&connection, network.signer("org2")).await.unwrap();
    for (key, gateway) in [("in-process", network.gateway("org1")), ("tls", over_tls)] {
        let contract = gateway.network(CHANNEL).contract("any");
        let submission = contract.submit("create", [key, VALUE]).await.unwrap();
        assert_eq!(submission.attempts, 1);
        assert_eq!(contract.evaluate("read", [key]).await.unwrap(), format!("\"{VALUE}\"").as_bytes());

        let transaction = gateway.network(CHANNEL).transaction(&submission.transaction_id).await.unwrap();
        assert_eq!(transaction.validation_code, i32::from(TxValidationCode::Valid));

        let (result, commit) = contract.submit_async("update", [key, OTHER]).await.unwrap();
        assert_eq!(result, b"");
        let status = commit.status().await.unwrap();
        assert!(status.code == TxValidationCode::Valid && status.block_number > submission.block_number);
        assert_eq!(contract.evaluate("read", [key]).await.unwrap(), format!("\"{OTHER}\"").as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_the_roots_do_not_vouch_for_is_not_spoken_to() {
    let network = TestNetwork::start().await;
    let mut connection = network.connection("org1");
    connection.tls.as_mut().unwrap().roots_pem = network.connection("org2").tls.unwrap().roots_pem;
    let refused = Gateway::connect(&connection, network.signer("org1")).await;
    assert!(matches!(refused, Err(Error::Connect { .. })), "{refused:?}");

    let mut connection = network.connection("org1");
    connection.tls.as_mut().unwrap().server_name = Some("peer0.org2.example.com".into());
    assert!(matches!(Gateway::connect(&connection, network.signer("org1")).await, Err(Error::Connect { .. })));

    let plain = Connection::plain(network.connection("org1").address);
    let spoken = match Gateway::connect(&plain, network.signer("org1")).await {
        Ok(gateway) => gateway.network(CHANNEL).chain_info().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(spoken.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contracts_own_error_is_told_apart() {
    let network = TestNetwork::start().await;
    let contract = network.contract("any");
    contract.submit("create", ["a", VALUE]).await.unwrap();

    let error = contract.submit("create", ["a", VALUE]).await.unwrap_err();
    assert_eq!((error.code(), error.is_outcome_unknown()), ("ENDORSE", false));
    let contract_error = error.contract_error().unwrap();
    assert_eq!((contract_error.status, contract_error.code, contract_error.text), (500, Some("EXISTS"), "a exists"));
    assert_eq!(error.refusal().unwrap().code, Code::Aborted);
    assert_eq!(error.refusal().unwrap().details[0].msp_id, "Org1MSP");

    let error = contract.evaluate("read", ["b"]).await.unwrap_err();
    assert_eq!(error.code(), "EVALUATE");
    assert_eq!(error.contract_error().unwrap().code, Some("MISSING"));
    assert_eq!(error.refusal().unwrap().code, Code::Unknown);

    let error = network.contract("nothing").evaluate("read", ["b"]).await.unwrap_err();
    assert_eq!((error.refusal().unwrap().code, error.contract_error()), (Code::FailedPrecondition, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_proposed_again_until_all_are_valid() {
    let network = TestNetwork::start().await;
    let policy = RetryPolicy { attempts_max: 50, ..RetryPolicy::default() };
    let gateway = network.gateway("org1").with_retry_policy(policy);
    let contract = gateway.network(CHANNEL).contract("any");
    contract.submit("create", ["hot", VALUE]).await.unwrap();

    let once = gateway.clone().with_retry_policy(RetryPolicy::NEVER).network(CHANNEL).contract("any");
    let outcomes = join_all((0..12).map(|_| once.submit("update", ["hot", VALUE]))).await;
    let conflicts = outcomes.iter().filter(|outcome| match outcome {
        Ok(_) => false,
        Err(Error::Commit(commit)) if commit.code == TxValidationCode::MvccReadConflict => true,
        Err(error) => panic!("{error}"),
    });
    assert!(conflicts.count() > 0, "no conflict among 12 updates of one key at once");

    let outcomes = join_all((0..12).map(|_| contract.submit("update", ["hot", VALUE]))).await;
    let attempts: Vec<u32> = outcomes.into_iter().map(|outcome| outcome.unwrap().attempts).collect();
    assert!(attempts.iter().any(|&attempts| attempts > 1), "{attempts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_can_be_named() {
    let network = TestNetwork::start().await;
    let contract = network.contract("all");
    contract.submit("create", ["a", VALUE]).await.unwrap();
    let create = |key: &str| contract.proposal("create").arguments([key, VALUE]);

    let error = create("b").organizations(["Org1MSP"]).submit().await.unwrap_err();
    let Error::Commit(commit) = &error else { panic!("{error}") };
    assert_eq!(commit.code, TxValidationCode::EndorsementPolicyFailure);
    assert!(!error.is_outcome_unknown());

    create("b").organizations(["Org1MSP", "Org2MSP", "Org3MSP"]).submit().await.unwrap();
    let error = create("c").organizations(["NobodyMSP"]).submit().await.unwrap_err();
    assert_eq!((error.code(), error.refusal().unwrap().code), ("ENDORSE", Code::Unavailable));
}

#[tokio::test(flavor = "multi_thread")]
async fn transient_data_and_timestamps_reach_the_contract() {
    let network = TestNetwork::start().await;
    let recorder = network.contract("recorder");
    let secret = recorder.proposal("transient").transient("k", b"whisper".to_vec()).evaluate().await.unwrap();
    assert_eq!(secret, b"whisper");
    let submission = recorder.proposal("transient").transient("k", b"whisper".to_vec()).submit().await.unwrap();
    let block = network.gateway("org1").network(CHANNEL).block(submission.block_number).await.unwrap();
    let envelope = &block.data.unwrap().data[0];
    let count = |needle: &[u8]| envelope.windows(needle.len()).filter(|window| *window == needle).count();
    assert_eq!(count(b"whisper"), 1, "in the result that the function returned, and nowhere else");

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let earlier = now - Duration::from_secs(30);
    let stamp = recorder.proposal("stamp").timestamp(earlier).evaluate().await.unwrap();
    assert!(String::from_utf8(stamp).unwrap().contains(&earlier.as_secs().to_string()));
    let error = recorder.proposal("stamp").timestamp(now - Duration::from_secs(3_600)).evaluate().await.unwrap_err();
    assert_eq!(error.code(), "EVALUATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_submitted_again_counts_once() {
    let network = TestNetwork::start().await;
    let contract = network.contract("any");
    let proposal = contract.proposal("create").arguments(["a", VALUE]).build().sign().unwrap();
    let transaction = proposal.endorse().await.unwrap().sign().unwrap();
    let first = transaction.submit().await.unwrap().sign().unwrap().status().await.unwrap();

    // Through another organization's gateway, as after an outage of the first.
    let gateway = network.gateway("org2");
    let again = transaction.through(&gateway).submit().await.unwrap().sign().unwrap().status().await.unwrap();
    assert_eq!((&again, again.code), (&first, TxValidationCode::Valid));

    contract.submit("create", ["b", VALUE]).await.unwrap();
    let info = gateway.network(CHANNEL).chain_info().await.unwrap();
    let mut codes = Vec::new();
    for number in first.block_number..info.height {
        codes.extend(gateway.network(CHANNEL).block(number).await.unwrap().metadata.unwrap().metadata.swap_remove(2));
    }
    codes.sort_unstable();
    let (valid, duplicate) = (TxValidationCode::Valid as u8, TxValidationCode::DuplicateTxid as u8);
    assert_eq!(codes, [valid, valid, duplicate]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_nonce_is_the_same_transaction() {
    let network = TestNetwork::start().await;
    let proposal = network.contract("any").proposal("put").arguments(["a", VALUE]).nonce([7; 24]);
    let submission = proposal.submit().await.unwrap();
    assert_eq!(submission.transaction_id, proposal.build().transaction_id());
    let again = proposal.submit().await;
    assert!(again.is_err() || again.unwrap().block_number == submission.block_number);
}

#[tokio::test(flavor = "multi_thread")]
async fn system_chaincodes_answer() {
    let network = TestNetwork::start().await;
    let submission = network.contract("any").submit("create", ["a", VALUE]).await.unwrap();
    let network = network.gateway("org3").network(CHANNEL);
    let info = network.chain_info().await.unwrap();
    assert_eq!(info.height, submission.block_number + 1);
    let block = network.block_of_transaction(&submission.transaction_id).await.unwrap();
    let header = block.header.clone().unwrap();
    assert_eq!(header.number, submission.block_number);
    assert_eq!(fabric_msp::block::header_hash(&header).as_slice(), info.current_block_hash);
    assert_eq!(network.block(header.number).await.unwrap(), block);
    assert_eq!(network.config_block().await.unwrap().header.unwrap().number, 0);

    let committed = network.committed_chaincode("any").await.unwrap();
    assert_eq!(committed.sequence, 1);
    assert!(committed.version.starts_with("1.0.0+"), "{}", committed.version);
    let names = network.committed_chaincodes().await.unwrap().chaincode_definitions.into_iter().map(|one| one.name);
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["all", "any", "recorder"]);

    assert_eq!(network.block(999).await.unwrap_err().code(), "EVALUATE");
    assert!(network.transaction("nosuch").await.unwrap_err().to_string().contains("no such transaction ID"));
}
