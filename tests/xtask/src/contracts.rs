//! Compiles the contracts to Wasm.

use crate::command::{Program, root, target};
use anyhow::{Context, Result};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The contract crates; each becomes `target/contracts/NAME.wasm`.
const CONTRACTS: [&str; 5] = ["declaration", "exchange", "anchoring", "benchmark", "recorder"];
const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Where Debian's packages put their own compiler, which can build the standard library from source.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// Where the compiled contracts are.
pub(crate) fn folder() -> PathBuf {
    root().join("target/contracts")
}

/// A way to compile for Wasm on this machine.
pub(crate) enum Toolchain {
    /// The user's own toolchain has the target's standard library.
    Installed,
    /// Debian's `rustc-web cargo-web rust-web-src`: the standard library is compiled from source.
    Debian {
        /// A linker for Wasm, taken from the user's own toolchain.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Looks for a toolchain and, where rustup can still add the target, adds it.
    pub(crate) fn find() -> Option<Self> {
        if has_target() || (Program::new("rustup").args(["target", "add", WASM_TARGET]).succeeds() && has_target()) {
            return Some(Self::Installed);
        }
        let sysroot = Program::new(DEBIAN_RUSTC).args(["--print", "sysroot"]).output()?;
        let has_source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").is_dir();
        let linker = PathBuf::from(Program::new("rustc").args(["--print", "sysroot"]).output()?)
            .join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
        (has_source && linker.is_file() && Path::new(DEBIAN_CARGO).is_file()).then_some(Self::Debian { linker })
    }

    fn cargo(&self) -> Program {
        let program = match self {
            Self::Installed => Program::cargo().arg("build"),
            Self::Debian { linker } => Program::new(DEBIAN_CARGO)
                .arg("build")
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", DEBIAN_RUSTC)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker),
        };
        program.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", path_independence())
    }
}

/// Panic messages carry paths of source files. Without the machine's own part of them, the same sources and compiler
/// give the same module, whose hash organizations agree on, wherever it is built.
fn path_independence() -> String {
    let cargo_home = env::var_os("CARGO_HOME")
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo").into_os_string()))
        .unwrap_or_default();
    format!(
        "--remap-path-prefix={}=/cargo --remap-path-prefix={}=/gridbourse",
        Path::new(&cargo_home).display(),
        root().display()
    )
}

/// Whether the user's toolchain brings the standard library for Wasm.
fn has_target() -> bool {
    Program::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output()
        .is_some_and(|folder| Path::new(&folder).is_dir())
}

/// Compiles every contract and puts the modules side by side. Cargo does the work only where something changed.
pub(crate) fn build() -> Result<()> {
    let toolchain = Toolchain::find().context("no Rust compiler for wasm32-unknown-unknown")?;
    let output = target().join("contracts");
    // One by one: in a common build the features of all would be joined, and `declaration`, which `exchange` uses as a
    // library, would lose its exports.
    for name in CONTRACTS {
        toolchain
            .cargo()
            .args(["--quiet", "--profile", "contract", "--target", WASM_TARGET, "--package", name, "--target-dir"])
            .arg(&output)
            .run()?;
    }
    fs::create_dir_all(folder())?;
    for name in CONTRACTS {
        let module = output.join(WASM_TARGET).join("contract").join(name).with_extension("wasm");
        fs::copy(&module, folder().join(name).with_extension("wasm"))
            .with_context(|| format!("cargo made no {}", module.display()))?;
    }
    Ok(())
}
