//! What several tests need.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "no test uses all of it; a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use auditor::source::BlockFiles;
use auditor::{Code, Options, Report, audit};
use fabric_protos::common::Block;
use prost::Message;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The blocks that a real Fabric network made.
pub(crate) fn recorded() -> Vec<Block> {
    let folder = root().join("tests/recordings/fabric-3.1.5/blocks");
    (0..44)
        .map(|number| Block::decode(fs::read(folder.join(format!("{number:04}.pb"))).unwrap().as_slice()).unwrap())
        .collect()
}

/// Appends a record with these bytes to a block file.
pub(crate) fn add_record(file: &mut Vec<u8>, block: &[u8]) {
    let length = u32::try_from(block.len()).unwrap().to_le_bytes();
    let checksum = crc32fast::hash(&[&length, block].concat());
    file.extend_from_slice(&[b"BLK1", &length[..], &checksum.to_le_bytes(), block].concat());
}

/// A block file with these blocks.
pub(crate) fn block_file(blocks: &[Block]) -> Vec<u8> {
    let mut file = Vec::new();
    for block in blocks {
        add_record(&mut file, &block.encode_to_vec());
    }
    file
}

/// Audits one block file.
pub(crate) fn audit_file(file: &[u8]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("00000000.blocks"), file).unwrap();
    audit(BlockFiles::open(folder.path()).unwrap(), &Options::default()).unwrap()
}

/// Audits these blocks.
pub(crate) fn audit_blocks(blocks: &[Block]) -> Report {
    audit_file(&block_file(blocks))
}

/// The codes of the findings.
pub(crate) fn codes(report: &Report) -> BTreeSet<Code> {
    report.findings.iter().map(|finding| finding.code).collect()
}
