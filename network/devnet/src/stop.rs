//! The signal that ends everything that waits.

use tokio::sync::watch;

/// Sends the signal. Dropping it sends it, too.
pub(crate) struct Stopper(watch::Sender<()>);

/// Hears the signal.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<()>);

/// A signal and the one who hears it.
pub(crate) fn stop_signal() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(());
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Tells everyone to stop.
    pub(crate) fn stop(self) {
        drop(self.0);
    }
}

impl Stop {
    /// Resolves when it is time to stop.
    pub(crate) async fn requested(&mut self) {
        // Nothing is ever sent: the only news is that the sender is gone.
        while self.0.changed().await.is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everyone_hears_it_also_later() {
        let (stopper, mut stop) = stop_signal();
        let mut other = stop.clone();
        stopper.stop();
        stop.requested().await;
        other.requested().await;
        other.requested().await;
    }
}
