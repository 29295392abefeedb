use super::binary::{Malformed, Reader, Writer};
use crate::proof::{Order, Side};

/// Why a part of an order did not trade. The number is the byte on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::market) enum Reason {
    OutOfMoney = 1,
    AtMargin = 2,
    NoCounterparty = 3,
    Reduced = 4,
    Rationed = 5,
    Grid = 6,
}

/// An order of a cleared book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::market) struct BookOrder {
    pub(in crate::market) order: Order,
    /// Its connection point.
    pub(in crate::market) point: u32,
    /// Traded in the round, Wh.
    pub(in crate::market) filled: u64,
    /// Why the rest did not trade: a [`Reason`], 0 for none.
    pub(in crate::market) remainder: u8,
}

/// Writes a page of a book, whose orders are sorted by member.
pub(in crate::market) fn encode_book(orders: &[BookOrder]) -> Vec<u8> {
    let mut page = Writer::default();
    let members = orders.chunk_by(|one, next| one.order.member == next.order.member);
    page.count(members.clone().count());
    for orders in members.clone() {
        page.name(&orders[0].order.member);
    }
    page.count(orders.len());
    for (member, orders) in (0_u32..).zip(members) {
        for BookOrder { order, point, filled, remainder } in orders {
            page.number(member.to_be_bytes())
                .number(order.number.to_be_bytes())
                .number([u8::from(order.side == Side::Buy)])
                .number([u8::try_from(order.class).unwrap_or(u8::MAX)])
                .number(point.to_be_bytes())
                .number(order.price.to_be_bytes())
                .number(order.volume.to_be_bytes())
                .number(order.time.to_be_bytes())
                .number(order.sequence.to_be_bytes())
                .number(order.index.to_be_bytes())
                .number(filled.to_be_bytes())
                .number([*remainder]);
        }
    }
    page.finish()
}

/// Reads a page of a book.
pub(in crate::market) fn decode_book(page: &[u8]) -> Result<Vec<BookOrder>, Malformed> {
    let mut page = Reader(page);
    let members = (0..page.u32()?).map(|_| page.name()).collect::<Result<Vec<_>, _>>()?;
    let orders = (0..page.u32()?).map(|_| read_order(&mut page, &members)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(orders)
}

fn read_order(page: &mut Reader<'_>, members: &[String]) -> Result<BookOrder, Malformed> {
    let member = members.get(page.u32()? as usize).ok_or(Malformed)?.clone();
    let (number, side, class) = (page.u32()?, page.u8()?, page.u8()?.into());
    let side = if side == 0 { Side::Sell } else { Side::Buy };
    let (point, price, volume) = (page.u32()?, page.i64()?, page.u64()?);
    let (time, sequence, index) = (page.u64()?, page.u64()?, page.u32()?);
    let order = Order { side, class, member, number, price, volume, time, sequence, index };
    Ok(BookOrder { order, point, filled: page.u64()?, remainder: page.u8()? })
}
