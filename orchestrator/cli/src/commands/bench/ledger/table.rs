//! Measurements as a table for people.

use super::Measured;
use fabric_client::load::{Figures, Latency};

const HEAD: &str = "work       endorsements   valid/s    valid  invalid  errors  step       min ms  mean ms   p50 ms   p95 ms   p99 ms   max ms";

/// A line for each step of each measurement, and of each process if that is wanted.
pub(super) fn table(measured: &[Measured], per_process: bool) -> String {
    let mut lines = vec![HEAD.to_owned()];
    for one in measured {
        let endorsements = one.endorsements.map_or_else(|| "gateway".to_owned(), |count| count.to_string());
        lines.extend(rows(&format!("{:<10} {endorsements:>12}", one.work), &one.report.total));
        for (number, process) in one.report.processes.iter().enumerate().filter(|_| per_process) {
            lines.extend(rows(&format!("{:>3} {:<19}", number + 1, process.organization), &process.figures));
        }
        for (code, count) in one.report.total.invalid.iter().chain(&one.report.total.errors) {
            lines.push(format!("{count:>8} x {code}"));
        }
    }
    lines.join("\n")
}

/// The steps, the first one with the whole.
fn rows(name: &str, figures: &Figures) -> Vec<String> {
    let count = |counts: &std::collections::BTreeMap<String, u64>| counts.values().sum::<u64>();
    let whole = format!(
        "{name:<23} {:>9.0} {:>8} {:>8} {:>7}",
        figures.transactions_per_second,
        figures.valid,
        count(&figures.invalid),
        count(&figures.errors),
    );
    let steps = steps(figures);
    let known = steps.into_iter().filter_map(|(step, latency)| Some((step, latency?)));
    let mut lines = Vec::new();
    for (step, latency) in known {
        let lead = if lines.is_empty() { whole.as_str() } else { "" };
        let Latency { min_ms, mean_ms, p50_ms, p95_ms, p99_ms, max_ms } = latency;
        lines.push(format!(
            "{lead:<59}  {step:<8} {min_ms:>8.1} {mean_ms:>8.1} {p50_ms:>8.1} {p95_ms:>8.1} {p99_ms:>8.1} {max_ms:>8.1}"
        ));
    }
    if lines.is_empty() {
        lines.push(whole);
    }
    lines
}

/// The steps of a transaction with how long they took.
pub(super) fn steps(figures: &Figures) -> [(&'static str, Option<Latency>); 4] {
    [("query", figures.query), ("endorse", figures.endorse), ("order", figures.order), ("commit", figures.commit)]
}
