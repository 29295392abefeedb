use fabric_contract_api::Error;
use rules::bundle::DeclaredOrder;
use rules::order::{ClassIndex, Side};
use rules::session::{Member, Members, OpenOrder, Standing};

use super::binary::{Reader, Writer};

/// Writes what members have in a session: what they traded, and their open orders.
///
/// # Errors
/// [`Error::State`]: a member's name is longer than 255 bytes.
pub fn encode_members(members: &Members) -> Result<Vec<u8>, Error> {
    let mut page = Writer::default();
    page.count(members.iter().count())?;
    for (name, Member { standing, open }) in members.iter() {
        page.name(name)?
            .number(standing.sold.to_be_bytes())
            .number(standing.bought.to_be_bytes())
            .number(standing.last_sequence.to_be_bytes())
            .count(open.len())?;
        for order in open {
            write_order(&mut page, order);
        }
    }
    Ok(page.finish())
}

fn write_order(page: &mut Writer, open: &OpenOrder) {
    let OpenOrder { order, time, sequence, index } = open;
    page.number(order.number.to_be_bytes())
        .number([u8::from(order.side == Side::Buy)])
        .number([order.class.0])
        .number(order.point.to_be_bytes())
        .number(order.price.to_be_bytes())
        .number(order.volume.to_be_bytes())
        .number(time.to_be_bytes())
        .number(sequence.to_be_bytes())
        .number(index.to_be_bytes());
}

/// Reads what members have in a session.
///
/// # Errors
/// [`Error::State`]: the bytes are not such a list.
pub fn decode_members(page: &[u8]) -> Result<Members, Error> {
    let mut page = Reader(page);
    let members = (0..page.count()?).map(|_| read_member(&mut page)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(members)
}

fn read_member(page: &mut Reader<'_>) -> Result<(String, Member), Error> {
    let name = page.name()?.to_owned();
    let sold = u64::from_be_bytes(page.number()?);
    let bought = u64::from_be_bytes(page.number()?);
    let last_sequence = u64::from_be_bytes(page.number()?);
    let open = (0..page.count()?).map(|_| read_order(page)).collect::<Result<_, _>>()?;
    Ok((name, Member { standing: Standing { last_sequence, sold, bought }, open }))
}

fn read_order(page: &mut Reader<'_>) -> Result<OpenOrder, Error> {
    let number = page.count()?;
    let side = if page.number()? == [0] { Side::Sell } else { Side::Buy };
    let [class] = page.number()?;
    let point = page.count()?;
    let price = i64::from_be_bytes(page.number()?);
    let volume = u64::from_be_bytes(page.number()?);
    let order = DeclaredOrder { number, side, class: ClassIndex(class), point, price, volume };
    let time = u64::from_be_bytes(page.number()?);
    let sequence = u64::from_be_bytes(page.number()?);
    Ok(OpenOrder { order, time, sequence, index: page.count()? })
}
