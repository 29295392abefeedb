//! The bytes of lists on the ledger, as `state_layout` documents them.

use declaration::encoding::Hexadecimal;
use exchange::messages::{BookOrder, BundleName, RemainderReason, Side};
use exchange::pages::{
    Match, decode_book, decode_matches, decode_members, decode_seal, encode_book, encode_matches, encode_members,
    encode_seal,
};
use rules::bundle::DeclaredOrder;
use rules::clearing::Trade;
use rules::order::ClassIndex;
use rules::session::{Member, Members, OpenOrder, Standing};

fn order(member: &str, number: u32) -> BookOrder {
    BookOrder {
        member: member.to_owned(),
        number,
        side: Side::Buy,
        class: 3,
        point: 4,
        price: -5,
        volume_wh: 6,
        time_ns: 7,
        sequence: 8,
        index: 9,
        filled_wh: 1,
        remainder: Some(RemainderReason::Grid),
    }
}

#[test]
fn a_book() {
    let orders = [order("a", 1), order("a", 2), BookOrder { remainder: None, side: Side::Sell, ..order("bc", 1) }];
    let page = encode_book(&orders).unwrap();
    assert_eq!(decode_book(&page).unwrap(), orders);

    let head = [&[0, 0, 0, 2, 1, b'a', 2, b'b', b'c'][..], &[0, 0, 0, 3]].concat();
    assert_eq!(page[..head.len()], head);
    let first = [
        &[0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 0, 0, 0, 4][..],
        &(-5_i64).to_be_bytes(),
        &6_u64.to_be_bytes(),
        &7_u64.to_be_bytes(),
        &8_u64.to_be_bytes(),
        &9_u32.to_be_bytes(),
        &1_u64.to_be_bytes(),
        &[6],
    ];
    let first = first.concat();
    assert_eq!(page[head.len()..][..first.len()], first);
    assert_eq!(page.len(), head.len() + 3 * first.len());
}

#[test]
fn a_trade_list() {
    let trade = Trade { ask: 1, bid: 2, volume: 3, fee: 4, seller_net: -5, margin: 6 };
    let matches = [Match { trade, carried_wh: 2 }];
    let page = encode_matches(&matches).unwrap();
    assert_eq!(decode_matches(&page).unwrap(), matches);
    let expected = [
        &[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2][..],
        &3_u64.to_be_bytes(),
        &2_u64.to_be_bytes(),
        &4_i64.to_be_bytes(),
        &(-5_i64).to_be_bytes(),
        &6_i64.to_be_bytes(),
    ];
    assert_eq!(page, expected.concat());
}

#[test]
fn a_seal() {
    let bundles = [BundleName { member: "wind".to_owned(), sequence: 5, bundle_hash: Hexadecimal([9; 32]) }];
    let page = encode_seal(&bundles).unwrap();
    assert_eq!(decode_seal(&page).unwrap(), bundles);
    assert_eq!(page, [&[0, 0, 0, 1, 4][..], b"wind", &5_u64.to_be_bytes(), &[9; 32]].concat());
}

#[test]
fn members() {
    let declared = DeclaredOrder {
        number: 1,
        side: rules::order::Side::Sell,
        class: ClassIndex(2),
        point: 3,
        price: -4,
        volume: 5,
    };
    let open = vec![OpenOrder { order: declared, time: 6, sequence: 7, index: 8 }];
    let standing = Standing { last_sequence: 9, sold: 10, bought: 11 };
    let members: Members = [("wind".to_owned(), Member { standing, open })].into_iter().collect();
    let page = encode_members(&members).unwrap();
    assert_eq!(decode_members(&page).unwrap(), members);
    let expected = [
        &[0, 0, 0, 1, 4][..],
        b"wind",
        &10_u64.to_be_bytes(),
        &11_u64.to_be_bytes(),
        &9_u64.to_be_bytes(),
        &[0, 0, 0, 1, 0, 0, 0, 1, 0, 2, 0, 0, 0, 3],
        &(-4_i64).to_be_bytes(),
        &5_u64.to_be_bytes(),
        &6_u64.to_be_bytes(),
        &7_u64.to_be_bytes(),
        &8_u32.to_be_bytes(),
    ];
    assert_eq!(page, expected.concat());
}

#[test]
fn bytes_that_are_no_page() {
    let page = encode_book(&[order("a", 1)]).unwrap();
    for length in 0..page.len() {
        assert!(decode_book(&page[..length]).is_err(), "{length}");
    }
    assert!(decode_book(&[page.as_slice(), &[0]].concat()).is_err());
    let mut wrong_reason = page.clone();
    *wrong_reason.last_mut().unwrap() = 7;
    assert!(decode_book(&wrong_reason).is_err());
    let mut wrong_member = page;
    wrong_member[13] = 1;
    assert!(decode_book(&wrong_member).is_err());
    assert!(decode_matches(&[0, 0, 0, 1]).is_err());
    assert!(decode_seal(&[0, 0, 0, 1, 4]).is_err());
    assert!(decode_members(&[0, 0, 0, 0, 0]).is_err());
}
