use fabric_contract_api::Error;

use super::binary::{Reader, Writer};
use crate::messages::{BookOrder, RemainderReason, Side};

/// Each reason's byte is its place; 0 stands for none.
const REASONS: [RemainderReason; 6] = [
    RemainderReason::OutOfMoney,
    RemainderReason::AtMargin,
    RemainderReason::NoCounterparty,
    RemainderReason::Reduced,
    RemainderReason::Rationed,
    RemainderReason::Grid,
];

/// Writes a page of a book, whose orders are sorted by member.
///
/// # Errors
/// [`Error::State`]: a member's name is longer than 255 bytes.
pub fn encode_book(orders: &[BookOrder]) -> Result<Vec<u8>, Error> {
    let mut page = Writer::default();
    let members = orders.chunk_by(|left, right| left.member == right.member);
    page.count(members.clone().count())?;
    for orders in members.clone() {
        page.name(&orders[0].member)?;
    }
    page.count(orders.len())?;
    for (member, orders) in (0_u32..).zip(members) {
        for order in orders {
            write_order(&mut page, member, order)?;
        }
    }
    Ok(page.finish())
}

fn write_order(page: &mut Writer, member: u32, order: &BookOrder) -> Result<(), Error> {
    let class = u8::try_from(order.class).map_err(|_| Error::State(format!("class {}", order.class)))?;
    let reason = (1..).zip(REASONS).find(|(_, reason)| Some(*reason) == order.remainder);
    page.number(member.to_be_bytes())
        .number(order.number.to_be_bytes())
        .number([u8::from(order.side == Side::Buy)])
        .number([class])
        .number(order.point.to_be_bytes())
        .number(order.price.to_be_bytes())
        .number(order.volume_wh.to_be_bytes())
        .number(order.time_ns.to_be_bytes())
        .number(order.sequence.to_be_bytes())
        .number(order.index.to_be_bytes())
        .number(order.filled_wh.to_be_bytes())
        .number([reason.map_or(0, |(code, _)| code)]);
    Ok(())
}

/// Reads a page of a book.
///
/// # Errors
/// [`Error::State`]: the bytes are not such a page.
pub fn decode_book(page: &[u8]) -> Result<Vec<BookOrder>, Error> {
    let mut page = Reader(page);
    let members = (0..page.count()?).map(|_| page.name()).collect::<Result<Vec<_>, _>>()?;
    let orders = (0..page.count()?).map(|_| read_order(&mut page, &members)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(orders)
}

fn read_order(page: &mut Reader<'_>, members: &[&str]) -> Result<BookOrder, Error> {
    let member =
        members.get(page.count()? as usize).ok_or_else(|| Error::State("a member is not in the list".into()))?;
    Ok(BookOrder {
        member: (*member).to_owned(),
        number: page.count()?,
        side: if page.number()? == [0] { Side::Sell } else { Side::Buy },
        class: page.number().map(|[class]| u32::from(class))?,
        point: page.count()?,
        price: i64::from_be_bytes(page.number()?),
        volume_wh: u64::from_be_bytes(page.number()?),
        time_ns: u64::from_be_bytes(page.number()?),
        sequence: u64::from_be_bytes(page.number()?),
        index: page.count()?,
        filled_wh: u64::from_be_bytes(page.number()?),
        remainder: match page.number::<1>()? {
            [0] => None,
            [code] => {
                let reason = REASONS.get(usize::from(code) - 1);
                Some(*reason.ok_or_else(|| Error::State(format!("{code} is no reason")))?)
            }
        },
    })
}
