//! Servers of MongoDB's wire protocol, from PyPI and Maven. Neither is MongoDB.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "each test uses a part; tests")]

use std::{
    env,
    ffi::OsString,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A server that can be had.
#[derive(Clone, Copy, Debug)]
pub enum Compatible {
    /// PyPI `nx-27017`, on SQLite.
    Nx27017,
    /// Maven `de.bwaldvogel:mongo-java-server-h2-backend`.
    JavaServer,
}

/// A server that runs. Dropping it kills it; its data stay.
pub struct Server {
    process: Child,
    port: u16,
}

impl Compatible {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Nx27017, Self::JavaServer];

    /// Starts it with its data in this folder, on a free port or a given one.
    pub fn start(self, folder: &Path, port: u16) -> Server {
        let mut command = match self {
            Self::Nx27017 => {
                let python = from_environment("GRIDBOURSE_PYTHON");
                let mut command = Command::new(python.with_file_name("nx-27017"));
                command.arg("--db").arg(folder.join("nx.db")).args(["-p", &port.to_string()]);
                command.arg("--log-file").arg(folder.join("nx.log")).arg("--pid-file").arg(folder.join("nx.pid"));
                command
            }
            Self::JavaServer => {
                let jars = from_environment("GRIDBOURSE_MONGODB_JARS");
                let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mongodb/CompatibleServer.java");
                let mut command = Command::new("java");
                let file = folder.join("h2.mv");
                command.arg("-classpath").arg(jars.join("*")).arg(source).arg(file).arg(port.to_string());
                command
            }
        };
        // One of them says on stderr where it listens, the other on stdout.
        let mut process = command
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let streams: (Box<dyn std::io::Read + Send>, Box<dyn std::io::Read + Send>) =
            (Box::new(process.stdout.take().unwrap()), Box::new(process.stderr.take().unwrap()));
        let (sender, receiver) = std::sync::mpsc::channel();
        for stream in [streams.0, streams.1] {
            let sender = sender.clone();
            // Read to the end, so that the server never waits for a full pipe.
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if let Some((_, port)) = line.split_once("Listening on 127.0.0.1:") {
                        sender.send(port.trim().parse().unwrap()).ok();
                    }
                }
            });
        }
        drop(sender);
        let port = receiver.recv().unwrap_or_else(|_| panic!("{command:?} ended without listening"));
        Server { process, port }
    }
}

impl Server {
    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address for a client, with a database of this name.
    pub fn uri(&self, database: &str) -> String {
        format!("mongodb://127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn from_environment(name: &str) -> PathBuf {
    let value: Option<OsString> = env::var_os(name);
    value.unwrap_or_else(|| panic!("{name} is not set: run `cargo xtask test`")).into()
}
