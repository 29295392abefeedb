//! What a comparison came to.

use super::{run::Run, spent::Spent};
use crate::commands::bench::median;
use fabric_client::load::Work;
use serde::Serialize;

/// All of it.
#[derive(Default, Serialize)]
pub(super) struct Report {
    pub(super) contests: Vec<Contest>,
}

/// The runs of one kind of work.
#[derive(Serialize)]
pub(super) struct Contest {
    work: Work,
    pub(super) pairs: Vec<Pair>,
}

/// Runs one after the other.
#[derive(Serialize)]
pub(super) struct Pair {
    pub(super) wasm: Run,
    pub(super) node: Option<Run>,
    pub(super) devnet: Run,
}

const MIB: f64 = 1_048_576.0;

impl Contest {
    pub(super) fn new(work: Work) -> Self {
        Self { work, pairs: Vec::new() }
    }

    fn name(&self) -> String {
        match self.work {
            Work::WriteMany { keys } => format!("write {keys}"),
            Work::Read => "read".to_owned(),
            _ => "create".to_owned(),
        }
    }

    /// The runs of one side.
    fn side<'a>(&'a self, of: impl Fn(&'a Pair) -> Option<&'a Run>) -> Vec<&'a Run> {
        self.pairs.iter().filter_map(of).collect()
    }

    /// The median of the pairs' ratios of some figure.
    fn ratio(
        &self,
        figure: impl Fn(&Run) -> f64,
        over: impl Fn(&Pair) -> Option<&Run>,
        under: impl Fn(&Pair) -> Option<&Run>,
    ) -> Option<f64> {
        let ratios = self.pairs.iter().filter_map(|pair| Some(figure(over(pair)?) / figure(under(pair)?)));
        let ratios: Vec<_> = ratios.filter(|ratio| ratio.is_finite()).collect();
        (!ratios.is_empty()).then(|| median(ratios))
    }
}

fn middle(runs: &[&Run], figure: impl Fn(&Run) -> f64) -> f64 {
    median(runs.iter().map(|run| figure(run)).collect())
}

fn contract_us(run: &Run) -> f64 {
    run.spent.map_or(f64::NAN, |spent| spent.contract_us)
}

fn memory_mib(run: &Run) -> f64 {
    run.contract_memory_bytes.map_or(f64::NAN, |bytes| bytes as f64 / MIB)
}

fn per_second(run: &Run) -> f64 {
    run.valid_per_second
}

impl Report {
    /// Whether every transaction was valid.
    pub(super) fn is_whole(&self) -> bool {
        let runs = |pair: &Pair| {
            pair.wasm.not_valid + pair.devnet.not_valid + pair.node.as_ref().map_or(0, |run| run.not_valid)
        };
        self.contests.iter().flat_map(|contest| &contest.pairs).all(|pair| runs(pair) == 0)
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        [self.medians(), self.ratios(), self.costs()].concat().join("\n")
    }

    fn medians(&self) -> Vec<String> {
        let head = "work        side           valid/s   p50 ms   p99 ms  contract us  memory MiB  not valid";
        let mut lines = vec![head.to_owned()];
        for contest in &self.contests {
            let sides = [
                ("Wasm", contest.side(|pair| Some(&pair.wasm))),
                ("Node", contest.side(|pair| pair.node.as_ref())),
                ("Wasm on devnet", contest.side(|pair| Some(&pair.devnet))),
            ];
            for (name, runs) in sides.iter().filter(|(_, runs)| !runs.is_empty()) {
                lines.push(format!(
                    "{:<11} {name:<14} {:>7.1} {:>8.1} {:>8.1} {:>12} {:>11} {:>10}",
                    contest.name(),
                    middle(runs, per_second),
                    middle(runs, |run| run.p50_ms),
                    middle(runs, |run| run.p99_ms),
                    known(middle(runs, contract_us), 0),
                    known(middle(runs, memory_mib), 1),
                    runs.iter().map(|run| run.not_valid).sum::<u64>(),
                ));
                lines.extend(runs.iter().find_map(|run| run.first_error.as_ref()).map(|error| format!("  {error}")));
            }
        }
        lines
    }

    fn ratios(&self) -> Vec<String> {
        let mut lines = vec![String::new(), "median of the pairs' ratios".to_owned()];
        for contest in &self.contests {
            let rates = contest.ratio(per_second, |pair| Some(&pair.wasm), |pair| pair.node.as_ref());
            let times = contest.ratio(contract_us, |pair| Some(&pair.wasm), |pair| pair.node.as_ref());
            let devnet = contest.ratio(per_second, |pair| Some(&pair.devnet), |pair| Some(&pair.wasm));
            let name = contest.name();
            lines.extend(rates.zip(times).map(|(rates, times)| {
                format!(
                    "{name:<11} Wasm to Node: {rates:.2} of its valid/s, {times:.2} of its contract's processor time"
                )
            }));
            lines.extend(devnet.map(|ratio| format!("{name:<11} devnet to real Fabric: {ratio:.1} of its valid/s")));
        }
        lines
    }

    fn costs(&self) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            "processor time of a transaction on real Fabric with the Wasm contract, us".to_owned(),
            "work        peers  ordering nodes  contract  client".to_owned(),
        ];
        for contest in &self.contests {
            let runs = contest.side(|pair| Some(&pair.wasm));
            let of = |part: fn(&Spent) -> f64| middle(&runs, |run| run.spent.as_ref().map_or(f64::NAN, part));
            lines.push(format!(
                "{:<11} {:>5.0} {:>15.0} {:>9.0} {:>7.0}",
                contest.name(),
                of(|spent| spent.peers_us),
                of(|spent| spent.orderers_us),
                of(|spent| spent.contract_us),
                of(|spent| spent.client_us),
            ));
        }
        lines
    }
}

fn known(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { "-".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(valid_per_second: f64, contract_us: f64) -> Run {
        Run {
            valid_per_second,
            p50_ms: 1.0,
            p99_ms: 2.0,
            not_valid: 0,
            first_error: None,
            spent: Some(Spent { contract_us, ..Spent::default() }),
            contract_memory_bytes: Some(32 << 20),
        }
    }

    #[test]
    fn ratios_are_those_of_pairs() {
        let mut contest = Contest::new(Work::Create);
        // The machine was half as fast in the second pair, and something else ran in the third.
        for (wasm, node) in [(120.0, 100.0), (60.0, 50.0), (60.0, 100.0)] {
            contest.pairs.push(Pair { wasm: run(wasm, 10.0), node: Some(run(node, 40.0)), devnet: run(1_000.0, 0.0) });
        }
        let mut report = Report { contests: vec![contest] };
        assert!(report.is_whole());
        let text = report.text();
        assert!(text.contains("Wasm to Node: 1.20 of its valid/s, 0.25 of its contract's processor time"), "{text}");
        assert!(text.contains("create      Wasm              60.0"), "{text}");
        assert!(text.contains("32.0"), "{text}");
        for pair in report.contests.iter_mut().flat_map(|contest| &mut contest.pairs) {
            pair.node = None;
        }
        assert!(!report.text().contains("Node"));
        report.contests[0].pairs[0].wasm.not_valid = 1;
        assert!(!report.is_whole());
    }
}
