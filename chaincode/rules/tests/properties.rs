//! What holds for every book under every rule.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

use proptest::prelude::*;
use rules::clearing::{Clearing, PricingRule, Share, clear, lottery_ticket};
use rules::fees::FeeTable;
use rules::order::{Book, ClassIndex, Order, Side};

const CLASSES: u8 = 4;

prop_compose! {
    fn fee_table()(fees in prop::collection::vec(prop::option::weighted(0.8, 0_i64..6), usize::from(CLASSES).pow(2))) -> FeeTable {
        let rows = fees.chunks(CLASSES.into()).map(<[_]>::to_vec).collect();
        FeeTable::new((0..CLASSES).map(|class| format!("class-{class}")).collect(), rows).unwrap()
    }
}

prop_compose! {
    fn order()(
        sells in any::<bool>(),
        (class, member) in (0..CLASSES, 0_u32..6),
        price in prop_oneof![-3_i64..15, 0_i64..100_000],
        volume in prop_oneof![0_u64..10, 0_u64..1_000_000],
        time in 0_u64..3,
    ) -> Order {
        let side = if sells { Side::Sell } else { Side::Buy };
        Order { side, class: ClassIndex(class), member, number: 0, price, volume, time, sequence: 1, index: 0 }
    }
}

prop_compose! {
    fn book()(orders in prop::collection::vec(order(), 0..40)) -> Book {
        let orders = (0..).zip(orders).map(|(number, order)| Order { number, index: number, ..order }).collect();
        Book { session: "session".into(), members: (0..6).map(|member| format!("member-{member}")).collect(), orders }
    }
}

/// At most one order per member and side, and fees that are zero: what McAfee's rule asks for.
fn one_order_each(mut book: Book) -> Book {
    let mut seen = std::collections::BTreeSet::new();
    book.orders.retain(|order| seen.insert((order.member, order.side)));
    book
}

fn free_of_fees() -> FeeTable {
    let classes: Vec<String> = (0..CLASSES).map(|class| format!("class-{class}")).collect();
    let rows = vec![vec![Some(0); classes.len()]; classes.len()];
    FeeTable::new(classes, rows).unwrap()
}

fn share() -> impl Strategy<Value = Share> {
    (0_u32..8, 1_u32..8).prop_map(|(part, whole)| Share::new(part.min(whole), whole).unwrap())
}

fn rule() -> impl Strategy<Value = PricingRule> {
    let pair = (any::<bool>(), share());
    let shared = pair.prop_map(
        |(uniform, share)| {
            if uniform { PricingRule::Uniform(share) } else { PricingRule::KDoubleAuction(share) }
        },
    );
    prop_oneof![shared, Just(PricingRule::PayAsBid), Just(PricingRule::PayAsAsk)]
}

/// The rules that hold for every result.
fn check(book: &Book, clearing: &Clearing) -> Result<(), TestCaseError> {
    let mut fills = vec![0; book.orders.len()];
    for trade in &clearing.trades {
        let (ask, bid) = (&book.orders[trade.ask as usize], &book.orders[trade.bid as usize]);
        prop_assert!(ask.side == Side::Sell && bid.side == Side::Buy && trade.volume > 0);
        prop_assert!(trade.seller_net >= ask.price, "the seller receives less than it asked");
        prop_assert!(trade.buyer_gross() <= bid.price, "the buyer pays more than it bid");
        prop_assert!(trade.margin >= 0);
        prop_assert_eq!(trade.seller_fee() + trade.buyer_fee(), trade.fee);
        fills[trade.ask as usize] += trade.volume;
        fills[trade.bid as usize] += trade.volume;
    }
    prop_assert_eq!(&fills, &clearing.fills);
    for (order, fill) in book.orders.iter().zip(fills) {
        prop_assert!(fill <= order.volume, "more is traded than was offered");
    }
    Ok(())
}

/// Trades by what they are between, whatever the places of the orders.
fn named(book: &Book, clearing: &Clearing) -> Vec<(u32, u32, u64, i64, i64, i64)> {
    let number = |place: u32| book.orders[place as usize].number;
    let trades = clearing.trades.iter();
    trades.map(|t| (number(t.ask), number(t.bid), t.volume, t.fee, t.seller_net, t.margin)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_loses_and_nothing_is_overfilled(book in book(), fees in fee_table(), rule in rule()) {
        check(&book, &clear(&book, &fees, rule).unwrap())?;
    }

    #[test]
    fn nobody_loses_under_mcafees_rule(book in book()) {
        let book = one_order_each(book);
        check(&book, &clear(&book, &free_of_fees(), PricingRule::Mcafee).unwrap())?;
    }

    #[test]
    fn the_order_of_the_input_never_matters(
        (book, shuffled) in book().prop_flat_map(|book| (Just(book.clone()), Just(book.orders).prop_shuffle())),
        fees in fee_table(), rule in rule(), turn in 0_usize..6,
    ) {
        let mut other = Book { orders: shuffled, ..book.clone() };
        other.members.rotate_left(turn);
        for order in &mut other.orders {
            order.member = u32::try_from((order.member as usize + 6 - turn) % 6).unwrap();
        }
        let (one, two) = (clear(&book, &fees, rule).unwrap(), clear(&other, &fees, rule).unwrap());
        prop_assert_eq!(named(&book, &one), named(&other, &two));
        prop_assert_eq!(one.class_prices, two.class_prices);
        prop_assert_eq!(one.matched, two.matched);
    }

    #[test]
    fn each_class_fills_in_price_time_priority(book in book(), fees in fee_table()) {
        let clearing = clear(&book, &fees, PricingRule::PayAsBid).unwrap();
        for side in Side::BOTH {
            for class in 0..CLASSES {
                let mut queue: Vec<(&Order, u64)> = book.orders.iter().zip(clearing.fills.iter().copied())
                    .filter(|(order, _)| order.side == side && order.class.0 == class && order.volume > 0).collect();
                queue.sort_by_key(|(order, _)| {
                    let price = if side == Side::Sell { order.price } else { -order.price };
                    let ticket = lottery_ticket(&book.session, &book.members[order.member as usize]);
                    (price, order.time, ticket, order.sequence, order.index)
                });
                let full = queue.iter().take_while(|(order, fill)| *fill == order.volume).count();
                let beyond = queue.iter().skip(full + 1).map(|(_, fill)| *fill).sum::<u64>();
                prop_assert_eq!(beyond, 0, "an order is filled before a better one is");
            }
        }
    }

    #[test]
    fn every_rule_but_mcafees_trades_the_same_volumes(book in book(), fees in fee_table(), one in rule(), other in rule()) {
        let (one, other) = (clear(&book, &fees, one).unwrap(), clear(&book, &fees, other).unwrap());
        prop_assert_eq!(one.fills, other.fills);
        prop_assert_eq!(one.matched, other.matched);
    }

    #[test]
    fn uniform_prices_support_the_result(book in book(), fees in fee_table(), share in share()) {
        let clearing = clear(&book, &fees, PricingRule::Uniform(share)).unwrap();
        for price in &clearing.class_prices {
            prop_assert!(price.low <= price.chosen && price.chosen <= price.high);
            for (order, fill) in book.orders.iter().zip(&clearing.fills) {
                if (order.side, order.class) != (price.side, price.class) || order.volume == 0 {
                    continue;
                }
                let wins = if order.side == Side::Sell { price.chosen - order.price } else { order.price - price.chosen };
                prop_assert!(wins <= 0 || *fill == order.volume, "an order that would win at the price is not filled");
                prop_assert!(wins >= 0 || *fill == 0, "an order that loses at the price is filled");
            }
        }
    }
}
