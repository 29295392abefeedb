//! How one block lies in a block file.
//!
//! ```text
//! "BLK1"     4 bytes
//! length     4 bytes, little endian: of the block in bytes
//! checksum   4 bytes, little endian: CRC-32 (IEEE) of the 4 bytes of the length and the block
//! block      common.Block, protobuf
//! ```

/// Bytes before the block.
pub(crate) const HEADER_BYTES: usize = 12;

const MAGIC: [u8; 4] = *b"BLK1";

/// Appends a record with `block` to `out`.
///
/// # Errors
/// The block's length in bytes if it is 4 GiB or more.
pub(crate) fn encode(block: &[u8], out: &mut Vec<u8>) -> Result<(), usize> {
    let length = u32::try_from(block.len()).map_err(|_| block.len())?.to_le_bytes();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&length);
    out.extend_from_slice(&checksum(length, block).to_le_bytes());
    out.extend_from_slice(block);
    Ok(())
}

/// What the first bytes of a record say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    length: [u8; 4],
    checksum: u32,
}

impl Header {
    /// Reads a header; `None` if these bytes are not one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<HEADER_BYTES>()?;
        let [m0, m1, m2, m3, l0, l1, l2, l3, c0, c1, c2, c3] = *bytes;
        ([m0, m1, m2, m3] == MAGIC)
            .then(|| Self { length: [l0, l1, l2, l3], checksum: u32::from_le_bytes([c0, c1, c2, c3]) })
    }

    /// The block's length in bytes.
    pub(crate) fn block_bytes(self) -> u32 {
        u32::from_le_bytes(self.length)
    }

    /// Whether `block` is what was written under this header.
    pub(crate) fn matches(self, block: &[u8]) -> bool {
        checksum(self.length, block) == self.checksum
    }
}

fn checksum(length: [u8; 4], block: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(block);
    hasher.finalize()
}

/// Whether a whole, undamaged record begins anywhere in `bytes`.
pub(crate) fn any_whole(bytes: &[u8]) -> bool {
    bytes.windows(HEADER_BYTES).enumerate().any(|(start, window)| {
        Header::decode(window).is_some_and(|header| {
            let block = &bytes[start + HEADER_BYTES..];
            usize::try_from(header.block_bytes())
                .ok()
                .and_then(|length| block.get(..length))
                .is_some_and(|block| header.matches(block))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_byte_shows() {
        let mut record = Vec::new();
        encode(b"a block", &mut record).unwrap();
        assert!(any_whole(&record));
        for at in 0..record.len() {
            let mut flipped = record.clone();
            flipped[at] ^= 0x20;
            assert!(!any_whole(&flipped), "byte {at}");
        }
    }
}
