//! The program, and a network of its own that it runs.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a network may take until it serves.
const START_MAX: Duration = Duration::from_secs(120);

/// Where the compiled contracts are.
pub(crate) fn contracts() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/contracts");
    let folder = std::env::var_os("GRIDBOURSE_CONTRACTS").map_or(folder, PathBuf::from);
    assert!(folder.join("benchmark.wasm").exists(), "run `cargo xtask contracts` first");
    folder
}

pub(crate) fn gridbourse(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gridbourse"));
    command.args(arguments).env("GRIDBOURSE_CONTRACTS", contracts());
    command
}

/// `gridbourse devnet`, until the test ends.
pub(crate) struct Network {
    process: Child,
    folder: tempfile::TempDir,
}

impl Network {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut devnet = gridbourse(&["devnet", "--data-dir"]);
        devnet.arg(folder.path().join("data")).arg("--ready-file").arg(folder.path().join("ready.json"));
        let process = devnet.args(arguments).stdout(Stdio::null()).spawn().unwrap();
        let network = Self { process, folder };
        let begin = Instant::now();
        while !network.ready_file().exists() {
            assert!(begin.elapsed() < START_MAX, "the network does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        network
    }

    /// Where its organizations are.
    pub(crate) fn ready_file(&self) -> PathBuf {
        self.folder.path().join("ready.json")
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
