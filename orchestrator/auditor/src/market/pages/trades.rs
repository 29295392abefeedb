use super::binary::{Malformed, Reader, Writer};
use crate::proof::Trade;

/// An entry of a round's trade list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::market) struct Match {
    /// The trade as it was matched.
    pub(in crate::market) trade: Trade,
    /// What the grid carries of it, Wh.
    pub(in crate::market) carried: u64,
}

/// Writes a page of a trade list.
pub(in crate::market) fn encode_matches(matches: &[Match]) -> Vec<u8> {
    let mut page = Writer::default();
    page.count(matches.len());
    for Match { trade, carried } in matches {
        page.number(trade.ask.to_be_bytes())
            .number(trade.bid.to_be_bytes())
            .number(trade.volume.to_be_bytes())
            .number(carried.to_be_bytes())
            .number(trade.fee.to_be_bytes())
            .number(trade.seller_net.to_be_bytes())
            .number(trade.margin.to_be_bytes());
    }
    page.finish()
}

/// Reads a page of a trade list.
pub(in crate::market) fn decode_matches(page: &[u8]) -> Result<Vec<Match>, Malformed> {
    let mut page = Reader(page);
    let matches = (0..page.u32()?).map(|_| read_match(&mut page)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(matches)
}

fn read_match(page: &mut Reader<'_>) -> Result<Match, Malformed> {
    let (ask, bid, volume, carried) = (page.u32()?, page.u32()?, page.u64()?, page.u64()?);
    let (fee, seller_net, margin) = (page.i64()?, page.i64()?, page.i64()?);
    Ok(Match { trade: Trade { ask, bid, volume, fee, seller_net, margin }, carried })
}
