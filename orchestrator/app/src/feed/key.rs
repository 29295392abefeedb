//! Composite keys of the contracts' state: `exchange::state_layout`.

/// The object type and the parts of a composite key; `None` for any other key.
pub(super) fn split(key: &str) -> Option<(&str, Vec<&str>)> {
    let mut parts = key.strip_prefix('\0')?.strip_suffix('\0')?.split('\0');
    Some((parts.next()?, parts.collect()))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn composite_keys_are_split_and_others_are_none() {
        assert_eq!(split("\0book\0s\u{0}00000001\0"), Some(("book", vec!["s", "00000001"])));
        assert_eq!(split("\0next\0"), Some(("next", vec![])));
        assert_eq!(split("plain"), None);
        assert_eq!(split("\0cut off"), None);
        assert_eq!(split(""), None);
    }
}
