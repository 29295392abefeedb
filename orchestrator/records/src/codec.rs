//! How a record is stored: compressed by zstd with a dictionary per kind, without any loss.
//!
//! ```text
//! stored = 1 byte: number of the dictionary, 0 for none; 4 bytes, least significant first: length of the canonical
//!          bytes; a zstd frame
//! ```
//!
//! Small records have too little in them to be compressed by themselves; a dictionary has seen others of their kind. The
//! dictionaries are part of the program: none may be changed once records were stored with it, new ones get new numbers.

use crate::record::{Kind, Record};
use std::io;
use zstd::bulk::{Compressor, Decompressor};

/// The longest record, bytes: a round's book at its bounds fits.
pub const RECORD_BYTES_MAX: usize = 32 << 20;
/// Slower levels save a few hundredths more and take several times as long.
const LEVEL: i32 = 6;
/// Number and length.
const HEADER_BYTES: usize = 5;

/// Dictionaries by their number less one.
const DICTIONARIES: [(Kind, &[u8]); 0] = [];

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
    let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= RECORD_BYTES_MAX);
    let length = length.ok_or(CodecError::TooLong(bytes.len()))?;
    // The newest dictionary of a kind comes last.
    let newest = (1_u8..).zip(DICTIONARIES).filter(|(_, (kind, _))| record.kind() == Some(*kind)).last();
    let (number, dictionary) = newest.map_or((0, &[][..]), |(number, (_, dictionary))| (number, dictionary));
    let mut stored = vec![number];
    stored.extend(length.to_le_bytes());
    stored.extend(Compressor::with_dictionary(LEVEL, dictionary)?.compress(bytes)?);
    Ok(stored)
}

/// The record that was compressed. Nothing longer than it said itself is ever made.
///
/// # Errors
/// [`CodecError`].
pub fn decompress(stored: &[u8]) -> Result<Record, CodecError> {
    let (header, frame) = stored.split_first_chunk::<HEADER_BYTES>().ok_or(CodecError::Header)?;
    let [number, length @ ..] = *header;
    let dictionary = match number.checked_sub(1) {
        None => &[][..],
        Some(place) => DICTIONARIES.get(usize::from(place)).ok_or(CodecError::Header)?.1,
    };
    let length = u32::from_le_bytes(length) as usize;
    if length > RECORD_BYTES_MAX {
        return Err(CodecError::TooLong(length));
    }
    let bytes = Decompressor::with_dictionary(dictionary)?.decompress(frame, length)?;
    if bytes.len() != length {
        return Err(CodecError::Header);
    }
    Ok(Record::from_bytes(bytes))
}
