//! Quoting with a risk coefficient: the Adaptive-Aggressive strategy.
//!
//! Source: P. Vytelingum, D. Cliff, N. R. Jennings, "Strategic bidding in continuous double auctions", Artificial
//! Intelligence 172 (2008) 1700-1729. Its risk coefficient (degree of aggressiveness) and target price carry the names
//! of the paper that this platform implements (section 2.2(4)), whose own formula is missing from its text. What is
//! different in a call auction with several rounds: an agent learns once a round, from the round's disclosure, and never
//! stays out because its limit is worse than the best quote. A continuous auction gives an agent hundreds of quotes to
//! learn in, a session a handful of rounds. So an agent whose volume is still open is also under *pressure*, a
//! time-dependent concession after P. Faratin, C. Sierra, N. R. Jennings, "Negotiation decision functions for autonomous
//! agents", Robotics and Autonomous Systems 24 (1998): from 0 in the first round to 1 when its patience ends, it moves
//! the risk coefficient to 1 and the quote all the way to the target, which is the agent's limit then.
//!
//! Prices here are fen/MWh as floating point numbers: quoting happens at the member, only whole quotes go on chain.

/// Trades that the equilibrium estimate remembers.
pub const MEMORY: usize = 5;
/// How much less each older trade weighs.
const DECAY: f64 = 0.9;
/// Relative and absolute step of the short-term learning (the paper's lambda is the relative one).
const STEP_RELATIVE: f64 = 0.05;
const STEP_ABSOLUTE: f64 = 0.01;
/// Learning rates of the risk coefficient and of its curvature.
const RATE_SHORT: f64 = 0.4;
const RATE_LONG: f64 = 0.4;
/// Range of the curvature.
const CURVATURE_MIN: f64 = -8.0;
const CURVATURE_MAX: f64 = 2.0;
/// Part of the way from the best quote to the target that a new quote goes, without pressure.
const APPROACH: f64 = 1.0 / 3.0;

/// Which side of the market an agent is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Sells: its limit is a cost.
    Seller,
    /// Buys: its limit is a value.
    Buyer,
}

/// `k(r, t) = (e^(r t) - 1) / (e^t - 1)`, and `r` where `t` is 0: 0 at r = 0, 1 at r = 1, bent by t.
fn bend(risk: f64, curvature: f64) -> f64 {
    if curvature.abs() < 1e-12 { risk } else { (risk * curvature).exp_m1() / curvature.exp_m1() }
}

/// `g(t) = t / (e^t - 1)`, and 1 where `t` is 0: the slope of [`bend`] at r = 0.
fn slope(curvature: f64) -> f64 {
    if curvature.abs() < 1e-12 { 1.0 } else { curvature / curvature.exp_m1() }
}

/// The `t` at which `scale * g(t)` equals `goal`. `g` falls, so bisection finds it.
fn matching_curvature(scale: f64, goal: f64) -> f64 {
    let (mut low, mut high) = (-60.0, 60.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if scale * slope(middle) > goal { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The target price of an agent: the most it wants to pay, or the least it wants to get, at this moment.
///
/// `risk` in [-1, 1]: at 1 the agent gives up its whole margin, at 0 it wants the estimated `equilibrium`, at -1 it waits
/// for the best price imaginable (0 for a buyer, the `cap` for a seller).
#[must_use]
pub fn target(side: Side, risk: f64, curvature: f64, limit: f64, equilibrium: f64, cap: f64) -> f64 {
    match side {
        Side::Buyer if limit <= equilibrium => {
            if risk >= 0.0 {
                limit
            } else {
                limit * (1.0 - bend(-risk, curvature))
            }
        }
        Side::Buyer if risk >= 0.0 => equilibrium + (limit - equilibrium) * bend(risk, curvature),
        Side::Buyer => {
            let other = matching_curvature(equilibrium, (limit - equilibrium) * slope(curvature));
            equilibrium * (1.0 - bend(-risk, other))
        }
        Side::Seller if limit >= equilibrium => {
            if risk >= 0.0 {
                limit
            } else {
                limit + (cap - limit) * bend(-risk, curvature)
            }
        }
        Side::Seller if risk >= 0.0 => limit + (equilibrium - limit) * (1.0 - bend(risk, curvature)),
        Side::Seller => {
            let other = matching_curvature(cap - equilibrium, (equilibrium - limit) * slope(curvature));
            equilibrium + (cap - equilibrium) * bend(-risk, other)
        }
    }
}

/// The risk coefficient at which the target price is `price`, or the nearest end of [-1, 1].
fn risk_at(side: Side, price: f64, curvature: f64, limit: f64, equilibrium: f64, cap: f64) -> f64 {
    let (mut low, mut high) = (-1.0, 1.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        let at = target(side, middle, curvature, limit, equilibrium, cap);
        // A buyer's target rises with its risk coefficient, a seller's falls.
        let too_low = match side {
            Side::Buyer => at < price,
            Side::Seller => at > price,
        };
        if too_low { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// What one agent believes and wants; one per member, carried from round to round and from session to session.
#[derive(Clone, Debug)]
pub struct Quoter {
    side: Side,
    /// The price beyond which the agent never goes, fen/MWh: cost or value.
    limit: f64,
    /// The market's price cap, fen/MWh.
    cap: f64,
    risk: f64,
    curvature: f64,
    /// Prices of the last trades, newest first.
    prices: Vec<f64>,
    /// Smallest and largest relative price deviation seen.
    deviation_range: Option<(f64, f64)>,
}

/// What a round's disclosure told: the quotes of its last trade (or the best quotes), fen/MWh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestQuotes {
    /// The ask to compare with.
    pub sell: f64,
    /// The bid to compare with.
    pub buy: f64,
}

impl Quoter {
    /// An agent that knows nothing yet but a guess of the equilibrium price.
    #[must_use]
    pub fn new(side: Side, limit: f64, cap: f64, risk: f64, guess: f64) -> Self {
        Self { side, limit, cap, risk, curvature: 0.0, prices: vec![guess], deviation_range: None }
    }

    /// The current risk coefficient, in [-1, 1].
    #[must_use]
    pub fn risk(&self) -> f64 {
        self.risk
    }

    /// The estimated equilibrium price: the weighted mean of the last trades.
    #[must_use]
    pub fn equilibrium(&self) -> f64 {
        let (mut sum, mut weights, mut weight) = (0.0, 0.0, 1.0);
        for price in &self.prices {
            sum += weight * price;
            weights += weight;
            weight *= DECAY;
        }
        sum / weights
    }

    /// Takes in the prices of a round's trades, oldest first, and bends the curvature to how much they scatter.
    pub fn observe(&mut self, trades: &[f64]) {
        if trades.is_empty() {
            return;
        }
        self.prices = trades.iter().rev().copied().chain(self.prices.iter().copied()).take(MEMORY).collect();
        let equilibrium = self.equilibrium();
        let count = u32::try_from(self.prices.len()).map_or(1.0, f64::from);
        let variance = self.prices.iter().map(|price| (price - equilibrium).powi(2)).sum::<f64>() / count;
        let deviation = variance.sqrt() / equilibrium;
        let (low, high) = self
            .deviation_range
            .map_or((deviation, deviation), |(low, high)| (low.min(deviation), high.max(deviation)));
        self.deviation_range = Some((low, high));
        let scaled = if high > low { (deviation - low) / (high - low) } else { 0.5 };
        let goal = (CURVATURE_MAX - CURVATURE_MIN) * (1.0 - scaled * (2.0 * (scaled - 1.0)).exp()) + CURVATURE_MIN;
        self.curvature = (self.curvature + RATE_LONG * (goal - self.curvature)).clamp(CURVATURE_MIN, CURVATURE_MAX);
    }

    /// Learns from a round in which the agent was left with open volume (paper 2.2(4)): more risk if its `initial` price
    /// was better than the last traded quote of its own side, less otherwise.
    pub fn learn(&mut self, initial: f64, best: BestQuotes) {
        let (own, raise) = match self.side {
            Side::Seller => (best.sell, initial < best.sell),
            Side::Buyer => (best.buy, initial > best.buy),
        };
        let sign = if raise { 1.0 } else { -1.0 };
        let shout = risk_at(self.side, own, self.curvature, self.limit, self.equilibrium(), self.cap);
        let desired = shout + sign * (STEP_RELATIVE * shout.abs() + STEP_ABSOLUTE);
        self.risk = (self.risk + RATE_SHORT * (desired - self.risk)).clamp(-1.0, 1.0);
    }

    /// The first quote, before any was disclosed: the target itself, whole fen/MWh.
    #[must_use]
    pub fn opening(&self) -> i64 {
        whole(self.side, self.bounded_target(0.0))
    }

    /// The target price under a pressure in [0, 1], never beyond the limit.
    fn bounded_target(&self, pressure: f64) -> f64 {
        let risk = self.risk + (1.0 - self.risk) * pressure;
        let target = target(self.side, risk, self.curvature, self.limit, self.equilibrium(), self.cap);
        match self.side {
            Side::Buyer => target.min(self.limit),
            Side::Seller => target.max(self.limit),
        }
    }

    /// The next quote, whole fen/MWh: a third of the way from the best own quote to the target (under pressure more), or
    /// the other side's quote if that is good enough and better for a match. `fee` is what the agent expects to lie
    /// between an ask and a bid that match. Never beyond the target nor the limit: bids round down, asks up.
    #[must_use]
    pub fn quote(&self, best: BestQuotes, fee: f64, pressure: f64) -> i64 {
        let target = self.bounded_target(pressure);
        let approach = APPROACH + (1.0 - APPROACH) * pressure;
        let price = match self.side {
            Side::Buyer => {
                let price = (best.buy + (target - best.buy) * approach).min(target);
                let accepted = best.sell + fee;
                if accepted <= target { price.max(accepted) } else { price }
            }
            Side::Seller => {
                let price = (best.sell - (best.sell - target) * approach).max(target);
                let accepted = best.buy - fee;
                if accepted >= target { price.min(accepted) } else { price }
            }
        };
        whole(self.side, price.clamp(0.0, self.cap))
    }
}

/// A quote in whole fen/MWh, rounded so that it stays on the agent's side of its target.
#[expect(clippy::cast_possible_truncation, reason = "prices lie between 0 and the cap, far below 2^53")]
fn whole(side: Side, price: f64) -> i64 {
    match side {
        Side::Buyer => price.floor() as i64,
        Side::Seller => price.ceil() as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const P: f64 = 0.45;

    /// Values printed by `tests/reference/aa.py`.
    #[test]
    fn reference_values() {
        assert!((bend(0.5, 2.0) - 0.268_941).abs() < 5e-7);
        for (side, limit, risk, value) in [
            (Side::Buyer, 0.60, -0.5, 0.188_914),
            (Side::Buyer, 0.60, 0.5, 0.582_120),
            (Side::Seller, 0.30, -0.5, 0.739_756),
            (Side::Seller, 0.30, 0.5, 0.317_880),
        ] {
            let found = target(side, risk, -4.0, limit, P, 1.0);
            assert!((found - value).abs() < 5e-7, "{side:?} {risk}: {found} is not {value}");
        }
    }

    /// Every line that `aa.py` prints for this family of curves, so that the whole range is compared.
    #[test]
    fn agrees_with_the_reference_script() {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/aa.py");
        let output = std::process::Command::new("python3").arg(script).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut compared = 0;
        for line in text.lines().filter(|line| line.starts_with("AIJ08") && line.contains(" l=")) {
            let side = if line.contains(" B l=") { Side::Buyer } else { Side::Seller };
            let field = |name: &str| {
                let rest = &line[line.find(name).unwrap() + name.len()..];
                rest.split_whitespace().next().unwrap().parse::<f64>().unwrap()
            };
            let values = line[line.find('[').unwrap() + 1..line.find(']').unwrap()].split(',');
            for (risk, value) in [-1.0, -0.5, 0.0, 0.5, 1.0].into_iter().zip(values) {
                let value: f64 = value.trim().trim_matches('\'').parse().unwrap();
                let found = target(side, risk, field("th="), field("l="), P, 1.0);
                assert!((found - value).abs() < 2e-6, "{line}: {risk} gives {found}");
                compared += 1;
            }
        }
        assert_eq!(compared, 40);
    }

    proptest! {
        #[test]
        fn targets_are_monotone_and_within_the_market(limit in 0.05..0.95f64, curvature in -8.0..2.0f64, p in 0.1..0.9f64) {
            for side in [Side::Buyer, Side::Seller] {
                let mut last = target(side, -1.0, curvature, limit, p, 1.0);
                for step in -49..=50 {
                    let next = target(side, f64::from(step) / 50.0, curvature, limit, p, 1.0);
                    prop_assert!((-1e-9..=1.0 + 1e-9).contains(&next));
                    let rise = if side == Side::Buyer { next - last } else { last - next };
                    prop_assert!(rise >= -1e-9);
                    last = next;
                }
            }
        }

        #[test]
        fn full_pressure_quotes_the_limit(limit in 10_000.0..60_000.0f64, risk in -1.0..1.0f64, quote in 0.0..80_000.0f64) {
            for side in [Side::Buyer, Side::Seller] {
                let quoter = Quoter::new(side, limit.round(), 80_000.0, risk, 35_000.0);
                let price = quoter.quote(BestQuotes { sell: 80_000.0, buy: 0.0 }, quote, 1.0);
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let difference = (price as f64 - limit.round()).abs();
                prop_assert!(difference <= 1.0, "{side:?} quotes {price} at a limit of {limit}");
            }
        }

        #[test]
        fn never_quotes_beyond_the_limit(
            limit in 10_000.0..60_000.0f64, risk in -1.0..1.0f64, guess in 10_000.0..60_000.0f64,
            sell in 0.0..80_000.0f64, buy in 0.0..80_000.0f64, fee in 0.0..9_000.0f64, pressure in 0.0..=1.0f64,
            trades in proptest::collection::vec(10_000.0..60_000.0f64, 0..20),
        ) {
            for side in [Side::Buyer, Side::Seller] {
                let mut quoter = Quoter::new(side, limit, 80_000.0, risk, guess);
                quoter.observe(&trades);
                quoter.learn(limit, BestQuotes { sell, buy });
                let quote = quoter.quote(BestQuotes { sell, buy }, fee, pressure);
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let quote = quote as f64;
                let margin = if side == Side::Buyer { limit - quote } else { quote - limit };
                prop_assert!(margin >= 0.0);
                prop_assert!((-1.0..=1.0).contains(&quoter.risk()));
            }
        }
    }
}
