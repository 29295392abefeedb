//! Where a page of hits ended, so that the next one goes on there.

use super::{Request, collect::Rank};
use sha2::{Digest, Sha256};
use std::{cmp::Reverse, fmt, str::FromStr};

/// The last hit of a page: the next page has the hits after it, also when records came meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) rank: Rank,
    /// Which query it belongs to.
    query: [u8; 4],
}

/// Text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: pass what an earlier page of hits ended with")]
pub struct MalformedCursor;

impl Cursor {
    pub(super) fn new(rank: Rank, request: &Request<'_>) -> Self {
        Self { rank, query: mark(request) }
    }

    /// Whether it is from a page of this search.
    #[must_use]
    pub fn is_for(&self, request: &Request<'_>) -> bool {
        self.query == mark(request)
    }
}

fn mark(request: &Request<'_>) -> [u8; 4] {
    let kind = request.kind.map(|kind| kind as u8).unwrap_or_default();
    let hash: [u8; 32] = Sha256::new().chain_update([kind]).chain_update(request.query).finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{:08x}{:x}", hex::encode(self.query), self.rank.score, self.rank.place.0)
    }
}

impl FromStr for Cursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, MalformedCursor> {
        let part = |range| text.get(range).ok_or(MalformedCursor);
        let mut query = [0; 4];
        hex::decode_to_slice(part(0..8)?, &mut query).map_err(|_| MalformedCursor)?;
        let score = u32::from_str_radix(part(8..16)?, 16).map_err(|_| MalformedCursor)?;
        let place = u64::from_str_radix(part(16..text.len())?, 16).map_err(|_| MalformedCursor)?;
        Ok(Self { rank: Rank { score, place: Reverse(place) }, query })
    }
}
