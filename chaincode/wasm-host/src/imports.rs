//! The functions that a contract imports, in wasmtime's terms. This is the only place that touches a guest's memory.

use std::ops::Range;

use wasmtime::{Caller, Linker, Memory, ResourceLimiter};

use crate::transaction::Transaction;
use crate::{GuestFailure, abi, crypto, limits};

/// What belongs to one instance.
pub(crate) struct Guest {
    pub(crate) transaction: Transaction<'static>,
    /// The instance's memory, as soon as there is one.
    pub(crate) memory: Option<Memory>,
    pub(crate) limiter: Limiter,
    /// Fuel at the start.
    pub(crate) fuel: u64,
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

/// Defines every function of [`abi::FUNCTIONS`].
pub(crate) fn define(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(abi::MODULE, "input", input)?;
    linker.func_wrap(abi::MODULE, "read", read)?;
    linker.func_wrap(abi::MODULE, "call", call)?;
    linker.func_wrap(abi::MODULE, "complete", complete)?;
    linker.func_wrap(abi::MODULE, "sha256", sha256)?;
    linker.func_wrap(abi::MODULE, "p256_verify", p256_verify)?;
    Ok(())
}

fn input(mut caller: Caller<'_, Guest>) -> wasmtime::Result<i32> {
    let length = caller.data_mut().transaction.input();
    charge(&mut caller, byte_fuel(length))?;
    Ok(i32::try_from(length)?)
}

fn read(mut caller: Caller<'_, Guest>, pointer: u32) -> wasmtime::Result<()> {
    let pending = caller.data_mut().transaction.read()?;
    let place = range(&caller, "read", pointer, pending.len())?;
    let (memory, _) = memory_and_guest(&mut caller)?;
    memory[place].copy_from_slice(&pending);
    Ok(())
}

fn call(mut caller: Caller<'_, Guest>, kind: i32, pointer: u32, length: u32) -> wasmtime::Result<i64> {
    let payload = range(&caller, "call", pointer, length as usize)?;
    charge(&mut caller, limits::FUEL_PER_LEDGER_CALL + byte_fuel(payload.len()))?;
    let (memory, guest) = memory_and_guest(&mut caller)?;
    let answer = guest.transaction.call(kind, &memory[payload])?;
    let (Ok(length) | Err(length)) = answer;
    charge(&mut caller, byte_fuel(length))?;
    let length = i64::try_from(length)?;
    Ok(if answer.is_ok() { length } else { -(length + 1) })
}

fn complete(
    mut caller: Caller<'_, Guest>,
    response_pointer: u32,
    response_length: u32,
    event_pointer: u32,
    event_length: u32,
) -> wasmtime::Result<()> {
    let response = range(&caller, "complete", response_pointer, response_length as usize)?;
    let event = range(&caller, "complete", event_pointer, event_length as usize)?;
    charge(&mut caller, byte_fuel(response.len()) + byte_fuel(event.len()))?;
    let (memory, guest) = memory_and_guest(&mut caller)?;
    Ok(guest.transaction.complete(&memory[response], &memory[event])?)
}

fn sha256(mut caller: Caller<'_, Guest>, pointer: u32, length: u32, digest_pointer: u32) -> wasmtime::Result<()> {
    let bytes = range(&caller, "sha256", pointer, length as usize)?;
    let place = range(&caller, "sha256", digest_pointer, 32)?;
    charge(&mut caller, (64 + u64::from(length)) * limits::FUEL_PER_SHA256_BYTE)?;
    let (memory, _) = memory_and_guest(&mut caller)?;
    let digest = crypto::sha256(&memory[bytes]);
    memory[place].copy_from_slice(&digest);
    Ok(())
}

fn p256_verify(
    mut caller: Caller<'_, Guest>,
    key_pointer: u32,
    key_length: u32,
    digest_pointer: u32,
    signature_pointer: u32,
) -> wasmtime::Result<i32> {
    let key = range(&caller, "p256_verify", key_pointer, key_length as usize)?;
    let digest = range(&caller, "p256_verify", digest_pointer, 32)?;
    let signature = range(&caller, "p256_verify", signature_pointer, 64)?;
    charge(&mut caller, limits::FUEL_PER_P256_VERIFICATION)?;
    let (memory, _) = memory_and_guest(&mut caller)?;
    let valid = crypto::p256_verify(&memory[key], memory[digest].try_into()?, memory[signature].try_into()?);
    Ok(i32::from(valid))
}

/// Where these bytes are, if they are all in the guest's memory. It never shrinks, so the range stays good.
fn range(
    caller: &Caller<'_, Guest>,
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

fn memory_and_guest<'a>(caller: &'a mut Caller<'_, Guest>) -> wasmtime::Result<(&'a mut [u8], &'a mut Guest)> {
    Ok(memory(caller)?.data_and_store_mut(caller))
}

fn memory(caller: &Caller<'_, Guest>) -> wasmtime::Result<Memory> {
    // A module has no start function, so its code cannot run before the memory is known.
    caller.data().memory.ok_or_else(|| wasmtime::Error::msg("the instance has no memory yet"))
}

fn byte_fuel(bytes: usize) -> u64 {
    bytes as u64 * limits::FUEL_PER_BYTE
}

/// Takes fuel for work of the host.
fn charge(caller: &mut Caller<'_, Guest>, fuel: u64) -> wasmtime::Result<()> {
    let left = caller.get_fuel()?.checked_sub(fuel);
    caller.set_fuel(left.unwrap_or(0))?;
    if left.is_none() {
        return Err(GuestFailure::OutOfFuel(caller.data().fuel).into());
    }
    Ok(())
}
