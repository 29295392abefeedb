//! Random sessions: every clearing as the rules have it, and all accounts together zero after every posting.

use exchange::messages::{DeviationRule, PricingRule, SessionParameters};
use proptest::prelude::*;
use rules::order::Side;
use scenarios::scenarios::START_NS;
use scenarios::{Market, Order, Participant, Play, TestLedger, parameters};

/// Members of a random session: four classes of behaviour, two classes of connection.
const MEMBERS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
/// Wh on each side; low enough to be met.
const LIMIT_WH: u64 = 40;

/// What a member declares, and how many seconds after the window has opened.
type Declared = (usize, u64, Vec<(bool, i64, u64)>);

fn declared() -> impl Strategy<Value = Declared> {
    (0..MEMBERS.len(), 0..60_u64, prop::collection::vec((any::<bool>(), 0..40_i64, 1..12_u64), 0..4))
}

fn session() -> impl Strategy<Value = SessionParameters> {
    let rules = prop_oneof![
        Just(PricingRule::KDoubleAuction),
        Just(PricingRule::Uniform),
        Just(PricingRule::PayAsBid),
        Just(PricingRule::PayAsAsk)
    ];
    (rules, any::<bool>(), 0..5_i64).prop_map(|(rule, one_price, fee)| {
        let mut parameters = parameters("s09", START_NS);
        parameters.pricing.rule = rule;
        parameters.rounds = 4;
        parameters
            .fees
            .iter_mut()
            .filter(|entry| entry.sell_class != entry.buy_class)
            .for_each(|entry| entry.fee = fee);
        if one_price {
            parameters.deviation.rule = DeviationRule::OnePrice;
        }
        parameters
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn random_sessions(
        parameters in session(),
        rounds in prop::collection::vec(prop::collection::vec(declared(), 0..10), 4),
        readings in prop::collection::vec(prop::collection::vec((0..MEMBERS.len(), -60..60_i64), 0..6), 3),
    ) {
        let mut ledger = TestLedger::new("market");
        let mut market = Market::new(&mut ledger, "market", START_NS);
        let members = MEMBERS.map(|name| Participant::new(name, 10, u8::from(name > "c")));
        let mut play = Play::open(&mut market, &members, LIMIT_WH, &parameters).unwrap();
        let (mut sequence, mut round, mut opened) = (0, 1, 0);
        for declarations in rounds {
            for (member, seconds, orders) in declarations {
                sequence += 1;
                play.at(opened, seconds);
                // The contract refuses some of them, for limits or because they cross; the rules never see these.
                let _ = play.declare(MEMBERS[member], round, sequence, &numbered(&orders));
            }
            let closes = 15 + 10 * u64::from(round - 1);
            play.at(closes, 0);
            let result = play.clear().unwrap();
            let Some(next) = result.next_round else { break };
            (round, opened) = (next, closes);
        }

        play.at(50, 0);
        let _ = play.market.expire("s09");
        let settled = play.market.settle("s09").unwrap();
        prop_assert_eq!(settled.members + settled.fees + settled.auction + settled.balancing, 0);
        prop_assert_eq!(play.market.sum_of_balances(), 0);
        play.at(120, 0);
        for batch in readings {
            let batch: std::collections::BTreeMap<_, _> = batch.into_iter().collect();
            let batch: Vec<_> = batch.into_iter().map(|(member, injection)| (MEMBERS[member], injection)).collect();
            play.market.meter("s09", &batch).unwrap();
            let posted = play.market.reconcile("s09").unwrap();
            prop_assert_eq!(posted.members, -posted.balancing);
            prop_assert_eq!(play.market.sum_of_balances(), 0);
        }
    }
}

fn numbered(orders: &[(bool, i64, u64)]) -> Vec<Order> {
    let side = |sells| if sells { Side::Sell } else { Side::Buy };
    (1..).zip(orders).map(|(number, &(sells, price, volume))| (number, side(sells), price, volume)).collect()
}
