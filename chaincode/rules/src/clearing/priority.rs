//! Price-time priority: the ranks of a book's orders, and their keys.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::ClearingError;
use crate::limits::{CLASSES_MAX, ORDERS_PER_SIDE_MAX, PRICE_MAX};
use crate::order::{Book, Order, Side};
use crate::units::{Price, WattHours};

/// What a price counts in keys: more than any difference of ranks.
pub(super) const KEY_PER_PRICE: i64 = 1 << 21;

const _: () = assert!(ORDERS_PER_SIDE_MAX < 1 << 21, "a rank fits below the price");

/// An order in its class's queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    /// Price and rank in one number: ask * 2^21 + rank, or bid * 2^21 + 2^21 - 1 - rank.
    pub(super) key: i64,
    /// What it wants to trade, more than 0. Copied here so that matching, whose next step depends on it, need not wait for
    /// the order itself to come from memory.
    pub(super) volume: WattHours,
    /// The order's place in the book.
    pub(super) place: u32,
}

impl Ranked {
    /// The order's price.
    pub(super) fn price(self) -> Price {
        self.key.div_euclid(KEY_PER_PRICE)
    }
}

/// The orders of one side in priority, as one queue per class. A rank counts over all classes of the side.
#[derive(Debug)]
pub(super) struct Queues {
    /// By class index.
    pub(super) by_class: [Vec<Ranked>; CLASSES_MAX],
}

/// Both sides of a book in priority.
#[derive(Debug)]
pub(super) struct Ranking {
    pub(super) sell: Queues,
    pub(super) buy: Queues,
}

/// A member's ticket in the session's lottery: SHA-256("session|member"). The lower ticket goes first where price and
/// time tie.
#[must_use]
pub fn lottery_ticket(session: &str, member: &str) -> [u8; 32] {
    Sha256::digest(format!("{session}|{member}")).into()
}

/// The place of each member in the lottery.
pub(super) fn lottery(book: &Book) -> Vec<u32> {
    let mut drawn: Vec<([u8; 32], u32)> =
        (0_u32..).zip(&book.members).map(|(index, member)| (lottery_ticket(&book.session, member), index)).collect();
    drawn.sort_unstable();
    let mut places = vec![0; drawn.len()];
    for (place, (_, member)) in (0_u32..).zip(drawn) {
        places[member as usize] = place;
    }
    places
}

impl Ranking {
    /// Ranks the orders of `book`; the book's bounds are checked already.
    pub(super) fn of(book: &Book) -> Result<Self, ClearingError> {
        let lottery = lottery(book);
        Ok(Self {
            sell: Queues::split(book, Side::Sell, &sorted(book, Side::Sell, &lottery)?),
            buy: Queues::split(book, Side::Buy, &sorted(book, Side::Buy, &lottery)?),
        })
    }
}

/// One order packed for sorting: price and time, which decide almost always, above place and class, which are looked up
/// later. Sorting these words touches no order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Packed(u128);

impl Packed {
    const CLASS_BITS: u32 = 4;
    const PLACE_BITS: u32 = 28;
    const TIME_BITS: u32 = 64;

    fn new(order: &Order, place: u32) -> Self {
        let urgency = match order.side {
            Side::Sell => order.price,
            Side::Buy => -order.price,
        };
        let price = u128::from((urgency + PRICE_BIAS).cast_unsigned());
        let time = u128::from(order.time);
        let looked_up = u128::from(place) << Self::CLASS_BITS | u128::from(order.class.0);
        Self((price << Self::TIME_BITS | time) << (Self::PLACE_BITS + Self::CLASS_BITS) | looked_up)
    }

    fn price_and_time(self) -> u128 {
        self.0 >> (Self::PLACE_BITS + Self::CLASS_BITS)
    }

    fn place(self) -> u32 {
        self.low_bits() >> Self::CLASS_BITS
    }

    fn class(self) -> usize {
        (self.low_bits() & ((1 << Self::CLASS_BITS) - 1)) as usize
    }

    fn price_bits(self) -> u32 {
        (self.0 >> (Self::TIME_BITS + Self::PLACE_BITS + Self::CLASS_BITS)) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lowest 32 bits are wanted")]
    fn low_bits(self) -> u32 {
        self.0 as u32
    }
}

/// Makes prices unsigned for packing. McAfee's rule ranks prices that are shifted by fees, so twice the largest must fit.
const PRICE_BIAS: Price = 1 << 31;

const _: () = assert!(2 * PRICE_MAX < PRICE_BIAS, "a price fits in 32 bits");
const _: () = assert!(CLASSES_MAX <= 1 << Packed::CLASS_BITS, "a class fits in its bits");
const _: () = assert!(2 * ORDERS_PER_SIDE_MAX <= 1 << Packed::PLACE_BITS, "a place fits in its bits");

/// The orders of one side that have a volume, best first.
fn sorted(book: &Book, side: Side, lottery: &[u32]) -> Result<Vec<Packed>, ClearingError> {
    let mut packed: Vec<Packed> = (0_u32..)
        .zip(&book.orders)
        .filter(|(_, order)| order.side == side && order.volume > 0)
        .map(|(place, order)| Packed::new(order, place))
        .collect();
    packed.sort_unstable();
    let tie_break = |packed: &Packed| {
        let order = &book.orders[packed.place() as usize];
        (lottery[order.member as usize], order.sequence, order.index, order.number)
    };
    for tied in packed.chunk_by_mut(|one, next| one.price_and_time() == next.price_and_time()) {
        if tied.len() > 1 {
            tied.sort_unstable_by_key(tie_break);
            if let Some(same) = tied.windows(2).find(|pair| tie_break(&pair[0]) == tie_break(&pair[1])) {
                return Err(ClearingError::DuplicateOrder { order: same[0].place().max(same[1].place()) as usize });
            }
        }
    }
    Ok(packed)
}

impl Queues {
    fn split(book: &Book, side: Side, sorted: &[Packed]) -> Self {
        let mut sizes = [0; CLASSES_MAX];
        for packed in sorted {
            sizes[packed.class()] += 1;
        }
        let mut by_class = sizes.map(Vec::with_capacity);
        for (rank, packed) in (0_i64..).zip(sorted) {
            let price = i64::from(packed.price_bits()) - PRICE_BIAS;
            let key = match side {
                Side::Sell => price * KEY_PER_PRICE + rank,
                Side::Buy => -price * KEY_PER_PRICE + (KEY_PER_PRICE - 1 - rank),
            };
            let place = packed.place();
            let volume = book.orders[place as usize].volume;
            by_class[packed.class()].push(Ranked { key, volume, place });
        }
        Self { by_class }
    }
}
