//! Queries as people ask them.

use ::records::index::Directory;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const WORDS: [&str; 12] =
    ["wind", "风电", "光伏", "solar", "hydro", "生物质", "sell", "买入", "绿证", "certificate", "读数", "declaration"];
const TYPOS: [&str; 8] =
    ["windprk~1", "solarr~1", "hydropwer~1", "certificte~2", "delcaration~2", "consumr~1", "reeding~1", "biomas~1"];

/// Words, phrases, ranges, prefixes and combinations of them.
pub(super) fn mixed(directory: &Directory, count: usize, seed: u64) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let names: Vec<&str> = directory.0.values().map(|profile| profile.name.as_str()).collect();
    let query = |number: usize| {
        let (one, other) = (random.random_range(0..WORDS.len()), random.random_range(0..WORDS.len()));
        let (word, second) = (WORDS[one], WORDS[other]);
        let name = names.get(random.random_range(0..names.len().max(1))).copied().unwrap_or("MV1.101");
        let price = random.random_range(200..480);
        let (month, day, hour) = (random.random_range(1..=12), random.random_range(1..=28), random.random_range(0..24));
        match number % 10 {
            0 => word.to_owned(),
            1 => format!("{word} {second}"),
            2 => format!("\"{name}\""),
            3 => format!("{word} price:[{price} TO {}]", price + 20),
            4 => format!("{word} time:2016-{month:02}-{day:02}"),
            5 => format!("{word} OR {second}"),
            6 => format!("\"{name}\" session:2016-{month:02}-{day:02}T{hour:02}"),
            7 => format!("{word} -{second} volume:>{}kWh", random.random_range(100..380)),
            8 => format!("{name} {word} kind:declaration"),
            _ => format!("day:2016-{month:02}-{day:02} {word}*"),
        }
    };
    (0..count).map(query).collect()
}

/// Words with typing errors, with and without something else.
pub(super) fn fuzzy(directory: &Directory, count: usize, seed: u64) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let names: Vec<&str> = directory.0.values().map(|profile| profile.name.as_str()).collect();
    let query = |number: usize| {
        let typo = TYPOS[random.random_range(0..TYPOS.len())];
        let name = names.get(random.random_range(0..names.len().max(1))).copied().unwrap_or("MV1.101");
        let price = random.random_range(200..480);
        match number % 3 {
            0 => typo.to_owned(),
            1 => format!("{typo} price:[{price} TO {}]", price + 20),
            _ => format!("\"{name}\" {typo}"),
        }
    };
    (0..count).map(query).collect()
}

/// Plain words, which any search takes.
pub(super) fn words(directory: &Directory, count: usize, seed: u64) -> Vec<Vec<String>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let names: Vec<&str> = directory.0.values().map(|profile| profile.name.as_str()).collect();
    let english = ["wind", "solar", "hydropower", "sell", "buy", "certificate", "reading", "declaration"];
    let query = |number: usize| {
        let word = english[random.random_range(0..english.len())].to_owned();
        let name = names.get(random.random_range(0..names.len().max(1))).copied().unwrap_or("MV1.101");
        if number.is_multiple_of(2) { vec![word] } else { vec![word, name.to_owned()] }
    };
    (0..count).map(query).collect()
}
