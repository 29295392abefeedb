//! What an honest endorser refuses when a bundle is declared, each by its code.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use declaration::MEMBER_BUNDLES_MAX;
use declaration::messages::{Phase, Position, RoundRecord};
use fabric_contract_api::{Bytes, args};
use rules::bundle::Bundle;
use scenarios::scenarios::START_NS;
use scenarios::{
    MWH, Market, NO_SIGNATURE, Order, Organization, Participant, Play, TestLedger, buy, code_of, parameters, sell,
};

/// Runs a test in the first round of a session with three members, of which `roof` is on 0.4 kV.
fn in_session(test: impl FnOnce(&mut Play<'_, '_>)) {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let members = [Participant::new("wind", 11, 0), Participant::new("roof", 12, 1), Participant::new("mill", 21, 0)];
    let mut play = Play::open(&mut market, &members, 10 * MWH, &parameters("s09", START_NS)).unwrap();
    play.at(1, 0);
    test(&mut play);
}

fn bundle(play: &Play<'_, '_>, orders: &[Order]) -> Bundle {
    play.market.bundle("wind", "s09", 1, 1, orders).unwrap()
}

fn code(play: &mut Play<'_, '_>, bundle: &Bundle) -> String {
    code_of(play.market.declare(bundle)).unwrap()
}

/// The code for these bytes under this signature.
fn code_of_bytes(play: &mut Play<'_, '_>, bytes: Vec<u8>, signature: &[u8]) -> String {
    let arguments = args![Bytes(bytes), Bytes(signature.to_vec())];
    let call = play.market.call(Organization::LargeUser, "declaration", "declare", arguments);
    code_of(play.market.submit(call)).unwrap()
}

#[test]
fn orders_that_break_a_rule() {
    in_session(|play| {
        let cases: [(&[Order], &str); 9] = [
            (&[sell(1, 30_000, 10 * MWH + 1)], "OVER_LIMIT"),
            (&[sell(1, 30_000, 6 * MWH), sell(2, 31_000, 5 * MWH)], "OVER_LIMIT"),
            (&[sell(1, 30_000, MWH), buy(2, 30_000, MWH)], "CROSSES_ITSELF"),
            (&[sell(1, 150_001, MWH)], "PRICE_OUT_OF_RANGE"),
            (&[sell(1, -1, MWH)], "PRICE_OUT_OF_RANGE"),
            (&[sell(1, 30_000, MWH), sell(1, 31_000, MWH)], "DUPLICATE_NUMBER"),
            (&[sell(1, 30_000, 0)], "EMPTY_ORDER"),
            (&[sell(1, 30_000, u64::MAX)], "VOLUME_OUT_OF_RANGE"),
            (&[sell(1, 30_000, 1); 9], "TOO_MANY_ORDERS"),
        ];
        for (orders, expected) in cases {
            assert_eq!(play.refused("wind", 1, 1, orders).unwrap(), expected);
        }
        play.declare("wind", 1, 1, &[sell(1, 30_000, 10 * MWH)]).unwrap();
    });
}

#[test]
fn points_and_classes_of_others() {
    in_session(|play| {
        let mut elsewhere = bundle(play, &[sell(1, 30_000, MWH)]);
        elsewhere.orders[0].point = 12;
        assert_eq!(code(play, &elsewhere), "WRONG_POINT");
        let mut other_class = bundle(play, &[sell(1, 30_000, MWH)]);
        other_class.orders[0].class.0 = 1;
        assert_eq!(code(play, &other_class), "WRONG_CLASS");
        other_class.orders[0].class.0 = 2;
        assert_eq!(code(play, &other_class), "WRONG_CLASS");
    });
}

#[test]
fn bundles_for_elsewhere() {
    in_session(|play| {
        let here = bundle(play, &[]);
        assert_eq!(code(play, &Bundle { channel: "market-2".into(), ..here.clone() }), "WRONG_CHANNEL");
        assert_eq!(code(play, &Bundle { session: "s10".into(), ..here.clone() }), "UNKNOWN_SESSION");
        assert_eq!(code(play, &Bundle { round: 2, ..here }), "WRONG_ROUND");
    });
}

#[test]
fn outside_the_window() {
    in_session(|play| {
        play.at(15, 0);
        assert_eq!(play.refused("wind", 1, 1, &[]).unwrap(), "WINDOW_OVER");
        play.market.set_time(START_NS - 1);
        assert_eq!(play.refused("wind", 1, 1, &[]).unwrap(), "WINDOW_NOT_OPEN");
        play.at(15, 0);
        play.market.seal("s09").unwrap();
        play.at(14, 59);
        assert_eq!(play.refused("wind", 1, 1, &[]).unwrap(), "NOT_OPEN");
    });
}

#[test]
fn signatures_that_do_not_hold() {
    in_session(|play| {
        let bytes = bundle(play, &[sell(1, 30_000, MWH)]).encode();
        let wind = play.market.participant("wind").unwrap().clone();
        let mill = play.market.participant("mill").unwrap().clone();
        assert_eq!(code_of_bytes(play, bytes.clone(), &NO_SIGNATURE.0), "BAD_SIGNATURE");
        assert_eq!(code_of_bytes(play, bytes.clone(), &mill.sign(&bytes).0), "BAD_SIGNATURE");
        assert_eq!(code_of_bytes(play, bytes.clone(), &wind.sign(&bytes).0[..63]), "BAD_SIGNATURE");
        let other = bundle(play, &[sell(1, 30_001, MWH)]).encode();
        assert_eq!(code_of_bytes(play, bytes.clone(), &wind.sign(&other).0), "BAD_SIGNATURE");

        // The same signature with n - s in place of s: valid by the book, but a second form of it.
        let signature = p256::ecdsa::Signature::from_slice(&wind.sign(&bytes).0).unwrap();
        let (r, s) = signature.split_scalars();
        let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        assert_eq!(code_of_bytes(play, bytes.clone(), &high.to_bytes()), "BAD_SIGNATURE");
        play.declare("wind", 1, 1, &[sell(1, 30_000, MWH)]).unwrap();
    });
}

#[test]
fn bytes_that_are_no_bundle() {
    in_session(|play| {
        let bytes = bundle(play, &[sell(1, 30_000, MWH)]).encode();
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(code_of_bytes(play, longer, &NO_SIGNATURE.0), "BUNDLE_TRAILING_BYTES");
        assert_eq!(code_of_bytes(play, bytes[..9].to_vec(), &NO_SIGNATURE.0), "BUNDLE_TRUNCATED");
        let version_2 = [&[2], &bytes[1..]].concat();
        assert_eq!(code_of_bytes(play, version_2, &NO_SIGNATURE.0), "BUNDLE_VERSION");
        assert_eq!(code_of_bytes(play, Vec::new(), &NO_SIGNATURE.0), "BUNDLE_TRUNCATED");
    });
}

#[test]
fn strangers_and_the_suspended() {
    in_session(|play| {
        let stranger = Participant::new("stranger", 11, 0);
        let bytes = Bundle { member: "stranger".into(), ..bundle(play, &[]) }.encode();
        let signature = stranger.sign(&bytes);
        assert_eq!(code_of_bytes(play, bytes, &signature.0), "UNKNOWN_MEMBER");
        play.market.command(Organization::Regulator, "suspend_member", args!["wind", "why"]).unwrap();
        assert_eq!(play.refused("wind", 1, 1, &[]).unwrap(), "MEMBER_SUSPENDED");
        play.market.command(Organization::Regulator, "reinstate_member", args!["wind"]).unwrap();
        play.declare("wind", 1, 1, &[]).unwrap();
    });
}

#[test]
fn sequences_rise_within_the_session() {
    in_session(|play| {
        play.declare("wind", 1, 5, &[sell(1, 30_000, MWH), sell(2, 90_000, MWH)]).unwrap();
        for sequence in [1, 5] {
            assert_eq!(play.refused("wind", 1, sequence, &[]).unwrap(), "SEQUENCE_REPLAYED");
        }
        play.declare("wind", 1, 6, &[sell(1, 31_000, MWH), sell(2, 90_000, MWH)]).unwrap();
        play.declare("mill", 1, 1, &[buy(1, 40_000, MWH), buy(2, 100, MWH)]).unwrap();
        play.at(15, 0);
        play.clear().unwrap();
        play.at(16, 0);
        assert_eq!(play.refused("wind", 2, 6, &[]).unwrap(), "SEQUENCE_REPLAYED");
        let position: Position = play.market.query("declaration", "position", args!["s09", "wind"]).unwrap();
        assert_eq!(position, Position { sold_wh: MWH, bought_wh: 0, sequence: 6 });
        play.declare("wind", 2, 7, &[sell(1, 31_000, MWH)]).unwrap();
    });
}

#[test]
fn one_member_cannot_fill_a_round() {
    in_session(|play| {
        for sequence in 1..=MEMBER_BUNDLES_MAX as u64 {
            play.declare("wind", 1, sequence, &[]).unwrap();
        }
        assert_eq!(play.refused("wind", 1, 100, &[]).unwrap(), "TOO_MANY_BUNDLES");
    });
}

/// Otherwise one organization could keep a member from declaring.
#[test]
fn a_bundle_that_the_member_did_not_sign_does_not_raise_its_sequence() {
    in_session(|play| {
        let mut forged = play.market.stored(&Bundle { sequence: u64::MAX, ..bundle(play, &[]) }).unwrap();
        forged.signature = NO_SIGNATURE;
        let key = scenarios::bundle_key("s09", 1, "wind", u64::MAX).unwrap();
        play.market.forge(Organization::Dispatcher, key, Some(forged.encode())).unwrap();
        let junk = "\0bundle\0s09\u{0}00000001\0wind\0".to_owned();
        play.market.forge(Organization::Dispatcher, junk, Some(vec![1])).unwrap();
        play.declare("wind", 1, 1, &[sell(1, 30_000, MWH)]).unwrap();
    });
}

#[test]
fn what_clients_can_read() {
    in_session(|play| {
        let bundle = bundle(play, &[sell(1, 30_000, MWH)]);
        let receipt = play.market.declare(&bundle).unwrap();
        let arguments = args!["s09", 1_u32, "wind", 1_u64];
        let declared: declaration::messages::DeclaredBundle =
            play.market.query("declaration", "bundle", arguments).unwrap();
        assert_eq!(declared.bundle.0, bundle.encode());
        assert_eq!((declared.bundle_hash, declared.declared_ns), (receipt.bundle_hash, play.market.now_ns()));
        let page: declaration::messages::BundlePage =
            play.market.query("declaration", "bundles", args!["s09", 1_u32, "", 10_u32]).unwrap();
        assert_eq!(page.bundles, [declared]);
        let round: RoundRecord = play.market.query("declaration", "round", args!["s09"]).unwrap();
        assert_eq!((round.phase, round.round), (Phase::Open, 1));
        play.at(15, 0);
        play.market.seal("s09").unwrap();
        let sealed: exchange::messages::SealedRound =
            play.market.query("exchange", "sealed", args!["s09", 1_u32]).unwrap();
        assert_eq!(sealed.bundles[0].bundle_hash, receipt.bundle_hash);
    });
}
