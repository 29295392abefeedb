//! Unsigned LEB128 in its shortest form, and the zigzag code of signed numbers.

use alloc::vec::Vec;

use super::DecodeError;

/// Appends `value`, seven bits a byte, lowest first; the top bit says that more follow.
pub(super) fn write(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    bytes.push(low_byte(value));
}

fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

/// Takes one number off the front of `bytes`.
pub(super) fn read(bytes: &mut &[u8]) -> Result<u64, DecodeError> {
    let mut value = 0_u64;
    for place in 0..10 {
        let (&byte, rest) = bytes.split_first().ok_or(DecodeError::Truncated)?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if place == 9 && bits > 1 {
            return Err(DecodeError::NumberTooLarge);
        }
        value |= bits << (7 * place);
        if byte & 0x80 == 0 {
            // A last byte of zero adds nothing: the same number has a shorter form.
            return if byte == 0 && place > 0 { Err(DecodeError::NumberNotMinimal) } else { Ok(value) };
        }
    }
    Err(DecodeError::NumberTooLarge)
}

/// 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The inverse of [`zigzag`].
pub(super) fn unzigzag(code: u64) -> i64 {
    (code >> 1).cast_signed() ^ -((code & 1).cast_signed())
}
