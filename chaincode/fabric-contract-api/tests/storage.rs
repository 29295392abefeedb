//! Keys of maps sort as their values do, and come back as they went.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use fabric_contract_api::storage::KeyPart;
use fabric_contract_api::testing::{Client, Ledger, Policy};
use fabric_contract_api::{
    Bytes, Context, DecimalString, Error, Item, Map, QueryContext, args, composite_key, contract, contracts,
};
use proptest::prelude::*;

const BIDS: Map<(String, i64, u32), Bytes> = Map::new("bid");
const TOTAL: Item<DecimalString<i128>> = Item::new("total");

struct Bids;

#[contract(default)]
impl Bids {
    #[submit]
    fn put(context: &mut Context, asset: String, price: i64, number: u32, content: Bytes) -> Result<(), Error> {
        TOTAL.put(context, &DecimalString(price.into()))?;
        BIDS.put(context, (&asset, price, number), &content)
    }

    #[evaluate]
    fn load(context: &QueryContext, asset: String, price: i64, number: u32) -> Result<Bytes, Error> {
        BIDS.load(context, (asset, price, number))
    }

    #[evaluate]
    fn total(context: &QueryContext) -> Result<DecimalString<i128>, Error> {
        TOTAL.load(context)
    }

    #[evaluate]
    fn of_asset(context: &QueryContext, asset: String) -> Result<Vec<(i64, u32)>, Error> {
        BIDS.prefix(context, (&asset,))?.map(|entry| entry.map(|((_, price, number), _)| (price, number))).collect()
    }

    #[evaluate]
    fn at_price(context: &QueryContext, asset: String, price: i64) -> Result<Vec<u32>, Error> {
        BIDS.prefix(context, (&asset, price))?.map(|entry| entry.map(|((.., number), _)| number)).collect()
    }

    #[evaluate]
    fn between(context: &QueryContext, asset: String, low: i64, high: i64) -> Result<Vec<i64>, Error> {
        BIDS.range(context, (&asset,), low..high)?.map(|entry| entry.map(|((_, price, _), _)| price)).collect()
    }
}

contracts!(Bids);

#[test]
fn maps_scan_by_the_parts_of_their_keys() {
    let mut ledger = Ledger::new("market");
    ledger.deploy("bids", CHAINCODE, Policy::any_of(["Org1MSP"]));
    let alice = Client::new("Org1MSP", "alice");
    assert_eq!(ledger.evaluate(alice.propose("bids", "total", args![])).unwrap_err().code(), "NOT_FOUND");
    let bids =
        [("car", 5_i64, 1_u32), ("car", -3, 2), ("car", -3, 300), ("car", i64::MIN, 0), ("cart", 1, 1), ("ca", 1, 1)];
    for (asset, price, number) in bids {
        let content = Bytes(vec![0, 0xff]);
        ledger.submit(alice.propose("bids", "put", args![asset, price, number, content])).unwrap();
    }
    let evaluate = |function: &str, arguments| {
        String::from_utf8(ledger.evaluate(alice.propose("bids", function, arguments)).unwrap()).unwrap()
    };
    assert_eq!(evaluate("of_asset", args!["car"]), "[[-9223372036854775808,0],[-3,2],[-3,300],[5,1]]");
    assert_eq!(evaluate("at_price", args!["car", -3_i64]), "[2,300]");
    assert_eq!(evaluate("between", args!["car", -3_i64, 5_i64]), "[-3,-3]");
    assert_eq!(evaluate("between", args!["car", i64::MIN, i64::MAX]), "[-9223372036854775808,-3,-3,5]");
    assert_eq!(evaluate("load", args!["car", 5_i64, 1_u32]), "\"AP8=\"");
    assert_eq!(evaluate("total", args![]), "\"1\"");
    let key = composite_key::join("bid", ["ca", "8000000000000001", "00000001"]).unwrap();
    assert_eq!(ledger.get("bids", &key), Some(&[0, 0xff][..]), "bytes are raw");
    let error = ledger.evaluate(alice.propose("bids", "load", args!["car", 6_i64, 1_u32])).unwrap_err();
    assert_eq!(error.to_string(), "NOT_FOUND: bid/car/8000000000000006/00000001 is not in the state");
    let error = ledger.evaluate(alice.propose("bids", "of_asset", args!["\"a\\u0000b\""])).unwrap_err();
    assert_eq!(error.to_string(), "KEY: a part of a composite key contains U+0000");
}

#[test]
fn composite_keys_are_fabrics() {
    let key = composite_key::join("color~id", ["red", "1"]).unwrap();
    assert_eq!(key, "\0color~id\0red\x001\0");
    assert_eq!(composite_key::split(&key), Some(("color~id", vec!["red", "1"])));
    assert_eq!(composite_key::join("type", []).unwrap(), "\0type\0");
    assert_eq!(composite_key::split("\0type\0"), Some(("type", vec![])));
    assert_eq!(composite_key::split("simple"), None);
    assert_eq!(composite_key::split("\0unfinished"), None);
    assert!(composite_key::join("a\0b", []).is_err());
    assert!(composite_key::join("a", ["\u{10ffff}"]).is_err());
    assert!(composite_key::join("", [""]).is_ok());
}

fn key_of<P: KeyPart>(value: &P) -> String {
    composite_key::join("type", [value.to_text().as_str()]).unwrap()
}

/// Reads back what was written, and compares as the values do.
macro_rules! order_is_kept {
    ($($name:ident: $kind:ty;)+) => {
        proptest! {$(
            #[test]
            fn $name(left: $kind, right: $kind) {
                prop_assert_eq!(<$kind>::from_text(&left.to_text()), Some(left));
                prop_assert_eq!(key_of(&left).cmp(&key_of(&right)), left.cmp(&right));
            }
        )+}
    };
}

order_is_kept! {
    u8_sorts: u8;
    u16_sorts: u16;
    u32_sorts: u32;
    u64_sorts: u64;
    u128_sorts: u128;
    i8_sorts: i8;
    i16_sorts: i16;
    i32_sorts: i32;
    i64_sorts: i64;
    i128_sorts: i128;
    bool_sorts: bool;
    digest_sorts: [u8; 32];
}

proptest! {
    /// U+0000 and U+10FFFF are not allowed in keys.
    #[test]
    fn strings_sort_by_their_bytes(left in "[^\u{0}\u{10ffff}]{0,6}", right in "[^\u{0}\u{10ffff}]{0,6}") {
        prop_assert_eq!(key_of(&left).cmp(&key_of(&right)), left.cmp(&right));
    }

    /// A shorter string comes first, whatever part follows it.
    #[test]
    fn pairs_sort_part_by_part(left in ("[a-c]{0,3}", any::<i16>()), right in ("[a-c]{0,3}", any::<i16>())) {
        let key = |(text, number): &(String, i16)| composite_key::join("type", [text, &*number.to_text()]).unwrap();
        prop_assert_eq!(key(&left).cmp(&key(&right)), left.cmp(&right));
    }

    #[test]
    fn composite_keys_split_into_what_they_were_joined_from(
        parts in prop::collection::vec("[^\u{0}\u{10ffff}]{0,4}", 0..5)
    ) {
        let key = composite_key::join("type", parts.iter().map(String::as_str)).unwrap();
        let (object_type, found) = composite_key::split(&key).unwrap();
        prop_assert_eq!(object_type, "type");
        prop_assert_eq!(found, parts);
    }
}

#[test]
fn other_texts_are_no_integers() {
    for text in ["", "1", "0000000G", "000000001", "0000000A", "+0000001"] {
        assert_eq!(u32::from_text(text), None, "{text}");
    }
    assert_eq!(u32::from_text("0000000a"), Some(10));
    assert_eq!(bool::from_text("true"), None);
}
