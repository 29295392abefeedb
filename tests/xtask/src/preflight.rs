//! What the machine must have, checked before anything is built, so that a newcomer reads one message and not the end of
//! a compiler's log.

use crate::{command::Program, contracts};
use anyhow::{Result, bail};

/// Something that the build or the tests need from the machine.
pub(crate) struct Need {
    name: &'static str,
    purpose: &'static str,
    install: &'static str,
    present: fn() -> bool,
}

const LINKER: Need = Need {
    name: "a C compiler and linker (cc)",
    purpose: "links every program and compiles the cryptography library aws-lc",
    install: "sudo apt-get install build-essential",
    present: || Program::new("cc").arg("--version").succeeds(),
};

const WASM: Need = Need {
    name: "a Rust compiler for wasm32-unknown-unknown",
    purpose: "compiles the contracts to Wasm",
    install: "rustup target add wasm32-unknown-unknown, or where rustup cannot download: \
              sudo apt-get install rustc-web cargo-web rust-web-src",
    present: || contracts::Toolchain::find().is_some(),
};

const PYTHON: Need = Need {
    name: "Python 3.9 or later with venv",
    purpose: "runs the reference rules that the Rust rules are tested against",
    install: "sudo apt-get install python3 python3-venv",
    present: || {
        Program::new("python3")
            .args(["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))"])
            .succeeds()
    },
};

const MAVEN: Need = Need {
    name: "Java 17 or later with its compiler, and Maven",
    purpose: "runs a MongoDB-compatible server that the record store is tested against",
    install: "sudo apt-get install default-jdk-headless maven",
    present: || Program::new("javac").arg("-version").succeeds() && Program::new("mvn").arg("--version").succeeds(),
};

const NODE: Need = Need {
    name: "Node.js 20 or later and npm",
    purpose: "runs Fabric's own Node SDK and Caliper against the embedded network",
    install: "sudo apt-get install nodejs npm, or from https://nodejs.org where that is older",
    present: || {
        Program::new("node").args(["-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"]).succeeds()
            && Program::new("npm").arg("--version").succeeds()
    },
};

/// Enough to build and run everything.
pub(crate) const FOR_BUILDING: [Need; 2] = [LINKER, WASM];
/// Enough to run all the tests as well.
pub(crate) const FOR_TESTING: [Need; 5] = [LINKER, WASM, PYTHON, MAVEN, NODE];
/// Enough to run Caliper.
pub(crate) const FOR_CALIPER: [Need; 3] = [LINKER, WASM, NODE];

/// Names everything that is missing in one message.
pub(crate) fn check(needs: &[Need]) -> Result<()> {
    let missing: Vec<_> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut text = String::from("this machine lacks:\n");
    for need in missing {
        text += &format!("\n  {}\n    what for: {}\n    install:  {}\n", need.name, need.purpose, need.install);
    }
    bail!(text)
}
