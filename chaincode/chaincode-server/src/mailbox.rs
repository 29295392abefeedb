//! Where a running transaction waits for the answer to its one ledger call in flight.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a peer answers to a ledger call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// RESPONSE.
    Response(Vec<u8>),
    /// ERROR.
    Error(String),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoAnswer {
    /// The stream ended.
    Closed,
    /// It did not come in time.
    Late,
}

/// Holds at most one answer, and only while one is waited for.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Waiting,
    Answered(Answer),
    Closed,
}

impl Mailbox {
    /// A call is about to be sent: from now on an answer is welcome.
    pub(crate) fn expect_answer(&self) {
        let mut state = self.lock();
        if !matches!(*state, State::Closed) {
            *state = State::Waiting;
        }
    }

    /// Puts an answer in; `false` if nobody waits for one.
    pub(crate) fn deliver(&self, answer: Answer) -> bool {
        let mut state = self.lock();
        if !matches!(*state, State::Waiting) {
            return false;
        }
        *state = State::Answered(answer);
        self.changed.notify_one();
        true
    }

    /// Ends all waiting, now and later.
    pub(crate) fn close(&self) {
        *self.lock() = State::Closed;
        self.changed.notify_one();
    }

    /// Waits for the answer.
    pub(crate) fn wait(&self, timeout: Duration) -> Result<Answer, NoAnswer> {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        loop {
            match std::mem::take(&mut *state) {
                State::Answered(answer) => return Ok(answer),
                State::Closed => {
                    *state = State::Closed;
                    return Err(NoAnswer::Closed);
                }
                State::Idle | State::Waiting => *state = State::Waiting,
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                *state = State::Idle;
                return Err(NoAnswer::Late);
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(10);

    fn answer() -> Answer {
        Answer::Response(vec![1])
    }

    #[test]
    fn an_answer_that_nobody_waits_for_is_not_kept_for_the_next_call() {
        let mailbox = Mailbox::default();
        assert!(!mailbox.deliver(answer()));
        mailbox.expect_answer();
        assert_eq!(mailbox.wait(SOON), Err(NoAnswer::Late));
        assert!(!mailbox.deliver(answer()), "it came too late");
        mailbox.expect_answer();
        assert!(mailbox.deliver(answer()));
        assert!(!mailbox.deliver(Answer::Error("twice".to_owned())));
        assert_eq!(mailbox.wait(SOON), Ok(answer()));
    }

    #[test]
    fn a_closed_mailbox_stays_closed() {
        let mailbox = Mailbox::default();
        mailbox.close();
        mailbox.expect_answer();
        assert!(!mailbox.deliver(answer()));
        assert_eq!(mailbox.wait(SOON), Err(NoAnswer::Closed));
        assert_eq!(mailbox.wait(SOON), Err(NoAnswer::Closed));
    }

    #[test]
    fn closing_wakes_the_one_who_waits() {
        let mailbox = Mailbox::default();
        mailbox.expect_answer();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| mailbox.wait(Duration::from_secs(60)));
            mailbox.close();
            assert_eq!(waiting.join().unwrap(), Err(NoAnswer::Closed));
        });
    }
}
