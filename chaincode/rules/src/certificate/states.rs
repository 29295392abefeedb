//! The one table of what may happen to a certificate.

use alloc::string::String;
use core::fmt::Write;

/// Where the energy of a granule, and then of a certificate, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The device's reading is recorded; there is no granule yet.
    Metered,
    /// The device's owner wants it certified.
    Requested,
    /// The regulator has checked the reading.
    Audited,
    /// The regulator has refused it.
    Rejected,
    /// It is minted: as a granule this is the end, as a certificate the beginning.
    Issued,
    /// Everybody may see it; its owner may trade and cancel it.
    Published,
    /// It is offered at a price.
    Listed,
    /// A buyer has it for a while, to pay for it.
    Locked,
    /// Its parts have taken its place.
    Split,
    /// Claimed for a beneficiary and a period. Final.
    Cancelled,
    /// Taken out of circulation by its owner. Final.
    Withdrawn,
    /// Its time is over. Final.
    Expired,
}

/// What can be done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Ask for a certificate of a reading.
    Request,
    /// Take a request back.
    Recall,
    /// Find the reading good.
    Audit,
    /// Find it bad.
    Reject,
    /// Mint.
    Issue,
    /// Correct the reading of a granule that is minted: the device's carry takes the difference.
    Correct,
    /// Release to the market.
    Publish,
    /// Offer at a price.
    List,
    /// Take the offer back.
    Unlist,
    /// Accept the offer.
    Lock,
    /// Give the offer free again.
    Release,
    /// Pay for it: it changes hands.
    Transfer,
    /// Divide.
    Split,
    /// Claim.
    Cancel,
    /// Take out of circulation.
    Withdraw,
    /// Note that its time is over.
    Expire,
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The member that owns the device or the certificate, by its own signature.
    Owner,
    /// A member that is not the owner, by its own signature; of a locked certificate, the one that has locked it.
    Buyer,
    /// The buyer that has locked it; once the lock is over, its owner as well.
    Holder,
    /// The regulator.
    Regulator,
    /// The trading centre.
    TradingCentre,
    /// The grid company.
    GridCompany,
    /// Any consensus organization: nothing is left to its discretion.
    Consensus,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The state before.
    pub from: State,
    /// What is done.
    pub action: Action,
    /// The state after.
    pub to: State,
    /// Who does it.
    pub by: Actor,
}

const fn row(from: State, action: Action, to: State, by: Actor) -> Transition {
    Transition { from, action, to, by }
}

/// Everything that may happen. What is not here is refused.
pub const TRANSITIONS: [Transition; 24] = [
    row(State::Metered, Action::Request, State::Requested, Actor::Owner),
    row(State::Requested, Action::Recall, State::Metered, Actor::Owner),
    row(State::Requested, Action::Audit, State::Audited, Actor::Regulator),
    row(State::Requested, Action::Reject, State::Rejected, Actor::Regulator),
    row(State::Audited, Action::Recall, State::Metered, Actor::Owner),
    row(State::Audited, Action::Reject, State::Rejected, Actor::Regulator),
    row(State::Audited, Action::Issue, State::Issued, Actor::TradingCentre),
    // A later version of the reading may be better.
    row(State::Rejected, Action::Request, State::Requested, Actor::Owner),
    row(State::Issued, Action::Correct, State::Issued, Actor::GridCompany),
    row(State::Issued, Action::Publish, State::Published, Actor::TradingCentre),
    row(State::Issued, Action::Withdraw, State::Withdrawn, Actor::Owner),
    row(State::Issued, Action::Expire, State::Expired, Actor::Consensus),
    row(State::Published, Action::List, State::Listed, Actor::Owner),
    row(State::Published, Action::Split, State::Split, Actor::Owner),
    row(State::Published, Action::Cancel, State::Cancelled, Actor::Owner),
    row(State::Published, Action::Withdraw, State::Withdrawn, Actor::Owner),
    row(State::Published, Action::Expire, State::Expired, Actor::Consensus),
    row(State::Listed, Action::List, State::Listed, Actor::Owner),
    row(State::Listed, Action::Unlist, State::Published, Actor::Owner),
    row(State::Listed, Action::Lock, State::Locked, Actor::Buyer),
    row(State::Listed, Action::Expire, State::Expired, Actor::Consensus),
    row(State::Locked, Action::Release, State::Listed, Actor::Holder),
    row(State::Locked, Action::Transfer, State::Published, Actor::Buyer),
    row(State::Locked, Action::Expire, State::Expired, Actor::Consensus),
];

/// An action that a state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{state} allows no {action}", state = .state.name(), action = .action.name())]
pub struct WrongState {
    /// The state.
    pub state: State,
    /// The action.
    pub action: Action,
}

impl State {
    /// The state after an action.
    ///
    /// # Errors
    /// The table has no such row.
    pub fn after(self, action: Action) -> Result<Self, WrongState> {
        let row = TRANSITIONS.iter().find(|row| row.from == self && row.action == action);
        row.map(|row| row.to).ok_or(WrongState { state: self, action })
    }

    /// Whether nothing can happen any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        TRANSITIONS.iter().all(|row| row.from != self)
    }

    /// Its name, as on the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Metered => "METERED",
            Self::Requested => "REQUESTED",
            Self::Audited => "AUDITED",
            Self::Rejected => "REJECTED",
            Self::Issued => "ISSUED",
            Self::Published => "PUBLISHED",
            Self::Listed => "LISTED",
            Self::Locked => "LOCKED",
            Self::Split => "SPLIT",
            Self::Cancelled => "CANCELLED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Expired => "EXPIRED",
        }
    }
}

impl Action {
    /// Its name, as on the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Recall => "RECALL",
            Self::Audit => "AUDIT",
            Self::Reject => "REJECT",
            Self::Issue => "ISSUE",
            Self::Correct => "CORRECT",
            Self::Publish => "PUBLISH",
            Self::List => "LIST",
            Self::Unlist => "UNLIST",
            Self::Lock => "LOCK",
            Self::Release => "RELEASE",
            Self::Transfer => "TRANSFER",
            Self::Split => "SPLIT",
            Self::Cancel => "CANCEL",
            Self::Withdraw => "WITHDRAW",
            Self::Expire => "EXPIRE",
        }
    }
}

impl Actor {
    fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Buyer => "buyer",
            Self::Holder => "holder of the lock",
            Self::Regulator => "regulator",
            Self::TradingCentre => "trading centre",
            Self::GridCompany => "grid company",
            Self::Consensus => "any consensus organization",
        }
    }
}

/// The table as a picture in Mermaid's language, fenced for Markdown.
#[must_use]
pub fn diagram() -> String {
    let mut text = String::from("```mermaid\nstateDiagram-v2\n    [*] --> METERED: reading recorded\n");
    let mut line = |from: &str, to: &str, label: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    {from} --> {to}{}{label}", if label.is_empty() { "" } else { ": " });
    };
    for Transition { from, action, to, by } in TRANSITIONS {
        let mut label = String::from(action.name());
        let _ = write!(label, " ({})", by.name());
        line(from.name(), to.name(), &label);
    }
    let mut ends: alloc::vec::Vec<State> = TRANSITIONS.iter().map(|row| row.to).filter(|to| to.is_final()).collect();
    ends.sort_unstable();
    ends.dedup();
    for end in ends {
        line(end.name(), "[*]", "");
    }
    text.push_str("```\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_in_the_documentation_is_drawn_from_the_table() {
        assert_eq!(include_str!("states.md"), diagram(), "write this into states.md:\n{}", diagram());
    }

    #[test]
    fn an_action_leads_from_a_state_to_one_other() {
        for (place, row) in TRANSITIONS.iter().enumerate() {
            let same = |other: &Transition| (other.from, other.action) == (row.from, row.action);
            assert!(!TRANSITIONS[..place].iter().any(same), "{row:?}");
            assert_eq!(row.from.after(row.action), Ok(row.to));
        }
    }

    #[test]
    fn what_is_over_stays_over() {
        for state in [State::Cancelled, State::Withdrawn, State::Expired, State::Split] {
            assert!(state.is_final());
            assert_eq!(state.after(Action::List), Err(WrongState { state, action: Action::List }));
        }
        assert!(!State::Rejected.is_final());
    }

    #[test]
    fn only_the_issue_mints() {
        for row in TRANSITIONS.iter().filter(|row| row.to == State::Issued && row.from != State::Issued) {
            assert_eq!((row.from, row.action, row.by), (State::Audited, Action::Issue, Actor::TradingCentre));
        }
    }
}
