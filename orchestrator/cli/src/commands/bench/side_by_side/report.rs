//! What a comparison came to.

use super::run::Run;
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
        let mut lines =
            vec!["work        side           valid/s   p50 ms   p99 ms  contract us  memory MiB  not valid".to_owned()];
        for contest in &self.contests {
            let sides = [
                ("Wasm", contest.side(|pair| Some(&pair.wasm))),
                ("Node", contest.side(|pair| pair.node.as_ref())),
                ("Wasm on devnet", contest.side(|pair| Some(&pair.devnet))),
            ];
            for (name, runs) in sides.iter().filter(|(_, runs)| !runs.is_empty()) {
                lines.push(format!(
                    "{:<11} {name:<14} {:>7.0} {:>8.1} {:>8.1} {:>12} {:>11} {:>10}",
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
        lines.push(String::new());
        lines.push("median of the pairs' ratios".to_owned());
        for contest in &self.contests {
            let rates = contest.ratio(per_second, |pair| Some(&pair.wasm), |pair| pair.node.as_ref());
            let times = contest.ratio(contract_us, |pair| Some(&pair.wasm), |pair| pair.node.as_ref());
            let devnet = contest.ratio(per_second, |pair| Some(&pair.devnet), |pair| Some(&pair.wasm));
            if let (Some(rates), Some(times)) = (rates, times) {
                lines.push(format!(
                    "{:<11} Wasm to Node: {rates:.2} of its valid/s, {times:.2} of its processor time per transaction",
                    contest.name()
                ));
            }
            if let Some(devnet) = devnet {
                lines.push(format!("{:<11} devnet to real Fabric: {devnet:.1} of its valid/s", contest.name()));
            }
        }
        lines.push(String::new());
        lines.push("processor time of a transaction on real Fabric with the Wasm contract, us".to_owned());
        lines.push("work        peers  ordering nodes  contract  client".to_owned());
        for contest in &self.contests {
            let runs = contest.side(|pair| Some(&pair.wasm));
            let of =
                |part: fn(&super::spent::Spent) -> f64| middle(&runs, |run| run.spent.as_ref().map_or(f64::NAN, part));
            lines.push(format!(
                "{:<9} {:>7.0} {:>15.0} {:>9.0} {:>7.0}",
                contest.name(),
                of(|spent| spent.peers_us),
                of(|spent| spent.orderers_us),
                of(|spent| spent.contract_us),
                of(|spent| spent.client_us),
            ));
        }
        lines.join("\n")
    }
}

fn known(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { "-".to_owned() }
}
