//! The states of a session, and why a step is refused.

use crate::clearing::ClearingError;
use crate::units::Nanoseconds;

/// A round and its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Window {
    /// The round, from 1.
    pub round: u32,
    /// When it was opened: a declaration from before does not count.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub opens: Nanoseconds,
    /// From when declarations no longer count.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub closes: Nanoseconds,
}

/// Why no more rounds follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum EndReason {
    /// After trades a side has no open volume.
    Exhausted,
    /// Nobody declared in a round after the first.
    NoContinuation,
    /// The rounds or the time are over.
    Time,
}

impl EndReason {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Exhausted => "EXHAUSTED",
            Self::NoContinuation => "NO_CONTINUATION",
            Self::Time => "TIME",
        }
    }
}

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum State {
    /// Announced, not open yet.
    Scheduled,
    /// Members may declare in the window.
    Open(Window),
    /// The list of bundles is fixed.
    Sealed(Window),
    /// No more rounds; trades are firm.
    Ended(EndReason),
    /// The trades are posted to the accounts.
    Settled(EndReason),
    /// The deviations are posted to the accounts. Corrected meters may follow.
    Reconciled(EndReason),
    /// Nothing of it counts.
    Cancelled,
}

impl State {
    /// The name: `Scheduled`, `Open`, `Sealed`, `Ended`, `Settled`, `Reconciled` or `Cancelled`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Open(_) => "Open",
            Self::Sealed(_) => "Sealed",
            Self::Ended(_) => "Ended",
            Self::Settled(_) => "Settled",
            Self::Reconciled(_) => "Reconciled",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// Why a step of a session is refused. The session stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Only a scheduled session can be opened.
    #[error("NOT_SCHEDULED: the session is {0}")]
    NotScheduled(&'static str),
    /// The session's start has not come.
    #[error("NOT_STARTED: the session's start has not come")]
    NotStarted,
    /// The session is not open.
    #[error("NOT_OPEN: the session is {0}")]
    NotOpen(&'static str),
    /// The window is not over.
    #[error("WINDOW_NOT_OVER: the window of the round is not over")]
    WindowNotOver,
    /// The round is not sealed.
    #[error("NOT_SEALED: the session is {0}")]
    NotSealed(&'static str),
    /// The time for clearing is over: the session can only expire.
    #[error("DEADLINE_OVER: the time for clearing is over")]
    DeadlineOver,
    /// The time for clearing is not over.
    #[error("DEADLINE_NOT_OVER: the time for clearing is not over")]
    DeadlineNotOver,
    /// The session has ended.
    #[error("ALREADY_ENDED: the session is {0}")]
    AlreadyEnded(&'static str),
    /// The session has not ended, or is settled already.
    #[error("NOT_ENDED: the session is {0}")]
    NotEnded(&'static str),
    /// The time for settlement has not come.
    #[error("SETTLEMENT_NOT_DUE: the time for settlement has not come")]
    SettlementNotDue,
    /// The session is not settled.
    #[error("NOT_SETTLED: the session is {0}")]
    NotSettled(&'static str),
    /// The delivery is not over.
    #[error("DELIVERY_NOT_OVER: the delivery is not over")]
    DeliveryNotOver,
    /// A settled session stands.
    #[error("ALREADY_SETTLED: the session is {0}")]
    AlreadySettled(&'static str),
    /// The book cannot be cleared.
    #[error(transparent)]
    Clearing(#[from] ClearingError),
}

impl StepError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotScheduled(_) => "NOT_SCHEDULED",
            Self::NotStarted => "NOT_STARTED",
            Self::NotOpen(_) => "NOT_OPEN",
            Self::WindowNotOver => "WINDOW_NOT_OVER",
            Self::NotSealed(_) => "NOT_SEALED",
            Self::DeadlineOver => "DEADLINE_OVER",
            Self::DeadlineNotOver => "DEADLINE_NOT_OVER",
            Self::AlreadyEnded(_) => "ALREADY_ENDED",
            Self::NotEnded(_) => "NOT_ENDED",
            Self::SettlementNotDue => "SETTLEMENT_NOT_DUE",
            Self::NotSettled(_) => "NOT_SETTLED",
            Self::DeliveryNotOver => "DELIVERY_NOT_OVER",
            Self::AlreadySettled(_) => "ALREADY_SETTLED",
            Self::Clearing(error) => error.code(),
        }
    }
}
