//! Every bad module costs its own transaction and nothing else.

use std::sync::Arc;
use std::thread;

use crate::support::{EmptyLedger, guest, guests, transaction};
use fabric_protos::protos::chaincode_message::Type as MessageType;
use wasm_host::limits::CALL_DEPTH_MAX;
use wasm_host::{Chaincode, Completed, HostError, Ledger, LedgerError, Limits, LoadError, WasmChaincode};

/// Less fuel and fewer calls than a transaction has, so that an endless loop ends in a fraction of a second.
fn short() -> Limits {
    Limits { fuel: 200_000_000, ledger_calls: 1_000, ..Limits::default() }
}

fn run(chaincode: &WasmChaincode) -> Completed {
    chaincode.execute(&transaction("f"), &mut EmptyLedger).unwrap()
}

fn code(completed: &Completed) -> &str {
    completed.response.message.split(':').next().unwrap()
}

#[test]
fn each_guest_ends_as_its_first_line_says_and_the_next_transaction_succeeds() {
    let healthy = WasmChaincode::load(&guest("healthy")).unwrap();
    let expected_of_healthy = run(&healthy);
    assert_eq!(expected_of_healthy.response.status, 200);
    let mut refused = 0;
    let mut failed = 0;
    for (name, (expected, module)) in guests() {
        match (expected.split_once(' '), WasmChaincode::load_with(&module, short())) {
            (Some(("check", expected)), Err(LoadError::Check(error))) => {
                assert_eq!(error.code(), expected, "{name}: {error}");
                assert!(error.to_string().starts_with(expected), "{name}: {error}");
                refused += 1;
            }
            (Some(("run", expected)), Ok(chaincode)) => {
                let completed = run(&chaincode);
                assert_eq!(code(&completed), expected, "{name}: {}", completed.response.message);
                assert_eq!((completed.response.status, &completed.event), (500, &None), "{name}");
                assert_eq!(run(&chaincode), completed, "{name}: a second run differs");
                assert_eq!(chaincode.meter().snapshot()[0].failures[expected], 2, "{name}");
                failed += 1;
            }
            (None, Ok(chaincode)) => {
                assert_eq!(expected, "ok", "{name}");
                let completed = run(&chaincode);
                assert_eq!(completed.response.status, 200, "{name}: {}", completed.response.message);
                assert_eq!(run(&chaincode), completed, "{name}: a second run differs");
            }
            (_, Ok(_)) => panic!("{name} was loaded, expected is {expected}"),
            (_, Err(error)) => panic!("{name} was not loaded: {error}"),
        }
        assert_eq!(run(&healthy), expected_of_healthy, "after {name}");
    }
    assert!(refused > 25 && failed > 30, "{refused} refused, {failed} failed");
}

#[test]
fn floats_are_refused_where_they_are() {
    let module = guest("float-instruction");
    let Err(LoadError::Check(error)) = WasmChaincode::load(&module) else { panic!("it was loaded") };
    // f64.const is 0x44.
    assert_eq!(module[error.offset().unwrap()], 0x44, "{error}");
}

#[test]
fn the_host_stamps_events_itself() {
    let event = run(&WasmChaincode::load(&guest("healthy")).unwrap()).event.unwrap();
    assert_eq!((event.event_name.as_str(), event.tx_id.as_str(), event.chaincode_id.as_str()), ("made", "", ""));
}

#[test]
fn bad_guests_do_not_disturb_others_at_the_same_time() {
    let load = |name: &str| Arc::new(WasmChaincode::load(&guest(name)).unwrap());
    let bad = ["trap", "recursion", "memory-eater", "lies-about-length", "completes-twice"].map(load);
    let good = load("remembers");
    thread::scope(|scope| {
        for chaincode in &bad {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!(run(chaincode).response.status, 500)));
        }
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| assert_eq!(run(&good).response.status, 200)));
        }
    });
}

#[test]
fn metering_tells_what_a_transaction_used() {
    let chaincode = WasmChaincode::load(&guest("healthy")).unwrap();
    let metering = run(&chaincode).metering;
    assert_eq!((metering.ledger_calls.of(MessageType::GetState), metering.ledger_calls.total()), (1, 1));
    assert_eq!((metering.bytes_sent, metering.bytes_received, metering.memory_bytes), (3, 0, 65_536));
    chaincode.execute(&transaction("g"), &mut EmptyLedger).unwrap();
    let snapshot = chaincode.meter().snapshot();
    assert_eq!(snapshot.iter().map(|function| function.function.as_str()).collect::<Vec<_>>(), ["f", "g"]);
    assert_eq!((snapshot[0].transactions, snapshot[0].ledger_calls["GET_STATE"]), (1, 1));
    assert!(snapshot[0].fuel > 10_000 && snapshot[0].fuel_max == snapshot[0].fuel);
}

/// Answers every call by the chaincode itself.
struct Nested<'chaincode>(&'chaincode WasmChaincode);

impl Ledger for Nested<'_> {
    fn call(&mut self, _: MessageType, _: &[u8]) -> Result<Vec<u8>, LedgerError> {
        let completed = self.0.execute(&transaction("nested"), &mut Nested(self.0)).unwrap();
        Err(LedgerError::Refused(completed.response.message))
    }
}

#[test]
fn nested_calls_end_at_the_depth_limit_on_a_small_stack() {
    let chaincode = WasmChaincode::load(&guest("refused-call")).unwrap();
    thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            let completed = chaincode.execute(&transaction("outer"), &mut Nested(&chaincode)).unwrap();
            assert_eq!(completed.response.status, 200);
            let snapshot = chaincode.meter().snapshot();
            let nested = snapshot.iter().find(|function| function.function == "nested").unwrap();
            assert_eq!(nested.transactions, CALL_DEPTH_MAX as u64);
            assert_eq!(nested.failures["CALL_DEPTH"], 1);
        })
        .unwrap()
        .join()
        .unwrap();
}

/// A ledger whose connection is gone.
struct Broken;

impl Ledger for Broken {
    fn call(&mut self, _: MessageType, _: &[u8]) -> Result<Vec<u8>, LedgerError> {
        Err(LedgerError::Broken("the stream ended".to_owned()))
    }
}

#[test]
fn a_broken_ledger_is_not_the_guests_fault() {
    let chaincode = WasmChaincode::load(&guest("healthy")).unwrap();
    let error = chaincode.execute(&transaction("f"), &mut Broken).unwrap_err();
    assert!(matches!(&error, HostError::Ledger(text) if text == "the stream ended"), "{error}");
    assert!(chaincode.meter().snapshot().is_empty());
}

#[test]
fn only_transactions_are_executed() {
    let chaincode = WasmChaincode::load(&guest("healthy")).unwrap();
    let mut message = transaction("f");
    message.set_type(MessageType::Ready);
    assert!(matches!(chaincode.execute(&message, &mut EmptyLedger), Err(HostError::Message(_))));
    let mut message = transaction("f");
    message.payload = vec![0xff];
    assert!(matches!(chaincode.execute(&message, &mut EmptyLedger), Err(HostError::Message(_))));
}
