//! The functions that a contract imports, in wasmtime's terms. This is the only place that touches a guest's memory.

use wasmtime::{Caller, Linker, Memory, ResourceLimiter};

use crate::transaction::{Stop, Transaction};
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
    linker.func_wrap(abi::MODULE, "input", |mut caller: Caller<'_, Guest>| -> wasmtime::Result<i32> {
        let length = caller.data_mut().transaction.input();
        charge(&mut caller, byte_fuel(length))?;
        Ok(i32::try_from(length)?)
    })?;
    linker.func_wrap(abi::MODULE, "read", |mut caller: Caller<'_, Guest>, pointer: u32| -> wasmtime::Result<()> {
        let (memory, guest) = memory_and_guest(&mut caller)?;
        let pending = guest.transaction.read()?;
        slice_mut(memory, "read", pointer, pending.len())?.copy_from_slice(&pending);
        Ok(())
    })?;
    linker.func_wrap(abi::MODULE, "call", call)?;
    linker.func_wrap(abi::MODULE, "complete", complete)?;
    linker.func_wrap(abi::MODULE, "sha256", sha256)?;
    linker.func_wrap(abi::MODULE, "p256_verify", p256_verify)?;
    Ok(())
}

fn call(mut caller: Caller<'_, Guest>, kind: i32, pointer: u32, length: u32) -> wasmtime::Result<i64> {
    charge(&mut caller, limits::FUEL_PER_LEDGER_CALL + byte_fuel(length as usize))?;
    let (memory, guest) = memory_and_guest(&mut caller)?;
    let payload = slice(memory, "call", pointer, length as usize)?;
    let answer = guest.transaction.call(kind, payload)?;
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
    charge(&mut caller, byte_fuel(response_length as usize) + byte_fuel(event_length as usize))?;
    let (memory, guest) = memory_and_guest(&mut caller)?;
    let response = slice(memory, "complete", response_pointer, response_length as usize)?;
    let event = slice(memory, "complete", event_pointer, event_length as usize)?;
    Ok(guest.transaction.complete(response, event)?)
}

fn sha256(mut caller: Caller<'_, Guest>, pointer: u32, length: u32, digest_pointer: u32) -> wasmtime::Result<()> {
    charge(&mut caller, (64 + u64::from(length)) * limits::FUEL_PER_SHA256_BYTE)?;
    let (memory, _) = memory_and_guest(&mut caller)?;
    let digest = crypto::sha256(slice(memory, "sha256", pointer, length as usize)?);
    slice_mut(memory, "sha256", digest_pointer, digest.len())?.copy_from_slice(&digest);
    Ok(())
}

fn p256_verify(
    mut caller: Caller<'_, Guest>,
    key_pointer: u32,
    key_length: u32,
    digest_pointer: u32,
    signature_pointer: u32,
) -> wasmtime::Result<i32> {
    charge(&mut caller, limits::FUEL_PER_P256_VERIFICATION)?;
    let (memory, _) = memory_and_guest(&mut caller)?;
    let key = slice(memory, "p256_verify", key_pointer, key_length as usize)?;
    let digest = slice(memory, "p256_verify", digest_pointer, 32)?.try_into()?;
    let signature = slice(memory, "p256_verify", signature_pointer, 64)?.try_into()?;
    Ok(i32::from(crypto::p256_verify(key, digest, signature)))
}

fn memory_and_guest<'a>(caller: &'a mut Caller<'_, Guest>) -> wasmtime::Result<(&'a mut [u8], &'a mut Guest)> {
    // A module has no start function, so its code cannot run before the memory is known.
    let memory = caller.data().memory.ok_or_else(|| wasmtime::Error::msg("the instance has no memory yet"))?;
    Ok(memory.data_and_store_mut(caller))
}

fn slice<'a>(memory: &'a [u8], function: &'static str, pointer: u32, length: usize) -> Result<&'a [u8], Stop> {
    let start = pointer as usize;
    let range = start..start.saturating_add(length);
    memory.get(range).ok_or_else(|| out_of_bounds(function, pointer, length))
}

fn slice_mut<'a>(
    memory: &'a mut [u8],
    function: &'static str,
    pointer: u32,
    length: usize,
) -> Result<&'a mut [u8], Stop> {
    let start = pointer as usize;
    let range = start..start.saturating_add(length);
    memory.get_mut(range).ok_or_else(|| out_of_bounds(function, pointer, length))
}

fn out_of_bounds(function: &'static str, pointer: u32, length: usize) -> Stop {
    GuestFailure::OutOfBounds { function, pointer, length: length as u64 }.into()
}

fn byte_fuel(bytes: usize) -> u64 {
    bytes as u64 * limits::FUEL_PER_BYTE
}

/// Takes fuel for work of the host.
fn charge(caller: &mut Caller<'_, Guest>, fuel: u64) -> wasmtime::Result<()> {
    let left = caller.get_fuel()?.checked_sub(fuel);
    caller.set_fuel(left.unwrap_or(0))?;
    left.ok_or_else(|| GuestFailure::OutOfFuel(caller.data().fuel).into()).map(|_| ())
}
