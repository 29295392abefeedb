//! When the transactions of one process are due in an open loop.

use rand::RngExt as _;
use rand::rngs::StdRng;
use std::time::Duration;

/// Intervals between transactions.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    Constant { interval: Duration, deviation: Duration },
    Poisson { interval_mean: Duration },
}

impl Pace {
    /// The interval to the next transaction.
    pub(super) fn next(self, random: &mut StdRng) -> Duration {
        match self {
            Pace::Constant { interval, deviation } => {
                (interval + deviation.mul_f64(2.0 * random.random::<f64>())).saturating_sub(deviation)
            }
            // The inverse of the exponential distribution; 1 - u is never 0.
            Pace::Poisson { interval_mean } => interval_mean.mul_f64(-(1.0 - random.random::<f64>()).ln()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    fn intervals_ms(pace: Pace) -> Vec<f64> {
        let mut random = StdRng::seed_from_u64(1);
        (0..20_000).map(|_| pace.next(&mut random).as_secs_f64() * 1e3).collect()
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn constant_intervals_stay_within_their_deviation() {
        let pace = Pace::Constant { interval: Duration::from_millis(10), deviation: Duration::from_millis(4) };
        let intervals = intervals_ms(pace);
        assert!(intervals.iter().all(|ms| (6.0..=14.0).contains(ms)));
        assert!((mean(&intervals) - 10.0).abs() < 0.1);
    }

    #[test]
    fn poisson_intervals_have_their_mean_and_its_spread() {
        let intervals = intervals_ms(Pace::Poisson { interval_mean: Duration::from_millis(10) });
        let mean_ms = mean(&intervals);
        let variance = mean(&intervals.iter().map(|ms| (ms - mean_ms).powi(2)).collect::<Vec<_>>());
        assert!((mean_ms - 10.0).abs() < 0.3, "{mean_ms}");
        assert!((variance.sqrt() - 10.0).abs() < 0.5, "{variance}");
    }
}
