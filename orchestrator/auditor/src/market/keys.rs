//! Keys of the market's chaincodes: composite keys, with integers as hexadecimal of fixed width.

use std::fmt;

/// The chaincode of members' declarations.
pub(super) const DECLARATION: &str = "declaration";
/// The chaincode that decides.
pub(super) const EXCHANGE: &str = "exchange";

/// The chaincode of roots of batches of records.
pub(super) const ANCHORING: &str = "anchoring";

/// Starts a composite key and ends each of its parts.
const SEPARATOR: char = '\0';

/// A key of one of the chaincodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) chaincode: &'static str,
    pub(super) text: String,
}

impl Key {
    pub(super) fn new(chaincode: &'static str, object: &str, parts: &[&str]) -> Self {
        let mut text = String::from(SEPARATOR);
        for part in [object].iter().chain(parts) {
            text.push_str(part);
            text.push(SEPARATOR);
        }
        Self { chaincode, text }
    }

    /// A key of `exchange`.
    pub(super) fn exchange(object: &str, parts: &[&str]) -> Self {
        Self::new(EXCHANGE, object, parts)
    }

    /// A key of `declaration`.
    pub(super) fn declaration(object: &str, parts: &[&str]) -> Self {
        Self::new(DECLARATION, object, parts)
    }

    /// The key of a bundle.
    pub(super) fn bundle(session: &str, round: u32, member: &str, sequence: u64) -> Self {
        Self::declaration("bundle", &[session, &hex32(round), member, &hex64(sequence)])
    }

    /// What the keys of a round's bundles begin with.
    pub(super) fn bundles(session: &str, round: u32) -> Self {
        Self::declaration("bundle", &[session, &hex32(round)])
    }

    /// The key of an account.
    pub(super) fn account(account: &str) -> Self {
        Self::exchange("account", &[account])
    }

    /// A page of a round's book or trades.
    pub(super) fn page(object: &str, session: &str, round: u32, page: u32) -> Self {
        Self::exchange(object, &[session, &hex32(round), &hex32(page)])
    }
}

/// For people: the parts, with a slash between them.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.chaincode, self.text.trim_matches(SEPARATOR).replace(SEPARATOR, "/"))
    }
}

/// A number in a key.
pub(super) fn hex32(number: u32) -> String {
    format!("{number:08x}")
}

/// A large number in a key.
pub(super) fn hex64(number: u64) -> String {
    format!("{number:016x}")
}

/// The parts of a key that follow `prefix`, which is a composite key itself.
pub(super) fn parts_after<'a>(key: &'a str, prefix: &Key) -> Option<Vec<&'a str>> {
    let rest = key.strip_prefix(prefix.text.as_str())?.strip_suffix(SEPARATOR)?;
    Some(rest.split(SEPARATOR).collect())
}

/// Member and sequence in the key of a bundle of this round; none if it is not well made.
pub(super) fn bundle_name(key: &str, round: &Key) -> Option<(String, u64)> {
    let [member, sequence] = parts_after(key, round)?.try_into().ok()?;
    let number = u64::from_str_radix(sequence, 16).ok()?;
    (hex64(number) == sequence).then(|| (member.to_owned(), number))
}
