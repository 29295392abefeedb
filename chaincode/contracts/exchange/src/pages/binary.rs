//! Reading and writing of fixed-width values, most significant byte first.

use fabric_contract_api::Error;

/// Collects bytes.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn number<const N: usize>(&mut self, big_endian: [u8; N]) -> &mut Self {
        self.0.extend_from_slice(&big_endian);
        self
    }

    /// A count, as four bytes.
    pub(super) fn count(&mut self, count: usize) -> Result<&mut Self, Error> {
        let count = u32::try_from(count).map_err(|_| Error::State(format!("a page of {count} entries")))?;
        Ok(self.number(count.to_be_bytes()))
    }

    /// A name: one byte for its length, then its UTF-8.
    pub(super) fn name(&mut self, name: &str) -> Result<&mut Self, Error> {
        let length = u8::try_from(name.len()).map_err(|_| Error::State(format!("a name of {} bytes", name.len())))?;
        self.0.push(length);
        self.0.extend_from_slice(name.as_bytes());
        Ok(self)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes values off the front of bytes.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn number<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (number, rest) = self.0.split_first_chunk().ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(*number)
    }

    pub(super) fn count(&mut self) -> Result<u32, Error> {
        self.number().map(u32::from_be_bytes)
    }

    pub(super) fn name(&mut self) -> Result<&'a str, Error> {
        let [length] = self.number()?;
        let (name, rest) = self.0.split_at_checked(length.into()).ok_or_else(ends_early)?;
        self.0 = rest;
        std::str::from_utf8(name).map_err(|_| Error::State("a name is not UTF-8".into()))
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::State("bytes follow the last entry".into())) }
    }
}

fn ends_early() -> Error {
    Error::State("the bytes end too early".into())
}
