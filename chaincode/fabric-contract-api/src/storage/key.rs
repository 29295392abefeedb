//! Keys of maps: one part or a tuple of parts, each written so that the order of the text is the order of the values.

use crate::composite_key::push_part;
use crate::error::Error;

/// One part of a key.
pub trait KeyPart: Sized {
    /// Its text. Texts sort as the values do.
    fn to_text(&self) -> String;

    /// Reads the text; `None` if it is not one.
    fn from_text(text: &str) -> Option<Self>;
}

impl KeyPart for String {
    fn to_text(&self) -> String {
        self.clone()
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl KeyPart for bool {
    fn to_text(&self) -> String {
        String::from(if *self { "1" } else { "0" })
    }

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        }
    }
}

/// Hexadecimal, for digests and the like.
impl<const N: usize> KeyPart for [u8; N] {
    fn to_text(&self) -> String {
        hex::encode(self)
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        (hex::encode(bytes) == text).then_some(bytes)
    }
}

macro_rules! integers {
    ($($integer:ident $flip:expr),+ $(,)?) => {$(
        /// Hexadecimal of fixed width; of a signed integer with the sign bit flipped, so that negative ones come first.
        impl KeyPart for $integer {
            fn to_text(&self) -> String {
                hex::encode((self ^ $flip).to_be_bytes())
            }

            fn from_text(text: &str) -> Option<Self> {
                KeyPart::from_text(text).map(|bytes| Self::from_be_bytes(bytes) ^ $flip)
            }
        }
    )+};
}

integers!(u8 0, u16 0, u32 0, u64 0, u128 0, i8 Self::MIN, i16 Self::MIN, i32 Self::MIN, i64 Self::MIN, i128 Self::MIN);

/// What can stand for a part of type `P`: itself, a reference to it, `&str` for `String`.
pub trait AsPart<P>: Sized {
    /// Appends the part to a composite key.
    ///
    /// # Errors
    /// [`Error::Key`]: the text has a character that composite keys do not allow.
    fn push_part(self, key: &mut String) -> Result<(), Error>;
}

impl<P: KeyPart> AsPart<P> for P {
    fn push_part(self, key: &mut String) -> Result<(), Error> {
        push_part(key, &self.to_text())
    }
}

impl<P: KeyPart> AsPart<P> for &P {
    fn push_part(self, key: &mut String) -> Result<(), Error> {
        push_part(key, &self.to_text())
    }
}

impl AsPart<String> for &str {
    fn push_part(self, key: &mut String) -> Result<(), Error> {
        push_part(key, self)
    }
}

/// A key: one part, or a tuple of two to four.
pub trait Key: Sized {
    /// Reads the parts; `None` if they are not such a key.
    fn from_parts(parts: &[&str]) -> Option<Self>;
}

/// What can stand for a key of type `K`: a tuple of what can stand for its parts.
pub trait AsKey<K>: Sized {
    /// Appends the parts to a composite key.
    ///
    /// # Errors
    /// [`Error::Key`].
    fn push(self, key: &mut String) -> Result<(), Error>;
}

/// The first parts of a key of type `K`: a tuple of what can stand for them, `()` for none.
pub trait AsPrefix<K>: Sized {
    /// The part that follows.
    type Next: KeyPart;

    /// Appends the parts to a composite key.
    ///
    /// # Errors
    /// [`Error::Key`].
    fn push_prefix(self, key: &mut String) -> Result<(), Error>;
}

impl<P: KeyPart> Key for P {
    fn from_parts(parts: &[&str]) -> Option<Self> {
        match parts {
            [part] => P::from_text(part),
            _ => None,
        }
    }
}

impl<P: KeyPart, T: AsPart<P>> AsKey<P> for T {
    fn push(self, key: &mut String) -> Result<(), Error> {
        self.push_part(key)
    }
}

impl<P: KeyPart> AsPrefix<P> for () {
    type Next = P;

    fn push_prefix(self, _: &mut String) -> Result<(), Error> {
        Ok(())
    }
}

/// Keys of several parts: `part: type of the part, type that stands for it`.
macro_rules! tuples {
    ($($($part:ident: $kind:ident $given:ident),+;)+) => {$(
        impl<$($kind: KeyPart),+> Key for ($($kind,)+) {
            fn from_parts(parts: &[&str]) -> Option<Self> {
                let [$($part),+] = parts else { return None };
                Some(($($kind::from_text($part)?,)+))
            }
        }

        impl<$($kind: KeyPart, $given: AsPart<$kind>),+> AsKey<($($kind,)+)> for ($($given,)+) {
            fn push(self, key: &mut String) -> Result<(), Error> {
                let ($($part,)+) = self;
                $($part.push_part(key)?;)+
                Ok(())
            }
        }

        impl<$($kind: KeyPart),+> AsKey<($($kind,)+)> for &($($kind,)+) {
            fn push(self, key: &mut String) -> Result<(), Error> {
                let ($($part,)+) = self;
                $($part.push_part(key)?;)+
                Ok(())
            }
        }

        impl<$($kind: KeyPart),+> AsPrefix<($($kind,)+)> for () {
            type Next = first!($($kind),+);

            fn push_prefix(self, _: &mut String) -> Result<(), Error> {
                Ok(())
            }
        }
    )+};
}

macro_rules! first {
    ($first:ident $(, $rest:ident)*) => {
        $first
    };
}

tuples! {
    a: A GivenA, b: B GivenB;
    a: A GivenA, b: B GivenB, c: C GivenC;
    a: A GivenA, b: B GivenB, c: C GivenC, d: D GivenD;
}

/// Prefixes of one part and more: the parts of the prefix; those that follow.
macro_rules! prefixes {
    ($($($kind:ident $given:ident),+; $next:ident $(, $rest:ident)*;)+) => {$(
        #[allow(non_snake_case, reason = "the macro names a part as its type")]
        impl<$($kind: KeyPart, $given: AsPart<$kind>,)+ $next: KeyPart $(, $rest: KeyPart)*>
            AsPrefix<($($kind,)+ $next, $($rest,)*)> for ($($given,)+)
        {
            type Next = $next;

            fn push_prefix(self, key: &mut String) -> Result<(), Error> {
                let ($($given,)+) = self;
                $($given.push_part(key)?;)+
                Ok(())
            }
        }
    )+};
}

prefixes! {
    A GivenA; B;
    A GivenA; B, C;
    A GivenA; B, C, D;
    A GivenA, B GivenB; C;
    A GivenA, B GivenB; C, D;
    A GivenA, B GivenB, C GivenC; D;
}
