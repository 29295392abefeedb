//! Where a running transaction waits for the answer to its one ledger call in flight.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// What a peer answers to a ledger call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// RESPONSE.
    Response(Vec<u8>),
    /// ERROR.
    Error(String),
}

/// Takes at most one answer, and only while one is waited for.
#[derive(Debug, Default)]
pub(crate) struct Mailbox(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Waiting(oneshot::Sender<Answer>),
    Closed,
}

impl Mailbox {
    /// A call is about to be sent: from now on an answer is welcome, as long as the receiver is kept. It fails when the
    /// mailbox is closed.
    pub(crate) fn expect_answer(&self) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        if !matches!(*state, State::Closed) {
            *state = State::Waiting(sender);
        }
        receiver
    }

    /// Puts an answer in; `false` if nobody waits for one.
    pub(crate) fn deliver(&self, answer: Answer) -> bool {
        let mut state = self.lock();
        match std::mem::take(&mut *state) {
            State::Waiting(sender) => sender.send(answer).is_ok(),
            State::Idle => false,
            State::Closed => {
                *state = State::Closed;
                false
            }
        }
    }

    /// Ends all waiting, now and later.
    pub(crate) fn close(&self) {
        *self.lock() = State::Closed;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer::Response(vec![1])
    }

    #[test]
    fn an_answer_that_nobody_waits_for_is_not_kept_for_the_next_call() {
        let mailbox = Mailbox::default();
        assert!(!mailbox.deliver(answer()));
        drop(mailbox.expect_answer());
        assert!(!mailbox.deliver(answer()), "it came too late");
        let mut waiting = mailbox.expect_answer();
        assert!(mailbox.deliver(answer()));
        assert!(!mailbox.deliver(Answer::Error("twice".to_owned())));
        assert_eq!(waiting.try_recv(), Ok(answer()));
    }

    #[test]
    fn a_closed_mailbox_stays_closed() {
        let mailbox = Mailbox::default();
        let waiting = mailbox.expect_answer();
        mailbox.close();
        assert!(waiting.blocking_recv().is_err(), "closing wakes the one who waits");
        assert!(mailbox.expect_answer().blocking_recv().is_err());
        assert!(!mailbox.deliver(answer()));
        assert!(mailbox.expect_answer().blocking_recv().is_err());
    }
}
