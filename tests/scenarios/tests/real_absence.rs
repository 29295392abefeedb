//! An organization's peer is away while sessions run on a real Fabric network: nothing hangs, and nothing is decided
//! without it. `cargo xtask test --only real-fabric` runs it where Fabric's programs are.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use std::thread;
use std::time::{Duration, Instant};

use exchange::messages::EndReason;
use fabric_network::ChaincodeAs;
use scenarios::fabric::Fabric;
use scenarios::scenarios::START_NS;
use scenarios::{Failure, MWH, Market, Network, Organization, Participant, Play, buy, parameters, sell};

/// How long it is away, on the clock of the machine.
const ABSENCE: Duration = Duration::from_secs(60);
/// Time for the other peers to find it again.
const RETURN: Duration = Duration::from_secs(60);

const CHANNELS: [&str; 2] = ["late", "lapsed"];
const AWAY: Organization = Organization::Regulator;

fn members() -> [Participant; 2] {
    [Participant::new("wind", 11, 0), Participant::new("mill", 21, 0)]
}

/// Opens a session whose first round would make a trade and leave something open.
fn declared<'m, 'a>(market: &'m mut Market<'a>) -> Play<'m, 'a> {
    let mut play = Play::open(market, &members(), 10 * MWH, &parameters("s09", START_NS)).unwrap();
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 2 * MWH)]).unwrap();
    play.declare("mill", 1, 1, &[buy(1, 40_000, MWH), buy(2, 20_000, MWH)]).unwrap();
    play
}

/// Repeats what three organizations must endorse until the one that was away is found.
fn when_found<T>(mut act: impl FnMut() -> Result<T, Failure>) -> T {
    let deadline = Instant::now() + RETURN;
    loop {
        match act() {
            Ok(value) => return value,
            Err(failure) => assert!(Instant::now() < deadline, "{failure}"),
        }
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
#[ignore = "needs Fabric's programs"]
fn sessions_wait_for_an_organization_that_is_away_and_lapse_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let fabric = Fabric::start(folder.path(), &CHANNELS, ChaincodeAs::Launched).unwrap();
    let [mut late_network, mut lapsed_network] = [fabric.clone(), fabric.clone()];
    let [mut late_market, mut lapsed_market] = [
        Market::new(&mut late_network, CHANNELS[0], START_NS),
        Market::new(&mut lapsed_network, CHANNELS[1], START_NS),
    ];
    let [mut late, mut lapsed] = [declared(&mut late_market), declared(&mut lapsed_market)];

    fabric.send_away(AWAY);
    let away_since = Instant::now();
    // One organization is enough for a declaration.
    late.at(14, 0);
    late.declare("mill", 1, 2, &[buy(1, 41_000, MWH), buy(2, 20_000, MWH)]).unwrap();
    late.at(15, 0);
    late.market.seal("s09").unwrap_err();
    let before = fabric.clone().state(CHANNELS[1]);
    lapsed.at(15, 0);
    lapsed.market.seal("s09").unwrap_err();
    lapsed.at(50, 0);
    lapsed.market.settle("s09").unwrap_err();
    assert_eq!(fabric.clone().state(CHANNELS[1]), before, "nothing is decided by two");

    thread::sleep(ABSENCE.saturating_sub(away_since.elapsed()));
    CHANNELS.iter().for_each(|channel| fabric.bring_back(AWAY, channel));
    // The clearing comes when the second window is over: the third opens.
    late.at(31, 0);
    when_found(|| late.market.seal("s09"));
    let round = when_found(|| late.market.clear("s09"));
    assert_eq!(round.next_round, Some(3));
    assert_eq!(late.market.trades(&round).unwrap().len(), 1);

    // In the other channel it came back too late.
    let ended = when_found(|| lapsed.market.expire("s09"));
    assert_eq!(ended.reason, EndReason::Time);
    when_found(|| lapsed.market.settle("s09"));
    for member in ["wind", "mill"] {
        assert_eq!(lapsed.market.balance(member).unwrap(), 0, "{member}");
    }
}
