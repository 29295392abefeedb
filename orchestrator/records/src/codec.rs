//! How a record is stored: compressed by zstd with a dictionary per kind, without any loss.
//!
//! ```text
//! stored = 1 byte: number of the dictionary, 0 for none; length of the canonical bytes, unsigned LEB128;
//!          a zstd frame without its first four bytes, which are always the same
//! ```
//!
//! Small records have too little in them to be compressed by themselves; a dictionary has seen others of their kind. The
//! dictionaries are part of the program: none may be changed once records were stored with it, new ones get new numbers.
//! `examples/train_dictionaries.rs` makes them from the records of a day. What a record is called never depends on them.

use crate::record::{Kind, Record};
use std::{io, sync::LazyLock};
use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
    zstd_safe::CParameter,
};

/// The longest record, bytes: a round's book at its bounds fits.
pub const RECORD_BYTES_MAX: usize = 32 << 20;
/// Slower levels save a few hundredths more and take several times as long.
const LEVEL: i32 = 6;
/// How every zstd frame begins.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Bytes of the longest length.
const LENGTH_BYTES_MAX: usize = 4;

/// Dictionaries by their number less one, from `gridbourse demo --day 2016-02-06 --seed 2`.
const DICTIONARIES: [(Kind, &[u8]); 6] = [
    (Kind::Declaration, include_bytes!("codec/declaration-1.zdict")),
    (Kind::Book, include_bytes!("codec/book-1.zdict")),
    (Kind::Settlement, include_bytes!("codec/settlement-1.zdict")),
    (Kind::Reading, include_bytes!("codec/reading-1.zdict")),
    (Kind::Certificate, include_bytes!("codec/certificate-1.zdict")),
    (Kind::Evidence, include_bytes!("codec/evidence-1.zdict")),
];

/// A dictionary, digested once.
struct Prepared {
    kind: Kind,
    encoder: EncoderDictionary<'static>,
    decoder: DecoderDictionary<'static>,
}

static PREPARED: LazyLock<Vec<Prepared>> = LazyLock::new(|| {
    let prepare = |&(kind, bytes): &(Kind, &[u8])| Prepared {
        kind,
        encoder: EncoderDictionary::copy(bytes, LEVEL),
        decoder: DecoderDictionary::copy(bytes),
    };
    DICTIONARIES.iter().map(prepare).collect()
});

/// Why stored bytes are no record's.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Cut off, or with an unknown dictionary.
    #[error("STORED_HEADER: the stored bytes are cut off or compressed with an unknown dictionary")]
    Header,
    /// Longer than any record.
    #[error("RECORD_TOO_LONG: {0} bytes are more than the {RECORD_BYTES_MAX} that a record may have")]
    TooLong(usize),
    /// zstd cannot read or write it.
    #[error("STORED_FRAME: {0}")]
    Frame(#[from] io::Error),
}

/// Compresses a record.
///
/// # Errors
/// [`CodecError`]: too long.
pub fn compress(record: &Record) -> Result<Vec<u8>, CodecError> {
    let bytes = record.bytes();
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(CodecError::TooLong(bytes.len()));
    }
    // The newest dictionary of a kind comes last.
    let newest = (1_u8..).zip(&*PREPARED).filter(|(_, prepared)| record.kind() == Some(prepared.kind)).last();
    let (number, mut compressor) = match newest {
        Some((number, prepared)) => (number, Compressor::with_prepared_dictionary(&prepared.encoder)?),
        None => (0, Compressor::new(LEVEL)?),
    };
    // What the header says already.
    compressor.set_parameter(CParameter::DictIdFlag(false))?;
    compressor.set_parameter(CParameter::ContentSizeFlag(false))?;
    let frame = compressor.compress(bytes)?;
    let frame = frame.strip_prefix(&MAGIC).ok_or(CodecError::Header)?;
    let mut stored = Vec::with_capacity(1 + LENGTH_BYTES_MAX + frame.len());
    stored.push(number);
    write_length(&mut stored, bytes.len());
    stored.extend(frame);
    Ok(stored)
}

/// The record that was compressed. Nothing longer than it said itself is ever made.
///
/// # Errors
/// [`CodecError`].
pub fn decompress(stored: &[u8]) -> Result<Record, CodecError> {
    let (&number, rest) = stored.split_first().ok_or(CodecError::Header)?;
    let (length, frame) = read_length(rest).ok_or(CodecError::Header)?;
    if length > RECORD_BYTES_MAX {
        return Err(CodecError::TooLong(length));
    }
    let mut decompressor = match number.checked_sub(1) {
        None => Decompressor::new()?,
        Some(place) => {
            let prepared = PREPARED.get(usize::from(place)).ok_or(CodecError::Header)?;
            Decompressor::with_prepared_dictionary(&prepared.decoder)?
        }
    };
    let bytes = decompressor.decompress(&[&MAGIC, frame].concat(), length)?;
    if bytes.len() != length {
        return Err(CodecError::Header);
    }
    Ok(Record::from_bytes(bytes))
}

fn write_length(stored: &mut Vec<u8>, mut length: usize) {
    while let Some(rest) = Some(length >> 7).filter(|rest| *rest > 0) {
        stored.push(lowest_byte(length) & 0x7f | 0x80);
        length = rest;
    }
    stored.push(lowest_byte(length));
}

fn lowest_byte(length: usize) -> u8 {
    length.to_le_bytes()[0]
}

/// A length of at most four bytes, and what follows it.
fn read_length(stored: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (place, &byte) in stored.iter().enumerate().take(LENGTH_BYTES_MAX) {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some((length, &stored[place + 1..]));
        }
    }
    None
}
