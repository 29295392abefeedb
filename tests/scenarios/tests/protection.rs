//! What one organization cannot do, whatever it endorses; and who may call what.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use exchange::messages::{
    Device, Feeder, GranuleName, MeterReading, PaidBills, Registration, SessionParameters, SignedInstruction, Terms,
};
use fabric_contract_api::{EndorsementPolicy, args};
use scenarios::scenarios::START_NS;
use scenarios::{
    CLASSES, MWH, Market, Organization, Participant, Play, TestLedger, bundle_key, buy, code_of, parameters, sell,
};

fn members() -> [Participant; 2] {
    [Participant::new("wind", 11, 0), Participant::new("mill", 21, 0)]
}

/// Runs a test after a declaration of the wind's in the first round.
fn after_a_declaration(test: impl FnOnce(&mut Play<'_, '_>)) {
    let mut ledger = TestLedger::new("market");
    let mut market = Market::new(&mut ledger, "market", START_NS);
    let mut play = Play::open(&mut market, &members(), 10 * MWH, &parameters("s09", START_NS)).unwrap();
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, 2 * MWH)]).unwrap();
    test(&mut play);
}

#[test]
fn one_organization_neither_changes_nor_deletes_what_is_declared() {
    after_a_declaration(|play| {
        play.declare("mill", 1, 1, &[buy(1, 40_000, MWH), buy(2, 100, MWH)]).unwrap();
        play.at(15, 0);
        play.clear().unwrap();
        let keys = [
            bundle_key("s09", 1, "wind", 1).unwrap(),
            "\0member\0wind\0".to_owned(),
            "\0round\0s09\0".to_owned(),
            "\0position\0s09\0wind\0".to_owned(),
        ];
        let state = play.market.state();
        for key in keys {
            assert!(state.iter().any(|entry| entry.chaincode == "declaration" && entry.key == key), "{key:?}");
            for organization in Organization::ALL {
                for value in [Some(vec![1]), None] {
                    let forged = play.market.forge(organization, key.clone(), value);
                    assert_eq!(code_of(forged).unwrap(), "ENDORSEMENT_POLICY_FAILURE");
                }
            }
        }
        assert!(play.market.state() == state);
    });
}

#[test]
fn one_organization_writes_nothing_in_exchange() {
    after_a_declaration(|play| {
        for organization in Organization::ALL {
            let write = ("\0account\0wind\0".to_owned(), Some(b"\"1000000\"".to_vec()));
            let forged = play.market.forge_in("exchange", organization, write, None);
            assert_eq!(code_of(forged).unwrap(), "ENDORSEMENT_POLICY_FAILURE");
        }
        play.at(15, 0);
        for missing in Organization::CONSENSUS {
            let mut call = play.market.call(Organization::TradingCentre, "exchange", "seal", args!["s09"]);
            call.endorsers.retain(|endorser| *endorser != missing);
            assert_eq!(code_of(play.market.submit(call)).unwrap(), "ENDORSEMENT_POLICY_FAILURE");
        }
    });
}

#[test]
fn members_and_rounds_are_set_by_exchange_only() {
    after_a_declaration(|play| {
        let record: declaration::messages::RoundRecord =
            play.market.query("declaration", "round", args!["s09"]).unwrap();
        let positions: Vec<declaration::messages::PositionUpdate> = Vec::new();
        let updates: Vec<declaration::messages::MemberUpdate> = Vec::new();
        for (function, arguments) in [("set_round", args!["s09", record, positions]), ("set_members", args![updates])] {
            let mut call = play.market.call(Organization::TradingCentre, "declaration", function, arguments);
            call.endorsers = Organization::CONSENSUS.to_vec();
            assert_eq!(code_of(play.market.submit(call)).unwrap(), "ONLY_EXCHANGE");
        }
    });
}

/// A key that one organization made up first, under a policy that only a stranger satisfies.
fn take(market: &mut Market<'_>, key: &str) {
    let policy = EndorsementPolicy::all_of(["NobodyMSP"]).to_bytes();
    let write = (key.to_owned(), Some(b"{}".to_vec()));
    market.forge_in("declaration", Organization::Regulator, write, Some(policy)).unwrap();
}

#[test]
fn a_position_that_was_made_up_does_not_stop_a_clearing() {
    after_a_declaration(|play| {
        take(play.market, "\0position\0s09\0wind\0");
        play.declare("mill", 1, 1, &[buy(1, 40_000, MWH), buy(2, 100, MWH)]).unwrap();
        play.at(15, 0);
        let result = play.clear().unwrap();
        assert_eq!(result.volume_wh, MWH);
    });
}

#[test]
fn a_name_that_was_taken_costs_that_name_only() {
    after_a_declaration(|play| {
        take(play.market, "\0member\0roof\0");
        take(play.market, "\0round\0s10\0");
        let roof = Participant::new("roof", 12, 1);
        assert_eq!(code_of(play.market.register(&[roof], MWH)).unwrap(), "KEY_TAKEN");
        play.at(60, 0);
        let parameters = |session: &str| parameters(session, START_NS + 60 * scenarios::MINUTE_NS);
        assert_eq!(code_of(play.market.open(&parameters("s10"))).unwrap(), "KEY_TAKEN");
        play.market.register(&[Participant::new("roof-2", 12, 1)], MWH).unwrap();
        play.market.open(&parameters("s10-2")).unwrap();
    });
}

#[test]
fn who_may_call_what() {
    after_a_declaration(|play| {
        let roof = Participant::new("roof", 12, 1).registration(&CLASSES, MWH, MWH);
        let terms: Terms = roof.terms.clone();
        let registrations: Vec<Registration> = vec![roof];
        let session: SessionParameters = parameters("s10", START_NS);
        let feeder = Feeder {
            feeder: "F1".into(),
            source_point: 1,
            source_voltage_v: 20_000,
            lowest_voltage_ppm: 930_000,
            highest_voltage_ppm: 1_070_000,
            branches: Vec::new(),
            loads: Vec::new(),
        };
        let (devices, readings) = (Vec::<Device>::new(), Vec::<MeterReading>::new());
        let (instructions, granules) = (Vec::<SignedInstruction>::new(), Vec::<GranuleName>::new());
        let (certificates, members, payments) = (Vec::<String>::new(), Vec::<String>::new(), Vec::<PaidBills>::new());
        let consensus = Organization::CONSENSUS.as_slice();
        let cases = [
            ("register_members", args![registrations], [Organization::TradingCentre].as_slice()),
            ("change_member", args!["wind", terms], &[Organization::TradingCentre]),
            ("suspend_member", args!["wind", "why"], &[Organization::Regulator]),
            ("reinstate_member", args!["wind"], &[Organization::Regulator]),
            ("record_payments", args![payments], &[Organization::TradingCentre]),
            ("evaluate_credit", args![members], consensus),
            ("set_feeder", args![feeder], &[Organization::Dispatcher]),
            ("open_session", args![session], &[Organization::TradingCentre]),
            ("register_devices", args![devices], &[Organization::GridCompany]),
            ("record_readings", args![readings], &[Organization::GridCompany]),
            ("instruct", args![instructions], &Organization::ALL),
            ("audit_granules", args![granules], &[Organization::Regulator]),
            ("reject_granules", args![granules, "why"], &[Organization::Regulator]),
            ("issue_certificates", args![granules], &[Organization::TradingCentre]),
            ("publish_certificates", args![certificates], &[Organization::TradingCentre]),
            ("expire_certificates", args![certificates], consensus),
            ("cancel_session", args!["s09", "why"], &[Organization::TradingCentre, Organization::Regulator]),
            ("seal", args!["s09"], consensus),
            ("clear", args!["s09"], consensus),
            ("expire", args!["s09"], consensus),
            ("settle", args!["s09"], consensus),
            ("reconcile", args!["s09"], consensus),
        ];
        for (function, arguments, allowed) in cases {
            for organization in Organization::ALL {
                let call = play.market.call(organization, "exchange", function, arguments.clone());
                let denied = play.market.submit(call).is_err_and(|failure| failure.code() == "ACCESS");
                assert_eq!(denied, !allowed.contains(&organization), "{function} by {organization:?}");
            }
        }
    });
}
