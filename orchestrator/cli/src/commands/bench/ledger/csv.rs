//! Measurements as comma-separated values.

use super::{Measured, table::steps};
use fabric_client::load::Figures;
use std::collections::BTreeMap;

/// A line for each process of each measurement, then one for all of its processes.
pub(super) fn csv(measured: &[Measured]) -> String {
    let mut head =
        "work,endorsements,organization,process,sent,valid,invalid,errors,seconds,valid_per_second".to_owned();
    for step in ["query", "endorse", "order", "commit"] {
        for figure in ["min", "mean", "p50", "p95", "p99", "max"] {
            head += &format!(",{step}_{figure}_ms");
        }
    }
    let mut lines = vec![head];
    for one in measured {
        let endorsements = one.endorsements.map(|count| count.to_string()).unwrap_or_default();
        let mut row = |organization: &str, process: &str, figures: &Figures| {
            lines.push(format!("{},{endorsements},{organization},{process},{}", one.work, values(figures)));
        };
        for (number, process) in one.report.processes.iter().enumerate() {
            row(&process.organization, &(number + 1).to_string(), &process.figures);
        }
        row("", "total", &one.report.total);
    }
    lines.join("\n")
}

fn values(figures: &Figures) -> String {
    let mut values = vec![
        figures.sent.to_string(),
        figures.valid.to_string(),
        counts(&figures.invalid),
        counts(&figures.errors),
        format!("{:.3}", figures.seconds),
        format!("{:.3}", figures.transactions_per_second),
    ];
    for (_, latency) in steps(figures) {
        let figures = latency.map(|one| [one.min_ms, one.mean_ms, one.p50_ms, one.p95_ms, one.p99_ms, one.max_ms]);
        values.extend((0..6).map(|place| figures.map(|figures| format!("{:.3}", figures[place])).unwrap_or_default()));
    }
    values.join(",")
}

/// By code: `CODE=3;OTHER=1`. Codes have no commas and no quotes.
fn counts(counts: &BTreeMap<String, u64>) -> String {
    let counts: Vec<_> = counts.iter().map(|(code, count)| format!("{code}={count}")).collect();
    counts.join(";")
}
