//! Waiting for something to come about.

use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(100);

/// What a look found.
pub(crate) enum Look {
    /// It is there.
    Ready,
    /// Not yet, and what is seen instead.
    NotYet(String),
}

/// Looks until it is there.
pub(crate) fn until(what: &str, limit: Duration, mut look: impl FnMut() -> Result<Look, Error>) -> Result<(), Error> {
    let deadline = Instant::now() + limit;
    loop {
        let last = match look()? {
            Look::Ready => return Ok(()),
            Look::NotYet(last) => last,
        };
        if Instant::now() >= deadline {
            let last = (!last.is_empty()).then_some(last);
            return Err(Error::Timeout { what: what.to_owned(), seconds: limit.as_secs(), last });
        }
        thread::sleep(INTERVAL);
    }
}

/// Does something for each at once and returns what came of it, in order; or the first error.
pub(crate) fn all<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = items.iter().map(|item| scope.spawn(move || work(item))).collect();
        let results = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        results.collect()
    })
}
