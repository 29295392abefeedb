//! A trading day is interrupted at every step and goes on, and two schedulers trade the same day at once: nothing is
//! doubled, nothing is lost.
//!
//! On the embedded network with the contracts as Wasm. Every transaction gets a block of its own, so that declarations
//! of one round are interrupted as well.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use agents::day::Participant;
use app::clock::Clock;
use app::day::{Stage, TradedDay};
use app::market::{Gateways, Market};
use app::plan::{Configuration, DEFAULT_CONFIGURATION, Plan};
use devnet::{Batch, Devnet, Network};
use fabric_client::Gateway;
use scenarios::embedded;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::OnceCell;

const CHANNEL: &str = "market";
const DAY: &str = "2016-07-02";
/// Two hours in which there are sellers and buyers.
const HOURS: std::ops::Range<usize> = 11..13;
/// Every how many-th member of the day takes part.
const EVERY: usize = 9;

/// What a day came to.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// Contract and key, with the value.
    state: BTreeMap<(&'static str, String), String>,
    /// Session, orders, trades and Wh.
    sessions: Vec<(String, usize, usize, u64)>,
    bills: Vec<String>,
}

/// A small market, and who trades on it.
struct Scene {
    devnet: Devnet,
    plan: Plan,
    participants: Vec<Participant>,
}

impl Scene {
    async fn start(folder: &Path) -> Self {
        let mut network = Network::market();
        network.channels.truncate(1);
        network.channels[0].batch = Batch { max_message_count: 1, ..Batch::default() };
        let devnet = embedded::start(network, &[CHANNEL], folder).await.unwrap();
        let participants: Vec<_> = agents::day::participants(DAY).unwrap().into_iter().step_by(EVERY).collect();
        let configuration = Configuration::parse(DEFAULT_CONFIGURATION).unwrap();
        let plan = Plan::new(configuration, DAY, &participants, 1).unwrap();
        Self { devnet, plan, participants }
    }

    /// Trades with a scheduler and agents that know nothing but what is on the ledger.
    async fn trade(&self) -> Result<TradedDay, app::Error> {
        let gateway = |organization: &str| {
            let signer = self.devnet.identity(organization, "User1").unwrap().signer().unwrap();
            Gateway::new(self.devnet.connect(organization).unwrap(), Arc::new(signer))
        };
        let gateways = Gateways {
            regulator: gateway("regulator"),
            trading_centre: gateway("trading-centre"),
            dispatcher: gateway("dispatcher"),
            grid_company: gateway("grid-company"),
        };
        let market = Market::new(&gateways, CHANNEL);
        let clock = Clock::simulated(0);
        let stage =
            Stage { market: &market, clock: &clock, plan: &self.plan, participants: &self.participants, archive: None };
        stage.trade_hours(HOURS, None, |_| ()).await
    }

    /// Trades until the day is over or this many blocks have come, whichever is first.
    async fn trade_for(&self, blocks: u64) -> Option<TradedDay> {
        let mut height = self.devnet.ledger(CHANNEL).unwrap().subscribe();
        let last = *height.borrow() + blocks;
        tokio::select! {
            traded = self.trade() => Some(traded.unwrap()),
            reached = height.wait_for(|height| *height >= last) => {
                reached.unwrap();
                None
            }
        }
    }

    fn outcome(&self, traded: &TradedDay) -> Outcome {
        let snapshot = self.devnet.ledger(CHANNEL).unwrap().snapshot();
        let state = ["declaration", "exchange"].into_iter().flat_map(|contract| {
            snapshot.range(contract, "", "").unwrap().map(move |entry| {
                let (key, value) = entry.unwrap();
                ((contract, key), value.value.escape_ascii().to_string())
            })
        });
        let sessions = traded.sessions.iter();
        Outcome {
            state: state.collect(),
            sessions: sessions.map(|one| (one.session.clone(), one.orders, one.trades, one.matched_wh)).collect(),
            bills: traded.bills.iter().map(|bill| format!("{bill:?}")).collect(),
        }
    }
}

/// Compares a day with the uninterrupted one, and names what is different.
async fn assert_same(found: &Outcome) {
    let expected = uninterrupted().await;
    let keys: BTreeSet<_> = found.state.keys().chain(expected.state.keys()).collect();
    for key in keys {
        assert_eq!(found.state.get(key), expected.state.get(key), "{key:?}");
    }
    assert_eq!(found, expected);
}

/// What must come of it.
async fn uninterrupted() -> &'static Outcome {
    static OUTCOME: OnceCell<Outcome> = OnceCell::const_new();
    OUTCOME
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            let scene = Scene::start(folder.path()).await;
            let traded = scene.trade().await.unwrap();
            assert_eq!(traded.sessions.len(), HOURS.len());
            assert!(traded.sessions.iter().all(|session| session.trades > 0), "every session trades");
            let outcome = scene.outcome(&traded);
            scene.devnet.stop().await;
            outcome
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_interrupted_after_every_transaction_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path()).await;
    let mut interruptions = 0;
    let traded = loop {
        match scene.trade_for(1).await {
            Some(traded) => break traded,
            None => interruptions += 1,
        }
    };
    assert!(interruptions > 20, "{interruptions} interruptions");
    assert_same(&scene.outcome(&traded)).await;
    // Once more, and nothing is left to do.
    let traded = scene.trade().await.unwrap();
    assert_eq!(traded.sessions.iter().map(|session| session.transactions).sum::<u64>(), 0);
    assert_same(&scene.outcome(&traded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_goes_on_when_the_network_was_stopped_in_between() {
    let folder = tempfile::tempdir().unwrap();
    // Members, session, in the middle of the first declarations, and later on.
    for blocks in [1, 1, 5, 9, 13] {
        let scene = Scene::start(folder.path()).await;
        assert!(scene.trade_for(blocks).await.is_none(), "the day is not over yet");
        scene.devnet.stop().await;
    }
    let scene = Scene::start(folder.path()).await;
    let traded = scene.trade().await.unwrap();
    assert_same(&scene.outcome(&traded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_schedulers_at_once_come_to_the_same_state() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::start(folder.path()).await;
    let (one, other) = tokio::join!(scene.trade(), scene.trade());
    for traded in [one.unwrap(), other.unwrap()] {
        assert_same(&scene.outcome(&traded)).await;
    }
}
