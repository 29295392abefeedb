//! Samples, and the figures they add up to.

use crate::error::Error;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// One transaction or query.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) due: Instant,
    pub(super) end: Instant,
    pub(super) outcome: Result<Steps, Error>,
}

/// How long the steps of one that succeeded took.
#[derive(Debug, Clone, Copy)]
pub(super) enum Steps {
    Query,
    Invoke { endorse: Duration, order: Duration },
}

/// What was measured, of one process or of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Transactions and queries sent.
    pub sent: u64,
    /// Transactions that are committed and valid, and queries with a result.
    pub valid: u64,
    /// Transactions that are committed and invalid, by validation code.
    pub invalid: BTreeMap<String, u64>,
    /// All others, by the step that failed and the contract's or gRPC's code.
    pub errors: BTreeMap<String, u64>,
    /// The first of these errors.
    pub first_error: Option<String>,
    /// From the first start to the last end.
    pub seconds: f64,
    /// `valid` per second.
    pub transactions_per_second: f64,
    /// Queries, from due to result.
    pub query: Option<Latency>,
    /// Transactions, from sent to endorsed.
    pub endorse: Option<Latency>,
    /// Transactions, from endorsed to the orderer's acknowledgement.
    pub order: Option<Latency>,
    /// Transactions, end to end: from due to the commit.
    pub commit: Option<Latency>,
}

/// How long something took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Shortest.
    pub min_ms: f64,
    /// Mean.
    pub mean_ms: f64,
    /// Half took no longer.
    pub p50_ms: f64,
    /// 95 of 100 took no longer.
    pub p95_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
    /// Longest.
    pub max_ms: f64,
}

impl Figures {
    pub(super) fn of<'a>(samples: impl Iterator<Item = &'a Sample> + Clone) -> Self {
        let (mut sent, mut valid, mut first_error) = (0, 0, None);
        let (mut invalid, mut errors) = (BTreeMap::new(), BTreeMap::new());
        let (mut query, mut endorse, mut order, mut commit) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for sample in samples.clone() {
            sent += 1;
            match &sample.outcome {
                Ok(steps) => {
                    valid += 1;
                    let whole = sample.end - sample.due;
                    match steps {
                        Steps::Query => query.push(whole),
                        Steps::Invoke { endorse: endorsed, order: ordered } => {
                            endorse.push(*endorsed);
                            order.push(*ordered);
                            commit.push(whole);
                        }
                    }
                }
                Err(Error::Commit(commit)) => *invalid.entry(commit.code.as_str_name().to_owned()).or_insert(0) += 1,
                Err(error) => {
                    *errors.entry(label(error)).or_insert(0) += 1;
                    first_error.get_or_insert_with(|| error.to_string());
                }
            }
        }
        let start = samples.clone().map(|sample| sample.due).min();
        let end = samples.map(|sample| sample.end).max();
        let seconds = start.zip(end).map_or(0.0, |(start, end)| (end - start).as_secs_f64());
        Figures {
            sent,
            valid,
            invalid,
            errors,
            first_error,
            seconds,
            transactions_per_second: if seconds > 0.0 { valid as f64 / seconds } else { 0.0 },
            query: Latency::of(query),
            endorse: Latency::of(endorse),
            order: Latency::of(order),
            commit: Latency::of(commit),
        }
    }
}

impl Latency {
    fn of(mut durations: Vec<Duration>) -> Option<Self> {
        durations.sort_unstable();
        let (min, max) = (*durations.first()?, *durations.last()?);
        // The smallest of which at least this many of 100 are no longer.
        let percentile = |percent: usize| durations[(durations.len() * percent).div_ceil(100) - 1];
        let sum: Duration = durations.iter().sum();
        Some(Latency {
            min_ms: ms(min),
            mean_ms: ms(sum) / durations.len() as f64,
            p50_ms: ms(percentile(50)),
            p95_ms: ms(percentile(95)),
            p99_ms: ms(percentile(99)),
            max_ms: ms(max),
        })
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The step, and the most telling code there is.
fn label(error: &Error) -> String {
    let contract = error.contract_error().and_then(|contract| contract.code.map(str::to_owned));
    let code = contract.or_else(|| error.refusal().map(|refusal| format!("{:?}", refusal.code)));
    match code {
        Some(code) => format!("{}: {code}", error.code()),
        None => error.code().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::CommitError;
    use fabric_protos::protos::TxValidationCode;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let latency = Latency::of((1..=200).rev().map(Duration::from_millis).collect()).unwrap();
        let of = |ms: f64| Duration::from_secs_f64(ms / 1e3).as_millis();
        let found = [latency.min_ms, latency.p50_ms, latency.p95_ms, latency.p99_ms, latency.max_ms, latency.mean_ms];
        assert_eq!(found.map(of), [1, 100, 190, 198, 200, 100]);
        let one = Latency::of(vec![Duration::from_millis(3)]).unwrap();
        assert_eq!([one.min_ms, one.p50_ms, one.p99_ms, one.max_ms].map(of), [3; 4]);
        assert_eq!(Latency::of(Vec::new()), None);
    }

    #[test]
    fn only_valid_transactions_are_throughput() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let steps = Steps::Invoke { endorse: Duration::from_millis(2), order: Duration::from_millis(1) };
        let conflict = Error::Commit(CommitError {
            transaction_id: "a".into(),
            block_number: 1,
            code: TxValidationCode::MvccReadConflict,
        });
        let samples = [
            Sample { due: at(0), end: at(100), outcome: Ok(steps) },
            Sample { due: at(50), end: at(500), outcome: Ok(steps) },
            Sample { due: at(60), end: at(1000), outcome: Err(conflict) },
            Sample { due: at(70), end: at(80), outcome: Err(Error::Sign("no".into())) },
        ];
        let figures = Figures::of(samples.iter());
        assert_eq!((figures.sent, figures.valid), (4, 2));
        assert!((figures.seconds - 1.0).abs() < 1e-9);
        assert!((figures.transactions_per_second - 2.0).abs() < 1e-9);
        assert_eq!(figures.invalid, BTreeMap::from([("MVCC_READ_CONFLICT".to_owned(), 1)]));
        assert_eq!(figures.errors, BTreeMap::from([("SIGN".to_owned(), 1)]));
        assert!((figures.commit.unwrap().max_ms - 450.0).abs() < 1e-9);
        assert_eq!(figures.query, None);
    }
}
