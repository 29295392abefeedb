//! The calls of the benchmark contract that a process makes. Texts go without quotes, as every contract API takes them.

use super::options::Work;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;
use rand::rngs::StdRng;

/// Keys that each process creates beforehand for its reads.
pub(super) const READ_KEYS: u32 = 100;

/// One call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) function: &'static str,
    pub(super) arguments: Vec<String>,
    pub(super) is_query: bool,
}

/// The calls of one process. Its keys begin with a word that no other process and no other run has.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    pub(super) prefix: String,
    pub(super) work: Work,
    pub(super) payload_bytes: usize,
}

impl Calls {
    /// Creates the keys that are read later.
    pub(super) fn prepare(&self) -> Call {
        self.write_many(&self.read_prefix(), READ_KEYS)
    }

    /// The call with this number, counted from 0.
    pub(super) fn call(&self, number: u64, random: &mut StdRng) -> Call {
        match self.work {
            Work::Create => self.write("create", number, random),
            Work::Put => self.write("put", number, random),
            Work::WriteMany { keys } => self.write_many(&format!("{}-{number}-", self.prefix), keys),
            Work::Empty => Call { function: "empty", arguments: Vec::new(), is_query: false },
            Work::Read => self.read(random),
            Work::Mixed { reads_percent } => {
                if random.random_range(0..100_u8) < reads_percent {
                    self.read(random)
                } else {
                    self.write("create", number, random)
                }
            }
        }
    }

    /// Writes one key that nobody else writes.
    fn write(&self, function: &'static str, number: u64, random: &mut StdRng) -> Call {
        let arguments = vec![format!("{}-{number}", self.prefix), self.value(random)];
        Call { function, arguments, is_query: false }
    }

    fn write_many(&self, prefix: &str, keys: u32) -> Call {
        let arguments = vec![prefix.to_owned(), keys.to_string(), self.payload_bytes.to_string()];
        Call { function: "write_many", arguments, is_query: false }
    }

    fn read(&self, random: &mut StdRng) -> Call {
        let key = format!("{}{:08}", self.read_prefix(), random.random_range(0..READ_KEYS));
        Call { function: "read", arguments: vec![key], is_query: true }
    }

    fn read_prefix(&self) -> String {
        format!("{}-read-", self.prefix)
    }

    /// Random bytes, which no network compresses.
    fn value(&self, random: &mut StdRng) -> String {
        let mut bytes = vec![0; self.payload_bytes];
        random.fill(bytes.as_mut_slice());
        STANDARD.encode(bytes)
    }
}
