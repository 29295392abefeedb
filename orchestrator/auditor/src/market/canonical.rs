//! Canonical bytes of what members sign: numbers as unsigned LEB128 in its shortest form, texts as their length and
//! UTF-8, signed numbers in zigzag code.

/// Bytes of a text.
const TEXT_BYTES_MAX: usize = 128;

/// Why bytes are not canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    Truncated,
    TrailingBytes,
    NumberNotMinimal,
    NumberTooLarge,
    Version,
    TextLength,
    TextNotUtf8,
}

/// Takes values off the front of bytes.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    /// The version that the bytes begin with, which is 1.
    pub(super) fn version(&mut self) -> Result<(), Malformed> {
        if self.number()? == 1 { Ok(()) } else { Err(Malformed::Version) }
    }

    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for place in 0..10 {
            let (&byte, rest) = self.0.split_first().ok_or(Malformed::Truncated)?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                break;
            }
            number |= bits << (7 * place);
            if byte & 0x80 == 0 {
                return if byte == 0 && place > 0 { Err(Malformed::NumberNotMinimal) } else { Ok(number) };
            }
        }
        Err(Malformed::NumberTooLarge)
    }

    /// A number for a field narrower than 64 bits.
    pub(super) fn narrow(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed::NumberTooLarge)
    }

    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        let zigzag = self.number()?;
        Ok((zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed()))
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        let length = usize::try_from(self.number()?).ok().filter(|length| (1..=TEXT_BYTES_MAX).contains(length));
        let (text, rest) = self.0.split_at_checked(length.ok_or(Malformed::TextLength)?).ok_or(Malformed::Truncated)?;
        self.0 = rest;
        std::str::from_utf8(text).map(str::to_owned).map_err(|_| Malformed::TextNotUtf8)
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::TrailingBytes) }
    }
}
