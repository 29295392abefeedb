//! What may happen to the energy of a reading, and to a certificate.

use super::super::documents::{Action, Certificate, CertificateState as State, Change, Granule};
use super::super::step::{Checked, Wrong, ensure};
use crate::finding::Code;

/// The state after an action; none if it is not allowed.
fn after(state: State, action: Action) -> Option<State> {
    Some(match (state, action) {
        (State::Rejected, Action::Request) => State::Requested,
        (State::Requested, Action::Audit) => State::Audited,
        (State::Requested | State::Audited, Action::Reject) => State::Rejected,
        (State::Audited, Action::Issue) | (State::Issued, Action::Correct) => State::Issued,
        (State::Issued, Action::Publish) | (State::Listed, Action::Unlist) | (State::Locked, Action::Transfer) => {
            State::Published
        }
        (State::Published | State::Listed, Action::List) | (State::Locked, Action::Release) => State::Listed,
        (State::Listed, Action::Lock) => State::Locked,
        (State::Published, Action::Split) => State::Split,
        (State::Published, Action::Cancel) => State::Cancelled,
        (State::Issued | State::Published, Action::Withdraw) => State::Withdrawn,
        (State::Issued | State::Published | State::Listed | State::Locked, Action::Expire) => State::Expired,
        _ => return None,
    })
}

/// Whether nothing can happen to a certificate any more.
pub(super) fn is_final(state: State) -> bool {
    matches!(state, State::Split | State::Cancelled | State::Withdrawn | State::Expired)
}

impl Certificate {
    /// Takes a step.
    pub(super) fn advance(&mut self, change: &Change) -> Checked<()> {
        let wrong = || Wrong::new(Code::CertificateState, wrong_state(&self.certificate, self.state, change.action));
        self.state = after(self.state, change.action).ok_or_else(wrong)?;
        self.change = change.clone();
        Ok(())
    }
}

impl Granule {
    /// Takes a step.
    pub(super) fn advance(&mut self, change: &Change) -> Checked<()> {
        self.state = self.after(change.action)?;
        self.change = change.clone();
        Ok(())
    }

    /// The state after an action.
    pub(super) fn after(&self, action: Action) -> Checked<State> {
        let name = format!("the reading of {} from {}", self.device, self.start_ns.0);
        let twice = self.state == State::Issued && action != Action::Correct;
        ensure(!twice, Code::CertificateExists, format!("{name} is certified already"))?;
        let wrong = || Wrong::new(Code::CertificateState, wrong_state(&name, self.state, action));
        after(self.state, action).ok_or_else(wrong)
    }

    /// Whether the owner can take the request back.
    pub(super) fn check_recall(&self) -> Checked<()> {
        if matches!(self.state, State::Requested | State::Audited) {
            return Ok(());
        }
        self.after(Action::Recall).map(drop)
    }
}

fn wrong_state(name: &str, state: State, action: Action) -> String {
    format!("{name} is {state:?}, which allows no {action:?}")
}
