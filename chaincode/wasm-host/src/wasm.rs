//! A contract that is compiled to Wasm, ready to run.

use std::cell::Cell;

use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeInput, ChaincodeMessage};
use prost::Message;
use thiserror::Error;
use wasmtime::{
    Instance, InstancePre, Linker, Module, ModuleExport, PoolConcurrencyLimitError, Store, Trap, TypedFunc,
    WasmBacktrace,
};

use crate::check::{Report, check};
use crate::engine::engine;
use crate::imports::{self, Far, Guest, Limiter, Near};
use crate::limits::{CALL_DEPTH_MAX, FUEL_PER_TURN};
use crate::transaction::{Stop, Transaction};
use crate::{
    AsyncChaincode, AsyncLedger, CacheError, Chaincode, CheckError, Completed, GuestFailure, HostError, Later, Ledger,
    Limits, Meter, ModuleCache, abi, crypto,
};

/// A contract's module, checked and compiled. Each transaction runs in a fresh instance of it.
pub struct WasmChaincode {
    near: InstancePre<Guest<Near>>,
    far: InstancePre<Guest<Far>>,
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
        let export =
            |name| compiled.get_export_index(name).ok_or_else(|| LoadError::Runtime(format!("no export {name}")));
        Ok(Self {
            memory: export(abi::MEMORY)?,
            invoke: export(abi::INVOKE)?,
            near: linked(compiled, imports::define_near).map_err(runtime)?,
            far: linked(compiled, imports::define_far).map_err(runtime)?,
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

    /// A store for one transaction.
    fn store<L: 'static>(&self, message: &ChaincodeMessage, ledger: L) -> wasmtime::Result<Store<Guest<L>>> {
        let guest = Guest {
            transaction: Transaction::new(message.encode_to_vec(), self.limits),
            ledger,
            memory: None,
            limiter: Limiter { memory_bytes_max: self.limits.memory_bytes },
            fuel: self.limits.fuel,
            turn_began: self.limits.fuel,
        };
        let mut store = Store::new(self.near.module().engine(), guest);
        store.limiter(|guest| &mut guest.limiter);
        store.set_fuel(self.limits.fuel)?;
        Ok(store)
    }

    /// A fresh instance's `invoke`, once its memory is known to the host.
    fn entry<L: 'static>(
        &self,
        store: &mut Store<Guest<L>>,
        instance: Instance,
    ) -> wasmtime::Result<TypedFunc<(), ()>> {
        let memory = instance.get_module_export(&mut *store, &self.memory).and_then(wasmtime::Extern::into_memory);
        let invoke = instance.get_module_export(&mut *store, &self.invoke).and_then(wasmtime::Extern::into_func);
        store.data_mut().memory = memory;
        invoke.ok_or_else(|| wasmtime::Error::msg("the instance has no invoke"))?.typed(&*store)
    }

    fn run_near(&self, store: &mut Store<Guest<Near>>) -> wasmtime::Result<()> {
        let instance = self.near.instantiate(&mut *store)?;
        self.entry(store, instance)?.call(store, ())
    }

    async fn run_far(&self, store: &mut Store<Guest<Far>>) -> wasmtime::Result<()> {
        store.fuel_async_yield_interval(Some(FUEL_PER_TURN))?;
        let instance = self.far.instantiate_async(&mut *store).await?;
        let invoke = self.entry(store, instance)?;
        invoke.call_async(&mut *store, ()).await
    }

    /// What came of a transaction whose guest has `ended`. What the guest did wrong is within the result, what we did is
    /// its error.
    fn complete<L: 'static>(
        &self,
        function: &str,
        mut store: Store<Guest<L>>,
        ended: wasmtime::Result<()>,
    ) -> Result<Completed, HostError> {
        let outcome = match ended {
            Ok(()) => store.data_mut().transaction.take_outcome(),
            Err(error) => Err(failure(&error, self.limits.fuel)?),
        };
        let mut metering = std::mem::take(&mut store.data_mut().transaction.metering);
        metering.fuel = self.limits.fuel - store.get_fuel().unwrap_or(0);
        metering.memory_bytes = store.data().memory.map_or(0, |memory| memory.data_size(&store) as u64);
        let (response, event) = outcome.unwrap_or_else(|failure| (failure.response(), None));
        self.meter.record(function, &metering, &response);
        Ok(Completed { response, event, metering })
    }
}

impl Chaincode for WasmChaincode {
    fn execute(&self, message: &ChaincodeMessage, ledger: &mut dyn Ledger) -> Result<Completed, HostError> {
        let function = function_name(message)?;
        let depth = Depth::enter();
        // SAFETY: wasmtime wants data of a store to be 'static. The store that takes this reference stays within this
        // function and `complete`, which drops it, nothing else gets a copy, and it is gone when this function returns or
        // unwinds: before the borrow of `ledger` ends.
        #[expect(unsafe_code, reason = "a store's data must be 'static")]
        let ledger = unsafe { std::mem::transmute::<&mut dyn Ledger, &'static mut dyn Ledger>(ledger) };
        let mut store = self.store(message, ledger).map_err(|error| host_error(&error))?;
        let ended = match depth {
            Some(_) => self.run_near(&mut store),
            None => Err(GuestFailure::CallDepth(CALL_DEPTH_MAX).into()),
        };
        self.complete(&function, store, ended)
    }
}

impl AsyncChaincode for WasmChaincode {
    fn execute_async<'a>(
        &'a self,
        message: &'a ChaincodeMessage,
        ledger: Box<dyn AsyncLedger>,
    ) -> Later<'a, Result<Completed, HostError>> {
        Box::pin(async move {
            let function = function_name(message)?;
            let mut store = self.store(message, Far(ledger)).map_err(|error| host_error(&error))?;
            let ended = self.run_far(&mut store).await;
            self.complete(&function, store, ended)
        })
    }
}

/// A module's instances-to-be, with their imports defined.
fn linked<L: 'static>(
    module: &Module,
    define: fn(&mut Linker<Guest<L>>) -> wasmtime::Result<()>,
) -> wasmtime::Result<InstancePre<Guest<L>>> {
    let mut linker = Linker::new(module.engine());
    define(&mut linker)?;
    linker.instantiate_pre(module)
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
        None => Err(host_error(error)),
    }
}

fn host_error(error: &wasmtime::Error) -> HostError {
    HostError::Runtime(format!("{error:#}"))
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
