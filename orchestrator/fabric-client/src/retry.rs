//! When a transaction is proposed again, and after how long.

use crate::error::Error;
use fabric_protos::protos::TxValidationCode;
use std::time::Duration;

/// How often a transaction is proposed again, each time as a new transaction with a new id.
///
/// Only outcomes that are certain and that a fresh look at the ledger can mend are tried again: read conflicts
/// (`MVCC_READ_CONFLICT`, `PHANTOM_READ_CONFLICT`) and endorsers that disagreed because their ledgers differed in
/// height ([`Refusal::is_disagreement`](crate::Refusal::is_disagreement)). Never where the outcome is unknown: a second
/// transaction could do the same thing twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Proposals at most, the first included.
    pub attempts_max: u32,
    /// Wait before the second proposal; it doubles from one to the next.
    pub wait_first: Duration,
    /// Longest wait.
    pub wait_max: Duration,
}

impl RetryPolicy {
    /// Every transaction is proposed once.
    pub const NEVER: Self = RetryPolicy { attempts_max: 1, wait_first: Duration::ZERO, wait_max: Duration::ZERO };

    /// How long to wait before the next proposal to `named` organizations, or `None` if there is none after this error.
    pub(crate) fn wait_after(&self, error: &Error, named: usize, attempts: u32) -> Option<Duration> {
        if attempts >= self.attempts_max || !is_mended_by_a_new_proposal(error, named) {
            return None;
        }
        let doubled = self.wait_first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
        Some(spread(doubled.min(self.wait_max)))
    }
}

impl Default for RetryPolicy {
    /// Some ten seconds in all: a peer on a busy machine may be that far behind another.
    fn default() -> Self {
        RetryPolicy { attempts_max: 12, wait_first: Duration::from_millis(50), wait_max: Duration::from_secs(2) }
    }
}

/// Whether the same call may succeed on the ledger as it is now.
fn is_mended_by_a_new_proposal(error: &Error, named: usize) -> bool {
    match error {
        Error::Commit(commit) => {
            matches!(commit.code, TxValidationCode::MvccReadConflict | TxValidationCode::PhantomReadConflict)
        }
        Error::Endorse(_) => error.refusal().is_some_and(|refusal| refusal.is_disagreement(named)),
        _ => false,
    }
}

/// A random time between half of the given one and all of it, so that clients that met in a conflict do not meet again.
pub(crate) fn spread(wait: Duration) -> Duration {
    wait / 2 + (wait / 2).mul_f64(rand::random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{CommitError, Failure, StepError};
    use crate::refusal::{Detail, Refusal};
    use tonic::Code;

    fn commit_error(code: TxValidationCode) -> Error {
        Error::Commit(CommitError { transaction_id: String::new(), block_number: 1, code })
    }

    fn step(code: Code, detail: &str) -> StepError {
        let details = vec![Detail { address: String::new(), msp_id: "Org1MSP".into(), message: detail.into() }];
        let failure = Failure::Refused(Refusal { code, message: String::new(), details });
        StepError { transaction_id: String::new(), failure }
    }

    #[test]
    fn only_conflicts_and_disagreement_are_tried_again() {
        let policy = RetryPolicy::default();
        let again = |error: &Error| policy.wait_after(error, 3, 1).is_some();
        for code in (0..=255).filter_map(|code| TxValidationCode::try_from(code).ok()) {
            let conflict = matches!(code, TxValidationCode::MvccReadConflict | TxValidationCode::PhantomReadConflict);
            assert_eq!(again(&commit_error(code)), conflict, "{code:?}");
        }
        assert!(again(&Error::Endorse(step(Code::Aborted, "ProposalResponsePayloads do not match"))));
        let refused = Error::Endorse(step(Code::Aborted, "chaincode response 500, b exists"));
        assert!(again(&refused), "two of three did not refuse");
        assert!(policy.wait_after(&refused, 1, 1).is_none(), "all refused");
        assert!(policy.wait_after(&refused, 0, 1).is_none(), "nothing is known of the others");
        assert!(!again(&Error::Endorse(step(Code::Aborted, "connection refused"))), "no contract answered");
        assert!(!again(&Error::Endorse(step(Code::Unavailable, "ProposalResponsePayloads do not match"))));
        assert!(!again(&Error::Submit(step(Code::Aborted, "ProposalResponsePayloads do not match"))));
        assert!(!again(&Error::CommitStatus(step(Code::DeadlineExceeded, ""))));
    }

    #[test]
    fn waits_double_up_to_the_longest_and_attempts_are_bounded() {
        let policy = RetryPolicy {
            attempts_max: 6,
            wait_first: Duration::from_millis(100),
            wait_max: Duration::from_millis(350),
        };
        let conflict = commit_error(TxValidationCode::MvccReadConflict);
        for (attempts, wait_ms) in [(1, 100), (2, 200), (3, 350), (5, 350)] {
            let wait = policy.wait_after(&conflict, 0, attempts).expect("another attempt");
            assert!(wait >= Duration::from_millis(wait_ms / 2) && wait <= Duration::from_millis(wait_ms), "{wait:?}");
        }
        assert_eq!(policy.wait_after(&conflict, 0, 6), None);
        assert_eq!(RetryPolicy::NEVER.wait_after(&conflict, 0, 1), None);
    }
}
