//! What the simulation assumes where no data can be had: costs, values, forecast errors and temper.
//!
//! The figures and their sources are in the market's configuration file; a member's real limit is its own secret and is
//! never on chain.

use crate::{
    day::{Carrier, HOURS, Participant},
    quoting::Side,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Lowest and highest of a range that is drawn from evenly.
pub type Range = [i64; 2];

/// Everything that is assumed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Limits of the members.
    pub reservation: Reservation,
    /// How well they forecast.
    pub forecast_error_ppm: ForecastError,
    /// How they begin.
    pub members: Temper,
}

/// Ranges of the price beyond which members do not trade, fen/MWh.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reservation {
    /// Costs of wind turbines.
    pub wind: Range,
    /// Costs of photovoltaics.
    pub solar: Range,
    /// Costs of hydropower.
    pub hydro: Range,
    /// Costs of biomass.
    pub biomass: Range,
    /// Values of consumers at 0.4 kV.
    pub low_voltage_consumer: Range,
    /// Values of all other consumers.
    pub medium_voltage_consumer: Range,
}

/// Relative standard deviations of the forecast, parts per million.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastError {
    /// Sun and wind.
    pub variable: u32,
    /// Water and biomass.
    pub dispatchable: u32,
    /// Consumers.
    pub load: u32,
}

/// How members begin the day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Temper {
    /// What they expect the price to be, fen/MWh.
    pub price_guess: i64,
    /// Range of their risk coefficients, parts per million.
    pub risk_ppm: Range,
    /// Rounds of a session after which a member with open volume quotes its limit.
    pub patience_rounds: u32,
}

/// A stream of random numbers that belongs to one member and one purpose.
fn stream(seed: u64, member: &str, purpose: &str) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(Sha256::digest(format!("{seed} {member} {purpose}")).into())
}

impl Assumptions {
    /// What is wrong with them, if anything.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let Reservation { wind, solar, hydro, biomass, low_voltage_consumer, medium_voltage_consumer } =
            self.reservation;
        let all = [wind, solar, hydro, biomass, low_voltage_consumer, medium_voltage_consumer, self.members.risk_ppm];
        all.iter().find(|[low, high]| low > high).map(|[low, high]| format!("the range from {low} to {high} is empty"))
    }

    /// The price beyond which a member does not trade, fen/MWh: a plant's cost, a consumer's value.
    #[must_use]
    pub fn reservation_price(&self, participant: &Participant, seed: u64) -> i64 {
        let [low, high] = match participant.carrier {
            Some(Carrier::Wind) => self.reservation.wind,
            Some(Carrier::Solar) => self.reservation.solar,
            Some(Carrier::Hydro) => self.reservation.hydro,
            Some(Carrier::Biomass) => self.reservation.biomass,
            None if participant.level() == "0.4kV" => self.reservation.low_voltage_consumer,
            None => self.reservation.medium_voltage_consumer,
        };
        stream(seed, &participant.id, "reservation").random_range(low..=high)
    }

    /// The risk coefficient that a member starts the day with.
    #[must_use]
    pub fn initial_risk(&self, participant: &Participant, seed: u64) -> f64 {
        let [low, high] = self.members.risk_ppm;
        let risk_ppm = stream(seed, &participant.id, "risk").random_range(low..=high);
        i32::try_from(risk_ppm).map_or(0.0, f64::from) / 1e6
    }

    /// What a member expects its meter to read in an hour, Wh: the reading with a seeded error.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "Wh of one unit in one hour, far below 2^53"
    )]
    pub fn forecast_wh(&self, participant: &Participant, hour: usize, seed: u64) -> u64 {
        let deviation_ppm = match participant.carrier {
            Some(Carrier::Solar | Carrier::Wind) => self.forecast_error_ppm.variable,
            Some(Carrier::Hydro | Carrier::Biomass) => self.forecast_error_ppm.dispatchable,
            None => self.forecast_error_ppm.load,
        };
        let mut random = stream(seed, &participant.id, &format!("forecast {hour}"));
        // The sum of twelve uniform numbers has variance 1: close enough to normal, and bounded.
        let normal: f64 = (0..12).map(|_| random.random_range(-0.5..0.5)).sum();
        let metered = participant.metered_wh[hour % HOURS] as f64;
        let forecast = metered * (1.0 + f64::from(deviation_ppm) / 1e6 * normal);
        (forecast.max(0.0) as u64).min(participant.capacity_w)
    }
}

/// When within a window a member declares: a fraction in parts per million, spread over the first nine tenths.
#[must_use]
pub fn declaration_moment_ppm(member: &str, session: &str, round: u32, seed: u64) -> u64 {
    stream(seed, member, &format!("moment {session} {round}")).random_range(0..900_000)
}

/// The side that a participant is on.
#[must_use]
pub fn side(participant: &Participant) -> Side {
    if participant.carrier.is_some() { Side::Seller } else { Side::Buyer }
}
