//! Searching: what is found, that what is found fits, the same results after every rebuild, and any bytes as a query.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use records::{
    Record, RecordId, Store,
    index::{Directory, Entry, Profile, SearchIndex},
    search::{Request, Results, fits, grammar},
    store::EmbeddedStore,
    synthetic::Synthetic,
};
use std::{collections::BTreeMap, sync::LazyLock};

fn directory() -> Directory {
    let carriers = [None, Some("wind"), Some("solar"), None, Some("biomass"), Some("hydro")];
    let member = |number: usize| {
        let carrier = carriers[number % carriers.len()].map(str::to_owned);
        let unit = if carrier.is_some() { "SGen" } else { "Load" };
        let class = ["A1/20kV", "A1/0.4kV", "A2/20kV"][number % 3].to_owned();
        (format!("m{number:03}"), Profile { name: format!("MV1.101 {unit} {number}"), carrier, class })
    };
    Directory((1..=60).map(member).collect())
}

static RECORDS: LazyLock<Vec<Record>> = LazyLock::new(|| Synthetic::new(&directory(), 7).take(3_000).collect());

static INDEX: LazyLock<SearchIndex> = LazyLock::new(|| {
    let mut index = SearchIndex::in_memory(directory()).unwrap();
    for (place, record) in (0..).zip(RECORDS.iter()) {
        index.add(place, &record.id(), record).unwrap();
        // Segments of many sizes.
        if place % 331 == 0 || place % 97 == 5 {
            index.commit().unwrap();
        }
    }
    index.commit().unwrap();
    index
});

fn request(query: &str) -> Request<'_> {
    Request { query, kind: None, limit: 1_000, after: None, facets: false }
}

fn search(query: &str) -> Results {
    INDEX.search(&request(query)).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// What fits by the records themselves, in the order of arrival.
fn fitting(query: &str) -> Vec<RecordId> {
    let clause = grammar::parse(query).unwrap();
    let is_fitting = |record: &&Record| fits(&clause, &Entry::new(&record.document().unwrap(), &directory()));
    RECORDS.iter().filter(is_fitting).map(Record::id).collect()
}

/// All hits of a query, over its pages.
fn all(index: &SearchIndex, query: &str, limit: usize) -> Vec<RecordId> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let results = index.search(&Request { query, kind: None, limit, after, facets: false }).unwrap();
        found.extend(results.hits.iter().map(|hit| hit.id));
        after = results.next;
        if after.is_none() {
            return found;
        }
    }
}

/// Queries of every kind, each with whether something must be found.
const QUERIES: [(&str, bool); 34] = [
    ("*", true),
    ("风电", true),
    ("wind", true),
    ("风电 price:[300 TO 420] windpark~1", true),
    ("winpark~1", true),
    ("windpakr~2", true),
    ("光伏 OR 水电", true),
    ("solar -kind:reading", true),
    ("NOT solar", true),
    ("绿证 注销", true),
    ("green certificates cancelled", true),
    ("\"green certificate\"", true),
    ("\"MV1.101 SGen 5\"", true),
    ("MV1.101 5", true),
    ("mv1.101", true),
    ("member:\"MV1.101 SGen 5\"", true),
    ("member:m00*", true),
    ("carrier:风电 kind:申报", true),
    ("carrier:solar class:A2/20kV", true),
    ("class:a1/20KV", true),
    ("price:300.10", false),
    ("price:{300 TO 301]", true),
    ("price:<210 OR price:>=495", true),
    ("volume:>350kWh", true),
    ("volume:[0.1 TO 0.2] 卖出", true),
    ("time:2016-01-01T05", true),
    ("time:[2016-01-01T03:30 TO 2016-01-01T04:10] buy", true),
    ("day:2016-01-01 session:2016-01-01T1*", true),
    ("certif*", true),
    ("certificates*", true),
    ("(wind OR 光伏) AND (sell 1 OR 读数)", true),
    ("state:已注销", true),
    ("更正", true),
    ("nothing of the kind", false),
];

#[test]
fn hits_are_what_fits() {
    for (query, some) in QUERIES {
        let mut found = all(&INDEX, query, 1_000);
        let mut fitting = fitting(query);
        found.sort_unstable();
        fitting.sort_unstable();
        assert_eq!(found.len(), fitting.len(), "{query}");
        assert_eq!(found, fitting, "{query}");
        assert_eq!(!found.is_empty(), some, "{query}");
    }
}

#[test]
fn synonyms_find_the_same() {
    for (one, other) in [("风电", "windpark"), ("光伏", "photovoltaics"), ("绿证", "\"renewable energy certificate\"")]
    {
        assert_eq!(all(&INDEX, one, 500), all(&INDEX, other, 500), "{one}");
    }
}

#[test]
fn pages_are_parts_of_the_whole() {
    for (query, _) in QUERIES {
        assert_eq!(all(&INDEX, query, 7), all(&INDEX, query, 1_000), "{query}");
    }
    let cursor = search_page("wind", 5).next;
    let other = INDEX.search(&Request { query: "solar", kind: None, limit: 5, after: cursor, facets: false });
    assert!(other.unwrap_err().to_string().starts_with("CURSOR_OF_ANOTHER_QUERY"));
}

fn search_page(query: &str, limit: usize) -> Results {
    INDEX.search(&Request { query, kind: None, limit, after: None, facets: false }).unwrap()
}

#[test]
fn facets_count_every_hit() {
    let results = INDEX.search(&Request { query: "风电", kind: None, limit: 3, after: None, facets: true }).unwrap();
    let fitting = fitting("风电");
    assert_eq!(results.total, Some(fitting.len() as u64));
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for record in RECORDS.iter().filter(|record| fitting.contains(&record.id())) {
        *kinds.entry(record.kind().unwrap().name()).or_default() += 1;
    }
    // Kinds are counted under their meaning in the index.
    assert_eq!(results.facets["kind"].values().sum::<u64>(), kinds.values().sum::<u64>());
    assert_eq!(results.facets["kind"].len(), kinds.len());
    assert_eq!(results.facets["carrier"].keys().collect::<Vec<_>>(), ["wind"]);
}

#[test]
fn key_terms_and_rare_words_weigh_more() {
    // Both words are as rare, but one of them is a name of the record and the other a mere number in it.
    let results = search("MV1.101 SGen 5");
    let best = RECORDS.iter().find(|record| record.id() == results.hits[0].id).unwrap();
    assert!(Entry::new(&best.document().unwrap(), &directory()).title.contains("MV1.101 SGen 5"));
    let scores: Vec<_> = search("wind sell").hits.iter().map(|hit| hit.score).collect();
    assert!(scores.is_sorted_by(|one, next| one >= next));
    assert!(search("更正").hits[0].score > search("wind").hits[0].score);
}

#[test]
fn words_are_highlighted_in_both_languages() {
    let text = "wind farm 风电场 (windpark), declaration 申报: MV1.101 SGen 5";
    let marked = |query| search(query).highlights(text).into_iter().map(|range| &text[range]).collect::<Vec<_>>();
    assert_eq!(marked("风电"), ["wind farm", "风电场", "windpark"]);
    assert_eq!(marked("申报 -solar"), ["declaration", "申报"]);
    assert_eq!(marked("sge*"), ["SGen"]);
    assert_eq!(marked("winpark~1"), ["wind farm", "风电场", "windpark"]);
    assert!(marked("solar price:300").is_empty());
}

/// A folder with a store of the first records and an index that has caught up with it.
async fn store_with(folder: &std::path::Path, records: &[Record]) -> EmbeddedStore {
    let store = EmbeddedStore::open(&folder.join("records.redb")).unwrap();
    for chunk in records.chunks(500) {
        store.put("market", chunk).await.unwrap();
    }
    store
}

#[tokio::test]
async fn an_index_that_is_deleted_or_broken_is_made_again_with_the_same_results() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with(folder.path(), &RECORDS[..1_200]).await;
    let path = folder.path().join("index");
    let mut index = SearchIndex::open(&path, &directory()).unwrap();
    assert_eq!(index.catch_up(&store).await.unwrap(), 1_200);
    let results = |index: &SearchIndex| QUERIES.map(|(query, _)| all(index, query, 100));
    let first = results(&index);

    // Interrupted and opened again, it goes on.
    drop(index);
    store.put("market", &RECORDS[1_200..1_300]).await.unwrap();
    let mut index = SearchIndex::open(&path, &directory()).unwrap();
    assert_eq!(index.catch_up(&store).await.unwrap(), 100);
    let second = results(&index);
    assert_ne!(first, second);
    drop(index);

    // Deleted.
    std::fs::remove_dir_all(&path).unwrap();
    let mut index = SearchIndex::open(&path, &directory()).unwrap();
    assert_eq!(index.catch_up(&store).await.unwrap(), 1_300);
    assert_eq!(results(&index), second);
    drop(index);

    // Broken.
    std::fs::write(path.join("meta.json"), "{").unwrap();
    let mut index = SearchIndex::open(&path, &directory()).unwrap();
    assert_eq!(index.catch_up(&store).await.unwrap(), 1_300);
    assert_eq!(results(&index), second);
    drop(index);

    // Broken in one bit of a segment.
    let mut files: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "term"));
    let mut bytes = std::fs::read(&files[0]).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&files[0], bytes).unwrap();
    let mut index = SearchIndex::open(&path, &directory()).unwrap();
    assert_eq!(index.catch_up(&store).await.unwrap(), 1_300);
    assert_eq!(results(&index), second);
    drop(index);

    // Made with other names of members.
    let mut renamed = directory();
    renamed.0.get_mut("m005").unwrap().name = "Windpark Nord".to_owned();
    let mut index = SearchIndex::open(&path, &renamed).unwrap();
    assert_eq!(index.catch_up(&store).await.unwrap(), 1_300);
    assert!(!all(&index, "\"Windpark Nord\"", 10).is_empty());
}

#[tokio::test]
async fn a_record_is_found_within_a_second_of_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_with(folder.path(), &RECORDS[..400]).await;
    let mut index = SearchIndex::open(&folder.path().join("index"), &directory()).unwrap();
    index.catch_up(&store).await.unwrap();
    for record in &RECORDS[400..420] {
        store.put("market", std::slice::from_ref(record)).await.unwrap();
        let start = std::time::Instant::now();
        index.catch_up(&store).await.unwrap();
        assert!(all(&index, "*", 1_000).contains(&record.id()));
        assert!(start.elapsed().as_secs_f64() < 1.0);
    }
}

#[test]
fn errors_say_where_and_what_to_write() {
    for (query, code, place, instead) in [
        ("", "QUERY_EMPTY", 0..0, "风电 price:[300 TO 420]"),
        ("wind price:[300 420]", "QUERY_SYNTAX", 16..17, "price:[300 TO 420.50]"),
        ("prise:300", "QUERY_UNKNOWN_FIELD", 0..5, "Did you mean price?"),
        ("price:3oo", "QUERY_VALUE", 6..9, "CNY/MWh"),
        ("volume:>2TWh", "QUERY_VALUE", 8..12, "MWh"),
        ("time:2016-13", "QUERY_VALUE", 5..12, "2016-07-02"),
        ("(wind solar", "QUERY_SYNTAX", 0..1, ")"),
        ("wind)", "QUERY_SYNTAX", 4..5, "Leave it out"),
        ("\"wind farm", "QUERY_SYNTAX", 0..1, "quotation"),
        ("ab~1", "QUERY_FUZZY", 0..4, "ab*"),
        ("wind~3", "QUERY_FUZZY", 0..6, "wind~2"),
        ("[300 TO 420]", "QUERY_SYNTAX", 0..1, "price:[300 TO 420]"),
        ("wind OR", "QUERY_SYNTAX", 7..7, "Write a word"),
    ] {
        let error = grammar::parse(query).unwrap_err();
        assert_eq!((error.code, &error.place), (code, &place), "{query}: {error}");
        assert!(error.instead.contains(instead), "{query}: {error}");
    }
    let long = "wind ".repeat(300);
    assert_eq!(grammar::parse(&long).unwrap_err().code, "QUERY_TOO_LONG");
    let many = "1 OR ".repeat(40) + "1";
    assert_eq!(grammar::parse(&many).unwrap_err().code, "QUERY_TOO_MANY_CLAUSES");
    let deep = "(".repeat(9) + "wind" + &")".repeat(9);
    assert_eq!(grammar::parse(&deep).unwrap_err().code, "QUERY_TOO_DEEP");
    // The mark is under the place, also behind wide characters.
    let error = grammar::parse("风电 prise:1").unwrap_err().to_string();
    assert!(error.contains("\n  风电 prise:1\n       ^^^^^\n"), "{error}");
}

#[test]
fn full_width_punctuation_and_chinese_fields_are_taken() {
    assert_eq!(grammar::parse("价格：［300 TO 420］").unwrap(), grammar::parse("price:[300 TO 420]").unwrap());
    assert_eq!(grammar::parse("（风电 OR “绿证”）").unwrap(), grammar::parse("(风电 OR \"绿证\")").unwrap());
}

/// Pieces that queries are made of, so that random ones go deep into the language.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "wind",
        "风电",
        "price:",
        "volume:",
        "time:",
        "kind:",
        "member:",
        "[",
        "]",
        "{",
        "}",
        " TO ",
        "(",
        ")",
        " AND ",
        " OR ",
        " NOT ",
        "-",
        "*",
        "~",
        "~2",
        "\"",
        ">=",
        "<",
        "300",
        "2kWh",
        "2016-07-02",
        ":",
        " ",
        "：",
        "“",
        "\u{0}",
    ];
    prop_oneof![prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_query_is_answered_or_refused(pieces in prop::collection::vec(piece(), 0..24)) {
        let query = pieces.concat();
        match grammar::parse(&query) {
            Ok(clause) => {
                let mut found = all(&INDEX, &query, 1_000);
                found.sort_unstable();
                let fits = |record: &&Record| fits(&clause, &Entry::new(&record.document().unwrap(), &directory()));
                // A twentieth of the records is enough to notice a difference.
                for record in RECORDS.iter().step_by(20) {
                    prop_assert_eq!(found.binary_search(&record.id()).is_ok(), fits(&record), "{}", query);
                }
            }
            Err(error) => {
                prop_assert!(query.get(error.place.clone()).is_some());
                prop_assert!(!error.instead.is_empty());
                error.to_string();
            }
        }
    }

    #[test]
    fn any_bytes_are_a_query(bytes in prop::collection::vec(any::<u8>(), 0..1_200)) {
        grammar::parse(&String::from_utf8_lossy(&bytes)).ok();
    }
}
