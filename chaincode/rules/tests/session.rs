//! The state machine step by step: every step's refusals, every refusal of a declaration, late steps, the grid, JSON.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

use rules::bundle::{Bundle, DeclaredOrder};
use rules::clearing::{PricingRule, Share};
use rules::fees::FeeTable;
use rules::grid::{CopperPlate, GridCheck};
use rules::order::{ClassIndex, Side};
use rules::outcome::{Outcome, QuoteSource, Suspension};
use rules::remainder::Reason;
use rules::session::{
    Declaration, EndReason, Limits, OpenRound, Parameters, RoundResult, Schedule, Session, Standing, State,
};
use rules::units::{Nanoseconds, SECOND_NS};

const START: Nanoseconds = 1_467_417_600 * SECOND_NS;
const AMPLE: Limits = Limits { sell: u64::MAX, buy: u64::MAX };

fn at(seconds: u64) -> Nanoseconds {
    START + seconds * SECOND_NS
}

fn parameters() -> Parameters {
    Parameters {
        channel: "market".into(),
        session: "s".into(),
        starts: START,
        delivery_starts: at(3_600),
        delivery_ends: at(7_200),
        schedule: Schedule::default(),
        rule: PricingRule::KDoubleAuction(Share::HALF),
        fees: FeeTable::new(vec!["z".into()], vec![vec![Some(500)]]).unwrap(),
        price_floor: 0,
        price_cap: 200_000,
    }
}

fn open_session() -> Session {
    let mut session = Session::new(parameters()).unwrap();
    session.open(START).unwrap();
    session
}

fn order(number: u32, side: Side, price: i64, volume: u64) -> DeclaredOrder {
    DeclaredOrder { number, side, class: ClassIndex(0), point: number, price, volume }
}

fn declare(seconds: u64, member: &str, round: u32, sequence: u64, orders: &[DeclaredOrder]) -> Declaration {
    let (channel, session, member) = ("market".into(), "s".into(), member.into());
    let bundle = Bundle { channel, session, member, round, sequence, orders: orders.to_vec() };
    Declaration { bundle, declared_at: at(seconds) }
}

/// Seals and clears at the end of the window.
fn clear(session: &mut Session, sealed: &[Declaration]) -> RoundResult {
    let State::Open(window) = session.state() else { panic!("{:?}", session.state()) };
    session.seal(window.closes).unwrap();
    session.clear(window.closes, sealed, |_| AMPLE, &mut CopperPlate).unwrap()
}

fn first_round() -> [Declaration; 2] {
    [
        declare(60, "gen", 1, 1, &[order(1, Side::Sell, 30_000, 3_000)]),
        declare(70, "load", 1, 1, &[order(1, Side::Buy, 40_000, 1_000), order(2, Side::Buy, 30_100, 1_000)]),
    ]
}

#[test]
fn a_session_runs_from_announcement_to_reconciliation() {
    let mut session = Session::new(parameters()).unwrap();
    let code = |result: Result<(), rules::session::StepError>| result.unwrap_err().code();
    assert_eq!(code(session.open(START - 1)), "NOT_STARTED");
    assert_eq!(code(session.seal(at(900))), "NOT_OPEN");
    assert_eq!(session.open_round(), None);
    session.open(START).unwrap();
    assert_eq!(code(session.open(START)), "NOT_SCHEDULED");
    assert_eq!(code(session.seal(at(900) - 1)), "WINDOW_NOT_OVER");
    let early = session.clear(at(900), &[], |_| AMPLE, &mut CopperPlate).unwrap_err();
    assert_eq!(early.code(), "NOT_SEALED");
    assert_eq!(code(session.expire(at(2_999))), "DEADLINE_NOT_OVER");
    assert_eq!(code(session.settle(at(2_700))), "NOT_ENDED");

    session.seal(at(900)).unwrap();
    let early = session.clear(at(900) - 1, &first_round(), |_| AMPLE, &mut CopperPlate).unwrap_err();
    assert_eq!(early.code(), "WINDOW_NOT_OVER", "a clearing from before the seal would lengthen the next window");
    let result = session.clear(at(901), &first_round(), |_| AMPLE, &mut CopperPlate).unwrap();
    let cleared = result.cleared.unwrap();
    assert_eq!((cleared.outcome, session.traded()), (Outcome::Traded, 1_000));
    let resting = session.members().get("gen").unwrap();
    assert_eq!((resting.open[0].order.volume, resting.open[0].time), (2_000, at(60)), "the rest keeps its time");
    assert_eq!(resting.standing, Standing { last_sequence: 1, sold: 1_000, bought: 0 });

    let result = clear(&mut session, &[]);
    assert_eq!((result.cleared, result.state), (None, State::Ended(EndReason::NoContinuation)));
    assert!(session.members().iter().all(|(_, member)| member.open.is_empty()), "open orders lapse");
    assert_eq!(code(session.expire(at(3_000))), "ALREADY_ENDED");
    assert_eq!(code(session.settle(at(2_699))), "SETTLEMENT_NOT_DUE");
    assert_eq!(code(session.reconcile(at(7_200))), "NOT_SETTLED");
    session.settle(at(2_700)).unwrap();
    assert_eq!(code(session.cancel()), "ALREADY_SETTLED");
    assert_eq!(code(session.reconcile(at(7_199))), "DELIVERY_NOT_OVER");
    session.reconcile(at(7_200)).unwrap();
    session.reconcile(at(90_000)).unwrap();
    assert_eq!(session.state(), State::Reconciled(EndReason::NoContinuation));
}

#[test]
fn cancelled_is_final() {
    let mut session = open_session();
    session.cancel().unwrap();
    assert_eq!(session.cancel().unwrap_err().code(), "ALREADY_ENDED");
    assert_eq!(session.settle(at(3_000)).unwrap_err().code(), "NOT_ENDED");
    assert_eq!(session.open(START).unwrap_err().code(), "NOT_SCHEDULED");
}

#[test]
fn late_steps_shorten_or_skip_windows_and_never_hang() {
    let mut session = Session::new(parameters()).unwrap();
    session.open(at(1_000)).unwrap();
    assert!(matches!(session.state(), State::Open(window) if window.round == 2 && window.opens == at(1_000)));

    let mut session = open_session();
    session.seal(at(900)).unwrap();
    session.clear(at(1_900), &[first_round()[0].clone()], |_| AMPLE, &mut CopperPlate).unwrap();
    assert!(matches!(session.state(), State::Open(window) if window.round == 5 && window.closes == at(2_100)));
    session.seal(at(2_999)).unwrap();
    let late = session.clear(at(3_000), &[], |_| AMPLE, &mut CopperPlate).unwrap_err();
    assert_eq!(late.code(), "DEADLINE_OVER");
    session.expire(at(3_000)).unwrap();
    assert_eq!(session.state(), State::Ended(EndReason::Time));

    let mut never_opened = Session::new(parameters()).unwrap();
    assert_eq!(never_opened.open(at(2_700)).unwrap_err().code(), "DEADLINE_OVER");
    never_opened.expire(at(3_000)).unwrap();
    let mut never_sealed = open_session();
    assert_eq!(never_sealed.seal(at(3_000)).unwrap_err().code(), "DEADLINE_OVER");
    never_sealed.expire(at(3_000)).unwrap();
}

/// What one declaration in an open round is refused for, at once and by the clearing.
fn refusal(change: impl Fn(&mut Declaration)) -> &'static str {
    let mut session = open_session();
    let round = session.open_round().unwrap();
    let mut declaration = declare(60, "gen", 1, 5, &[order(1, Side::Sell, 30_000, 3_000)]);
    change(&mut declaration);
    let limits = Limits { sell: 3_000, buy: 1_000 };
    let first = declare(1, "gen", 1, 4, &[]);
    let standing = Standing { last_sequence: 4, ..Standing::default() };
    let at_once = round.check(&declaration, &standing, &limits).unwrap_err();
    session.seal(at(900)).unwrap();
    let result = session.clear(at(900), &[first, declaration], |_| limits, &mut CopperPlate).unwrap();
    assert_eq!((result.left_out.len(), result.left_out[0].place, result.left_out[0].refusal), (1, 1, at_once));
    assert!(session.members().get("gen").unwrap().open.is_empty(), "nothing of it counts");
    at_once.code()
}

#[test]
fn every_refusal_of_a_declaration() {
    let sell = |price, volume| order(1, Side::Sell, price, volume);
    assert_eq!(refusal(|d| d.bundle.channel = "other".into()), "WRONG_CHANNEL");
    assert_eq!(refusal(|d| d.bundle.session = "yesterday".into()), "WRONG_SESSION");
    assert_eq!(refusal(|d| d.bundle.round = 2), "WRONG_ROUND");
    assert_eq!(refusal(|d| d.declared_at = START - 1), "WINDOW_NOT_OPEN");
    assert_eq!(refusal(|d| d.declared_at = at(900)), "WINDOW_OVER");
    assert_eq!(refusal(|d| d.bundle.sequence = 4), "SEQUENCE_REPLAYED");
    assert_eq!(
        refusal(|d| d.bundle.orders = (0..4_097).map(|n| order(n, Side::Sell, 1, 1)).collect()),
        "TOO_MANY_ORDERS"
    );
    assert_eq!(refusal(|d| d.bundle.orders.push(sell(1, 1))), "DUPLICATE_NUMBER");
    assert_eq!(refusal(|d| d.bundle.orders[0].class = ClassIndex(1)), "UNKNOWN_CLASS");
    assert_eq!(refusal(|d| d.bundle.orders = vec![sell(30_000, 0)]), "EMPTY_ORDER");
    assert_eq!(refusal(|d| d.bundle.orders = vec![sell(-1, 1)]), "PRICE_OUT_OF_RANGE");
    assert_eq!(refusal(|d| d.bundle.orders = vec![sell(200_001, 1)]), "PRICE_OUT_OF_RANGE");
    assert_eq!(refusal(|d| d.bundle.orders = vec![sell(1, (1 << 42) + 1)]), "VOLUME_OUT_OF_RANGE");
    assert_eq!(refusal(|d| d.bundle.orders.push(order(2, Side::Buy, 30_000, 1))), "CROSSES_ITSELF");
    assert_eq!(refusal(|d| d.bundle.orders = vec![sell(1, 3_001)]), "OVER_LIMIT");
    assert_eq!(refusal(|d| d.bundle.orders = vec![order(1, Side::Buy, 1, 1_001)]), "OVER_LIMIT");
}

#[test]
fn what_is_traded_counts_towards_the_limit() {
    let mut session = open_session();
    clear(&mut session, &first_round());
    let round = session.open_round().unwrap();
    let standing = session.members().get("gen").unwrap().standing;
    let limits = Limits { sell: 3_000, buy: 0 };
    let check =
        |volume| round.check(&declare(950, "gen", 2, 2, &[order(1, Side::Sell, 30_000, volume)]), &standing, &limits);
    assert_eq!(check(2_000), Ok(()));
    assert_eq!(check(2_001).unwrap_err().code(), "OVER_LIMIT");
}

#[test]
fn mcafees_rule_needs_one_round_separable_fees_and_one_order_a_side() {
    let code = |parameters: Parameters| Session::new(parameters).unwrap_err().code();
    let mcafee = Parameters { rule: PricingRule::Mcafee, ..parameters() };
    assert_eq!(code(mcafee.clone()), "MCAFEE_SINGLE_ROUND");
    let one_round = Parameters { schedule: Schedule { rounds: 1, ..Schedule::default() }, ..mcafee };
    let fees = vec![vec![Some(0), Some(1)], vec![Some(1), Some(0)]];
    let fees = FeeTable::new(vec!["a".into(), "b".into()], fees).unwrap();
    assert_eq!(code(Parameters { fees, ..one_round.clone() }), "MCAFEE_NEEDS_SEPARABLE_FEE");
    let mut session = Session::new(one_round).unwrap();
    session.open(START).unwrap();
    let round = session.open_round().unwrap();
    let two = declare(1, "gen", 1, 1, &[order(1, Side::Sell, 1, 1), order(2, Side::Sell, 2, 1)]);
    let refusal = round.check(&two, &Standing::default(), &AMPLE).unwrap_err();
    assert_eq!(refusal.code(), "MCAFEE_ONE_ORDER_PER_MEMBER_AND_SIDE");
}

#[test]
fn parameters_that_make_no_session_are_refused() {
    let code = |change: fn(&mut Parameters)| {
        let mut parameters = parameters();
        change(&mut parameters);
        Session::new(parameters).unwrap_err().code()
    };
    assert_eq!(code(|p| p.session = String::new()), "NAME_LENGTH");
    assert_eq!(code(|p| p.schedule.rounds = 0), "SCHEDULE_NOT_IN_ORDER");
    assert_eq!(code(|p| p.schedule.rounds = 65), "SCHEDULE_NOT_IN_ORDER");
    assert_eq!(code(|p| p.schedule.clear_by_s = 2_700), "SCHEDULE_NOT_IN_ORDER");
    assert_eq!(code(|p| p.schedule.last_window_ends_s = 901), "SCHEDULE_NOT_IN_ORDER");
    assert_eq!(code(|p| p.delivery_ends = p.delivery_starts), "DELIVERY_NOT_IN_ORDER");
    assert_eq!(code(|p| p.price_floor = 200_001), "PRICE_RANGE");
    assert_eq!(code(|p| p.price_cap = 1_000_000_001), "PRICE_RANGE");
}

#[test]
fn windows_are_those_of_the_paper() {
    let schedule = Schedule::default();
    let ends: Vec<u64> = (1..=7).map(|round| schedule.window_ends(round) / SECOND_NS / 60).collect();
    assert_eq!(ends, [15, 20, 25, 30, 35, 40, 45]);
}

/// Carries this much, then nothing.
struct Capacity(u64);

impl GridCheck for Capacity {
    fn accept(&mut self, seller_point: u32, buyer_point: u32, volume: u64) -> u64 {
        assert_eq!((seller_point, buyer_point), (1, 1));
        let accepted = volume.min(self.0);
        self.0 -= accepted;
        accepted
    }
}

#[test]
fn what_the_grid_cuts_is_open_again() {
    let mut session = open_session();
    session.seal(at(900)).unwrap();
    let result = session.clear(at(900), &first_round(), |_| AMPLE, &mut Capacity(400)).unwrap();
    let cleared = result.cleared.unwrap();
    assert_eq!((cleared.matched_trades[0].volume, &cleared.carried), (1_000, &vec![400]));
    let firm: Vec<_> = cleared.firm_trades().collect();
    assert_eq!((firm.len(), firm[0].volume, firm[0].seller.as_str(), firm[0].buyer.as_str()), (1, 400, "gen", "load"));
    assert_eq!(cleared.reasons, [Some(Reason::Grid), Some(Reason::Grid), Some(Reason::OutOfMoney)]);
    assert_eq!(session.members().get("gen").unwrap().open[0].order.volume, 2_600);
    assert_eq!((session.traded(), cleared.outcome), (400, Outcome::Traded));
}

#[test]
fn a_round_that_the_grid_refuses_is_suspended() {
    let mut session = open_session();
    session.seal(at(900)).unwrap();
    let result = session.clear(at(900), &first_round(), |_| AMPLE, &mut Capacity(0)).unwrap();
    let cleared = result.cleared.unwrap();
    assert_eq!(cleared.outcome, Outcome::Suspended(Suspension::NoTradeLeftAfterGridCheck));
    assert_eq!(cleared.firm_trades().count(), 0);
    assert_eq!((session.traded(), cleared.quotes.source), (0, QuoteSource::BestQuote));
    assert!(session.members().iter().all(|(_, member)| member.open.is_empty()));
}

#[test]
fn a_session_survives_the_contracts_json() {
    let mut session = open_session();
    clear(&mut session, &first_round());
    let text = serde_json_wasm::to_string(&session).unwrap();
    assert_eq!(serde_json_wasm::from_str::<Session>(&text).unwrap(), session);
    assert_eq!(serde_json::from_str::<Session>(&text).unwrap(), session);
    let round = session.open_round().unwrap();
    let text = serde_json_wasm::to_string(&round).unwrap();
    assert_eq!(serde_json_wasm::from_str::<OpenRound>(&text).unwrap(), round);
    let declaration = &first_round()[1];
    let text = serde_json_wasm::to_string(declaration).unwrap();
    assert_eq!(&serde_json_wasm::from_str::<Declaration>(&text).unwrap(), declaration);
    session.seal(at(1_200)).unwrap();
    session.cancel().unwrap();
    let text = serde_json_wasm::to_string(&session).unwrap();
    assert_eq!(serde_json_wasm::from_str::<Session>(&text).unwrap(), session);
}
