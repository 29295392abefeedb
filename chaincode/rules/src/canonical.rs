//! Canonical bytes of what members sign: one encoding of each value.
//!
//! A *number* is an unsigned LEB128 varint in its shortest form: seven bits a byte, the lowest first, the top bit set on
//! every byte but the last. A *text* is the number of its bytes, then its UTF-8. A *signed number* z is the number
//! 2z if z >= 0, else -2z - 1 (zigzag).

use alloc::string::String;
use alloc::vec::Vec;

use crate::limits::NAME_BYTES_MAX;

/// Why bytes are not in their canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes end too early.
    #[error("the bytes end too early")]
    Truncated,
    /// Bytes follow the end.
    #[error("bytes follow the end")]
    TrailingBytes,
    /// A number has a shorter form.
    #[error("a number has a shorter form")]
    NumberNotMinimal,
    /// A number does not fit its field.
    #[error("a number does not fit its field")]
    NumberTooLarge,
    /// The version is unknown.
    #[error("version {0} is unknown")]
    Version(u64),
    /// A text is empty or longer than [`NAME_BYTES_MAX`].
    #[error("a text of {0} bytes, allowed are 1 to {NAME_BYTES_MAX}")]
    TextLength(u64),
    /// A text is not UTF-8.
    #[error("a text is not UTF-8")]
    TextNotUtf8,
}

/// Appends a number.
pub(crate) fn write_number(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    bytes.push(low_byte(value));
}

fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

/// Appends a text.
pub(crate) fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_number(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

/// Appends a signed number.
pub(crate) fn write_signed(bytes: &mut Vec<u8>, value: i64) {
    write_number(bytes, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Takes values off the front of bytes.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl Reader<'_> {
    /// The version that bytes start with, which must be this one.
    pub(crate) fn version(&mut self, known: u64) -> Result<(), Malformed> {
        let version = self.number()?;
        if version == known { Ok(()) } else { Err(Malformed::Version(version)) }
    }

    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for place in 0..10 {
            let (&byte, rest) = self.0.split_first().ok_or(Malformed::Truncated)?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                return Err(Malformed::NumberTooLarge);
            }
            value |= bits << (7 * place);
            if byte & 0x80 == 0 {
                // A last byte of zero adds nothing: the same number has a shorter form.
                return if byte == 0 && place > 0 { Err(Malformed::NumberNotMinimal) } else { Ok(value) };
            }
        }
        Err(Malformed::NumberTooLarge)
    }

    /// A number for a field narrower than 64 bits.
    pub(crate) fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, Malformed> {
        T::try_from(self.number()?).map_err(|_| Malformed::NumberTooLarge)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Malformed> {
        let code = self.number()?;
        Ok((code >> 1).cast_signed() ^ -((code & 1).cast_signed()))
    }

    pub(crate) fn text(&mut self) -> Result<String, Malformed> {
        let length = self.number()?;
        let length = usize::try_from(length)
            .ok()
            .filter(|length| (1..=NAME_BYTES_MAX).contains(length))
            .ok_or(Malformed::TextLength(length))?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Malformed::Truncated)?;
        self.0 = rest;
        core::str::from_utf8(text).map(Into::into).map_err(|_| Malformed::TextNotUtf8)
    }

    /// Nothing may follow.
    pub(crate) fn finish(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::TrailingBytes) }
    }
}
