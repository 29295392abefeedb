//! Books for benchmarks and tests: the same seed gives the same book on every machine, native or in Wasm.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::clearing::Trade;
use crate::fees::FeeTable;
use crate::limits::CLASSES_MAX;
use crate::order::{Book, ClassIndex, Order, Side};
use crate::units::{Price, SECOND_NS};

/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): 64 bits of
/// state, and every seed is good. Not for secrets.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The sequence of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is more than 0: the upper half of a product, so no division is needed. The bias, at
    /// most bound / 2^64, does not matter here.
    pub fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next_u64()) * u128::from(bound);
        // Less than `bound` after the shift.
        u64::try_from(product >> 64).unwrap_or(0)
    }
}

/// How many orders share one member.
const ORDERS_PER_MEMBER: usize = 50;

/// A benchmark's book and fees.
///
/// Half of the orders sell. Prices overlap: asks are 250 to 450, bids 300 to 500 CNY/MWh, in fen; volumes are 0.1 to
/// 10 MWh, times are spread over the 15 minutes of a first window. There are `classes` classes (1 to 16) in areas of four;
/// within an area the fee depends on the pair of classes, between areas there is a higher one, and one pair of areas in
/// five is forbidden.
#[must_use]
pub fn generate(orders: usize, classes: usize, seed: u64) -> (Book, FeeTable) {
    let classes = classes.clamp(1, CLASSES_MAX);
    let mut random = SplitMix64::new(seed);
    let fees = generate_fees(classes, &mut random);
    let members = orders.div_ceil(ORDERS_PER_MEMBER);
    let book = Book {
        session: format!("generated-{seed}"),
        members: (0..members).map(|member| format!("member-{member}")).collect(),
        orders: (0_u32..).take(orders).map(|place| generate_order(place, members, classes, &mut random)).collect(),
    };
    (book, fees)
}

fn generate_order(place: u32, members: usize, classes: usize, random: &mut SplitMix64) -> Order {
    let side = if random.below(2) == 0 { Side::Sell } else { Side::Buy };
    let lowest = if side == Side::Sell { 25_000 } else { 30_000 };
    Order {
        side,
        class: ClassIndex(narrow(random.below(classes as u64))),
        member: narrow(random.below(members as u64)),
        number: place,
        price: lowest + random.below(20_001).cast_signed(),
        volume: 100_000 + random.below(9_900_001),
        time: random.below(900 * SECOND_NS),
        sequence: 1,
        index: place,
    }
}

fn generate_fees(classes: usize, random: &mut SplitMix64) -> FeeTable {
    const AREA: usize = 4;
    let areas = classes.div_ceil(AREA);
    let names: Vec<String> = (0..classes).map(|class| format!("A{:02}/{}", class / AREA, class % AREA)).collect();
    let mut links = BTreeMap::new();
    for (one, other) in (0..areas).flat_map(|one| (0..one).map(move |other| (one, other))) {
        let link = (random.below(5) > 0).then(|| fee(random, 2_000));
        links.extend([((one, other), link), ((other, one), link)]);
    }
    let mut fee_of = |sell: usize, buy: usize| {
        let link = links.get(&(sell / AREA, buy / AREA)).copied().unwrap_or(Some(0))?;
        Some(link + fee(random, 1_000))
    };
    let rows = (0..classes).map(|sell| (0..classes).map(|buy| fee_of(sell, buy)).collect()).collect();
    let table = FeeTable::new(names, rows);
    #[expect(clippy::expect_used, reason = "1 to 16 distinct names, square, fees of at most 30 CNY/MWh")]
    table.expect("generated fees are a table")
}

fn fee(random: &mut SplitMix64, bound: u64) -> Price {
    random.below(bound + 1).cast_signed()
}

/// A small number in a narrow type.
fn narrow<T: TryFrom<u64> + Default>(small: u64) -> T {
    T::try_from(small).unwrap_or_default()
}

/// SHA-256 over a list of trades: per trade ask and bid (4 bytes each), volume, fee, seller's net and margin (8 bytes each),
/// all big-endian. Two runs that agree on it agree on everything.
#[must_use]
pub fn trades_digest(trades: &[Trade]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for Trade { ask, bid, volume, fee, seller_net, margin } in trades {
        hash.update(ask.to_be_bytes());
        hash.update(bid.to_be_bytes());
        hash.update(volume.to_be_bytes());
        for price in [fee, seller_net, margin] {
            hash.update(price.to_be_bytes());
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::{SplitMix64, generate, trades_digest};
    use crate::clearing::{PricingRule, Share, clear};

    #[test]
    fn the_published_sequence() {
        // The first outputs for seed 1234567, as in the reference implementation's test.
        let mut random = SplitMix64::new(1_234_567);
        assert_eq!([random.next_u64(), random.next_u64()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn a_generated_book_clears_to_the_same_trades_everywhere() {
        let (book, fees) = generate(10_000, 12, 1);
        let clearing = clear(&book, &fees, PricingRule::KDoubleAuction(Share::HALF)).unwrap();
        assert!(clearing.trades.len() > 5_000);
        // Changes with the generator or the rules only: not with the machine.
        assert_eq!(trades_digest(&clearing.trades)[..8], [244, 250, 219, 57, 95, 32, 92, 194]);
    }
}
