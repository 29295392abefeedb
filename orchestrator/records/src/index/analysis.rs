//! How text becomes the terms of the index, and a query's words the terms that are looked for.
//!
//! Latin words are lower-cased and stemmed. Names with digits and punctuation inside (`MV1.101`, `A1/20kV`,
//! `2016-07-02T10`) are a term as a whole, and so are their parts. Chinese is segmented by jieba with the words of the
//! trade added to its dictionary; a long word's parts are terms as well. A word or group of words that has a meaning in
//! the table of synonyms is indexed under the words and the meaning, and looked for under the meaning alone.

use super::synonyms::{Synonyms, meanings};
use frostem::{Algorithm, Stemmer};
use jieba_rs::Jieba;
use std::{ops::Range, sync::LazyLock};

/// A term of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The term as it is in the index.
    pub(crate) text: String,
    /// The word's place in the text. Several terms may be at one place.
    pub(crate) position: usize,
    /// The bytes of the text that it is from.
    pub(crate) bytes: Range<usize>,
    /// Whether it is a key term of the text: a name, or a meaning of the trade.
    pub(crate) is_key: bool,
}

/// Words that carry no meaning of their own.
const STOP_WORDS: [&str; 18] =
    ["a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "the", "to", "with", "的", "了", "在", "和"];

/// Longer words are cut off: nobody types them, and the index has a limit for terms.
const WORD_CHARACTERS_MAX: usize = 64;

static SYNONYMS: LazyLock<Synonyms> = LazyLock::new(|| {
    Synonyms::new(|synonym| {
        // A Chinese word of the table is one word by its entry in the dictionary below.
        if synonym.chars().all(is_ideograph) {
            return vec![synonym.to_owned()];
        }
        Words::of(synonym, false).words.into_iter().map(|word| word.text).collect()
    })
});

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

/// The dictionary takes a tenth of a second to load, so it waits for the first Chinese text.
static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    let mut jieba = Jieba::new();
    for (_, words) in meanings() {
        for word in words.into_iter().filter(|word| word.chars().all(is_ideograph)) {
            jieba.add_word(word, None, None);
        }
    }
    jieba
});

/// The terms under which a text is found.
pub(crate) fn terms_of_text(text: &str) -> Vec<Term> {
    let Words { mut words, mut parts, .. } = Words::of(text, true);
    for (first, length, meaning) in groups(&words) {
        let group = &words[first..first + length];
        let bytes = group[0].bytes.start..group[length - 1].bytes.end;
        let term = Term { text: meaning.to_owned(), position: group[0].position, bytes, is_key: true };
        // A word that is its meaning itself is not indexed twice.
        if group.len() == 1 && group[0].text == meaning {
            words[first] = term;
        } else {
            parts.push(term);
        }
    }
    let mut terms = words;
    terms.append(&mut parts);
    terms.sort_by_key(|term| term.position);
    terms
}

/// The terms that words of a query stand for.
pub(crate) fn terms_of_query(text: &str) -> Vec<Term> {
    let words = Words::of(text, false).words;
    let mut terms = Vec::with_capacity(words.len());
    let mut next = 0;
    for (first, length, meaning) in groups(&words) {
        terms.extend_from_slice(&words[next..first]);
        let bytes = words[first].bytes.start..words[first + length - 1].bytes.end;
        terms.push(Term { text: meaning.to_owned(), position: words[first].position, bytes, is_key: true });
        next = first + length;
    }
    terms.extend_from_slice(&words[next..]);
    terms
}

/// A name for comparing as a whole: the meaning if it is a word of the trade, the lower-case name otherwise.
pub(crate) fn name(text: &str) -> String {
    meaning_of(text).map_or_else(|| text.trim().to_lowercase(), str::to_owned)
}

/// Every single Latin word of the table of synonyms, with the term that stands for its meaning.
pub(crate) fn words_with_meanings() -> impl Iterator<Item = (&'static str, String)> {
    let latin = |word: &&str| word.is_ascii() && !word.contains(' ');
    meanings()
        .flat_map(move |(meaning, words)| words.into_iter().filter(latin).map(move |synonym| (synonym, word(meaning))))
}

/// A lower-case word as it is in the index, without its ending or by its meaning.
pub(crate) fn stem(lower: &str) -> String {
    match terms_of_query(lower).as_slice() {
        [term] => term.text.clone(),
        _ => lower.to_owned(),
    }
}

/// What a text stands for as a whole, if it is a term of the trade, as the table has it.
fn meaning_of(text: &str) -> Option<&'static str> {
    let words = Words::of(text, false).words;
    let (_, _, stem) = groups(&words).first().copied().filter(|(_, length, _)| *length == words.len())?;
    meanings().map(|(meaning, _)| meaning).find(|meaning| word(meaning) == stem)
}

/// The terms of the trade among words: the first word's number, how many words, the meaning.
fn groups(words: &[Term]) -> Vec<(usize, usize, &'static str)> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let mut groups = Vec::new();
    let mut next = 0;
    while next < texts.len() {
        let found = SYNONYMS.find(&texts[next..]);
        groups.extend(found.map(|(length, meaning)| (next, length, meaning)));
        next += found.map_or(1, |(length, _)| length);
    }
    groups
}

/// A text in words.
#[derive(Default)]
struct Words {
    /// In their order.
    words: Vec<Term>,
    /// What is at the same places as well: whole names of which the words are parts, parts of long Chinese words.
    parts: Vec<Term>,
    position: usize,
}

impl Words {
    /// With `parts`, names with punctuation and long Chinese words are taken apart.
    fn of(text: &str, parts: bool) -> Self {
        let mut words = Self::default();
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            let length = if is_ideograph(first) {
                let length = rest.find(|character| !is_ideograph(character)).unwrap_or(rest.len());
                words.add_chinese(&rest[..length], at, parts);
                length
            } else if first.is_alphanumeric() {
                let length = latin_length(rest);
                words.add_latin(&rest[..length], at, parts);
                length
            } else {
                first.len_utf8()
            };
            at += length;
        }
        words
    }

    fn add(&mut self, text: String, bytes: Range<usize>) {
        if !STOP_WORDS.contains(&text.as_str()) {
            self.words.push(Term { text, position: self.position, bytes, is_key: false });
        }
        self.position += 1;
    }

    fn add_latin(&mut self, run: &str, at: usize, parts: bool) {
        let is_name = run.contains(|character: char| character.is_numeric()) && run.contains(is_joiner);
        let first = self.position;
        if is_name && !parts {
            self.add(word(run), at..at + run.len());
            // As many places as its parts take in the index.
            self.position = first + run.split(is_joiner).filter(|part| !part.is_empty()).count();
            return;
        }
        let mut start = 0;
        for part in run.split(is_joiner) {
            if !part.is_empty() {
                self.add(word(part), at + start..at + start + part.len());
            }
            start += part.len() + 1;
        }
        if is_name {
            self.parts.push(Term { text: word(run), position: first, bytes: at..at + run.len(), is_key: true });
        }
    }

    fn add_chinese(&mut self, run: &str, at: usize, parts: bool) {
        let mut start = at;
        for token in JIEBA.cut(run, false) {
            if parts {
                self.add_parts_of_chinese(token.word, start);
            }
            self.add(token.word.to_owned(), start..start + token.word.len());
            start += token.word.len();
        }
    }

    /// Words of the dictionary inside a longer word.
    fn add_parts_of_chinese(&mut self, word: &str, at: usize) {
        let bounds: Vec<usize> = word.char_indices().map(|(place, _)| place).chain([word.len()]).collect();
        let whole = bounds.len() - 1;
        for length in 2..whole {
            for pair in bounds.windows(length + 1) {
                let (start, end) = (pair[0], pair[length]);
                if JIEBA.has_word(&word[start..end]) {
                    let text = word[start..end].to_owned();
                    self.parts.push(Term { text, position: self.position, bytes: at + start..at + end, is_key: false });
                }
            }
        }
    }
}

/// The bytes up to the end of a Latin word or a name with punctuation inside.
fn latin_length(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    while let Some((place, character)) = characters.next() {
        let inside = |character: char| character.is_alphanumeric() && !is_ideograph(character);
        let joins = is_joiner(character) && characters.peek().is_some_and(|(_, next)| inside(*next));
        if !inside(character) && !joins {
            return place;
        }
    }
    text.len()
}

/// Punctuation that may stand inside a name, all of one byte.
fn is_joiner(character: char) -> bool {
    matches!(character, '.' | '-' | '_' | '/' | ':' | '\'' | '+' | '@')
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

/// A Latin word in lower case, without its ending if it is a plain English one.
fn word(text: &str) -> String {
    let lower: String = text.chars().take(WORD_CHARACTERS_MAX).flat_map(char::to_lowercase).collect();
    if lower.bytes().all(|byte| byte.is_ascii_lowercase()) { STEMMER.stem(&lower).into_owned() } else { lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(terms: &[Term]) -> Vec<&str> {
        terms.iter().map(|term| term.text.as_str()).collect()
    }

    #[test]
    fn names_are_found_whole_and_in_parts() {
        let terms = terms_of_text("MV1.101 SGen 5");
        assert_eq!(texts(&terms), ["mv1", "mv1.101", "101", "sgen", "5"]);
        assert_eq!(texts(&terms_of_query("MV1.101 SGen 5")), ["mv1.101", "sgen", "5"]);
        // A phrase finds the name: the places differ by the same.
        let places: Vec<_> = terms_of_query("MV1.101 SGen 5").iter().map(|term| term.position).collect();
        assert_eq!(places, [0, 2, 3]);
    }

    #[test]
    fn synonyms_meet_in_one_term() {
        for wind in ["风电", "wind", "Windpark", "wind farm", "wind farms", "风力发电"] {
            assert_eq!(texts(&terms_of_query(wind)), ["wind"], "{wind}");
            assert!(texts(&terms_of_text(wind)).contains(&"wind"), "{wind}");
        }
        assert_eq!(texts(&terms_of_query("绿证")), texts(&terms_of_query("green certificates")));
        assert_eq!(texts(&terms_of_query("guarantee of origin")), texts(&terms_of_query("绿色电力证书")));
        assert_eq!(name("光伏"), name("solar"));
        assert_eq!(name("A1/20kV"), "a1/20kv");
    }

    #[test]
    fn chinese_is_segmented() {
        assert_eq!(texts(&terms_of_query("风电场申报")), ["wind", "declar"]);
        let terms = terms_of_text("国家电网公司核发绿证");
        assert!(texts(&terms).contains(&"公司") && texts(&terms).contains(&"certif"), "{terms:?}");
    }

    #[test]
    fn terms_know_their_bytes() {
        let text = "the 风电 plants sell 光伏, MV1.101";
        for term in terms_of_text(text) {
            assert!(text.get(term.bytes.clone()).is_some_and(|bytes| !bytes.is_empty()), "{term:?}");
        }
    }
}
