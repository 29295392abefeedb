//! The Python reference, and other scripts, as a process that answers questions.
#![allow(dead_code, reason = "each test uses a part")]

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rules::generator::SplitMix64;
use serde_json::Value;

/// A file below the workspace's `tests` folder.
pub(crate) fn tests_file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(path)
}

/// The running reference.
pub(crate) struct Reference {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Reference {
    pub(crate) fn start() -> Self {
        Self::start_with("python3".as_ref(), "reference/driver.py")
    }

    /// Starts another script that answers in the same way.
    pub(crate) fn start_with(python: &OsStr, script: &str) -> Self {
        let mut process = Command::new(python)
            .arg(tests_file(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self { process, questions, answers }
    }

    /// Asks one of the driver's functions.
    pub(crate) fn ask(&mut self, function: &str, mut question: Value) -> Value {
        question["ask"] = function.into();
        writeln!(self.questions.as_mut().unwrap(), "{question}").expect("the reference takes questions");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "the reference died at {question}");
        serde_json::from_str(&answer).unwrap()
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // Without its input it ends by itself.
        drop(self.questions.take());
        let _ = self.process.wait();
    }
}

/// A random sequence: another one each run, or that of `RULES_SEED`. The seed is printed.
pub(crate) fn random(test: &str) -> SplitMix64 {
    let seed = match std::env::var("RULES_SEED") {
        Ok(seed) => seed.parse().expect("RULES_SEED is a number"),
        Err(_) => RandomState::new().hash_one(test),
    };
    println!("{test}: RULES_SEED={seed}");
    SplitMix64::new(seed)
}

/// How many cases to run: `default`, or what the variable says.
pub(crate) fn cases(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |count| count.parse().expect("a count"))
}
