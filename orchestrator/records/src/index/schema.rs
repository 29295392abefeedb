//! The fields of the index.
//!
//! | field | what for | kept as |
//! |---|---|---|
//! | `text` | words, phrases, prefixes, fuzzy words; BM25 | terms with frequencies and positions |
//! | names (`kind`, `carrier`, `class`, `session`, `day`, `member`, `state`) | exact values and prefixes | terms alone |
//! | of these `kind`, `carrier`, `class`, `session`, `day` | facets | a column as well |
//! | numbers (`price`, `volume`, `time`) | ranges | columns, no terms |
//! | `place` | the record's place of arrival in the store: order among equals, cursors | column |
//! | `id` | the record | stored |
//!
//! Nothing of a record's content is stored: what is shown comes from the store, where it can be verified.
//!
//! **Importance of keywords.** BM25 weighs a term by its rarity. Beyond that, a record's key terms (names such as
//! `MV1.101`, and words that have a meaning in the table of synonyms) are extracted when it is indexed and written
//! twice, the second time out of reach of phrases, so that a key term counts for more than an ordinary word of the same
//! rarity while a word still has one list of postings, which keeps searches fast.

use super::{analysis, entry::Entry};
use crate::{
    record::RecordId,
    search::{clause::Name, values::Number},
};
use tantivy::{
    TantivyDocument,
    schema::{FAST, Field, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{PreTokenizedString, Token},
};

/// How far behind the text the second mention of key terms is, so that no phrase spans both.
const KEY_TERMS_POSITION: usize = 1 << 20;

/// The fields by what they are for.
#[derive(Clone)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    pub(crate) text: Field,
    pub(crate) place: Field,
    pub(crate) id: Field,
    names: Vec<(Name, Field)>,
    numbers: Vec<(Number, Field)>,
}

/// Names of the columns that are read by name.
pub(crate) const PLACE: &str = "place";

/// Fields of names.
pub(crate) const NAMES: [Name; 7] =
    [Name::Kind, Name::Carrier, Name::Class, Name::Session, Name::Day, Name::Member, Name::State];

/// Those that are counted.
pub(crate) const FACETS: [Name; 5] = [Name::Kind, Name::Carrier, Name::Class, Name::Session, Name::Day];

impl Fields {
    pub(crate) fn new() -> Self {
        let mut builder = Schema::builder();
        // Text is analysed before it comes here.
        let words = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let text = builder.add_text_field("text", TextOptions::default().set_indexing_options(words));
        let exact = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic);
        let names = NAMES.map(|name| {
            let options = TextOptions::default().set_indexing_options(exact.clone());
            let options = if FACETS.contains(&name) { options.set_fast("raw") } else { options };
            (name, builder.add_text_field(name.field(), options))
        });
        let numbers = [Number::Price, Number::Volume, Number::Time];
        let numbers =
            numbers.map(|number| (number, builder.add_i64_field(number.field(), NumericOptions::default().set_fast())));
        let place = builder.add_u64_field(PLACE, FAST);
        let id = builder.add_bytes_field("id", STORED);
        Self { schema: builder.build(), text, place, id, names: names.to_vec(), numbers: numbers.to_vec() }
    }

    /// The field of names. Every name has one.
    pub(crate) fn name(&self, name: Name) -> Option<Field> {
        self.names.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// The column of numbers. Every number has one.
    pub(crate) fn number(&self, number: Number) -> Option<Field> {
        self.numbers.iter().find(|(known, _)| *known == number).map(|(_, field)| *field)
    }

    /// What is put into the index for a record.
    pub(crate) fn document(&self, id: &RecordId, place: u64, entry: &Entry) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_bytes(self.id, &id.0);
        document.add_u64(self.place, place);
        document.add_pre_tokenized_text(self.text, tokens(&entry.text()));
        for (name, field) in &self.names {
            for value in values(*name, entry) {
                document.add_text(*field, value);
            }
        }
        for (number, field) in &self.numbers {
            match number {
                Number::Price => entry.prices.iter().for_each(|price| document.add_i64(*field, *price)),
                Number::Volume => entry.volumes.iter().for_each(|volume| document.add_i64(*field, *volume)),
                Number::Time => document.add_i64(*field, entry.time_ns),
            }
        }
        document
    }
}

/// The values of a field of names, as they are compared.
pub(crate) fn values(name: Name, entry: &Entry) -> Vec<String> {
    match name {
        Name::Kind => vec![analysis::name(entry.kind.name())],
        Name::Carrier => entry.carriers.iter().map(|carrier| analysis::name(carrier)).collect(),
        Name::State => entry.state.iter().map(|state| analysis::name(state)).collect(),
        Name::Class => entry.classes.iter().map(|class| class.to_lowercase()).collect(),
        Name::Member => entry.members.iter().map(|member| member.to_lowercase()).collect(),
        Name::Session => entry.session.iter().map(|session| session.to_lowercase()).collect(),
        Name::Day => entry.day.iter().cloned().collect(),
    }
}

/// The terms of a text, key terms twice.
pub(crate) fn tokens(text: &str) -> PreTokenizedString {
    let terms = analysis::terms_of_text(text);
    let mut tokens = Vec::with_capacity(terms.len() * 2);
    let token = |text, position| Token { text, position, position_length: 1, offset_from: 0, offset_to: 0 };
    let key_terms: Vec<_> = terms.iter().filter(|term| term.is_key).cloned().collect();
    tokens.extend(terms.into_iter().map(|term| token(term.text, term.position)));
    tokens.extend((0..).zip(key_terms).map(|(number, term)| token(term.text, KEY_TERMS_POSITION + 2 * number)));
    PreTokenizedString { text: String::new(), tokens }
}
