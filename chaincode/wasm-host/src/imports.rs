//! The functions that a contract imports, in wasmtime's terms. This is the only place that touches a guest's memory.

use std::ops::Range;
use std::task::Poll;

use fabric_protos::protos::chaincode_message::Type as MessageType;
use wasmtime::{Caller, Linker, Memory, ResourceLimiter};

use crate::transaction::Transaction;
use crate::{AsyncLedger, GuestFailure, Ledger, LedgerError, abi, crypto, limits};

/// A ledger that answers before its call returns.
pub(crate) type Near = &'static mut dyn Ledger;
/// A ledger that answers later.
pub(crate) struct Far(pub(crate) Box<dyn AsyncLedger>);

/// What belongs to one instance in front of a ledger.
pub(crate) struct Guest<L> {
    pub(crate) transaction: Transaction,
    pub(crate) ledger: L,
    /// The instance's memory, as soon as there is one.
    pub(crate) memory: Option<Memory>,
    pub(crate) limiter: Limiter,
    /// Fuel at the start.
    pub(crate) fuel: u64,
    /// Fuel that was left when the transaction last let others run.
    pub(crate) turn_began: u64,
}

/// Ends a transaction whose memory or table grows too far. A guest could live with a refused growth, but then a
/// contract's answer would depend on a limit.
pub(crate) struct Limiter {
    pub(crate) memory_bytes_max: usize,
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _: usize, requested: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let allowed = self.memory_bytes_max;
        if requested > allowed {
            return Err(GuestFailure::MemoryLimit { requested, allowed }.into());
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, requested: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(requested <= limits::TABLE_ELEMENTS_MAX)
    }
}

/// Defines every function of [`abi::FUNCTIONS`] in front of a near ledger.
pub(crate) fn define_near(linker: &mut Linker<Guest<Near>>) -> wasmtime::Result<()> {
    type Guests<'a> = Caller<'a, Guest<Near>>;
    linker.func_wrap(abi::MODULE, "input", |mut caller: Guests<'_>| input(&mut caller))?;
    linker.func_wrap(abi::MODULE, "read", |mut caller: Guests<'_>, place| read(&mut caller, place))?;
    linker.func_wrap(abi::MODULE, "call", |mut caller: Guests<'_>, kind, pointer, length| {
        let (kind, payload) = begin_call(&mut caller, kind, pointer, length)?;
        let (memory, guest) = memory_and_guest(&mut caller)?;
        let answer = guest.ledger.call(kind, &memory[payload]);
        end_call(&mut caller, answer)
    })?;
    linker.func_wrap(
        abi::MODULE,
        "complete",
        |mut caller: Guests<'_>, response, response_length, event, event_length| {
            complete(&mut caller, response, response_length, event, event_length)
        },
    )?;
    linker.func_wrap(abi::MODULE, "sha256", |mut caller: Guests<'_>, pointer, length, digest| {
        sha256(&mut caller, pointer, length, digest)
    })?;
    linker.func_wrap(abi::MODULE, "p256_verify", |mut caller: Guests<'_>, key, key_length, digest, signature| {
        p256_verify(&mut caller, key, key_length, digest, signature)
    })?;
    Ok(())
}

/// Defines every function of [`abi::FUNCTIONS`] in front of a far ledger. Each lets others run when it is their turn.
pub(crate) fn define_far(linker: &mut Linker<Guest<Far>>) -> wasmtime::Result<()> {
    type Guests<'a> = Caller<'a, Guest<Far>>;
    linker.func_wrap_async(abi::MODULE, "input", |mut caller: Guests<'_>, ()| {
        Box::new(async move {
            let result = input(&mut caller)?;
            take_turns(&mut caller).await?;
            wasmtime::Result::Ok(result)
        })
    })?;
    linker.func_wrap_async(abi::MODULE, "read", |mut caller: Guests<'_>, (place,): (u32,)| {
        Box::new(async move {
            read(&mut caller, place)?;
            take_turns(&mut caller).await
        })
    })?;
    linker.func_wrap_async(abi::MODULE, "call", |mut caller: Guests<'_>, (kind, pointer, length)| {
        Box::new(async move {
            let (kind, payload) = begin_call(&mut caller, kind, pointer, length)?;
            let (memory, guest) = memory_and_guest(&mut caller)?;
            let answer = guest.ledger.0.call(kind, memory[payload].to_vec()).await;
            let result = end_call(&mut caller, answer)?;
            take_turns(&mut caller).await?;
            wasmtime::Result::Ok(result)
        })
    })?;
    linker.func_wrap_async(
        abi::MODULE,
        "complete",
        |mut caller: Guests<'_>, (response, response_length, event, event_length)| {
            Box::new(async move {
                complete(&mut caller, response, response_length, event, event_length)?;
                take_turns(&mut caller).await
            })
        },
    )?;
    linker.func_wrap_async(abi::MODULE, "sha256", |mut caller: Guests<'_>, (pointer, length, digest)| {
        Box::new(async move {
            sha256(&mut caller, pointer, length, digest)?;
            take_turns(&mut caller).await
        })
    })?;
    linker.func_wrap_async(
        abi::MODULE,
        "p256_verify",
        |mut caller: Guests<'_>, (key, key_length, digest, signature)| {
            Box::new(async move {
                let valid = p256_verify(&mut caller, key, key_length, digest, signature)?;
                take_turns(&mut caller).await?;
                wasmtime::Result::Ok(valid)
            })
        },
    )?;
    Ok(())
}

/// Lets others run if this transaction has used a turn's fuel since it last did. Wasmtime sees to that between two calls
/// of the host, but begins to count again whenever the host takes fuel.
async fn take_turns(caller: &mut Caller<'_, Guest<Far>>) -> wasmtime::Result<()> {
    let left = caller.get_fuel()?;
    let guest = caller.data_mut();
    if guest.turn_began.saturating_sub(left) < limits::FUEL_PER_TURN {
        return Ok(());
    }
    guest.turn_began = left;
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    Ok(())
}

fn input<L>(caller: &mut Caller<'_, Guest<L>>) -> wasmtime::Result<i32> {
    let length = caller.data_mut().transaction.input();
    charge(caller, byte_fuel(length))?;
    Ok(i32::try_from(length)?)
}

fn read<L>(caller: &mut Caller<'_, Guest<L>>, pointer: u32) -> wasmtime::Result<()> {
    let pending = caller.data_mut().transaction.read()?;
    let place = range(caller, "read", pointer, pending.len())?;
    let (memory, _) = memory_and_guest(caller)?;
    memory[place].copy_from_slice(&pending);
    Ok(())
}

/// Checks a ledger call and takes its fuel; its type, and where its payload is.
fn begin_call<L>(
    caller: &mut Caller<'_, Guest<L>>,
    kind: i32,
    pointer: u32,
    length: u32,
) -> wasmtime::Result<(MessageType, Range<usize>)> {
    let payload = range(caller, "call", pointer, length as usize)?;
    charge(caller, limits::FUEL_PER_LEDGER_CALL + byte_fuel(payload.len()))?;
    Ok((caller.data_mut().transaction.begin_call(kind, payload.len())?, payload))
}

/// Keeps a ledger's answer for the guest to read; what the call returns to it.
fn end_call<L>(caller: &mut Caller<'_, Guest<L>>, answer: Result<Vec<u8>, LedgerError>) -> wasmtime::Result<i64> {
    let answer = caller.data_mut().transaction.end_call(answer)?;
    let (Ok(length) | Err(length)) = answer;
    charge(caller, byte_fuel(length))?;
    let length = i64::try_from(length)?;
    Ok(if answer.is_ok() { length } else { -(length + 1) })
}

fn complete<L>(
    caller: &mut Caller<'_, Guest<L>>,
    response_pointer: u32,
    response_length: u32,
    event_pointer: u32,
    event_length: u32,
) -> wasmtime::Result<()> {
    let response = range(caller, "complete", response_pointer, response_length as usize)?;
    let event = range(caller, "complete", event_pointer, event_length as usize)?;
    charge(caller, byte_fuel(response.len()) + byte_fuel(event.len()))?;
    let (memory, guest) = memory_and_guest(caller)?;
    Ok(guest.transaction.complete(&memory[response], &memory[event])?)
}

fn sha256<L>(
    caller: &mut Caller<'_, Guest<L>>,
    pointer: u32,
    length: u32,
    digest_pointer: u32,
) -> wasmtime::Result<()> {
    let bytes = range(caller, "sha256", pointer, length as usize)?;
    let place = range(caller, "sha256", digest_pointer, 32)?;
    charge(caller, (64 + u64::from(length)) * limits::FUEL_PER_SHA256_BYTE)?;
    let (memory, _) = memory_and_guest(caller)?;
    let digest = crypto::sha256(&memory[bytes]);
    memory[place].copy_from_slice(&digest);
    Ok(())
}

fn p256_verify<L>(
    caller: &mut Caller<'_, Guest<L>>,
    key_pointer: u32,
    key_length: u32,
    digest_pointer: u32,
    signature_pointer: u32,
) -> wasmtime::Result<i32> {
    let key = range(caller, "p256_verify", key_pointer, key_length as usize)?;
    let digest = range(caller, "p256_verify", digest_pointer, 32)?;
    let signature = range(caller, "p256_verify", signature_pointer, 64)?;
    charge(caller, limits::FUEL_PER_P256_VERIFICATION)?;
    let (memory, _) = memory_and_guest(caller)?;
    let valid = crypto::p256_verify(&memory[key], memory[digest].try_into()?, memory[signature].try_into()?);
    Ok(i32::from(valid))
}

/// Where these bytes are, if they are all in the guest's memory. It never shrinks, so the range stays good.
fn range<L>(
    caller: &Caller<'_, Guest<L>>,
    function: &'static str,
    pointer: u32,
    length: usize,
) -> wasmtime::Result<Range<usize>> {
    let start = pointer as usize;
    let end = start.saturating_add(length);
    if end > memory(caller)?.data_size(caller) {
        return Err(GuestFailure::OutOfBounds { function, pointer, length: length as u64 }.into());
    }
    Ok(start..end)
}

fn memory_and_guest<'a, L>(caller: &'a mut Caller<'_, Guest<L>>) -> wasmtime::Result<(&'a mut [u8], &'a mut Guest<L>)> {
    Ok(memory(caller)?.data_and_store_mut(caller))
}

fn memory<L>(caller: &Caller<'_, Guest<L>>) -> wasmtime::Result<Memory> {
    // A module has no start function, so its code cannot run before the memory is known.
    caller.data().memory.ok_or_else(|| wasmtime::Error::msg("the instance has no memory yet"))
}

fn byte_fuel(bytes: usize) -> u64 {
    bytes as u64 * limits::FUEL_PER_BYTE
}

/// Takes fuel for work of the host.
fn charge<L>(caller: &mut Caller<'_, Guest<L>>, fuel: u64) -> wasmtime::Result<()> {
    let left = caller.get_fuel()?.checked_sub(fuel);
    caller.set_fuel(left.unwrap_or(0))?;
    if left.is_none() {
        return Err(GuestFailure::OutOfFuel(caller.data().fuel).into());
    }
    Ok(())
}
