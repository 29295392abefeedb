//! The language of queries.
//!
//! ```text
//! query    = choice
//! choice   = all { "OR" all }
//! all      = part { [ "AND" ] part }              parts next to each other must all be there
//! part     = [ "NOT" | "-" ] ( "(" choice ")" | "*" | [ field ":" ] match )
//! match    = word | word "*" | word "~" [ "1" | "2" ] | '"' phrase '"' | range | comparison
//! range    = ( "[" | "{" ) bound "TO" bound ( "]" | "}" )       "{" and "}" leave the bound out; "*" is open
//! comparison = ( ">" | ">=" | "<" | "<=" ) bound
//! ```
//!
//! Words without a field are looked for in a record's description, in English or Chinese, with the synonyms of the trade.
//! Punctuation may be typed full width, and fields have Chinese names too. Ranges are for numbers ([`super::values`]).

use super::{
    clause::{Clause, Name},
    distance::distance,
    error::{self, QueryError},
    values::Number,
};
use std::ops::{Bound, Range};

/// The longest query, in bytes.
pub const QUERY_BYTES_MAX: usize = 1_024;
/// The most words, phrases and ranges of a query.
pub const CLAUSES_MAX: usize = 32;
/// The deepest parentheses.
pub const DEPTH_MAX: usize = 8;
/// The shortest word for a fuzzy search: shorter ones are similar to too many others.
pub const FUZZY_CHARACTERS_MIN: usize = 3;
/// The most typing errors in a fuzzy search.
pub const FUZZY_DISTANCE_MAX: u8 = 2;

/// A query's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name(Name),
    Number(Number),
}

/// Every field with its names, English first.
const FIELDS: [(Field, &[&str]); 10] = [
    (Field::Number(Number::Price), &["price", "价格"]),
    (Field::Number(Number::Volume), &["volume", "电量"]),
    (Field::Number(Number::Time), &["time", "时间"]),
    (Field::Name(Name::Kind), &["kind", "种类"]),
    (Field::Name(Name::Carrier), &["carrier", "能源"]),
    (Field::Name(Name::Class), &["class", "类别"]),
    (Field::Name(Name::Session), &["session", "场次"]),
    (Field::Name(Name::Day), &["day", "日期"]),
    (Field::Name(Name::Member), &["member", "成员"]),
    (Field::Name(Name::State), &["state", "状态"]),
];

/// Reads a query.
pub fn parse(query: &str) -> Result<Clause, QueryError> {
    let mut parser = Parser { query, at: 0, clauses: 0, depth: 0 };
    if query.len() > QUERY_BYTES_MAX {
        let message = format!("the query has {} bytes; at most {QUERY_BYTES_MAX} are taken", query.len());
        return Err(parser.error(error::TOO_LONG, 0..query.len(), message, "Look for fewer words at a time."));
    }
    parser.skip_space();
    if parser.peek().is_none() {
        let message = "there is nothing to look for";
        let instead = "Write words, a phrase in quotes or a range: gridbourse search '风电 price:[300 TO 420]'; * finds everything.";
        return Err(parser.error(error::EMPTY, 0..query.len(), message, instead));
    }
    let clause = parser.choice()?;
    match parser.peek() {
        None => Ok(clause),
        Some(character) => {
            let message = format!("{character} closes nothing");
            Err(parser.error(error::SYNTAX, parser.here(), message, "Leave it out, or open a parenthesis before it."))
        }
    }
}

struct Parser<'query> {
    query: &'query str,
    /// The next byte.
    at: usize,
    clauses: usize,
    depth: usize,
}

/// Full-width punctuation, as a Chinese keyboard gives it, is taken like its narrow form.
fn narrow(character: char) -> char {
    match character {
        '：' => ':',
        '（' => '(',
        '）' => ')',
        '“' | '”' | '＂' => '"',
        '［' | '【' => '[',
        '］' | '】' => ']',
        '～' => '~',
        '＊' => '*',
        '　' => ' ',
        other => other,
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest().chars().next().map(narrow)
    }

    fn rest(&self) -> &str {
        self.query.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        Some(narrow(character))
    }

    /// The next character's bytes, or the query's end.
    fn here(&self) -> Range<usize> {
        self.character_at(self.at)
    }

    /// The bytes of the character at a place.
    fn character_at(&self, start: usize) -> Range<usize> {
        let character = self.query.get(start..).and_then(|rest| rest.chars().next());
        start..start + character.map_or(0, char::len_utf8)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.next();
        }
        found
    }

    /// Takes an operator that stands alone.
    fn take_operator(&mut self, operator: &str) -> bool {
        let Some(after) = self.rest().strip_prefix(operator) else { return false };
        let alone =
            after.chars().next().is_none_or(|next| next.is_whitespace() || matches!(narrow(next), '(' | ')' | '"'));
        if alone {
            self.at += operator.len();
            self.skip_space();
        }
        alone
    }

    fn at_operator(&mut self, operator: &str) -> bool {
        let at = self.at;
        let found = self.take_operator(operator);
        self.at = at;
        found
    }

    fn error(&self, code: &'static str, place: Range<usize>, message: impl Into<String>, instead: &str) -> QueryError {
        QueryError { code, query: self.query.to_owned(), place, message: message.into(), instead: instead.to_owned() }
    }

    fn choice(&mut self) -> Result<Clause, QueryError> {
        let mut choices = vec![self.all()?];
        while self.take_operator("OR") {
            choices.push(self.all()?);
        }
        Ok(one_or(choices, Clause::Any))
    }

    fn all(&mut self) -> Result<Clause, QueryError> {
        let mut parts: Vec<Clause> = Vec::new();
        loop {
            let part = self.part()?;
            match (parts.last_mut(), part) {
                // Kept together, because neighbours may be one term of the trade.
                (Some(Clause::Words(before)), Clause::Words(word)) => {
                    before.push(' ');
                    before.push_str(&word);
                }
                (_, part) => parts.push(part),
            }
            self.skip_space();
            let explicit = self.take_operator("AND");
            if !explicit && (matches!(self.peek(), None | Some(')')) || self.at_operator("OR")) {
                return Ok(one_or(parts, Clause::All));
            }
        }
    }

    fn part(&mut self) -> Result<Clause, QueryError> {
        self.skip_space();
        let start = self.at;
        let negated =
            self.take_operator("NOT") || (self.rest().starts_with('-') && self.starts_word_after(1) && self.take('-'));
        let clause = if self.take('(') {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                let message = format!("parentheses go {DEPTH_MAX} deep at most");
                return Err(self.error(
                    error::TOO_DEEP,
                    start..self.at,
                    message,
                    "Leave out those that change nothing.",
                ));
            }
            let inner = self.choice()?;
            self.skip_space();
            if !self.take(')') {
                let instead = "Write ) after what belongs together.";
                return Err(self.error(
                    error::SYNTAX,
                    self.character_at(start),
                    "this parenthesis is not closed",
                    instead,
                ));
            }
            self.depth -= 1;
            inner
        } else {
            self.clauses += 1;
            if self.clauses > CLAUSES_MAX {
                let message = format!("a query has at most {CLAUSES_MAX} parts");
                return Err(self.error(
                    error::TOO_MANY_CLAUSES,
                    self.here(),
                    message,
                    "Look for fewer words at a time.",
                ));
            }
            self.simple()?
        };
        Ok(if negated { Clause::Not(Box::new(clause)) } else { clause })
    }

    /// Whether something other than space follows after so many bytes, so that a minus is not a dash.
    fn starts_word_after(&self, bytes: usize) -> bool {
        self.rest().get(bytes..).and_then(|rest| rest.chars().next()).is_some_and(|next| !next.is_whitespace())
    }

    /// A word, phrase or range, with or without its field.
    fn simple(&mut self) -> Result<Clause, QueryError> {
        if self.take_alone('*') {
            return Ok(Clause::Everything);
        }
        let start = self.at;
        if let Some(name) = self.field_name() {
            let known = FIELDS.iter().find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(&name)));
            let Some((field, names)) = known else {
                let place = start..start + name.len();
                return Err(self.error(
                    error::UNKNOWN_FIELD,
                    place,
                    format!("there is no field {name}"),
                    &fields(&name),
                ));
            };
            return match field {
                Field::Name(field) => self.named(*field, names),
                Field::Number(number) => self.number(*number),
            };
        }
        match self.peek() {
            Some('"') => self.phrase().map(Clause::Phrase),
            Some('[' | '{' | '<' | '>') => {
                let instead = "Write the field first: price:[300 TO 420], volume:>2, time:<2016-07-02.";
                Err(self.error(error::SYNTAX, self.here(), "a range needs a field", instead))
            }
            _ => self.loose_word(),
        }
    }

    fn take_alone(&mut self, expected: char) -> bool {
        let alone = self.peek() == Some(expected)
            && self.rest().chars().nth(1).is_none_or(|next| next.is_whitespace() || matches!(narrow(next), '(' | ')'));
        alone && self.take(expected)
    }

    /// The name before a colon, if the next word is one, together with the colon.
    fn field_name(&mut self) -> Option<String> {
        let end = self.rest().find(|character: char| !character.is_alphabetic() && character != '_')?;
        let name = self.rest().get(..end)?.to_owned();
        let after = self.rest().get(end..)?.chars().next()?;
        if name.is_empty() || narrow(after) != ':' {
            return None;
        }
        self.at += end + after.len_utf8();
        Some(name)
    }

    fn phrase(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some(character) => text.push(character),
                None => {
                    let instead = "Write a second quotation mark after the phrase.";
                    let place = self.character_at(start);
                    return Err(self.error(error::SYNTAX, place, "this quotation is not closed", instead));
                }
            }
        }
    }

    /// Characters up to space or punctuation of the language.
    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(character) = self.peek() {
            if character.is_whitespace() || matches!(character, '(' | ')' | '[' | ']' | '{' | '}' | '"') {
                break;
            }
            word.push(character);
            self.next();
        }
        word
    }

    /// A word or what follows a field's colon; an error if nothing is there.
    fn some_word(&mut self, instead: &str) -> Result<String, QueryError> {
        let place = self.here();
        let word = self.word();
        if word.is_empty() {
            let message = match self.peek() {
                Some(character) => format!("{character} cannot stand here"),
                None => "something is missing at the end".to_owned(),
            };
            return Err(self.error(error::SYNTAX, place, message, instead));
        }
        Ok(word)
    }

    fn loose_word(&mut self) -> Result<Clause, QueryError> {
        let start = self.at;
        let word =
            self.some_word("Write a word, a phrase in quotes, or a field with its value, as in price:[300 TO 420].")?;
        let place = start..self.at;
        if let Some(prefix) = word.strip_suffix('*') {
            return Ok(Clause::Prefix(prefix.to_owned()));
        }
        let Some((fuzzy, distance)) = word.rsplit_once('~') else { return Ok(Clause::Words(word)) };
        let distance = match distance {
            "" => 1,
            distance => match distance.parse() {
                Ok(distance @ 1..=FUZZY_DISTANCE_MAX) => distance,
                _ => {
                    let instead = format!("Write {fuzzy}~1 or {fuzzy}~2.");
                    return Err(self.error(
                        error::FUZZY,
                        place,
                        "one or two typing errors can be looked past",
                        &instead,
                    ));
                }
            },
        };
        if fuzzy.chars().count() < FUZZY_CHARACTERS_MIN {
            let message = format!("a fuzzy search takes at least {FUZZY_CHARACTERS_MIN} characters");
            let instead = format!("Write the word as it is ({fuzzy}), or its beginning and a star ({fuzzy}*).");
            return Err(self.error(error::FUZZY, place, message, &instead));
        }
        Ok(Clause::Fuzzy(fuzzy.to_owned(), distance))
    }

    fn named(&mut self, field: Name, names: &[&str]) -> Result<Clause, QueryError> {
        let name = names.first().copied().unwrap_or_default();
        let instead =
            format!("Write {name}:value, or {name}:\"a value with spaces\"; {name}:begin* finds values that begin so.");
        match self.peek() {
            Some('"') => {
                let value = self.phrase()?;
                Ok(if self.take('*') { Clause::NamedPrefix(field, value) } else { Clause::Named(field, value) })
            }
            Some('[' | '{') => {
                let message = format!("{name} has names for values, no range of numbers");
                Err(self.error(error::SYNTAX, self.here(), message, &instead))
            }
            _ => {
                let value = self.some_word(&instead)?;
                Ok(match value.strip_suffix('*') {
                    Some(prefix) => Clause::NamedPrefix(field, prefix.to_owned()),
                    None => Clause::Named(field, value),
                })
            }
        }
    }

    fn number(&mut self, number: Number) -> Result<Clause, QueryError> {
        let start = self.at;
        let example = number.example();
        match self.peek() {
            Some(open @ ('[' | '{')) => {
                self.next();
                let lower = self.bound(number)?;
                self.skip_space();
                if !self.take_operator("TO") {
                    return Err(self.error(error::SYNTAX, self.here(), "TO is missing between the bounds", example));
                }
                let upper = self.bound(number)?;
                self.skip_space();
                let close = self.peek();
                if !matches!(close, Some(']' | '}')) {
                    return Err(self.error(
                        error::SYNTAX,
                        self.character_at(start),
                        "this range is not closed",
                        example,
                    ));
                }
                self.next();
                let lower = match lower {
                    None => Bound::Unbounded,
                    Some(values) if open == '[' => Bound::Included(*values.start()),
                    Some(values) => Bound::Excluded(*values.end()),
                };
                let upper = match upper {
                    None => Bound::Unbounded,
                    Some(values) if close == Some(']') => Bound::Included(*values.end()),
                    Some(values) => Bound::Excluded(*values.start()),
                };
                Ok(Clause::Range(number, lower, upper))
            }
            Some(sign @ ('<' | '>')) => {
                self.next();
                let equal = self.take('=');
                let Some(values) = self.bound(number)? else {
                    return Err(self.error(error::VALUE, start..self.at, "a comparison needs a number", example));
                };
                let (lower, upper) = match (sign, equal) {
                    ('<', true) => (Bound::Unbounded, Bound::Included(*values.end())),
                    ('<', false) => (Bound::Unbounded, Bound::Excluded(*values.start())),
                    (_, true) => (Bound::Included(*values.start()), Bound::Unbounded),
                    (_, false) => (Bound::Excluded(*values.end()), Bound::Unbounded),
                };
                Ok(Clause::Range(number, lower, upper))
            }
            _ => Ok(match self.bound(number)? {
                Some(values) => Clause::Range(number, Bound::Included(*values.start()), Bound::Included(*values.end())),
                None => Clause::Range(number, Bound::Unbounded, Bound::Unbounded),
            }),
        }
    }

    /// The values that a bound stands for; none for a star.
    fn bound(&mut self, number: Number) -> Result<Option<std::ops::RangeInclusive<i64>>, QueryError> {
        self.skip_space();
        let start = self.at;
        let word = self.some_word(number.example())?;
        if word == "*" {
            return Ok(None);
        }
        let place = start..self.at;
        number.parse(&word).map(Some).map_err(|message| self.error(error::VALUE, place, message, number.example()))
    }
}

/// One clause as it is, more of them joined.
fn one_or(mut clauses: Vec<Clause>, join: fn(Vec<Clause>) -> Clause) -> Clause {
    match clauses.pop() {
        Some(only) if clauses.is_empty() => only,
        Some(last) => {
            clauses.push(last);
            join(clauses)
        }
        None => Clause::Everything,
    }
}

/// Which fields there are, the most similar one first.
fn fields(name: &str) -> String {
    let names: Vec<&str> = FIELDS.iter().filter_map(|(_, names)| names.first().copied()).collect();
    let lower = name.to_lowercase();
    let similar = names.iter().min_by_key(|known| distance(known, &lower)).filter(|known| distance(known, &lower) <= 2);
    let suggestion = similar.map(|similar| format!("Did you mean {similar}? ")).unwrap_or_default();
    format!("{suggestion}The fields are {}. To look for a colon, put the text in quotes.", names.join(", "))
}
