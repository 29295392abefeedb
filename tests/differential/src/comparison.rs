//! What is not the same on two networks.

use crate::play::Transcript;
use crate::workload::Planned;
use std::fmt::Debug;

/// Describes all differences, in the order in which they came about.
#[must_use]
pub fn differences(workload: &[Planned], left: &Transcript, right: &Transcript) -> Vec<String> {
    let mut found = Vec::new();
    let what = |number: usize| match workload.get(number) {
        Some(planned) => format!("transaction {number}, {planned:?}"),
        None => "a transaction that fills a block".to_owned(),
    };
    for (number, (left, right)) in left.answers.iter().zip(&right.answers).enumerate() {
        for (left, right) in left.iter().zip(right) {
            compare(&mut found, &what(number), left, right);
        }
    }
    compare(&mut found, "transactions that the ordering node refused", &left.refused, &right.refused);
    for (number, (left, right)) in left.blocks.iter().zip(&right.blocks).enumerate() {
        for ((place, left_code), (_, right_code)) in left.iter().zip(right) {
            compare(&mut found, &format!("in block {number}, {}", what(*place)), left_code, right_code);
        }
    }
    compare(&mut found, "number of blocks", &left.blocks.len(), &right.blocks.len());
    for (left, right) in left.versions.iter().zip(&right.versions) {
        compare(&mut found, "all keys with their versions", left, right);
    }
    compare(&mut found, "all values", &left.state.values, &right.state.values);
    found
}

fn compare<T: PartialEq + Debug>(found: &mut Vec<String>, what: &str, left: &T, right: &T) {
    if left != right {
        found.push(format!("{what}:\n    {left:?}\n    {right:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_is_found() {
        let blocks = |code: &str| vec![vec![(0, "VALID".to_owned()), (usize::MAX, code.to_owned())]];
        let transcript = Transcript { blocks: blocks("VALID"), ..Transcript::default() };
        assert!(differences(&[], &transcript, &transcript).is_empty());
        let other = Transcript { blocks: blocks("MVCC_READ_CONFLICT"), ..Transcript::default() };
        assert_eq!(differences(&[], &transcript, &other).len(), 1);
        let one_less = Transcript::default();
        assert_eq!(differences(&[], &transcript, &one_less).len(), 1);
        let mut refused = transcript.clone();
        refused.refused.push((3, "FORBIDDEN".to_owned()));
        let key = ("open".to_owned(), "k01".to_owned());
        refused.state.values.insert(key, vec![1]);
        assert_eq!(differences(&[], &transcript, &refused).len(), 2);
    }
}
