//! When the windows of a session open and close.

use crate::limits::ROUNDS_MAX;
use crate::units::{Nanoseconds, SECOND_NS};

/// The times of a session in seconds from its start. By default those of the paper: declarations from minute 0 to 15, more
/// rounds until minute 45, the rest until minute 60 for settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Schedule {
    /// How many rounds there can be.
    pub rounds: u32,
    /// When the window of round 1 ends.
    pub first_window_ends_s: u32,
    /// When the window of the last round ends. Rounds 2 and on share the time in equal parts, cut to whole seconds.
    pub last_window_ends_s: u32,
    /// Without a clearing by then the session ends.
    pub clear_by_s: u32,
    /// From when the session can be settled.
    pub settle_from_s: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            rounds: 7,
            first_window_ends_s: 15 * 60,
            last_window_ends_s: 45 * 60,
            clear_by_s: 50 * 60,
            settle_from_s: 45 * 60,
        }
    }
}

impl Schedule {
    /// Whether the times follow each other, every window is longer than nothing, and the rounds are within
    /// [`ROUNDS_MAX`].
    #[must_use]
    pub fn is_in_order(&self) -> bool {
        let later_rounds = self.rounds.saturating_sub(1);
        (1..=ROUNDS_MAX).contains(&self.rounds)
            && self.first_window_ends_s > 0
            && self.last_window_ends_s >= self.first_window_ends_s.saturating_add(later_rounds)
            && self.clear_by_s > self.last_window_ends_s
    }

    /// When the window of a round ends, from the session's start.
    #[must_use]
    pub fn window_ends(&self, round: u32) -> Nanoseconds {
        let (first, last) = (u64::from(self.first_window_ends_s), u64::from(self.last_window_ends_s));
        let later_rounds = u64::from(self.rounds.saturating_sub(1)).max(1);
        let elapsed_rounds = u64::from(round.saturating_sub(1));
        (first + last.saturating_sub(first) * elapsed_rounds / later_rounds) * SECOND_NS
    }

    /// The first round from `from` on whose window ends after `elapsed`: the one that a late start or clearing opens.
    #[must_use]
    pub fn next_round(&self, from: u32, elapsed: Nanoseconds) -> Option<u32> {
        (from..=self.rounds).find(|round| self.window_ends(*round) > elapsed)
    }
}
