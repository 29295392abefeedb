//! The one Wasm engine of the process, with settings under which every machine computes the same.

use std::sync::OnceLock;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits::{INSTANCES_MAX, Limits, TABLE_ELEMENTS_MAX, WASM_STACK_BYTES};

/// Memory that stays with a slot of the pool when its instance goes. Zeroing the pages that were written (Linux 6.7 and
/// later tell which) is cheaper than giving all of them back and faulting in fresh ones, with several processors most of
/// all. A contract's stack and static data are within the first two megabytes.
const KEEP_RESIDENT_BYTES: usize = 2 << 20;

/// The engine, or why there is none.
pub(crate) fn engine() -> Result<&'static Engine, String> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(&config()).map_err(|error| format!("{error:#}"))).as_ref().map_err(Clone::clone)
}

fn config() -> Config {
    let mut config = Config::new();
    config
        // The only clock is fuel: epochs and timers differ between machines.
        .consume_fuel(true)
        // The check refuses floats; these are the second lock on the same door.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_simd(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_extended_const(false)
        .wasm_tail_call(false)
        .max_wasm_stack(WASM_STACK_BYTES)
        // A new instance maps the module's first memory copy-on-write and touches nothing else.
        .memory_init_cow(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    config
}

/// Slots for instances. They take addresses, not memory.
fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(INSTANCES_MAX)
        .total_memories(INSTANCES_MAX)
        .total_tables(INSTANCES_MAX)
        .total_stacks(INSTANCES_MAX)
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .max_memory_size(Limits::bench().memory_bytes)
        .table_elements(TABLE_ELEMENTS_MAX)
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES);
    pool
}
