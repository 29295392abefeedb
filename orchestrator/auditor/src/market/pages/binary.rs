//! Values of fixed width, most significant byte first.

/// Bytes that are not such a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::market) struct Malformed;

/// Collects bytes.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn number<const N: usize>(&mut self, big_endian: [u8; N]) -> &mut Self {
        self.0.extend_from_slice(&big_endian);
        self
    }

    pub(super) fn count(&mut self, count: usize) -> &mut Self {
        self.number(u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes())
    }

    pub(super) fn name(&mut self, name: &str) -> &mut Self {
        self.0.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        self.0.extend_from_slice(name.as_bytes());
        self
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes values off the front of bytes.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    pub(super) fn number<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (number, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*number)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        self.number().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.number().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        self.number().map(u64::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, Malformed> {
        self.number().map(i64::from_be_bytes)
    }

    pub(super) fn name(&mut self) -> Result<String, Malformed> {
        let length = self.u8()?;
        let (name, rest) = self.0.split_at_checked(length.into()).ok_or(Malformed)?;
        self.0 = rest;
        std::str::from_utf8(name).map(str::to_owned).map_err(|_| Malformed)
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}
