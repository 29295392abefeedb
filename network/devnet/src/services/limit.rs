//! Limits on the requests that a service works on at once, as in a peer's `limits.concurrency`.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tonic::Status;

/// A service's limit.
pub(crate) struct Limit {
    service: &'static str,
    requests_max: usize,
    permits: Arc<Semaphore>,
}

impl Limit {
    pub(crate) fn new(service: &'static str, requests_max: usize) -> Self {
        Self { service, requests_max, permits: Arc::new(Semaphore::new(requests_max)) }
    }

    /// Admits a request while the permit lives, or refuses it at once, as Fabric does.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.permits).try_acquire_owned().map_err(|_| {
            let Self { service, requests_max, .. } = self;
            Status::unknown(format!("too many requests for {service}, exceeding concurrency limit ({requests_max})"))
        })
    }
}

/// A stream of answers that counts as a request until it ends.
pub(crate) struct Limited<T> {
    answers: mpsc::Receiver<Result<T, Status>>,
    _permit: OwnedSemaphorePermit,
}

impl<T> Limited<T> {
    pub(crate) fn new(answers: mpsc::Receiver<Result<T, Status>>, permit: OwnedSemaphorePermit) -> Self {
        Self { answers, _permit: permit }
    }
}

impl<T> Stream for Limited<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.answers.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_the_request_too_many() {
        let limit = Limit::new("/gateway.Gateway", 1);
        let permit = limit.enter().unwrap();
        let refused = limit.enter().unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unknown);
        assert_eq!(refused.message(), "too many requests for /gateway.Gateway, exceeding concurrency limit (1)");
        drop(permit);
        drop(limit.enter().unwrap());
    }
}
