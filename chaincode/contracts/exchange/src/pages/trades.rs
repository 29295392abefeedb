use fabric_contract_api::Error;
use rules::clearing::Trade;

use super::binary::{Reader, Writer};

/// Writes a page of trades.
///
/// # Errors
/// [`Error::State`]: more trades than a page can count.
pub fn encode_trades(trades: &[Trade]) -> Result<Vec<u8>, Error> {
    let mut page = Writer::default();
    page.count(trades.len())?;
    for trade in trades {
        page.number(trade.ask.to_be_bytes())
            .number(trade.bid.to_be_bytes())
            .number(trade.volume.to_be_bytes())
            .number(trade.fee.to_be_bytes())
            .number(trade.seller_net.to_be_bytes())
            .number(trade.margin.to_be_bytes());
    }
    Ok(page.finish())
}

/// Reads a page of trades.
///
/// # Errors
/// [`Error::State`]: the bytes are not such a page.
pub fn decode_trades(page: &[u8]) -> Result<Vec<Trade>, Error> {
    let mut page = Reader(page);
    let trades = (0..page.count()?).map(|_| read_trade(&mut page)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(trades)
}

fn read_trade(page: &mut Reader<'_>) -> Result<Trade, Error> {
    Ok(Trade {
        ask: page.count()?,
        bid: page.count()?,
        volume: u64::from_be_bytes(page.number()?),
        fee: i64::from_be_bytes(page.number()?),
        seller_net: i64::from_be_bytes(page.number()?),
        margin: i64::from_be_bytes(page.number()?),
    })
}
