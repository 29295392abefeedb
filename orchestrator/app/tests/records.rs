//! The feed of records is killed at every step, its store is lost, goes away, stalls and comes back: the market goes on,
//! and in the end everything is there, in the same batches, as the chain says.
//!
//! On the embedded network with the contracts as Wasm, and a server of MongoDB's wire protocol that is not MongoDB.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the best answer")]

#[path = "../../records/tests/support/mod.rs"]
mod support;

use agents::day::Participant;
use app::anchors::Anchors;
use app::archive::{self, Archive};
use app::clock::Clock;
use app::day::{Stage, archive_evidence, evidence};
use app::feed::{Backlog, Feed};
use app::market::{CONSENSUS, Gateways, Market};
use app::plan::{Configuration, DEFAULT_CONFIGURATION, Plan};
use devnet::lifecycle::Deployment;
use devnet::{Devnet, Network};
use fabric_client::Gateway;
use records::store::{EmbeddedStore, MongoStore, Patient};
use records::walk::{Anchored, Report, Wrong, strays, walk};
use records::{Batch, Document, Record, RecordId, Store};
use scenarios::embedded;
use std::future::poll_fn;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use support::Compatible;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const CHANNEL: &str = "market";
const DAY: &str = "2016-07-02";
/// Two hours in which there are sellers and buyers.
const HOURS: Range<usize> = 11..13;
/// Every how many-th member of the day takes part.
const EVERY: usize = 9;
/// 2016-07-04, when all is over.
const AT_NS: u64 = 1_467_590_400_000_000_000;
/// How long a store may take, and how long to wait for what must come.
const PATIENCE: Duration = Duration::from_millis(700);
const DEADLINE: Duration = Duration::from_secs(60);

/// A small market, and who trades on it.
struct Scene {
    devnet: Devnet,
    market: Arc<Market>,
    plan: Plan,
    participants: Vec<Participant>,
}

impl Scene {
    async fn start(folder: &Path) -> Self {
        let mut network = Network::market();
        network.channels.retain(|channel| [CHANNEL, archive::CHANNEL].contains(&channel.name.as_str()));
        let devnet = embedded::start(network, &[CHANNEL], folder).await.unwrap();
        let package = embedded::package(anchoring::NAME, anchoring::NAME).unwrap();
        let of_both = "AND('RegulatorMSP.peer','GridCompanyMSP.peer')";
        for (channel, policy) in [(CHANNEL, exchange::messages::ENDORSEMENT_POLICY), (archive::CHANNEL, of_both)] {
            let policy = fabric_msp::policy::parse(policy).unwrap();
            devnet.deploy(channel, &Deployment::new(anchoring::NAME, &package, Some(policy))).await.unwrap();
        }
        let participants: Vec<_> = agents::day::participants(DAY).unwrap().into_iter().step_by(EVERY).collect();
        let configuration = Configuration::parse(DEFAULT_CONFIGURATION).unwrap();
        let plan = Plan::new(configuration, DAY, &participants, 1).unwrap();
        let gateway = |organization| gateway(&devnet, organization);
        let gateways = Gateways {
            regulator: gateway("regulator"),
            trading_centre: gateway("trading-centre"),
            dispatcher: gateway("dispatcher"),
            grid_company: gateway("grid-company"),
        };
        let market = Arc::new(Market::new(&gateways, CHANNEL));
        Self { devnet, market, plan, participants }
    }

    fn anchors(&self) -> Anchors {
        Anchors::new(&gateway(&self.devnet, "trading-centre"), CHANNEL, &CONSENSUS)
    }

    fn feed(&self, store: Arc<dyn Store>) -> Feed {
        let network = gateway(&self.devnet, "trading-centre").network(CHANNEL);
        Feed::new(network, self.market.clone(), self.anchors(), store)
    }

    async fn trade(&self, hours: Range<usize>) {
        self.trade_with(hours, None).await;
    }

    async fn trade_with(&self, hours: Range<usize>, archive: Option<&Archive>) {
        let clock = Clock::simulated(0);
        let Self { market, plan, participants, .. } = self;
        let stage = Stage { market, clock: &clock, plan, participants, archive };
        let traded = stage.trade_hours(hours, None, |_| ()).await.unwrap();
        assert!(traded.sessions.iter().all(|session| session.trades > 0), "every session trades");
    }

    fn height_of(&self, channel: &str) -> u64 {
        *self.devnet.ledger(channel).unwrap().subscribe().borrow()
    }

    fn evidence_anchors(&self) -> Anchors {
        Anchors::new(&gateway(&self.devnet, "grid-company"), archive::CHANNEL, &archive::ENDORSERS)
    }

    /// Compares a store with the chain, and with one that is made from the chain without any trouble.
    async fn assert_whole(&self, store: Arc<dyn Store>) {
        let folder = tempfile::tempdir().unwrap();
        let again: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&folder.path().join("again.redb")).unwrap());
        // Not the height: what a feed that was killed had under way may still come into a block, as an invalid transaction.
        let anchored = self.anchors().count().await.unwrap();
        self.feed(again.clone()).catch_up(AT_NS).await.unwrap();
        let still = self.anchors().count().await.unwrap();
        assert_eq!(still, anchored, "a store that is made again anchors nothing again");
        assert_eq!(everything(&*store).await, everything(&*again).await);

        let report = self.walk(&store).await;
        assert_eq!(report.findings, []);
        assert_eq!(report.batches, u64::from(self.anchors().count().await.unwrap()));
        assert!(report.batches >= HOURS.len() as u64, "{} batches", report.batches);
        assert_eq!(report.records + report.waiting, store.size().await.unwrap().records);
        assert_eq!(strays(&*store, &[CHANNEL.to_owned()]).await.unwrap(), []);
    }

    /// Compares a store with the chain.
    async fn walk(&self, store: &Arc<dyn Store>) -> Report {
        let waiting = self.feed(store.clone()).expected().await.unwrap().waiting;
        walk(&**store, CHANNEL, &anchored(&self.anchors()).await, &waiting).await.unwrap()
    }

    /// Compares the evidence in a store with the readings on the market's channel and the roots on the grid company's.
    async fn walk_evidence(&self, store: &Arc<dyn Store>) -> Report {
        let named = self.feed(store.clone()).expected().await.unwrap().evidence;
        walk(&**store, archive::CHANNEL, &anchored(&self.evidence_anchors()).await, &named).await.unwrap()
    }
}

async fn anchored(anchors: &Anchors) -> Vec<Anchored> {
    let mut anchored = Vec::new();
    for number in 0..anchors.count().await.unwrap() {
        let anchor = anchors.anchored(number).await.unwrap();
        anchored.push(Anchored { root: anchor.root.0, records: anchor.records.into() });
    }
    anchored
}

fn gateway(devnet: &Devnet, organization: &str) -> Gateway {
    let signer = devnet.identity(organization, "User1").unwrap().signer().unwrap();
    Gateway::new(devnet.connect(organization).unwrap(), Arc::new(signer))
}

/// Records in the order in which they came, batches, and what waits.
async fn everything(store: &dyn Store) -> (Vec<RecordId>, Vec<Option<Batch>>, Vec<RecordId>) {
    let records = store.since(0, 1_000_000).await.unwrap().into_iter().map(|(_, id)| id).collect();
    let mut batches = Vec::new();
    for number in 0..store.batches(CHANNEL).await.unwrap() {
        batches.push(store.batch(CHANNEL, number).await.unwrap());
    }
    (records, batches, store.pending(CHANNEL).await.unwrap())
}

/// Lets something go on until it has had to wait this often, then drops it as if it had been killed.
async fn killed_after<T>(pauses: usize, going_on: impl Future<Output = T>) -> Option<T> {
    let mut going_on = Box::pin(going_on);
    let mut left = pauses;
    poll_fn(move |context| match going_on.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Waits until the feed has caught up.
async fn caught_up(feed: &Feed) {
    let start = Instant::now();
    loop {
        let backlog = feed.backlog().await;
        if matches!(backlog, Ok(Backlog { blocks: 0, batches: 0, .. })) {
            return;
        }
        assert!(start.elapsed() < DEADLINE, "{backlog:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the feed has failed once more.
async fn failed_again(failures: &AtomicUsize) {
    let (start, before) = (Instant::now(), failures.load(Ordering::SeqCst));
    while failures.load(Ordering::SeqCst) == before {
        assert!(start.elapsed() < DEADLINE, "the feed does not notice that its store is away");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Follows the chain in the background.
fn follow(mut feed: Feed) -> (tokio::task::JoinHandle<()>, Arc<AtomicUsize>) {
    let failures = Arc::new(AtomicUsize::new(0));
    let counted = failures.clone();
    let count = move |error: &app::Error| {
        assert!(matches!(error, app::Error::Store(_)), "{error}");
        counted.fetch_add(1, Ordering::SeqCst);
    };
    (tokio::spawn(async move { feed.follow(|| AT_NS, count).await }), failures)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_slipped_into_the_store_is_named_and_never_anchored() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path()).await;
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&folder.path().join("records.redb")).unwrap());
    let slipped = Record::from_bytes(b"as if the market had said it".to_vec());
    let mut feed = scene.feed(store.clone());
    scene.trade(HOURS.start..HOURS.start + 1).await;
    feed.catch_up(AT_NS).await.unwrap();
    store.put(CHANNEL, std::slice::from_ref(&slipped)).await.unwrap();
    scene.trade(HOURS).await;
    feed.catch_up(AT_NS).await.unwrap();
    assert_eq!(store.place(&slipped.id()).await.unwrap(), None);
    let findings = scene.walk(&store).await.findings;
    let named: Vec<_> = findings.iter().map(|finding| (finding.code, finding.record.clone())).collect();
    assert_eq!(named, [(Wrong::Added, Some(slipped.id().to_string()))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reading_has_its_evidence_and_a_lost_store_gets_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path()).await;
    let open = |name: &str| -> Arc<dyn Store> { Arc::new(EmbeddedStore::open(&folder.path().join(name)).unwrap()) };
    let store = open("records.redb");
    let archive = Archive::new(scene.evidence_anchors(), store.clone());
    scene.trade_with(HOURS, Some(&archive)).await;
    scene.feed(store.clone()).catch_up(AT_NS).await.unwrap();
    let report = scene.walk_evidence(&store).await;
    assert_eq!((report.findings.as_slice(), report.batches, report.waiting), ([].as_slice(), HOURS.len() as u64, 0));
    assert_eq!(report.records, (scene.participants.len() * HOURS.len()) as u64);

    let again = open("again.redb");
    scene.feed(again.clone()).catch_up(AT_NS).await.unwrap();
    let missing = scene.walk_evidence(&again).await.findings;
    assert!(missing.iter().all(|finding| finding.code == Wrong::Missing) && !missing.is_empty());
    let height = scene.height_of(archive::CHANNEL);
    let archive = Archive::new(scene.evidence_anchors(), again.clone());
    archive_evidence(&archive, &scene.plan, &scene.participants, HOURS, AT_NS).await.unwrap();
    assert_eq!(scene.height_of(archive::CHANNEL), height, "nothing is anchored twice");
    assert_eq!(scene.walk_evidence(&again).await.findings, []);
    // The evidence adds up to what the reading says.
    let Document::Evidence(evidence) = evidence(&scene.plan, &scene.participants, HOURS.start)[0].document().unwrap()
    else {
        panic!("evidence is of its kind");
    };
    assert_eq!(evidence.energies_wh.iter().sum::<u64>(), scene.participants[0].metered_wh[HOURS.start]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_killed_at_every_step_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path()).await;
    scene.trade(HOURS).await;
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&folder.path().join("records.redb")).unwrap());
    let mut kills = 0;
    // Each life is a step longer than the one before, and goes on where that one ended.
    while killed_after(kills, scene.feed(store.clone()).catch_up(AT_NS)).await.map(Result::unwrap).is_none() {
        kills += 1;
    }
    assert!(kills > 10, "{kills} kills");
    scene.assert_whole(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_market_goes_on_while_the_store_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path()).await;
    let server = Compatible::Nx27017.start(folder.path(), 0);
    let uri = format!("{}?serverSelectionTimeoutMS=500", server.uri("outage"));
    let store: Arc<dyn Store> = Arc::new(Patient::new(MongoStore::connect(&uri).await.unwrap(), PATIENCE));
    let (following, failures) = follow(scene.feed(store.clone()));
    scene.trade(HOURS.start..HOURS.start + 1).await;
    let port = server.port();
    drop(server);
    scene.trade(HOURS).await;
    failed_again(&failures).await;
    let away = scene.feed(store.clone()).backlog().await.unwrap_err();
    assert!(away.to_string().starts_with("STORE_UNAVAILABLE"), "{away}");
    let _server = Compatible::Nx27017.start(folder.path(), port);
    caught_up(&scene.feed(store.clone())).await;
    following.abort();
    scene.assert_whole(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_market_goes_on_while_the_store_stalls() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path()).await;
    let server = Compatible::Nx27017.start(folder.path(), 0);
    let (stalls, stalled) = watch::channel(false);
    let port = stalling_proxy(server.port(), stalled).await;
    let uri = format!("mongodb://127.0.0.1:{port}/outage?serverSelectionTimeoutMS=500");
    let store: Arc<dyn Store> = Arc::new(Patient::new(MongoStore::connect(&uri).await.unwrap(), PATIENCE));
    let (following, failures) = follow(scene.feed(store.clone()));
    scene.trade(HOURS.start..HOURS.start + 1).await;
    stalls.send(true).unwrap();
    scene.trade(HOURS).await;
    failed_again(&failures).await;
    stalls.send(false).unwrap();
    caught_up(&scene.feed(store.clone())).await;
    following.abort();
    scene.assert_whole(store).await;
}

/// Passes bytes on to a port, and none while it is stalled: connections stay open, and nobody answers. Those that were open
/// then never go on.
async fn stalling_proxy(to: u16, stalled: watch::Receiver<bool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut stalled = stalled.clone();
            tokio::spawn(async move {
                stalled.wait_for(|is_stalled| !is_stalled).await.ok();
                let Ok(mut server) = TcpStream::connect(("127.0.0.1", to)).await else { return };
                let is_stalled = async {
                    stalled.wait_for(|is_stalled| *is_stalled).await.ok();
                };
                let stalls = tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut server) => false,
                    () = is_stalled => true,
                };
                if stalls {
                    stalled.wait_for(|is_stalled| !is_stalled).await.ok();
                }
            });
        }
    });
    port
}
