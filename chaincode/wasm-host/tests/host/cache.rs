//! The cache of compiled modules.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::{EmptyLedger, guest, transaction};
use wasm_host::{CacheError, Chaincode, ModuleCache, WasmChaincode};

#[test]
fn a_module_is_compiled_once() {
    let directory = tempfile::tempdir().unwrap();
    let cache = ModuleCache::open(directory.path().join("modules")).unwrap();
    for _ in 0..2 {
        let chaincode = WasmChaincode::load_cached(&guest("healthy"), &cache).unwrap();
        assert_eq!(chaincode.execute(&transaction("f"), &mut EmptyLedger).unwrap().response.status, 200);
        let files: Vec<_> = fs::read_dir(directory.path().join("modules")).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_file_that_is_no_compiled_module_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let cache = ModuleCache::open(directory.path()).unwrap();
    WasmChaincode::load_cached(&guest("healthy"), &cache).unwrap();
    let file = fs::read_dir(directory.path()).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, b"another version's").unwrap();
    WasmChaincode::load_cached(&guest("healthy"), &cache).unwrap();
    assert!(fs::metadata(&file).unwrap().len() > 1_000);
}

#[test]
fn what_others_can_write_to_is_not_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let modules = directory.path().join("modules");
    let cache = ModuleCache::open(&modules).unwrap();
    WasmChaincode::load_cached(&guest("healthy"), &cache).unwrap();
    let file = fs::read_dir(&modules).unwrap().next().unwrap().unwrap().path();
    fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    let error = WasmChaincode::load_cached(&guest("healthy"), &cache).err().unwrap();
    assert!(error.to_string().starts_with("CACHE_UNSAFE"), "{error}");
    fs::set_permissions(&modules, Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(ModuleCache::open(&modules), Err(CacheError::Unsafe { .. })));
}
