//! A contract that is compiled to Wasm, ready to run.

use std::cell::Cell;

use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeInput, ChaincodeMessage};
use prost::Message;
use thiserror::Error;
use wasmtime::{InstancePre, Linker, Module, ModuleExport, PoolConcurrencyLimitError, Store, Trap, WasmBacktrace};

use crate::check::{Report, check};
use crate::engine::engine;
use crate::imports::{self, Guest, Limiter};
use crate::limits::CALL_DEPTH_MAX;
use crate::transaction::{Outcome, Stop, Transaction};
use crate::{
    CacheError, Chaincode, CheckError, Completed, GuestFailure, HostError, Ledger, Limits, Meter, ModuleCache, abi,
    crypto,
};

/// A contract's module, checked and compiled. Each transaction runs in a fresh instance of it.
pub struct WasmChaincode {
    instance: InstancePre<Guest>,
    memory: ModuleExport,
    invoke: ModuleExport,
    sha256: [u8; 32],
    report: Report,
    limits: Limits,
    meter: Meter,
}

/// Why a module cannot be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The module is at fault.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The cache of compiled modules cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The Wasm runtime did not start, or cannot compile the module.
    #[error("RUNTIME: {0}")]
    Runtime(String),
}

impl WasmChaincode {
    /// Checks and compiles a module.
    ///
    /// # Errors
    ///
    /// [`LoadError::Check`] if the module is not allowed, [`LoadError::Runtime`] if it cannot be compiled.
    pub fn load(module: &[u8]) -> Result<Self, LoadError> {
        Self::load_with(module, Limits::default())
    }

    /// Like [`WasmChaincode::load`], with other limits.
    ///
    /// # Errors
    ///
    /// As for [`WasmChaincode::load`].
    pub fn load_with(module: &[u8], limits: Limits) -> Result<Self, LoadError> {
        let report = check(module)?;
        let compiled = Module::new(engine().map_err(LoadError::Runtime)?, module).map_err(runtime)?;
        Self::link(&compiled, module, report, limits)
    }

    /// Like [`WasmChaincode::load`], but takes the compiled code from a cache where it is there already.
    ///
    /// # Errors
    ///
    /// As for [`WasmChaincode::load`], and [`LoadError::Cache`] if the cache cannot be read or written.
    pub fn load_cached(module: &[u8], cache: &ModuleCache) -> Result<Self, LoadError> {
        let report = check(module)?;
        let compiled = cache.module(engine().map_err(LoadError::Runtime)?, module)?;
        Self::link(&compiled, module, report, Limits::default())
    }

    fn link(compiled: &Module, module: &[u8], report: Report, limits: Limits) -> Result<Self, LoadError> {
        let mut linker = Linker::new(compiled.engine());
        imports::define(&mut linker).map_err(runtime)?;
        let instance = linker.instantiate_pre(compiled).map_err(runtime)?;
        let export =
            |name| compiled.get_export_index(name).ok_or_else(|| LoadError::Runtime(format!("no export {name}")));
        Ok(Self {
            memory: export(abi::MEMORY)?,
            invoke: export(abi::INVOKE)?,
            instance,
            sha256: crypto::sha256(module),
            report,
            limits,
            meter: Meter::default(),
        })
    }

    /// SHA-256 of the module that runs.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// What the check found in the module.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What the transactions so far have used, by contract function.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Runs the guest in a fresh instance. What it did wrong is within the result, what we did is its error.
    fn run(&self, store: &mut Store<Guest>) -> Result<Result<Outcome, GuestFailure>, HostError> {
        let mut run = || -> wasmtime::Result<()> {
            let instance = self.instance.instantiate(&mut *store)?;
            let memory = instance.get_module_export(&mut *store, &self.memory).and_then(wasmtime::Extern::into_memory);
            let invoke = instance.get_module_export(&mut *store, &self.invoke).and_then(wasmtime::Extern::into_func);
            store.data_mut().memory = memory;
            let invoke = invoke.ok_or_else(|| wasmtime::Error::msg("the instance has no invoke"))?;
            invoke.typed::<(), ()>(&*store)?.call(&mut *store, ())
        };
        match run() {
            Ok(()) => Ok(store.data_mut().transaction.take_outcome()),
            Err(error) => failure(&error, self.limits.fuel).map(Err),
        }
    }
}

impl Chaincode for WasmChaincode {
    fn execute(&self, message: &ChaincodeMessage, ledger: &mut dyn Ledger) -> Result<Completed, HostError> {
        let function = function_name(message)?;
        let depth = Depth::enter();
        // SAFETY: wasmtime wants data of a store to be 'static. The store that takes this reference is a local variable
        // of this function, nothing else gets a copy, and it is dropped when the function returns or unwinds: before
        // the borrow of `ledger` ends.
        #[expect(unsafe_code, reason = "a store's data must be 'static")]
        let ledger = unsafe { std::mem::transmute::<&mut dyn Ledger, &'static mut dyn Ledger>(ledger) };
        let guest = Guest {
            transaction: Transaction::new(message.encode_to_vec(), ledger, self.limits),
            memory: None,
            limiter: Limiter { memory_bytes_max: self.limits.memory_bytes },
            fuel: self.limits.fuel,
        };
        let mut store = Store::new(self.instance.module().engine(), guest);
        store.limiter(|guest| &mut guest.limiter);
        store.set_fuel(self.limits.fuel).map_err(|error| HostError::Runtime(error.to_string()))?;
        let outcome = match depth {
            Some(_) => self.run(&mut store)?,
            None => Err(GuestFailure::CallDepth(CALL_DEPTH_MAX)),
        };
        let mut metering = std::mem::take(&mut store.data_mut().transaction.metering);
        metering.fuel = self.limits.fuel - store.get_fuel().unwrap_or(0);
        metering.memory_bytes = store.data().memory.map_or(0, |memory| memory.data_size(&store) as u64);
        let (response, event) = outcome.unwrap_or_else(|failure| (failure.response(), None));
        self.meter.record(&function, &metering, &response);
        Ok(Completed { response, event, metering })
    }
}

/// The contract function that a transaction asks for, as metering names it.
fn function_name(message: &ChaincodeMessage) -> Result<String, HostError> {
    if !matches!(message.r#type(), MessageType::Transaction | MessageType::Init) {
        return Err(HostError::Message(format!("{} is no transaction", message.r#type().as_str_name())));
    }
    let input = ChaincodeInput::decode(message.payload.as_slice());
    let input = input.map_err(|error| HostError::Message(format!("the payload is no ChaincodeInput: {error}")))?;
    Ok(input.args.first().map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default())
}

/// Whose fault it is that a guest did not return.
fn failure(error: &wasmtime::Error, fuel: u64) -> Result<GuestFailure, HostError> {
    if let Some(failure) = error.downcast_ref::<GuestFailure>() {
        return Ok(failure.clone());
    }
    match error.downcast_ref::<Stop>() {
        Some(Stop::Guest(failure)) => return Ok(failure.clone()),
        Some(Stop::Ledger(text)) => return Err(HostError::Ledger(text.clone())),
        None => {}
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Ok(GuestFailure::OutOfFuel(fuel)),
        Some(Trap::StackOverflow) => Ok(GuestFailure::StackOverflow),
        Some(trap) => Ok(GuestFailure::Trapped(format!("{trap}{}", place(error)))),
        None if error.is::<PoolConcurrencyLimitError>() => Err(HostError::Busy(error.to_string())),
        None => Err(HostError::Runtime(format!("{error:#}"))),
    }
}

/// Where in the module a trap was.
fn place(error: &wasmtime::Error) -> String {
    let frame = error.downcast_ref::<WasmBacktrace>().and_then(|trace| trace.frames().first());
    match frame.and_then(|frame| Some((frame.func_name(), frame.func_index(), frame.module_offset()?))) {
        Some((Some(name), _, offset)) => format!(" in {name} (at byte {offset})"),
        Some((None, index, offset)) => format!(" in function {index} (at byte {offset})"),
        None => String::new(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn runtime(error: wasmtime::Error) -> LoadError {
    LoadError::Runtime(format!("{error:#}"))
}

/// One chaincode more on this thread, until it is dropped.
struct Depth;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

impl Depth {
    /// Nothing if there are as many as there may be.
    fn enter() -> Option<Self> {
        DEPTH.with(|depth| {
            (depth.get() < CALL_DEPTH_MAX).then(|| {
                depth.set(depth.get() + 1);
                Self
            })
        })
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}
