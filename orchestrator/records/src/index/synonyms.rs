//! The synonyms of the trade, from `synonyms.txt`.

use std::collections::HashMap;

const TABLE: &str = include_str!("synonyms.txt");

/// Every meaning with its words, in the table's order; the meaning itself comes first among them.
pub(crate) fn meanings() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (meaning, words) = line.split_once(" = ")?;
        Some((meaning, std::iter::once(meaning).chain(words.split(", ")).collect()))
    })
}

/// Finds terms of one or several words.
pub(super) struct Synonyms {
    /// By its first word: the whole term, longest first, with its meaning.
    terms: HashMap<String, Vec<(Vec<String>, String)>>,
}

impl Synonyms {
    /// The table, with each term in the words that the analysis makes of it.
    pub(super) fn new(words_of: impl Fn(&str) -> Vec<String>) -> Self {
        let mut terms: HashMap<String, Vec<(Vec<String>, String)>> = HashMap::new();
        for (meaning, synonyms) in meanings() {
            let meaning = words_of(meaning).concat();
            for synonym in synonyms {
                let words = words_of(synonym);
                if let Some(first) = words.first() {
                    terms.entry(first.clone()).or_default().push((words, meaning.clone()));
                }
            }
        }
        for candidates in terms.values_mut() {
            candidates.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Self { terms }
    }

    /// The longest term at the beginning of these words: how many of them it has, and its meaning.
    pub(super) fn find(&self, words: &[&str]) -> Option<(usize, &str)> {
        let candidates = self.terms.get(*words.first()?)?;
        let fits = |term: &[String]| {
            term.len() <= words.len() && term.iter().zip(words).all(|(expected, word)| expected == word)
        };
        candidates.iter().find(|(term, _)| fits(term)).map(|(term, meaning)| (term.len(), meaning.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_word_has_two_meanings() {
        let mut seen = HashSet::new();
        for (_, words) in meanings() {
            for word in words {
                assert!(seen.insert(word.to_lowercase()), "{word} has two meanings");
            }
        }
        assert!(seen.len() > 100);
    }
}
