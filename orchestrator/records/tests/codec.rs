//! Compression loses nothing, believes nothing, and keeps what it promises about bytes per order.
#![allow(clippy::unwrap_used, reason = "tests")]

use declaration::{StoredBundle, encoding::Hexadecimal};
use proptest::prelude::*;
use records::{
    Document, Kind, Record,
    codec::{CodecError, RECORD_BYTES_MAX, compress, decompress},
};
use rules::{
    bundle::{Bundle, DeclaredOrder},
    generator::SplitMix64,
    order::{ClassIndex, Side},
};
use serde_json::{Value, json};

/// A record of any kind, or of none, with any content.
fn any_record() -> impl Strategy<Value = Record> {
    let kinds = prop::sample::select(Kind::ALL.map(|kind| kind as u8).to_vec());
    let of_a_kind =
        (kinds, prop::collection::vec(any::<u8>(), 0..2_000)).prop_map(|(kind, bytes)| [vec![1, kind], bytes].concat());
    prop_oneof![of_a_kind, prop::collection::vec(any::<u8>(), 0..300)].prop_map(Record::from_bytes)
}

proptest! {
    #[test]
    fn what_is_compressed_comes_back(record in any_record()) {
        prop_assert_eq!(decompress(&compress(&record).unwrap()).unwrap(), record);
    }

    #[test]
    fn any_bytes_are_a_record_or_an_error(stored in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(record) = decompress(&stored) {
            prop_assert!(record.bytes().len() <= RECORD_BYTES_MAX);
        }
    }

    #[test]
    fn damaged_bytes_never_panic(record in any_record(), place in any::<prop::sample::Index>(), mask in 1_u8..) {
        let mut stored = compress(&record).unwrap();
        let place = place.index(stored.len());
        stored[place] ^= mask;
        decompress(&stored).ok();
        decompress(&stored[..place]).ok();
    }

    #[test]
    fn any_bytes_are_a_document_in_its_only_form_or_an_error(record in any_record()) {
        if let Ok(document) = record.document() {
            prop_assert_eq!(Record::new(&document), record);
        }
    }
}

#[test]
fn a_frame_never_becomes_longer_than_its_header_says() {
    let mut bomb = compress(&Record::from_bytes(vec![0; 1 << 20])).unwrap();
    assert!(bomb.len() < 200, "{} bytes", bomb.len());
    // 100 in one byte instead of 2^20 in three.
    bomb.splice(1..4, [100]);
    assert!(matches!(decompress(&bomb), Err(CodecError::Frame(_) | CodecError::Header)));
    let too_long = [&[0, 0xff, 0xff, 0xff, 0x7f][..], &bomb[2..]].concat();
    assert!(matches!(decompress(&too_long), Err(CodecError::TooLong(_))));
    let without_end = [&[0, 0xff, 0xff, 0xff, 0xff][..], &bomb[2..]].concat();
    assert!(matches!(decompress(&without_end), Err(CodecError::Header)));
    assert!(matches!(decompress(&[200, 1, 0]), Err(CodecError::Header)), "no such dictionary");
    let record = Record::from_bytes(vec![0; RECORD_BYTES_MAX + 1]);
    assert!(matches!(compress(&record), Err(CodecError::TooLong(_))));
}

/// A declaration of a day's member with so many orders, with a signature that nobody can compress.
fn declaration(orders: u32) -> Record {
    let mut random = SplitMix64::new(u64::from(orders));
    let order = |number| DeclaredOrder {
        number,
        side: Side::Sell,
        class: ClassIndex(2),
        point: 57,
        price: 20_000 + i64::try_from(random.below(30_000)).unwrap(),
        volume: 1_000 + random.below(400_000),
    };
    let bundle = Bundle {
        channel: "market".into(),
        session: "2016-07-02T11".into(),
        member: "m057".into(),
        round: 2,
        sequence: 3,
        orders: (1..=orders).map(order).collect(),
    };
    let mut signature = [0; 64];
    signature.iter_mut().for_each(|byte| *byte = random.next_u64().to_le_bytes()[0]);
    let stored = StoredBundle {
        signature: Hexadecimal(signature),
        declared_ns: 1_467_456_840_000_000_000,
        bytes: bundle.encode(),
    };
    Record::new(&Document::declaration(&stored.encode()).unwrap())
}

/// The same in plain JSON: as one document, and as one document per order, as systems without bundles keep it.
fn plain(record: &Record) -> (usize, usize) {
    let Document::Declaration(declaration) = record.document().unwrap() else { unreachable!() };
    let Bundle { channel, session, member, round, sequence, orders } = declaration.bundle;
    let head = json!({
        "channel": channel, "session": session, "member": member, "round": round, "sequence": sequence,
        "declared_ns": declaration.stored.declared_ns, "signature": declaration.stored.signature.to_string(),
    });
    let order = |order: &DeclaredOrder| {
        json!({
            "number": order.number, "side": "sell", "class": "A2/20kV", "point": order.point, "price": order.price,
            "volume_wh": order.volume,
        })
    };
    let with = |name: &str, value: Value| {
        let mut document = head.clone();
        document[name] = value;
        document.to_string().len()
    };
    let together = with("orders", orders.iter().map(order).collect());
    (together, orders.iter().map(|one| with("order", order(one))).sum())
}

#[test]
fn bytes_per_order() {
    println!("orders  on chain  off chain  one JSON document  one per order   (bytes per order)");
    for orders in [2, 250] {
        let record = declaration(orders);
        let count = orders as usize;
        // The value on chain is the record without its two bytes of version and kind.
        let (on_chain, off_chain) = (record.bytes().len() - 2, compress(&record).unwrap().len());
        let (together, apart) = plain(&record);
        println!(
            "{orders:>6}  {:>8}  {:>9}  {:>17}  {:>13}",
            on_chain / count,
            off_chain / count,
            together / count,
            apart / count
        );
        assert!(off_chain * 100 <= apart * 20, "off chain: {off_chain} of {apart}");
        if orders == 250 {
            assert!(on_chain * 100 <= apart * 10, "on chain: {on_chain} of {apart}");
            assert!(off_chain * 100 <= together * 20, "off chain: {off_chain} of {together}");
        }
    }
}
