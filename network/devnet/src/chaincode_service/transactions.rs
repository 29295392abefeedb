//! The transactions that run on one stream.

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fabric_protos::protos::ChaincodeMessage;

use super::ServiceFailure;

/// Messages of one transaction that wait to be looked at. A chaincode waits for the answer to each of its calls; more
/// than these are sent by one that does not.
const MESSAGES_MAX: usize = 8;

/// By channel and id: the same id may be in use on another channel.
type Key = (String, String);

/// Who gets which message.
#[derive(Default)]
pub(super) struct Transactions(Mutex<State>);

#[derive(Default)]
struct State {
    running: HashMap<Key, SyncSender<ChaincodeMessage>>,
    /// Why nothing runs any more.
    ended: Option<ServiceFailure>,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// Its transaction has it.
    Taken,
    /// There is no such transaction, or not any more.
    Unknown,
    /// Its transaction has not looked at the ones before.
    TooMany,
}

impl Transactions {
    /// Makes room for a transaction's messages.
    pub(super) fn begin(&self, channel: &str, id: &str) -> Result<Receiver<ChaincodeMessage>, ServiceFailure> {
        let mut state = self.lock();
        if let Some(failure) = &state.ended {
            return Err(failure.clone());
        }
        let key = (channel.to_owned(), id.to_owned());
        if state.running.contains_key(&key) {
            return Err(ServiceFailure::Busy { transaction_id: id.to_owned(), channel: channel.to_owned() });
        }
        let (sender, receiver) = mpsc::sync_channel(MESSAGES_MAX);
        state.running.insert(key, sender);
        Ok(receiver)
    }

    pub(super) fn leave(&self, channel: &str, id: &str) {
        self.lock().running.remove(&(channel.to_owned(), id.to_owned()));
    }

    pub(super) fn deliver(&self, message: ChaincodeMessage) -> Delivery {
        let state = self.lock();
        let Some(sender) = state.running.get(&(message.channel_id.clone(), message.txid.clone())) else {
            return Delivery::Unknown;
        };
        match sender.try_send(message) {
            Ok(()) => Delivery::Taken,
            Err(TrySendError::Full(_)) => Delivery::TooMany,
            Err(TrySendError::Disconnected(_)) => Delivery::Unknown,
        }
    }

    /// Ends everything that runs, and lets nothing begin.
    pub(super) fn end(&self, failure: ServiceFailure) {
        let mut state = self.lock();
        state.running.clear();
        state.ended.get_or_insert(failure);
    }

    /// Why the stream has ended, if it has.
    pub(super) fn ended(&self) -> Option<ServiceFailure> {
        self.lock().ended.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: &str, id: &str) -> ChaincodeMessage {
        ChaincodeMessage { channel_id: channel.to_owned(), txid: id.to_owned(), ..ChaincodeMessage::default() }
    }

    #[test]
    fn each_transaction_gets_its_own_messages() {
        let transactions = Transactions::default();
        let (here, there) = (transactions.begin("a", "1").unwrap(), transactions.begin("b", "1").unwrap());
        assert!(matches!(transactions.begin("a", "1"), Err(ServiceFailure::Busy { .. })));
        assert_eq!(transactions.deliver(message("b", "1")), Delivery::Taken);
        assert_eq!(transactions.deliver(message("a", "2")), Delivery::Unknown);
        assert_eq!(there.recv().unwrap().channel_id, "b");
        assert!(here.try_recv().is_err());
        transactions.leave("b", "1");
        assert_eq!(transactions.deliver(message("b", "1")), Delivery::Unknown);
    }

    #[test]
    fn a_flood_is_noticed() {
        let transactions = Transactions::default();
        let _receiver = transactions.begin("a", "1").unwrap();
        let taken = (0..=MESSAGES_MAX).take_while(|_| transactions.deliver(message("a", "1")) == Delivery::Taken);
        assert_eq!(taken.count(), MESSAGES_MAX);
    }

    #[test]
    fn the_end_is_the_end_of_all() {
        let transactions = Transactions::default();
        let running = transactions.begin("a", "1").unwrap();
        let failure = ServiceFailure::Error("x".to_owned());
        transactions.end(failure.clone());
        transactions.end(ServiceFailure::Error("later".to_owned()));
        assert!(running.recv().is_err());
        assert_eq!(transactions.begin("a", "2").unwrap_err(), failure);
        assert_eq!(transactions.ended(), Some(failure));
    }
}
