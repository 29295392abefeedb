//! Members, sessions and signed bundles to measure with.

use agents::key::MemberKey;
use anyhow::Result;
use app::clock::Clock;
use declaration::{encoding::Hexadecimal, messages::Connection};
use exchange::{
    limits::{ROUND_BUNDLES_MAX, ROUND_BYTES_MAX, ROUND_ORDERS_MAX},
    messages::{
        ClassFee, DeviationRule, DeviationTerms, Pricing, PricingRule, Registration, RoundBounds, Schedule,
        SessionParameters, Terms,
    },
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rules::{
    bundle::{Bundle, DeclaredOrder},
    limits::VOLUME_MAX,
    order::{ClassIndex, Side},
};

/// Nanoseconds in a second.
const SECOND_NS: u64 = 1_000_000_000;
/// Nanoseconds in an hour.
const HOUR_NS: u64 = 3_600 * SECOND_NS;
/// Seconds from the start of a session. All moments are within the minutes that a peer lets a timestamp differ from its
/// clock, so that nobody has to wait for a window's end.
const DECLARED_S: u64 = 30;
const FIRST_WINDOW_ENDS_S: u32 = 60;
const LAST_WINDOW_ENDS_S: u32 = 120;
const CLEAR_BY_S: u32 = 600;
/// The class of all members.
const CLASS: &str = "A1/20kV";
/// Prices of orders, fen/MWh: around the middle, so that about half of what is offered finds a buyer.
const PRICES: std::ops::Range<i64> = 20_000..50_000;
const PRICE_CAP: i64 = 150_000;
/// Volumes of orders, Wh.
const VOLUMES: std::ops::Range<u64> = 1_000..1_000_000;

/// Members that no earlier run has had, half of them sellers.
pub(super) struct Members {
    /// When all sessions begin.
    pub(super) start_ns: u64,
    members: Vec<Member>,
}

struct Member {
    name: String,
    point: u32,
    side: Side,
    key: MemberKey,
}

/// A bundle's canonical bytes with its member's signature.
pub(super) struct Declaration {
    pub(super) bytes: Vec<u8>,
    pub(super) signature: [u8; 64],
}

impl Members {
    pub(super) fn new(count: usize) -> Result<Self> {
        let start_ns = Clock::Real.now_ns();
        let members = (1..).take(count).map(|point: u32| {
            let (role, side) = if point.is_multiple_of(2) { ("buyer", Side::Buy) } else { ("seller", Side::Sell) };
            let name = format!("{role}-{start_ns:x}-{point}");
            let key = MemberKey::simulated(start_ns, &name)?;
            Ok(Member { name, point, side, key })
        });
        Ok(Self { start_ns, members: members.collect::<Result<_>>()? })
    }

    /// A moment in the first window.
    pub(super) fn open_ns(&self) -> u64 {
        self.start_ns + DECLARED_S * SECOND_NS
    }

    /// The moment at which the first window is over.
    pub(super) fn over_ns(&self) -> u64 {
        self.start_ns + u64::from(FIRST_WINDOW_ENDS_S) * SECOND_NS
    }

    pub(super) fn registrations(&self) -> Result<Vec<Registration>> {
        let registration = |member: &Member| {
            let terms = Terms {
                public_key: Hexadecimal(member.key.public()?),
                connections: vec![Connection { point: member.point, class: CLASS.to_owned() }],
                sell_limit_wh: VOLUME_MAX,
                buy_limit_wh: VOLUME_MAX,
            };
            Ok(Registration { member: member.name.clone(), information_hash: Hexadecimal([0; 32]), terms })
        };
        self.members.iter().map(registration).collect()
    }

    /// A session's name.
    pub(super) fn session(&self, number: u32) -> String {
        format!("bundles-{:x}-{number}", self.start_ns)
    }

    /// One class without fees or grid check. Each session is for an hour of its own.
    pub(super) fn parameters(&self, number: u32, bundle_orders: u32) -> SessionParameters {
        let delivery_start_ns = self.start_ns + u64::from(number + 1) * HOUR_NS;
        SessionParameters {
            session: self.session(number),
            schedule: Schedule {
                start_ns: self.start_ns,
                first_window_ends_s: FIRST_WINDOW_ENDS_S,
                last_window_ends_s: LAST_WINDOW_ENDS_S,
                clear_by_s: CLEAR_BY_S,
                settle_from_s: LAST_WINDOW_ENDS_S,
                delivery_start_ns,
                delivery_end_ns: delivery_start_ns + HOUR_NS,
            },
            rounds: 2,
            pricing: Pricing { rule: PricingRule::KDoubleAuction, k_numerator: 1, k_denominator: 2 },
            classes: vec![CLASS.to_owned()],
            fees: vec![ClassFee { sell_class: 0, buy_class: 0, fee: 0 }],
            price_floor: 0,
            price_cap: PRICE_CAP,
            deviation: DeviationTerms { rule: DeviationRule::TwoPrice, surplus_price: 20_000, shortfall_price: 60_000 },
            feeder: None,
            bounds: RoundBounds {
                bundles_max: ROUND_BUNDLES_MAX,
                orders_max: ROUND_ORDERS_MAX,
                bytes_max: ROUND_BYTES_MAX,
                bundle_orders_max: bundle_orders,
            },
        }
    }

    /// A signed bundle of each member for the first round of a session.
    pub(super) fn declarations(&self, session: &str, channel: &str, orders: u32) -> Result<Vec<Declaration>> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let declaration = |member: &Member| {
            let order = |number| DeclaredOrder {
                number,
                side: member.side,
                class: ClassIndex(0),
                point: member.point,
                price: random.random_range(PRICES),
                volume: random.random_range(VOLUMES),
            };
            let bundle = Bundle {
                channel: channel.to_owned(),
                session: session.to_owned(),
                member: member.name.clone(),
                round: 1,
                sequence: 1,
                orders: (1..=orders).map(order).collect(),
            };
            Ok(Declaration { bytes: bundle.encode(), signature: member.key.sign(&bundle)? })
        };
        self.members.iter().map(declaration).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]
mod tests {
    use super::*;

    #[test]
    fn each_member_signs_a_bundle_of_its_own() {
        let members = Members::new(3).unwrap();
        let declarations = members.declarations("s", "market", 250).unwrap();
        let bundles: Vec<_> = declarations.iter().map(|one| Bundle::decode(&one.bytes).unwrap()).collect();
        assert_eq!(bundles.len(), 3);
        assert!(bundles.iter().all(|bundle| bundle.orders.len() == 250 && bundle.channel == "market"));
        assert_eq!(bundles[0].orders[0].side, Side::Sell);
        assert_eq!(bundles[1].orders[0].side, Side::Buy);
        assert_ne!(bundles[0].member, bundles[2].member);
    }
}
