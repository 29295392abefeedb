use fabric_contract_api::Error;
use rules::clearing::Trade;

use super::binary::{Reader, Writer};

/// An entry of a round's trade list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The trade as it was matched.
    pub trade: Trade,
    /// What the grid carries of its volume, Wh.
    pub carried_wh: u64,
}

/// Writes a page of the trade list.
///
/// # Errors
/// [`Error::State`]: more entries than a page can count.
pub fn encode_matches(matches: &[Match]) -> Result<Vec<u8>, Error> {
    let mut page = Writer::default();
    page.count(matches.len())?;
    for Match { trade, carried_wh } in matches {
        page.number(trade.ask.to_be_bytes())
            .number(trade.bid.to_be_bytes())
            .number(trade.volume.to_be_bytes())
            .number(carried_wh.to_be_bytes())
            .number(trade.fee.to_be_bytes())
            .number(trade.seller_net.to_be_bytes())
            .number(trade.margin.to_be_bytes());
    }
    Ok(page.finish())
}

/// Reads a page of the trade list.
///
/// # Errors
/// [`Error::State`]: the bytes are not such a page.
pub fn decode_matches(page: &[u8]) -> Result<Vec<Match>, Error> {
    let mut page = Reader(page);
    let matches = (0..page.count()?).map(|_| read_match(&mut page)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(matches)
}

fn read_match(page: &mut Reader<'_>) -> Result<Match, Error> {
    let (ask, bid) = (page.count()?, page.count()?);
    let volume = u64::from_be_bytes(page.number()?);
    let carried_wh = u64::from_be_bytes(page.number()?);
    let fee = i64::from_be_bytes(page.number()?);
    let seller_net = i64::from_be_bytes(page.number()?);
    let margin = i64::from_be_bytes(page.number()?);
    Ok(Match { trade: Trade { ask, bid, volume, fee, seller_net, margin }, carried_wh })
}
