//! How much devnet carries: creates of 200 bytes through five organizations' gateways over TLS, client included.
//!
//! `cargo test --release -p devnet --test throughput -- --ignored --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use devnet::{Deployment, Devnet, Network};
use fabric_msp::policy::parse;
use fabric_protos::protos::TxValidationCode;
use futures_util::future::join_all;
use support::{Call, Client, connect_tls, contract};
use wasm_host::package::Package;

const ORGANIZATIONS: usize = 5;
const CREATES: usize = 20_000;
/// Clients of each organization, each with one transaction under way.
const CLIENTS: usize = 60;
/// 200 bytes in base64.
const VALUE_LENGTH: usize = 268;

/// Creates keys until there are enough, and returns how long each took.
async fn create(client: Client, next: Arc<AtomicUsize>, prefix: &'static str) -> Vec<Duration> {
    let mut latencies = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= CREATES {
            return latencies;
        }
        let arguments = vec![format!("{prefix}{number:06}"), "A".repeat(VALUE_LENGTH)];
        let call = Call { channel: "ch", chaincode: "benchmark", function: "create", arguments, ..Call::default() };
        let begun = Instant::now();
        let transaction = client.endorse(&call).await.unwrap();
        let status = client.commit(&transaction).await.unwrap();
        assert_eq!(status.result(), TxValidationCode::Valid);
        latencies.push(begun.elapsed());
    }
}

async fn measure(network: &Devnet, prefix: &'static str) {
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = Vec::new();
    for number in 1..=ORGANIZATIONS {
        let organization = format!("org{number}");
        let channel = connect_tls(network, &organization).await;
        for _ in 0..CLIENTS {
            let signer = network.identity(&organization, "User1").unwrap().signer().unwrap();
            let client = Client::new(channel.clone(), signer);
            clients.push(tokio::spawn(create(client, Arc::clone(&next), prefix)));
        }
    }
    let (begun, cpu_begun) = (Instant::now(), cpu_time());
    let mut latencies: Vec<_> = join_all(clients).await.into_iter().flat_map(Result::unwrap).collect();
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = cpu_time() - cpu_begun;
    latencies.sort();
    println!(
        "{prefix}: {CREATES} creates in {seconds:.2} s: {:.0}/s, {:?} of processor time each, latency p50 {:?}, p99 {:?}",
        CREATES as f64 / seconds,
        cpu / u32::try_from(CREATES).unwrap(),
        latencies[latencies.len() / 2],
        latencies[latencies.len() * 99 / 100],
    );
}

/// Processor time of this process, network and clients together. On a busy machine it says more than the wall clock.
fn cpu_time() -> Duration {
    let statistics = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = statistics.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = [fields[11], fields[12]].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    // Linux counts in hundredths of a second.
    Duration::from_millis(ticks * 10)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn creates_per_second() {
    let folder = tempfile::tempdir().unwrap();
    let network = Devnet::builder(Network::generic(ORGANIZATIONS, "ch"), folder.path()).start().await.unwrap();
    let package = Package::new("benchmark", "1.0.0", contract("benchmark")).unwrap().build().unwrap();
    network.deploy("ch", &Deployment::new("benchmark", &package, None)).await.unwrap();
    measure(&network, "one-endorsement").await;
    let three = parse("OutOf(3,'Org1MSP.peer','Org2MSP.peer','Org3MSP.peer','Org4MSP.peer','Org5MSP.peer')").unwrap();
    network.deploy("ch", &Deployment::new("benchmark", &package, Some(three))).await.unwrap();
    measure(&network, "three-endorsements").await;
    network.stop().await;
}
