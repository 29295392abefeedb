//! A network as its operator has it: started, used, managed, stopped and started again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use devnet::{Deployment, Devnet, Network};
use fabric_msp::policy::parse;
use fabric_msp::{LocalSigner, Signer as _};
use fabric_protos::common::{self, Config, HeaderType};
use fabric_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs, InstallChaincodeArgs,
    InstallChaincodeResult, QueryChaincodeDefinitionArgs, QueryChaincodeDefinitionResult, QueryInstalledChaincodesArgs,
    QueryInstalledChaincodesResult, chaincode_source,
};
use fabric_protos::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use fabric_protos::orderer::{SeekInfo, SeekNextCommit, SeekPosition, SeekSpecified, seek_position};
use fabric_protos::protos::deliver_client::DeliverClient;
use fabric_protos::protos::deliver_response::Type;
use fabric_protos::protos::endorser_client::EndorserClient;
use fabric_protos::protos::{ChannelQueryResponse, Response, SignedProposal, TxValidationCode};
use prost::Message;
use support::{Call, Client, connect_orderer_tls, connect_tls, contract, proposal};
use wasm_host::package::Package;

fn recorder() -> Vec<u8> {
    Package::new("recorder", "1.0.0", contract("recorder")).unwrap().build().unwrap()
}

fn signer(network: &Devnet, organization: &str, user: &str) -> LocalSigner {
    network.identity(organization, user).unwrap().signer().unwrap()
}

fn client(network: &Devnet, organization: &str) -> Client {
    Client::new(network.connect(organization).unwrap(), signer(network, organization, "User1"))
}

fn call(chaincode: &'static str, function: &'static str, arguments: &[&str]) -> Call<'static> {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Call { channel: "ch", chaincode, function, arguments, ..Call::default() }
}

async fn put(client: &Client, call: &Call<'_>) -> TxValidationCode {
    let transaction = client.endorse(call).await.unwrap();
    client.commit(&transaction).await.unwrap().result()
}

async fn start(network: Network, folder: &Path) -> Result<Devnet, devnet::Error> {
    Devnet::builder(network, folder).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let network = start(Network::generic(2, "ch"), folder.path()).await.unwrap();
    let package = recorder();
    let deployment = Deployment::new("cc", &package, None);
    let definition = network.deploy("ch", &deployment).await.unwrap();
    assert_eq!((definition.sequence, definition.version.len()), (1, "1.0.0+".len() + 64));
    assert_eq!(put(&client(&network, "org1"), &call("cc", "put", &["a", "1"])).await, TxValidationCode::Valid);
    let (endpoint, info) = (network.endpoint("org1").unwrap().map(str::to_owned), network.ledger("ch").unwrap().info());

    let second = start(Network::generic(2, "ch"), folder.path()).await.unwrap_err().to_string();
    assert!(second.starts_with("LEDGER_LOCKED: ") && second.contains("another process has this data open"), "{second}");
    // A client that is still connected, with a call that waits, keeps nobody from stopping.
    let waiting = client(&network, "org1");
    let wait = tokio::spawn(async move { waiting.commit_status("ch", "never").await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    network.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(3), "stopping took {:?}", begun.elapsed());
    assert!(wait.await.unwrap().is_err());

    let other = start(Network::generic(3, "ch"), folder.path()).await.unwrap_err().to_string();
    assert!(other.starts_with("DEVNET_OTHER_NETWORK: "), "{other}");
    let network = start(Network::generic(2, "ch"), folder.path()).await.unwrap();
    assert_eq!(network.ledger("ch").unwrap().info(), info);
    assert_eq!(network.endpoint("org1").unwrap().map(str::to_owned), endpoint);
    assert_eq!(client(&network, "org2").evaluate(&call("cc", "get", &["a"])).await.unwrap(), b"1");
    assert_eq!(network.deploy("ch", &deployment).await.unwrap(), definition, "deployed already");
    let stricter = Deployment { policy: Some(parse("AND('Org1MSP.peer','Org2MSP.peer')").unwrap()), ..deployment };
    assert_eq!(network.deploy("ch", &stricter).await.unwrap().sequence, 2);
    let alone = Call { organizations: vec!["Org1MSP".to_owned()], ..call("cc", "put", &["a", "2"]) };
    assert_eq!(put(&client(&network, "org1"), &alone).await, TxValidationCode::EndorsementPolicyFailure);
    assert_eq!(put(&client(&network, "org1"), &call("cc", "put", &["a", "2"])).await, TxValidationCode::Valid);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_are_for_their_members() {
    let folder = tempfile::tempdir().unwrap();
    let network = Devnet::builder(Network::market(), folder.path()).listen(false).start().await.unwrap();
    let package = recorder();
    network.deploy("org-dispatcher", &Deployment::new("cc", &package, None)).await.unwrap();
    let get = Call { channel: "org-dispatcher", ..call("cc", "get", &["a"]) };
    assert_eq!(client(&network, "dispatcher").evaluate(&get).await.unwrap(), b"");
    assert_eq!(client(&network, "regulator").evaluate(&get).await.unwrap(), b"");
    let status = client(&network, "large-user").evaluate(&get).await.unwrap_err();
    assert_eq!(
        status.message(),
        "failed to get config for channel [org-dispatcher]: could not get last config for channel org-dispatcher"
    );
    // Through a member's gateway, but as nobody on that channel.
    let outsider = client(&network, "regulator").signing_as(signer(&network, "large-user", "User1"));
    let status = outsider.evaluate(&get).await.unwrap_err();
    assert!(status.message().ends_with("creator org unknown, creator is malformed"), "{}", status.message());
    network.stop().await;
}

/// Calls a system chaincode on an organization's peer; an empty channel is none.
async fn system(
    network: &Devnet,
    signer: &LocalSigner,
    organization: &str,
    call: &[&[u8]],
    chaincode: &str,
    channel: &str,
) -> Response {
    let named = Call { channel, chaincode, ..Call::default() };
    let (_, bytes) = proposal(signer, &named, |_| ());
    let bytes = with_arguments(&bytes, call);
    let signature = signer.sign(&bytes).unwrap();
    let mut endorser = EndorserClient::new(network.connect(organization).unwrap());
    let answer = endorser.process_proposal(SignedProposal { proposal_bytes: bytes, signature }).await.unwrap();
    answer.into_inner().response.unwrap()
}

/// Replaces a proposal's arguments, which need not be text.
fn with_arguments(proposal: &[u8], arguments: &[&[u8]]) -> Vec<u8> {
    use fabric_protos::protos::{ChaincodeInvocationSpec, ChaincodeProposalPayload, Proposal};
    let mut proposal = Proposal::decode(proposal).unwrap();
    let mut payload = ChaincodeProposalPayload::decode(proposal.payload.as_slice()).unwrap();
    let mut specification = ChaincodeInvocationSpec::decode(payload.input.as_slice()).unwrap();
    let input = specification.chaincode_spec.as_mut().unwrap().input.as_mut().unwrap();
    input.args = arguments.iter().map(|argument| argument.to_vec()).collect();
    payload.input = specification.encode_to_vec();
    proposal.payload = payload.encode_to_vec();
    proposal.encode_to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lifecycle_over_the_wire() {
    let folder = tempfile::tempdir().unwrap();
    let network = Devnet::builder(Network::generic(2, "ch"), folder.path()).listen(false).start().await.unwrap();
    let lifecycle = async |organization: &str, user: &str, channel: &str, function: &str, argument: Vec<u8>| {
        let signer = signer(&network, organization, user);
        let call: [&[u8]; 2] = [function.as_bytes(), &argument];
        system(&network, &signer, organization, &call, "_lifecycle", channel).await
    };
    let install = InstallChaincodeArgs { chaincode_install_package: recorder() }.encode_to_vec();
    let denied = lifecycle("org1", "User1", "", "InstallChaincode", install.clone()).await;
    assert!(
        denied.message.starts_with("Failed to authorize invocation due to failed ACL check: "),
        "{}",
        denied.message
    );

    let definition = CommitChaincodeDefinitionArgs {
        sequence: 1,
        name: "cc".to_owned(),
        version: "1.0.0".to_owned(),
        ..CommitChaincodeDefinitionArgs::default()
    };
    for organization in ["org1", "org2"] {
        let installed = lifecycle(organization, "Admin", "", "InstallChaincode", install.clone()).await;
        assert_eq!(installed.status, 200, "{}", installed.message);
        let package_id = InstallChaincodeResult::decode(installed.payload.as_slice()).unwrap().package_id;
        let unapproved =
            lifecycle(organization, "Admin", "ch", "CommitChaincodeDefinition", definition.encode_to_vec()).await;
        let msp_id = if organization == "org1" { "Org1MSP" } else { "Org2MSP" };
        assert_eq!(
            unapproved.message,
            format!(
                "failed to invoke backing implementation of 'CommitChaincodeDefinition': chaincode definition not \
                 agreed to by this org ({msp_id})"
            )
        );
        let local = chaincode_source::Local { package_id: package_id.clone() };
        let approval = ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: 1,
            name: "cc".to_owned(),
            version: "1.0.0".to_owned(),
            source: Some(ChaincodeSource { r#type: Some(chaincode_source::Type::LocalPackage(local)) }),
            ..ApproveChaincodeDefinitionForMyOrgArgs::default()
        };
        let approved =
            lifecycle(organization, "Admin", "ch", "ApproveChaincodeDefinitionForMyOrg", approval.encode_to_vec())
                .await;
        assert_eq!(approved.status, 200, "{}", approved.message);
        let query = QueryInstalledChaincodesArgs {}.encode_to_vec();
        let installed = lifecycle(organization, "Admin", "", "QueryInstalledChaincodes", query).await;
        let installed = QueryInstalledChaincodesResult::decode(installed.payload.as_slice()).unwrap();
        assert_eq!(installed.installed_chaincodes[0].package_id, package_id);
        assert_eq!(installed.installed_chaincodes[0].references["ch"].chaincodes[0].name, "cc");
    }
    let query = QueryChaincodeDefinitionArgs { name: "cc".to_owned() }.encode_to_vec();
    let missing = lifecycle("org1", "User1", "ch", "QueryChaincodeDefinition", query.clone()).await;
    assert_eq!((missing.status, missing.message.as_str()), (404, "namespace cc is not defined"));

    let definition =
        devnet::ChaincodeDefinition { name: "cc".to_owned(), version: "1.0.0".to_owned(), sequence: 1, policy: None };
    network.commit("ch", &definition).await.unwrap();
    let found = lifecycle("org1", "User1", "ch", "QueryChaincodeDefinition", query).await;
    let found = QueryChaincodeDefinitionResult::decode(found.payload.as_slice()).unwrap();
    assert_eq!((found.sequence, found.version.as_str()), (1, "1.0.0"));
    assert_eq!(found.approvals.values().collect::<Vec<_>>(), [&true, &true]);
    let again = network.commit("ch", &definition).await.unwrap_err().to_string();
    assert!(again.contains("requested sequence is 1, but new definition must be sequence 2"), "{again}");
    assert_eq!(put(&client(&network, "org1"), &call("cc", "put", &["a", "1"])).await, TxValidationCode::Valid);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_peer_program_asks() {
    let folder = tempfile::tempdir().unwrap();
    let network = Devnet::builder(Network::generic(2, "ch"), folder.path()).start().await.unwrap();
    let package = recorder();
    network.deploy("ch", &Deployment::new("cc", &package, None)).await.unwrap();
    let user = signer(&network, "org1", "User1");

    let channels = system(&network, &user, "org1", &[b"GetChannels"], "cscc", "").await;
    let channels = ChannelQueryResponse::decode(channels.payload.as_slice()).unwrap();
    assert_eq!(channels.channels[0].channel_id, "ch");
    let config = system(&network, &user, "org1", &[b"GetChannelConfig", b"ch"], "cscc", "").await;
    let config = Config::decode(config.payload.as_slice()).unwrap();
    let config = fabric_msp::ChannelConfig::from_config("ch".to_owned(), config).unwrap();
    assert_eq!(config.orderer_endpoints(), [network.orderer_endpoint().unwrap()]);
    assert_eq!(config.organizations.len(), 2);
    let stranger =
        system(&network, &signer(&network, "org2", "User1"), "org2", &[b"GetChainInfo", b"other"], "qscc", "ch").await;
    assert_eq!(stranger.message, "Invalid chain ID, other");

    // invoke --waitForEvent: listen first, then send to the orderer itself.
    let client = Client::new(connect_tls(&network, "org1").await, user);
    let info = SeekInfo {
        start: Some(SeekPosition { r#type: Some(seek_position::Type::NextCommit(SeekNextCommit {})) }),
        stop: Some(SeekPosition { r#type: Some(seek_position::Type::Specified(SeekSpecified { number: u64::MAX })) }),
        ..SeekInfo::default()
    };
    let request = client.envelope("ch", HeaderType::DeliverSeekInfo, info.encode_to_vec());
    let mut peer = DeliverClient::new(connect_tls(&network, "org1").await);
    let mut blocks = peer.deliver_filtered(tokio_stream::once(request)).await.unwrap().into_inner();
    let transaction = client.endorse(&call("cc", "event", &["a", "1"])).await.unwrap();
    let mut orderer = AtomicBroadcastClient::new(connect_orderer_tls(&network).await);
    let mut answers = orderer.broadcast(tokio_stream::once(transaction.envelope)).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().status(), common::Status::Success);
    let Some(Type::FilteredBlock(block)) = blocks.message().await.unwrap().unwrap().r#type else { panic!("no block") };
    let [filtered] = block.filtered_transactions.try_into().unwrap();
    assert_eq!(
        (filtered.txid.as_str(), filtered.tx_validation_code()),
        (transaction.id.as_str(), TxValidationCode::Valid)
    );
    let Some(fabric_protos::protos::filtered_transaction::Data::TransactionActions(actions)) = filtered.data else {
        panic!("no actions");
    };
    let event = actions.chaincode_actions[0].chaincode_event.as_ref().unwrap();
    assert_eq!((event.event_name.as_str(), event.payload.as_slice()), ("made", &[][..]));
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_are_as_cryptogen_makes_them() {
    let folder = tempfile::tempdir().unwrap();
    let network = Devnet::builder(Network::generic(1, "ch"), folder.path()).start().await.unwrap();
    let organization = folder.path().join("crypto/peerOrganizations/org1.example.com");
    for file in [
        "ca/ca.org1.example.com-cert.pem",
        "tlsca/tlsca.org1.example.com-cert.pem",
        "msp/config.yaml",
        "msp/cacerts/ca.org1.example.com-cert.pem",
        "peers/peer0.org1.example.com/msp/signcerts/peer0.org1.example.com-cert.pem",
        "peers/peer0.org1.example.com/tls/server.crt",
        "users/Admin@org1.example.com/msp/config.yaml",
        "users/User1@org1.example.com/tls/client.crt",
    ] {
        assert!(organization.join(file).is_file(), "{file}");
    }
    #[cfg(unix)]
    for file in ["ca/priv_sk", "users/User1@org1.example.com/msp/keystore/priv_sk"] {
        use std::os::unix::fs::PermissionsExt;
        let path = organization.join(file);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("-----BEGIN PRIVATE KEY-----"), "{file}");
    }
    let profile = std::fs::read(organization.join("connection-org1.json")).unwrap();
    let profile: serde_json::Value = serde_json::from_slice(&profile).unwrap();
    let url = format!("grpcs://{}", network.endpoint("org1").unwrap().unwrap());
    assert_eq!(profile["peers"]["peer0.org1.example.com"]["url"], url);
    assert!(organization.join("connection-org1.yaml").is_file());
    let config = network.ledger("ch").unwrap().config();
    let identity = signer(&network, "org1", "Admin");
    let standing = config.msps.valid_identity(identity.creator()).unwrap();
    assert_eq!(standing.certificate().organizational_units(), ["admin"]);
    network.stop().await;
}
