//! One member: from what it knows and what was disclosed to the orders that it declares.

use crate::{
    assumptions::{self, Assumptions},
    day::{HOURS, Participant},
    key::{KeyError, MemberKey},
    quoting::{BestQuotes, Quoter, Side},
};
use rules::{
    bundle::{Bundle, DeclaredOrder},
    order::ClassIndex,
};

/// A member offers its volume in two steps: most of it at its quote, the rest a little less eagerly, as a short supply or
/// demand curve.
const FIRST_STEP_PERCENT: u64 = 70;
/// Part of the way back from the quote to the first quote of the session at which the second step stands.
const SECOND_STEP_BACK: f64 = 0.25;

/// What a cleared round told, as a member of one side of one class reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disclosure {
    /// Prices of the trades of its side and class in their order, fen/MWh: what sellers got, or what buyers paid.
    pub prices: Vec<f64>,
    /// Reference quotes; `None` where a side had none.
    pub best: Option<BestQuotes>,
    /// All open orders went back to their members.
    pub returned: bool,
}

/// What all agents of a market have in common.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The market's price cap, fen/MWh.
    pub price_cap: i64,
    /// What is assumed about members.
    pub assumptions: Assumptions,
    /// Everything drawn at random follows from it.
    pub seed: u64,
}

/// A simulated member.
pub struct Agent {
    /// Who it is.
    pub participant: Participant,
    /// Its key.
    pub key: MemberKey,
    /// Its limit, fen/MWh; never leaves the member.
    pub reservation: i64,
    class: ClassIndex,
    fee: f64,
    side: Side,
    /// Forecasts of the day's hours, Wh.
    forecast_wh: [u64; HOURS],
    /// Rounds without a trade after which it quotes its limit.
    patience: u32,
    seed: u64,
    quoter: Quoter,
    session: Session,
}

/// What an agent remembers within one session.
#[derive(Default)]
struct Session {
    /// Open volume of each step, Wh.
    open_wh: [u64; 2],
    /// Prices of the steps as last declared.
    declared: Option<[i64; 2]>,
    /// First quote of the session.
    initial: Option<i64>,
    best: Option<BestQuotes>,
    /// Rounds that were disclosed.
    rounds: u32,
    /// The chain holds none of its orders: at the start, or because they were returned.
    resting: bool,
}

impl Agent {
    /// A member before its first session. `fee` is what it expects a trade within its own class to cost, fen/MWh.
    ///
    /// # Errors
    /// [`KeyError`], practically never.
    pub fn new(participant: Participant, class: ClassIndex, fee: i64, setting: &Setting) -> Result<Self, KeyError> {
        let Setting { price_cap, assumptions, seed } = setting;
        let side = assumptions::side(&participant);
        let reservation = assumptions.reservation_price(&participant, *seed);
        let risk = assumptions.initial_risk(&participant, *seed);
        let guess = float(assumptions.members.price_guess);
        Ok(Self {
            key: MemberKey::simulated(*seed, &participant.id)?,
            quoter: Quoter::new(side, float(reservation), float(*price_cap), risk, guess),
            forecast_wh: std::array::from_fn(|hour| assumptions.forecast_wh(&participant, hour, *seed)),
            participant,
            reservation,
            class,
            fee: float(fee),
            side,
            patience: assumptions.members.patience_rounds,
            seed: *seed,
            session: Session::default(),
        })
    }

    /// Begins the session of a delivery hour: the whole forecast is open.
    pub fn begin_session(&mut self, hour: usize) {
        let forecast = self.forecast_wh(hour);
        let first = forecast * FIRST_STEP_PERCENT / 100;
        self.session = Session { open_wh: [first, forecast - first], ..Session::default() };
    }

    /// What the member expects its meter to read in an hour, Wh: what it declares.
    #[must_use]
    pub fn forecast_wh(&self, hour: usize) -> u64 {
        self.forecast_wh[hour % HOURS]
    }

    /// The side it is on.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// Its class.
    #[must_use]
    pub fn class(&self) -> ClassIndex {
        self.class
    }

    /// Takes in the disclosure of a round, and how much of its own orders traded in it: `filled_wh[step]`.
    pub fn observe(&mut self, disclosure: &Disclosure, filled_wh: [u64; 2]) {
        for (open, filled) in self.session.open_wh.iter_mut().zip(filled_wh) {
            *open = open.saturating_sub(filled);
        }
        self.session.rounds += 1;
        self.session.resting &= !disclosure.returned;
        self.session.best = disclosure.best.or(self.session.best);
        self.quoter.observe(&disclosure.prices);
        if let (Some(initial), Some(best)) = (self.session.initial, disclosure.best)
            && self.session.open_wh != [0, 0]
        {
            self.quoter.learn(float(initial), best);
        }
    }

    /// What the member declares in the next window: its whole open set, or nothing if there is nothing to change.
    pub fn orders(&mut self) -> Option<Vec<DeclaredOrder>> {
        if self.session.open_wh == [0, 0] {
            return None;
        }
        let prices = self.prices();
        if self.session.resting && self.session.declared == Some(prices) {
            return None;
        }
        self.session.declared = Some(prices);
        self.session.resting = true;
        let steps = prices.into_iter().zip(self.session.open_wh).zip(1..);
        let open = steps.filter(|((_, volume), _)| *volume > 0).map(|((price, volume), number)| DeclaredOrder {
            number,
            side: match self.side {
                Side::Seller => rules::order::Side::Sell,
                Side::Buyer => rules::order::Side::Buy,
            },
            class: self.class,
            point: self.participant.point,
            price,
            volume,
        });
        Some(open.collect())
    }

    /// How close the session is to the end of the member's patience, in [0, 1].
    fn pressure(&self) -> f64 {
        (f64::from(self.session.rounds) / f64::from(self.patience.max(1))).min(1.0)
    }

    /// Quotes of the two steps, fen/MWh. A step never gets worse for the other side within a session: who has shown a
    /// price stands by it.
    fn prices(&mut self) -> [i64; 2] {
        // Before anything was disclosed, a member opens at its target.
        let fresh = match self.session.best {
            Some(best) => self.quoter.quote(best, self.fee, self.pressure()),
            None => self.quoter.opening(),
        };
        let initial = *self.session.initial.get_or_insert(fresh);
        let [first, second] = self.session.declared.unwrap_or([fresh, fresh]);
        let back = SECOND_STEP_BACK * (1.0 - self.pressure());
        let back = whole(float(fresh) + (float(initial) - float(fresh)) * back);
        match self.side {
            Side::Seller => [first.min(fresh), second.min(back.max(self.reservation))],
            Side::Buyer => [first.max(fresh), second.max(back.min(self.reservation))],
        }
    }

    /// Makes and signs the bundle of a round.
    ///
    /// # Errors
    /// [`KeyError::Signing`].
    pub fn sign(
        &self,
        channel: &str,
        session: &str,
        round: u32,
        orders: Vec<DeclaredOrder>,
    ) -> Result<(Bundle, [u8; 64]), KeyError> {
        let bundle = Bundle {
            channel: channel.to_owned(),
            session: session.to_owned(),
            member: self.participant.id.clone(),
            round,
            sequence: round.into(),
            orders,
        };
        let signature = self.key.sign(&bundle)?;
        Ok((bundle, signature))
    }

    /// When in a window `[start, end)` the member declares.
    #[must_use]
    pub fn moment_ns(&self, session: &str, round: u32, start_ns: u64, end_ns: u64) -> u64 {
        let part = assumptions::declaration_moment_ppm(&self.participant.id, session, round, self.seed);
        start_ns + (end_ns - start_ns) / 1_000_000 * part
    }
}

#[expect(clippy::cast_precision_loss, reason = "prices are far below 2^53")]
fn float(price: i64) -> f64 {
    price as f64
}

#[expect(clippy::cast_possible_truncation, reason = "prices are far below 2^53")]
fn whole(price: f64) -> i64 {
    price.round() as i64
}
