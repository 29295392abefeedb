//! A stream that goes on after its connection was lost.

use crate::error::Error;
use crate::retry::spread;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use std::time::Duration;

/// Wait before the first attempt to open a stream again; it doubles with each that fails.
const WAIT_FIRST: Duration = Duration::from_millis(100);
/// Longest wait.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// What can be opened as a stream, and again from behind an item.
pub trait Source: Send + 'static {
    /// What is streamed.
    type Item: Send + 'static;
    /// The stream until its end or first error.
    type Stream: Stream<Item = Result<Self::Item, Error>> + Send + Unpin + 'static;

    /// Opens the stream at its present start.
    fn open(&self) -> impl Future<Output = Result<Self::Stream, Error>> + Send;

    /// Moves the start behind an item.
    fn resume_after(&mut self, item: &Self::Item);
}

/// The stream broke, and will be opened again.
#[derive(Debug)]
pub struct Interruption {
    /// Why.
    pub error: Error,
    /// Attempts since the last item.
    pub attempts: u32,
    /// How long until the next one.
    pub wait: Duration,
}

/// Items, and the interruptions between them.
pub type Followed<T> = BoxStream<'static, Result<T, Interruption>>;

/// Streams a source and opens it again after each error, from behind the last item: nothing is left out and nothing
/// comes twice.
///
/// It never gives up. Each error is an item of its own, so that whoever reads can give up, tell the user, or connect to
/// another peer. A stream that starts at the next block starts there at each attempt, until its first item.
pub fn follow<S: Source>(source: S) -> Followed<S::Item> {
    let state = State { source, stream: None, attempts: 0, wait: None };
    stream::unfold(state, |mut state| async move { state.next().await.map(|item| (item, state)) }).boxed()
}

struct State<S: Source> {
    source: S,
    stream: Option<S::Stream>,
    attempts: u32,
    wait: Option<Duration>,
}

impl<S: Source> State<S> {
    async fn next(&mut self) -> Option<Result<S::Item, Interruption>> {
        if let Some(wait) = self.wait.take() {
            tokio::time::sleep(wait).await;
        }
        let item = match &mut self.stream {
            Some(stream) => stream.next().await?,
            None => match self.source.open().await {
                Ok(stream) => self.stream.insert(stream).next().await?,
                Err(error) => Err(error),
            },
        };
        Some(match item {
            Ok(item) => {
                self.attempts = 0;
                self.source.resume_after(&item);
                Ok(item)
            }
            Err(error) => Err(self.interrupted(error)),
        })
    }

    fn interrupted(&mut self, error: Error) -> Interruption {
        self.stream = None;
        let doubled = WAIT_FIRST.saturating_mul(2_u32.saturating_pow(self.attempts));
        let wait = spread(doubled.min(WAIT_MAX));
        self.wait = Some(wait);
        self.attempts = self.attempts.saturating_add(1);
        Interruption { error, attempts: self.attempts, wait }
    }
}
