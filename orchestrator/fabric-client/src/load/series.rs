//! What happened when: for pictures of a run.

use super::measurement::Sample;

/// Each transaction that is committed and valid, and each query with a result, in the order of their ends.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// The points.
    pub points: Vec<Point>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When it ended, in seconds after the first one was due.
    pub at_seconds: f64,
    /// How long it took from when it was due.
    pub latency_ms: f64,
}

impl Series {
    pub(super) fn of<'a>(samples: impl Iterator<Item = &'a Sample> + Clone) -> Self {
        let Some(start) = samples.clone().map(|sample| sample.due).min() else { return Series::default() };
        let valid = samples.filter(|sample| sample.outcome.is_ok());
        let mut points: Vec<_> = valid
            .map(|sample| Point {
                at_seconds: (sample.end - start).as_secs_f64(),
                latency_ms: (sample.end - sample.due).as_secs_f64() * 1e3,
            })
            .collect();
        points.sort_by(|one, other| one.at_seconds.total_cmp(&other.at_seconds));
        Series { points }
    }

    /// The end of the last one.
    pub fn seconds(&self) -> f64 {
        self.points.last().map_or(0.0, |point| point.at_seconds)
    }

    /// How many ended per second, in each interval of this length from the start on.
    pub fn rates(&self, interval_seconds: f64) -> Vec<f64> {
        let mut rates = Vec::new();
        let mut rest = self.points.as_slice();
        while !rest.is_empty() && interval_seconds > 0.0 {
            let end = interval_seconds * (rates.len() + 1) as f64;
            let count = rest.partition_point(|point| point.at_seconds <= end);
            rates.push(count as f64 / interval_seconds);
            rest = &rest[count..];
        }
        rates
    }

    /// The latency that each of these shares of all (0 to 1) does not exceed; none if there are no points.
    pub fn quantiles_ms(&self, shares: &[f64]) -> Option<Vec<f64>> {
        let mut latencies: Vec<_> = self.points.iter().map(|point| point.latency_ms).collect();
        latencies.sort_by(f64::total_cmp);
        let last = latencies.len().checked_sub(1)?;
        let at = |share: f64| {
            // Saturates at both ends.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
            let place = (share * latencies.len() as f64).ceil() as usize;
            latencies[place.saturating_sub(1).min(last)]
        };
        Some(shares.iter().map(|share| at(*share)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::measurement::Steps;
    use super::*;
    use crate::error::Error;
    use std::time::{Duration, Instant};

    fn series(due_and_end_ms: &[(u64, u64)]) -> Series {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let samples: Vec<_> = due_and_end_ms
            .iter()
            .map(|(due, end)| Sample { due: at(*due), end: at(*end), outcome: Ok(Steps::Query) })
            .chain([Sample { due: at(0), end: at(9), outcome: Err(Error::Sign("no".into())) }])
            .collect();
        Series::of(samples.iter())
    }

    #[test]
    fn rates_count_what_ended_in_each_interval() {
        let series = series(&[(0, 100), (0, 900), (100, 2500)]);
        assert_eq!(series.rates(1.0), [2.0, 0.0, 1.0]);
        assert!((series.seconds() - 2.5).abs() < 1e-9);
        assert!(series.rates(0.0).is_empty());
    }

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let series = series(&[(0, 10), (0, 40), (0, 20), (0, 30)]);
        let quantiles = series.quantiles_ms(&[0.0, 0.5, 0.51, 1.0]).unwrap();
        let expected = [10.0, 20.0, 30.0, 40.0];
        assert!(quantiles.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-9));
        assert_eq!(Series::default().quantiles_ms(&[0.5]), None);
    }
}
