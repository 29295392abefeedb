//! The little DER that is written by hand.

/// Tag of an INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// Tag of a BIT STRING.
pub(crate) const BIT_STRING: u8 = 0x03;
/// Tag of an OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// Tag of a SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;

/// One element: tag, length, content.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|digit| **digit == 0).count()..];
    let mut element = vec![tag];
    match significant {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        long => {
            element.push(0x80 | u8::try_from(long.len()).unwrap_or(u8::MAX)); // At most 8.
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(content);
    element
}

/// A non-negative INTEGER from big-endian digits, of which leading zeros do not count.
pub(crate) fn unsigned(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    match &digits[zeros..] {
        [] => element(INTEGER, &[0]),
        significant @ [first, ..] if *first >= 0x80 => element(INTEGER, &[&[0], significant].concat()),
        significant => element(INTEGER, significant),
    }
}

/// What stands before the content of an element: tag and length.
pub(crate) fn header_length(element: &[u8]) -> usize {
    match element.get(1) {
        Some(long) if *long >= 0x80 => 2 + usize::from(*long & 0x7f),
        _ => 2,
    }
}
