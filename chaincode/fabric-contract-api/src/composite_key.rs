//! Composite keys as Fabric builds them: U+0000, then each part followed by U+0000.
//!
//! They sort part by part, and never mix with simple keys, which do not start with U+0000.

use crate::error::Error;

/// Starts a composite key and ends each of its parts.
const SEPARATOR: char = '\0';
/// Sorts after every part.
const LAST: char = '\u{10ffff}';

/// Builds a composite key.
///
/// # Errors
/// [`Error::Key`]: a part contains U+0000 or U+10FFFF.
pub fn join<'a>(object_type: &'a str, parts: impl IntoIterator<Item = &'a str>) -> Result<String, Error> {
    let mut key = String::from(SEPARATOR);
    for part in std::iter::once(object_type).chain(parts) {
        push_part(&mut key, part)?;
    }
    Ok(key)
}

/// Appends one more part.
///
/// # Errors
/// As for [`join`].
pub fn push_part(key: &mut String, part: &str) -> Result<(), Error> {
    if let Some(found) = part.chars().find(|&letter| letter == SEPARATOR || letter == LAST) {
        return Err(Error::Key(format!("a part of a composite key contains U+{:04X}", u32::from(found))));
    }
    key.push_str(part);
    key.push(SEPARATOR);
    Ok(())
}

/// The object type and the parts of a composite key; `None` if it is not one.
#[must_use]
pub fn split(key: &str) -> Option<(&str, Vec<&str>)> {
    let mut parts = key.strip_prefix(SEPARATOR)?.strip_suffix(SEPARATOR)?.split(SEPARATOR);
    let object_type = parts.next()?;
    Some((object_type, parts.collect()))
}

/// The range (start, end) of all keys that continue the composite key `prefix`.
#[must_use]
pub fn range_of(prefix: String) -> (String, String) {
    let mut end = prefix.clone();
    end.push(LAST);
    (prefix, end)
}
