//! Transactions that wait for their ledger: the same results, and no thread held.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use crate::support::{EmptyLedger, guest, guests, transaction};
use fabric_protos::protos::chaincode_message::Type as MessageType;
use wasm_host::limits::{FUEL_PER_TURN, INSTANCES_MAX};
use wasm_host::{AsyncChaincode, AsyncLedger, Chaincode, Completed, Later, Ledger, LedgerError, Limits, WasmChaincode};

/// Answers as the ledger that it has, one turn later.
struct Slow<L>(L);

impl<L: Ledger + Send> AsyncLedger for Slow<L> {
    fn call(&mut self, kind: MessageType, payload: Vec<u8>) -> Later<'_, Result<Vec<u8>, LedgerError>> {
        Box::pin(async move {
            let mut asked = false;
            std::future::poll_fn(|_| if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending })
                .await;
            self.0.call(kind, &payload)
        })
    }
}

/// Counts itself for as long as it is there, and never answers.
struct Silent(Arc<AtomicUsize>);

impl AsyncLedger for Silent {
    fn call(&mut self, _: MessageType, _: Vec<u8>) -> Later<'_, Result<Vec<u8>, LedgerError>> {
        Box::pin(std::future::pending())
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Polls until there is a result; how often that was.
fn finish<T>(future: impl Future<Output = T>) -> (T, u64) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for polls in 1.. {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return (result, polls);
        }
    }
    unreachable!("there are more numbers than polls")
}

fn run(chaincode: &WasmChaincode) -> (Completed, u64) {
    let (completed, polls) = finish(chaincode.execute_async(&transaction("f"), Box::new(Slow(EmptyLedger))));
    (completed.unwrap(), polls)
}

#[test]
fn every_guest_ends_the_same_way_and_uses_the_same() {
    let limits = Limits { fuel: 200_000_000, ledger_calls: 1_000, ..Limits::default() };
    let mut compared = 0;
    for (name, (_, module)) in guests() {
        let Ok(chaincode) = WasmChaincode::load_with(&module, limits) else { continue };
        let near = chaincode.execute(&transaction("f"), &mut EmptyLedger).unwrap();
        let (far, polls) = run(&chaincode);
        assert_eq!(far, near, "{name}");
        assert!(polls > far.metering.ledger_calls.total(), "{name} did not wait for its calls");
        compared += 1;
    }
    assert!(compared > 30, "{compared} guests");
}

#[test]
fn a_guest_that_computes_lets_others_run() {
    let fuel = 100 * FUEL_PER_TURN;
    // One hash of megabytes is longer than a turn.
    for (name, turns) in [("loop", 90), ("loop-of-hashes", 30), ("loop-of-verifications", 90)] {
        let endless = WasmChaincode::load_with(&guest(name), Limits { fuel, ..Limits::default() }).unwrap();
        let (completed, polls) = run(&endless);
        assert!(completed.response.message.starts_with("OUT_OF_FUEL"), "{name}: {}", completed.response.message);
        assert!((turns..=101).contains(&polls), "{name}: {polls} turns");
    }
}

#[test]
fn a_transaction_that_is_given_up_leaves_nothing_behind() {
    let chaincode = WasmChaincode::load(&guest("healthy")).unwrap();
    let waiting = Arc::new(AtomicUsize::new(0));
    let message = transaction("f");
    // More than there may be at once, had one of them stayed.
    for _ in 0..INSTANCES_MAX + 1 {
        waiting.fetch_add(1, Ordering::SeqCst);
        let mut future = chaincode.execute_async(&message, Box::new(Silent(Arc::clone(&waiting))));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(waiting.load(Ordering::SeqCst), 1);
        drop(future);
        assert_eq!(waiting.load(Ordering::SeqCst), 0);
    }
    assert_eq!(run(&chaincode).0.response.status, 200);
}
