use super::binary::{Malformed, Reader, Writer};
use crate::market::bundle::DeclaredOrder;
use crate::market::standing::{OpenOrder, Standing, Standings};
use crate::proof::Side;

/// Writes what members have in a session.
pub(in crate::market) fn encode_standings(standings: &Standings) -> Vec<u8> {
    let mut page = Writer::default();
    page.count(standings.len());
    for (member, standing) in standings {
        page.name(member)
            .number(standing.sold.to_be_bytes())
            .number(standing.bought.to_be_bytes())
            .number(standing.last_sequence.to_be_bytes())
            .count(standing.open.len());
        for OpenOrder { order, time, sequence, index } in &standing.open {
            page.number(order.number.to_be_bytes())
                .number([u8::from(order.side == Side::Buy)])
                .number([order.class])
                .number(order.point.to_be_bytes())
                .number(order.price.to_be_bytes())
                .number(order.volume.to_be_bytes())
                .number(time.to_be_bytes())
                .number(sequence.to_be_bytes())
                .number(index.to_be_bytes());
        }
    }
    page.finish()
}

/// Reads what members have in a session.
pub(in crate::market) fn decode_standings(page: &[u8]) -> Result<Standings, Malformed> {
    let mut page = Reader(page);
    let standings = (0..page.u32()?).map(|_| read_member(&mut page)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(standings)
}

fn read_member(page: &mut Reader<'_>) -> Result<(String, Standing), Malformed> {
    let name = page.name()?;
    let (sold, bought, last_sequence) = (page.u64()?, page.u64()?, page.u64()?);
    let open = (0..page.u32()?).map(|_| read_order(page)).collect::<Result<_, _>>()?;
    Ok((name, Standing { sold, bought, last_sequence, open }))
}

fn read_order(page: &mut Reader<'_>) -> Result<OpenOrder, Malformed> {
    let (number, side, class) = (page.u32()?, page.u8()?, page.u8()?);
    let side = if side == 0 { Side::Sell } else { Side::Buy };
    let (point, price, volume) = (page.u32()?, page.i64()?, page.u64()?);
    let order = DeclaredOrder { number, side, class, point, price, volume };
    Ok(OpenOrder { order, time: page.u64()?, sequence: page.u64()?, index: page.u32()? })
}
