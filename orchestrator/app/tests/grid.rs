//! Two hours of a day on a grid that carries a part of what is matched, and on the real one.
//!
//! On the embedded network with the contracts as Wasm.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use app::clock::Clock;
use app::day::Stage;
use app::market::{Gateways, Market};
use app::plan::{Configuration, DEFAULT_CONFIGURATION, Plan};
use app::summary::SessionSummary;
use devnet::Network;
use fabric_client::Gateway;
use scenarios::embedded;
use std::sync::Arc;

const CHANNEL: &str = "market";
const DAY: &str = "2016-07-02";
/// Hours in which there are sellers and buyers.
const HOURS: std::ops::Range<usize> = 11..13;
/// Every how many-th member of the day takes part.
const EVERY: usize = 9;

async fn trade(configuration: &str) -> Vec<SessionSummary> {
    let folder = tempfile::tempdir().unwrap();
    let mut network = Network::market();
    network.channels.truncate(1);
    let devnet = embedded::start(network, &[CHANNEL], folder.path()).await.unwrap();
    let participants: Vec<_> = agents::day::participants(DAY).unwrap().into_iter().step_by(EVERY).collect();
    let plan = Plan::new(Configuration::parse(configuration).unwrap(), DAY, &participants, 1).unwrap();
    let gateway = |organization: &str| {
        let signer = devnet.identity(organization, "User1").unwrap().signer().unwrap();
        Gateway::new(devnet.connect(organization).unwrap(), Arc::new(signer))
    };
    let gateways = Gateways {
        regulator: gateway("regulator"),
        trading_centre: gateway("trading-centre"),
        dispatcher: gateway("dispatcher"),
        grid_company: gateway("grid-company"),
    };
    let market = Market::new(&gateways, CHANNEL);
    let clock = Clock::simulated(0);
    let stage = Stage { market: &market, clock: &clock, plan: &plan, participants: &participants, archive: None };
    let traded = stage.trade_hours(HOURS, None, |_| ()).await.unwrap();
    let set = market.feeder(&plan.feeder.feeder).await.unwrap().unwrap();
    assert_eq!((set.version, set.feeder), (1, plan.feeder.clone()));
    for session in &traded.sessions {
        let frozen = market.session(&session.session).await.unwrap().unwrap().frozen;
        assert_eq!((frozen.parameters.feeder, frozen.feeder_version), (Some(plan.feeder.feeder.clone()), 1));
    }
    devnet.stop().await;
    traded.sessions
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tight_grid_cuts_trades() {
    let real = trade(DEFAULT_CONFIGURATION).await;
    // Most lines then carry 12 kW or little more, and most plants make twice that.
    let tight = DEFAULT_CONFIGURATION.replace("capacity_ppm = 1000000", "capacity_ppm = 2000");
    let tight = trade(&tight).await;
    for (real, tight) in real.iter().zip(&tight) {
        assert!(real.matched_wh > 0 && real.grid.trades_cut == 0 && real.grid.load_ppm > 0, "{:?}", real.grid);
        assert!((19_300..=20_500).contains(&real.grid.lowest_voltage_v), "{:?}", real.grid);
        assert!(tight.grid.trades_cut > 0 && tight.grid.cut_wh > 0, "{:?}", tight.grid);
        assert!(0 < tight.matched_wh && tight.matched_wh < real.matched_wh, "{} Wh", tight.matched_wh);
        assert!(tight.grid.load_ppm <= 1_000_000, "{:?}", tight.grid);
    }
}
