//! Measurements as a picture: how latencies are distributed, and throughput over time.

mod chart;

use super::Measured;
use chart::{Axis, Chart, Line};
use fabric_client::load::Series;

/// Shares of all transactions at which the distribution is drawn.
const SHARES: usize = 200;
/// Intervals of the throughput over time.
const INTERVALS: f64 = 60.0;

/// An SVG document.
pub(super) fn draw(measured: &[Measured]) -> String {
    let name = |one: &Measured| match one.endorsements {
        Some(1) => format!("{}, 1 endorsement", one.work),
        Some(count) => format!("{}, {count} endorsements", one.work),
        None => one.work.clone(),
    };
    let lines = |points: &dyn Fn(&Series) -> Vec<(f64, f64)>| -> Vec<Line> {
        measured.iter().map(|one| Line { name: name(one), points: points(&one.report.series) }).collect()
    };
    let latency = Chart {
        title: "Latency, from due to result",
        across: Axis { label: "ms", logarithmic: true },
        up: Axis { label: "% of transactions that took no longer", logarithmic: false },
        lines: lines(&distribution),
    };
    let throughput = Chart {
        title: "Throughput over time",
        across: Axis { label: "s", logarithmic: false },
        up: Axis { label: "valid per second", logarithmic: false },
        lines: lines(&rates),
    };
    chart::document(&[latency, throughput])
}

fn distribution(series: &Series) -> Vec<(f64, f64)> {
    let shares: Vec<_> = (0..=SHARES).map(|step| step as f64 / SHARES as f64).collect();
    let quantiles = series.quantiles_ms(&shares).unwrap_or_default();
    quantiles.into_iter().zip(shares).map(|(ms, share)| (ms, share * 100.0)).collect()
}

fn rates(series: &Series) -> Vec<(f64, f64)> {
    let interval = series.seconds() / INTERVALS;
    // Each in the middle of its interval.
    let middle = |place: usize| (place as f64 + 0.5) * interval;
    series.rates(interval).into_iter().enumerate().map(|(place, rate)| (middle(place), rate)).collect()
}
