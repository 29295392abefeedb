use declaration::messages::{Position, PositionUpdate};
use fabric_contract_api::Error;

use super::binary::{Reader, Writer};

/// Writes what members have behind them in a session.
///
/// # Errors
/// [`Error::State`]: a member's name is longer than 255 bytes.
pub fn encode_positions(positions: &[PositionUpdate]) -> Result<Vec<u8>, Error> {
    let mut page = Writer::default();
    page.count(positions.len())?;
    for PositionUpdate { member, position } in positions {
        page.name(member)?
            .number(position.sold_wh.to_be_bytes())
            .number(position.bought_wh.to_be_bytes())
            .number(position.sequence.to_be_bytes());
    }
    Ok(page.finish())
}

/// Reads what members have behind them in a session.
///
/// # Errors
/// [`Error::State`]: the bytes are not such a list.
pub fn decode_positions(page: &[u8]) -> Result<Vec<PositionUpdate>, Error> {
    let mut page = Reader(page);
    let positions = (0..page.count()?).map(|_| read_position(&mut page)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(positions)
}

fn read_position(page: &mut Reader<'_>) -> Result<PositionUpdate, Error> {
    Ok(PositionUpdate {
        member: page.name()?.to_owned(),
        position: Position {
            sold_wh: u64::from_be_bytes(page.number()?),
            bought_wh: u64::from_be_bytes(page.number()?),
            sequence: u64::from_be_bytes(page.number()?),
        },
    })
}
