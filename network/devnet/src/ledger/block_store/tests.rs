use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use fabric_protos::common::{Block, BlockData, BlockHeader};
use prost::Message;

use super::*;

const FILE_BYTES_MAX: u64 = 1000;

fn block(number: u64) -> Block {
    Block {
        header: Some(BlockHeader { number, ..BlockHeader::default() }),
        data: Some(BlockData { data: vec![vec![u8::try_from(number).unwrap(); 200]] }),
        metadata: None,
    }
}

/// Opens the files in `folder`: the blocks found, and the store.
fn open(folder: &Path) -> Result<(Vec<Block>, BlockStore), LedgerError> {
    let mut scanner = Scanner::open(folder, None)?;
    let mut blocks = Vec::new();
    while let Some((_, block)) = scanner.next()? {
        blocks.push(block);
    }
    Ok((blocks, scanner.finish(FILE_BYTES_MAX)?))
}

fn append(store: &BlockStore, numbers: std::ops::Range<u64>) -> Vec<Location> {
    store.append(&numbers.map(|number| (number, block(number).encode_to_vec())).collect::<Vec<_>>()).unwrap()
}

/// A folder with `count` blocks, and where they are.
fn written(count: u64) -> (tempfile::TempDir, Vec<Location>) {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = open(folder.path()).unwrap();
    let locations = append(&store, 0..count);
    (folder, locations)
}

#[test]
fn blocks_go_into_several_files_and_are_read_back() {
    let (folder, locations) = written(20);
    assert!(locations[19].file >= 3);
    let (blocks, store) = open(folder.path()).unwrap();
    assert_eq!(blocks, (0..20).map(block).collect::<Vec<_>>());
    for (number, location) in (0..).zip(locations) {
        assert_eq!(*store.read(number, location).unwrap(), block(number));
    }
}

#[test]
fn a_record_cut_off_at_any_byte_is_cut_away() {
    let (folder, locations) = written(3);
    let path = file_path(folder.path(), 0);
    let whole = fs::read(&path).unwrap();
    let last = locations[2];
    for length in last.offset..last.end() {
        fs::write(&path, &whole[..usize::try_from(length).unwrap()]).unwrap();
        let (blocks, store) = open(folder.path()).unwrap();
        assert_eq!(blocks.len(), 2, "cut at {length}");
        assert_eq!(append(&store, 2..3), [last]);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn garbage_behind_the_last_record_is_cut_away() {
    let (folder, locations) = written(3);
    let path = file_path(folder.path(), 0);
    let whole = fs::read(&path).unwrap();
    let mut beginning = whole[..usize::try_from(locations[0].end()).unwrap()].to_vec();
    beginning[0] = b'X';
    for garbage in [vec![0; 5000], vec![0xff; 3], b"BLK1".to_vec(), b"BLK1\x01\0\0\0\0\0\0\0x".to_vec(), beginning] {
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&garbage).unwrap();
        let (blocks, _) = open(folder.path()).unwrap();
        assert_eq!(blocks.len(), 3);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn damage_before_whole_records_is_an_error_that_names_the_place() {
    let (folder, locations) = written(10);
    for number in [0, 3, 8] {
        let location = locations[number];
        let path = file_path(folder.path(), location.file);
        let whole = fs::read(&path).unwrap();
        for at in 0..location.end() - location.offset {
            let mut flipped = whole.clone();
            flipped[usize::try_from(location.offset + at).unwrap()] ^= 0x10;
            fs::write(&path, flipped).unwrap();
            match open(folder.path()) {
                Err(LedgerError::Damaged { number: found, offset, .. }) => {
                    assert_eq!((found, offset), (number as u64, location.offset), "byte {at}");
                }
                other => panic!("block {number}, byte {at}: {:?}", other.map(|(blocks, _)| blocks.len())),
            }
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_missing_file_is_an_error() {
    let (folder, locations) = written(20);
    fs::remove_file(file_path(folder.path(), 1)).unwrap();
    assert!(matches!(open(folder.path()), Err(LedgerError::Damaged { .. })));
    let last = Some((19, locations[19]));
    assert!(matches!(Scanner::open(folder.path(), last).map(drop), Ok(())));
    fs::remove_file(file_path(folder.path(), locations[19].file)).unwrap();
    assert_eq!(Scanner::open(folder.path(), last).map(drop).unwrap_err().code(), "LEDGER_BLOCK_MISSING");
}

#[test]
fn reading_finds_a_flipped_byte() {
    let (folder, locations) = written(3);
    let (_, store) = open(folder.path()).unwrap();
    let path = file_path(folder.path(), 0);
    let mut flipped = fs::read(&path).unwrap();
    flipped[usize::try_from(locations[1].end()).unwrap() - 1] ^= 1;
    fs::write(&path, flipped).unwrap();
    assert_eq!(store.read(1, locations[1]).unwrap_err().code(), "LEDGER_BLOCK_DAMAGED");
    assert_eq!(*store.read(2, locations[2]).unwrap(), block(2));
}
