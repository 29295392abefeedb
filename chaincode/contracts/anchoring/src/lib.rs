//! Roots of batches of off-chain records.
//!
//! What is too much for the chain lies in a store. This contract keeps, batch by batch, the root of the tree of RFC 6962
//! over the records' hashes. A record that is shown with its path to a root that lies here is the one that the channel's
//! organizations have endorsed the root of; one that is not, is not.
//!
//! Batches are numbered from 0 without gaps and never change. One organization anchors on a channel: the trading centre
//! on a market's channel, on `org-NAME` the organization that the channel is of. Anchoring the same batch again changes
//! nothing, so that whoever does not know whether it was done does it again.

use declaration::encoding::Hash;
use fabric_contract_api::{Context, ContractError, Item, Map, QueryContext, ReadContext, contract, contracts, message};

/// The chaincode's name.
pub const NAME: &str = "anchoring";
/// The event of `anchor`; its payload is the [`Anchor`].
pub const ANCHORED: &str = "anchored";
/// Records in a batch at most: a path has at most 19 hashes.
pub const RECORDS_MAX: u32 = 400_000;
/// Anchors on a market's channel.
const TRADING_CENTRE: &str = "TradingCentreMSP";
/// Sees every organization's channel and anchors only on its own.
const REGULATOR: &str = "RegulatorMSP";

const ANCHORS: Map<u32, Anchor> = Map::new("anchor");
const NEXT: Item<u32> = Item::new("next");
/// MSP id of the organization that anchors on this channel.
const WRITER: Item<String> = Item::new("writer");

/// Why a function fails.
#[derive(Debug, thiserror::Error, ContractError)]
pub enum Error {
    /// `NOT_THE_WRITER`: another organization anchors on this channel.
    #[error("{0} does not anchor on channel {1}")]
    NotTheWriter(String, String),
    /// `BATCH_OUT_OF_ORDER`.
    #[error("batch {0} cannot be anchored now: the next one is {1}")]
    BatchOutOfOrder(u32, u32),
    /// `BATCH_EXISTS`: with another root or number of records.
    #[error("batch {0} is anchored with another root")]
    BatchExists(u32),
    /// `BATCH_SIZE`.
    #[error("a batch has 1 to {RECORDS_MAX} records, not {0}")]
    BatchSize(u32),
    /// `UNKNOWN_BATCH`.
    #[error("there is no batch {0}")]
    UnknownBatch(u32),
    /// An error of the contract API.
    #[error(transparent)]
    #[error_code(transparent)]
    Api(#[from] fabric_contract_api::Error),
}

/// An anchored batch.
#[message]
pub struct Anchor {
    /// Its number.
    pub batch: u32,
    /// The root over its records.
    pub root: Hash,
    /// How many records it has.
    pub records: u32,
    /// When it was anchored, nanoseconds since the epoch.
    #[decimal]
    pub anchored_ns: u64,
}

/// A page of anchors by number.
#[message]
pub struct AnchorPage {
    /// At most as many as were asked for.
    pub anchors: Vec<Anchor>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// Roots of batches of records.
pub struct Anchoring;

#[contract(default)]
impl Anchoring {
    /// Anchors the next batch. The same batch again is no error.
    #[submit]
    fn anchor(context: &mut Context, batch: u32, root: Hash, records: u32) -> Result<Anchor, Error> {
        require_writer(context)?;
        if !(1..=RECORDS_MAX).contains(&records) {
            return Err(Error::BatchSize(records));
        }
        if let Some(anchor) = ANCHORS.get(context, batch)? {
            let same = (anchor.root, anchor.records) == (root, records);
            return if same { Ok(anchor) } else { Err(Error::BatchExists(batch)) };
        }
        let next = NEXT.get(context)?.unwrap_or(0);
        if batch != next {
            return Err(Error::BatchOutOfOrder(batch, next));
        }
        let anchor = Anchor { batch, root, records, anchored_ns: context.timestamp_ns() };
        ANCHORS.put(context, batch, &anchor)?;
        NEXT.put(context, &(batch + 1))?;
        context.emit(ANCHORED, &anchor)?;
        Ok(anchor)
    }

    /// An anchored batch.
    #[evaluate]
    fn anchored(context: &QueryContext, batch: u32) -> Result<Anchor, Error> {
        ANCHORS.get(context, batch)?.ok_or(Error::UnknownBatch(batch))
    }

    /// Anchored batches by number, at most `limit`.
    #[evaluate]
    fn anchors(context: &QueryContext, from: String, limit: u32) -> Result<AnchorPage, Error> {
        let page = ANCHORS.page(context, (), limit, &from)?;
        let anchors = page.results.into_iter().map(|(_, anchor)| anchor).collect();
        Ok(AnchorPage { anchors, next: page.bookmark })
    }

    /// The number of the batch that is to be anchored next: how many there are.
    #[evaluate]
    fn next(context: &QueryContext) -> Result<u32, Error> {
        Ok(NEXT.get(context)?.unwrap_or(0))
    }
}

contracts!(Anchoring);

/// The first to anchor on a channel is the one that does it from then on, if it may be the one.
fn require_writer(context: &mut Context) -> Result<(), Error> {
    let client = context.client()?.msp_id().to_owned();
    let is_writer = match WRITER.get(context)? {
        Some(writer) => writer == client,
        None => {
            let may_begin = may_begin(context, &client);
            if may_begin {
                WRITER.put(context, &client)?;
            }
            may_begin
        }
    };
    if is_writer { Ok(()) } else { Err(Error::NotTheWriter(client, context.channel().to_owned())) }
}

fn may_begin(context: &ReadContext, client: &str) -> bool {
    match context.channel() {
        "org-regulator" => client == REGULATOR,
        channel if channel.starts_with("org-") => client != REGULATOR,
        _ => client == TRADING_CENTRE,
    }
}
