//! The bytes that members sign about certificates: the vectors in `tests/vectors/instruction.json`, and what is refused.
//!
//! `UPDATE_VECTORS=1 cargo test --release -p rules --test instruction` writes the file anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod common;

use common::tests_file;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use proptest::prelude::*;
use rules::instruction::{ENTRIES_MAX, Instruction, Order, ReadingVersion, digest};
use serde_json::{Value, json};

/// The private key of the vectors: no secret.
const KEY: [u8; 32] = *b"GridBourse vectors, not a secret";
/// A certificate, and a part of one.
const CERTIFICATE: &str = "12126061101010017260702000004211";

fn instruction(order: Order) -> Instruction {
    Instruction {
        channel: "market".into(),
        member: "wind-7".into(),
        sequence: 1,
        expires: 1_782_986_400_000_000_000,
        order,
    }
}

fn named_orders() -> Vec<(&'static str, Order)> {
    let certificates = vec![CERTIFICATE.to_owned(), format!("{CERTIFICATE}:0-250000")];
    let hour = 1_782_982_800_000_000_000;
    let reading = |start, version| ReadingVersion { start, version };
    vec![
        (
            "request",
            Order::Request { device: "wind-7-1".into(), readings: vec![reading(hour, 1), reading(0, u32::MAX)] },
        ),
        ("recall", Order::Recall { device: "风-7".into(), starts: vec![hour, u64::MAX] }),
        ("list", Order::List { price: 3_000, certificates: certificates.clone() }),
        ("unlist", Order::Unlist { certificates: certificates.clone() }),
        ("lock", Order::Lock { price: -1, certificates: certificates.clone() }),
        ("release", Order::Release { certificates: vec![] }),
        ("pay", Order::Pay { payee: "wind-7".into(), amount: 3_750_000_000, certificates: certificates.clone() }),
        ("split", Order::Split { certificate: CERTIFICATE.into(), energies: vec![250_000, 750_000] }),
        (
            "cancel",
            Order::Cancel { beneficiary: "mill".into(), from: hour, to: hour + 1, certificates: certificates.clone() },
        ),
        ("withdraw", Order::Withdraw { certificates }),
    ]
}

fn written(name: &str, order: &Order) -> Value {
    let numbers = |numbers: &[u64]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut fields = match order {
        Order::Request { device, readings } => {
            let readings: Vec<_> = readings.iter().map(|it| json!([it.start.to_string(), it.version])).collect();
            json!({ "device": device, "readings": readings })
        }
        Order::Recall { device, starts } => json!({ "device": device, "starts": numbers(starts) }),
        Order::List { price, certificates } | Order::Lock { price, certificates } => {
            json!({ "price": price, "certificates": certificates })
        }
        Order::Pay { payee, amount, certificates } => {
            json!({ "payee": payee, "amount": amount.to_string(), "certificates": certificates })
        }
        Order::Split { certificate, energies } => json!({ "certificate": certificate, "energies": numbers(energies) }),
        Order::Cancel { beneficiary, from, to, certificates } => json!({
            "beneficiary": beneficiary, "from": from.to_string(), "to": to.to_string(), "certificates": certificates,
        }),
        Order::Unlist { certificates } | Order::Release { certificates } | Order::Withdraw { certificates } => {
            json!({ "certificates": certificates })
        }
    };
    fields["action"] = name.into();
    fields
}

#[test]
fn the_vectors_are_what_this_crate_makes() {
    let key = SigningKey::from_slice(&KEY).unwrap();
    let vectors = named_orders().into_iter().map(|(name, order)| {
        let instruction = instruction(order);
        let bytes = instruction.encode();
        assert_eq!(Instruction::decode(&bytes).as_ref(), Ok(&instruction), "{name}");
        let signature: Signature = key.sign_prehash(&digest(&bytes)).unwrap();
        json!({
            "channel": instruction.channel,
            "member": instruction.member,
            "sequence": instruction.sequence,
            "expires": instruction.expires.to_string(),
            "order": written(name, &instruction.order),
            "bytes": hex::encode(&bytes),
            "digest": hex::encode(digest(&bytes)),
            "signature": hex::encode(signature.normalize_s().to_bytes()),
        })
    });
    let public_key = hex::encode(key.verifying_key().to_sec1_point(true));
    let made = json!({ "instructions": vectors.collect::<Vec<_>>(), "public_key": public_key });
    let path = tests_file("vectors/instruction.json");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, format!("{made:#}\n")).unwrap();
    }
    let stored: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(made, stored);
}

#[test]
fn the_signatures_of_the_vectors_verify() {
    let text = std::fs::read_to_string(tests_file("vectors/instruction.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let key = VerifyingKey::from_sec1_bytes(&bytes(&vectors["public_key"])).unwrap();
    for vector in vectors["instructions"].as_array().unwrap() {
        let signature = Signature::from_slice(&bytes(&vector["signature"])).unwrap();
        key.verify_prehash(&digest(&bytes(&vector["bytes"])), &signature).unwrap();
        assert_eq!(signature, signature.normalize_s(), "low-S");
    }
}

fn refusal(bytes: &[u8]) -> &'static str {
    Instruction::decode(bytes).unwrap_err().code()
}

#[test]
fn there_is_one_encoding() {
    for (name, order) in named_orders() {
        let bytes = instruction(order).encode();
        for length in 0..bytes.len() {
            assert_eq!(refusal(&bytes[..length]), "INSTRUCTION_TRUNCATED", "{name}: {length} bytes");
        }
        assert_eq!(refusal(&[&bytes[..], &[0]].concat()), "INSTRUCTION_TRAILING_BYTES");
        assert_eq!(refusal(&[&[2], &bytes[1..]].concat()), "INSTRUCTION_VERSION");
        assert_eq!(refusal(&[&[0x81, 0], &bytes[1..]].concat()), "INSTRUCTION_NUMBER_NOT_MINIMAL");
    }
    assert_eq!(refusal(&[0xff; 11]), "INSTRUCTION_NUMBER_TOO_LARGE");
    assert_eq!(refusal(&[1, 0]), "INSTRUCTION_TEXT_LENGTH");
    assert_eq!(refusal(&[1, 1, 0xff]), "INSTRUCTION_TEXT_NOT_UTF8");
    let head = [1, 1, b'm', 1, b'w', 1, 1];
    assert_eq!(refusal(&[&head[..], &[0]].concat()), "INSTRUCTION_ACTION");
    assert_eq!(refusal(&[&head[..], &[11]].concat()), "INSTRUCTION_ACTION");
    let long = instruction(Order::Withdraw { certificates: vec!["c".into(); ENTRIES_MAX + 1] });
    assert_eq!(refusal(&long.encode()), "INSTRUCTION_TOO_LONG");
    let most = instruction(Order::Withdraw { certificates: vec!["c".into(); ENTRIES_MAX] });
    assert_eq!(Instruction::decode(&most.encode()), Ok(most));
}

fn orders() -> impl Strategy<Value = Order> {
    let text = || "[a-z0-9:\u{4e00}-\u{4e20}-]{1,40}";
    let texts = move || prop::collection::vec(text(), 0..8);
    let numbers = || prop::collection::vec(any::<u64>(), 0..8);
    let reading = (any::<u64>(), any::<u32>()).prop_map(|(start, version)| ReadingVersion { start, version });
    prop_oneof![
        (text(), prop::collection::vec(reading, 0..8))
            .prop_map(|(device, readings)| Order::Request { device, readings }),
        (text(), numbers()).prop_map(|(device, starts)| Order::Recall { device, starts }),
        (any::<i64>(), texts()).prop_map(|(price, certificates)| Order::List { price, certificates }),
        texts().prop_map(|certificates| Order::Unlist { certificates }),
        (any::<i64>(), texts()).prop_map(|(price, certificates)| Order::Lock { price, certificates }),
        texts().prop_map(|certificates| Order::Release { certificates }),
        (text(), any::<u64>(), texts()).prop_map(|(payee, amount, certificates)| Order::Pay {
            payee,
            amount,
            certificates
        }),
        (text(), numbers()).prop_map(|(certificate, energies)| Order::Split { certificate, energies }),
        (text(), any::<u64>(), any::<u64>(), texts()).prop_map(|(beneficiary, from, to, certificates)| Order::Cancel {
            beneficiary,
            from,
            to,
            certificates
        }),
        texts().prop_map(|certificates| Order::Withdraw { certificates }),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(order in orders(), sequence in any::<u64>(), expires in any::<u64>()) {
        let instruction = Instruction { sequence, expires, ..instruction(order) };
        prop_assert_eq!(Instruction::decode(&instruction.encode()), Ok(instruction));
    }

    #[test]
    fn any_bytes_are_refused_or_canonical(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(instruction) = Instruction::decode(&bytes) {
            prop_assert_eq!(instruction.encode(), bytes);
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_says_something_else(order in orders(), place in any::<prop::sample::Index>(), to in any::<u8>()) {
        let bytes = instruction(order.clone()).encode();
        let mut changed = bytes.clone();
        let place = place.index(changed.len());
        changed[place] = to;
        match Instruction::decode(&changed) {
            Ok(other) => {
                prop_assert_eq!(other == instruction(order), changed == bytes);
                prop_assert_eq!(digest(&changed) == digest(&bytes), changed == bytes);
            }
            Err(error) => prop_assert!(error.to_string().starts_with(error.code())),
        }
    }
}
