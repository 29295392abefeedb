//! Real time, or simulated time that jumps to the next event.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Where a scheduler gets the time from, nanoseconds since the epoch.
#[derive(Debug)]
pub enum Clock {
    /// The machine's clock.
    Real,
    /// A clock that stands still between events. Only networks that were told not to check timestamps accept it.
    Simulated(AtomicU64),
}

impl Clock {
    /// A simulated clock that shows `start_ns`.
    #[must_use]
    pub fn simulated(start_ns: u64) -> Self {
        Self::Simulated(AtomicU64::new(start_ns))
    }

    /// What the clock shows.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        match self {
            Self::Real => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
            }
            Self::Simulated(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Waits until the clock shows at least `moment_ns` and returns the time to stamp on what happens then. Under
    /// simulation that is `moment_ns` itself, so that a day is the same however fast the machine was and however often
    /// the run was interrupted.
    pub async fn reach(&self, moment_ns: u64) -> u64 {
        match self {
            Self::Real => {
                let wait = moment_ns.saturating_sub(self.now_ns());
                tokio::time::sleep(Duration::from_nanos(wait)).await;
                self.now_ns()
            }
            Self::Simulated(now) => {
                now.fetch_max(moment_ns, Ordering::SeqCst);
                moment_ns
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn simulated_time_jumps_forward_only() {
        let clock = Clock::simulated(5);
        assert_eq!(clock.reach(100).await, 100);
        assert_eq!(clock.reach(50).await, 50);
        assert_eq!(clock.now_ns(), 100);
    }

    #[tokio::test]
    async fn real_time_waits() {
        let clock = Clock::Real;
        let moment = clock.now_ns() + 20_000_000;
        assert!(clock.reach(moment).await >= moment);
    }
}
