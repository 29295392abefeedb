//! What the search is compared with: Tantivy's defaults, and regular expressions in MongoDB.

use super::{HITS, Latency, bytes_in, latency};
use crate::commands::bench::timed;
use anyhow::Result;
use mongodb::{
    Client,
    bson::{Document, doc},
};
use serde::Serialize;
use std::{fs, path::Path, time::Instant};
use tantivy::{
    Index, IndexWriter, TantivyDocument,
    collector::TopDocs,
    query::QueryParser,
    schema::{STORED, Schema, TEXT},
};

/// A regular expression looks at every record, so that a few searches tell.
const REGEX_QUERIES: usize = 20;
/// Documents that are inserted at a time.
const DOCUMENTS: usize = 5_000;

#[derive(Serialize)]
pub(super) struct Tantivy {
    pub(super) index_seconds: f64,
    pub(super) index_bytes: u64,
    pub(super) words: Latency,
}

/// Texts in one stored field under Tantivy's default tokenizer, with its default number of threads and merges.
pub(super) fn tantivy(folder: &Path, texts: impl Iterator<Item = String>, queries: &[Vec<String>]) -> Result<Tantivy> {
    fs::create_dir_all(folder)?;
    let mut schema = Schema::builder();
    let field = schema.add_text_field("text", TEXT | STORED);
    let index = Index::create_in_dir(folder, schema.build())?;
    let start = Instant::now();
    let mut writer: IndexWriter = index.writer(128 << 20)?;
    for text in texts {
        let mut document = TantivyDocument::new();
        document.add_text(field, text);
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    let index_seconds = start.elapsed().as_secs_f64();
    let reader = index.reader()?;
    let mut parser = QueryParser::for_index(&index, vec![field]);
    parser.set_conjunction_by_default();
    let mut seconds = Vec::with_capacity(queries.len());
    for words in queries {
        let text: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let query = parser.parse_query(&text.join(" "))?;
        let searcher = reader.searcher();
        let (found, took) = timed(|| -> Result<()> {
            for (_, address) in searcher.search(&query, &TopDocs::with_limit(HITS.into()).order_by_score())? {
                searcher.doc::<TantivyDocument>(address)?;
            }
            Ok(())
        });
        found?;
        seconds.push(took);
    }
    Ok(Tantivy { index_seconds, index_bytes: bytes_in(folder)?, words: latency(seconds) })
}

#[derive(Serialize)]
pub(super) struct Mongo {
    pub(super) insert_seconds: f64,
    pub(super) queries: usize,
    pub(super) words: Latency,
}

/// Texts in a collection of their own, which is dropped again.
pub(super) async fn mongo(uri: &str, texts: impl Iterator<Item = String>, queries: &[Vec<String>]) -> Result<Mongo> {
    let database = Client::with_uri_str(uri).await?.database("gridbourse_bench");
    let collection = database.collection::<Document>("texts");
    collection.drop().await?;
    let start = Instant::now();
    let mut texts = texts.peekable();
    while texts.peek().is_some() {
        let documents: Vec<Document> = texts.by_ref().take(DOCUMENTS).map(|text| doc! { "text": text }).collect();
        collection.insert_many(documents).await?;
    }
    let insert_seconds = start.elapsed().as_secs_f64();
    let mut seconds = Vec::new();
    for words in queries.iter().take(REGEX_QUERIES) {
        let all: Vec<Document> =
            words.iter().map(|word| doc! { "text": { "$regex": word.replace('.', "\\."), "$options": "i" } }).collect();
        let start = Instant::now();
        let mut cursor = collection.find(doc! { "$and": all }).limit(HITS.into()).await?;
        while cursor.advance().await? {}
        seconds.push(start.elapsed().as_secs_f64());
    }
    collection.drop().await?;
    Ok(Mongo { insert_seconds, queries: seconds.len(), words: latency(seconds) })
}
