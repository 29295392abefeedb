//! The bytes that members sign: the vectors in `tests/vectors/bundle.json`, and what is refused.
//!
//! `UPDATE_VECTORS=1 cargo test --release -p rules --test bundle` writes the file anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod common;

use common::tests_file;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use proptest::prelude::*;
use rules::bundle::{Bundle, DeclaredOrder, digest};
use rules::limits::{NAME_BYTES_MAX, ORDERS_PER_BUNDLE_MAX};
use rules::order::{ClassIndex, Side};
use serde_json::{Value, json};

/// The private key of the vectors: no secret.
const KEY: [u8; 32] = *b"GridBourse vectors, not a secret";

fn order(number: u32, class: u8, side: Side, point: u32, price: i64, volume: u64) -> DeclaredOrder {
    DeclaredOrder { number, side, class: ClassIndex(class), point, price, volume }
}

fn bundle(orders: Vec<DeclaredOrder>) -> Bundle {
    Bundle {
        channel: "market".into(),
        session: "2016-07-02T12".into(),
        member: "wind-7".into(),
        round: 1,
        sequence: 1,
        orders,
    }
}

fn named_bundles() -> Vec<(&'static str, Bundle)> {
    let typical = vec![order(1, 0, Side::Sell, 7, 30_000, 2_000_000), order(2, 0, Side::Sell, 7, 33_001, 500_000)];
    let extremes = vec![
        order(0, 0, Side::Buy, 0, i64::MIN, 0),
        order(u32::MAX, u8::MAX, Side::Sell, u32::MAX, i64::MAX, u64::MAX),
        order(127, 15, Side::Buy, 128, -1, 16_383),
        order(128, 15, Side::Sell, 127, 63, 16_384),
    ];
    let names = Bundle {
        channel: "market".into(),
        session: "交易-12".into(),
        member: "n".repeat(NAME_BYTES_MAX),
        round: u32::MAX,
        sequence: u64::MAX,
        orders: vec![order(1, 1, Side::Buy, 3, 0, 1)],
    };
    vec![
        ("two asks", bundle(typical)),
        ("withdraw everything", bundle(vec![])),
        ("extremes of the encoding, beyond the market's limits", bundle(extremes)),
        ("long and Chinese names, largest round and sequence", names),
    ]
}

fn sign(digest: &[u8; 32]) -> Signature {
    let key = SigningKey::from_slice(&KEY).unwrap();
    let signature: Signature = key.sign_prehash(digest).unwrap();
    signature.normalize_s()
}

fn vectors() -> Value {
    let public_key = VerifyingKey::from(&SigningKey::from_slice(&KEY).unwrap());
    let bundles: Vec<Value> = named_bundles()
        .into_iter()
        .map(|(name, bundle)| {
            let (bytes, digest) = (bundle.encode(), bundle.digest());
            json!({
                "name": name,
                "bundle": bundle,
                "bytes": hex::encode(&bytes),
                "digest": hex::encode(digest),
                "signature": hex::encode(sign(&digest).to_bytes()),
            })
        })
        .collect();
    json!({
        "what": "Bundles, their canonical bytes and digests, and low-S signatures r || s (RFC 6979 nonces). Numbers beyond \
                 2^53 are exact. The private key is the 32 bytes of an ASCII text and no secret.",
        "private_key": hex::encode(KEY),
        "public_key": hex::encode(public_key.to_sec1_point(true).as_bytes()),
        "bundles": bundles,
    })
}

#[test]
fn bytes_digests_and_signatures_are_those_of_the_vectors() {
    let path = tests_file("vectors/bundle.json");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&vectors()).unwrap() + "\n").unwrap();
    }
    let written: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(vectors(), written);
    let public_key = hex::decode(written["public_key"].as_str().unwrap()).unwrap();
    let public_key = VerifyingKey::from_sec1_bytes(&public_key).unwrap();
    for vector in written["bundles"].as_array().unwrap() {
        let decode = |field: &str| hex::decode(vector[field].as_str().unwrap()).unwrap();
        let bundle: Bundle = serde_json::from_value(vector["bundle"].clone()).unwrap();
        assert_eq!(Bundle::decode(&decode("bytes")).unwrap(), bundle);
        assert_eq!(digest(&decode("bytes")).to_vec(), decode("digest"));
        let signature = Signature::from_slice(&decode("signature")).unwrap();
        assert_eq!(signature.normalize_s(), signature, "low-S");
        public_key.verify_prehash(&decode("digest"), &signature).unwrap();
    }
}

fn refusal(bytes: &[u8]) -> &'static str {
    Bundle::decode(bytes).unwrap_err().code()
}

#[test]
fn there_is_one_encoding() {
    let bytes = bundle(vec![order(1, 0, Side::Sell, 7, 30_000, 2_000_000)]).encode();
    for length in 0..bytes.len() {
        assert_eq!(refusal(&bytes[..length]), "BUNDLE_TRUNCATED", "{length} bytes");
    }
    assert_eq!(refusal(&[&bytes[..], &[0]].concat()), "BUNDLE_TRAILING_BYTES");
    assert_eq!(refusal(&[&[2], &bytes[1..]].concat()), "BUNDLE_VERSION");
    assert_eq!(refusal(&[&[0x81, 0x00], &bytes[1..]].concat()), "BUNDLE_NUMBER_NOT_MINIMAL");
    assert_eq!(refusal(&[&[0xff; 9][..], &[0x02]].concat()), "BUNDLE_NUMBER_TOO_LARGE", "65 bits");
    assert_eq!(refusal(&[0x80; 11]), "BUNDLE_NUMBER_TOO_LARGE");
    assert_eq!(refusal(&[1, 0]), "BUNDLE_TEXT_LENGTH");
    assert_eq!(refusal(&[1, 0x81, 0x01]), "BUNDLE_TEXT_LENGTH", "129 bytes");
    assert_eq!(refusal(&[1, 1, 0xff]), "BUNDLE_TEXT_NOT_UTF8");
    let names = [1, 1, b'c', 1, b's', 1, b'm'];
    assert_eq!(
        refusal(&[&names[..], &[0xff, 0xff, 0xff, 0xff, 0x10, 1, 0]].concat()),
        "BUNDLE_NUMBER_TOO_LARGE",
        "round"
    );
    assert_eq!(refusal(&[&names[..], &[1, 1, 0x81, 0x20]].concat()), "TOO_MANY_ORDERS", "4097 orders");
    assert_eq!(ORDERS_PER_BUNDLE_MAX, 4096);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decoding_inverts_encoding(
        names in ["[a-z]{1,20}", "\\PC{1,10}", "[A-Z0-9/]{1,30}"],
        (round, sequence) in any::<(u32, u64)>(),
        orders in prop::collection::vec(any::<(u32, u8, bool, u32, i64, u64)>(), 0..20),
    ) {
        let [channel, session, member] = names;
        let orders = orders.into_iter().map(|(number, class, sells, point, price, volume)| {
            order(number, class, if sells { Side::Sell } else { Side::Buy }, point, price, volume)
        }).collect();
        let bundle = Bundle { channel, session, member, round, sequence, orders };
        prop_assert_eq!(Bundle::decode(&bundle.encode()), Ok(bundle));
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes(
        mut bytes in prop::collection::vec(any::<u8>(), 0..60),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        from_a_bundle in any::<bool>(),
    ) {
        if from_a_bundle {
            bytes = bundle(vec![order(1, 0, Side::Sell, 7, 30_000, 2_000_000)]).encode();
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        if let Ok(bundle) = Bundle::decode(&bytes) {
            prop_assert_eq!(bundle.encode(), bytes);
        }
    }
}
