//! Anchored batches of records: numbered without gaps, never changed, by the one organization that anchors on a channel.

use super::documents::{Anchor, Decimal};
use super::keys::{ANCHORING, Key, hex32};
use super::policy::{REGULATOR, TRADING_CENTRE};
use super::step::{Checked, Expected, Step, Wrong, ensure};
use crate::finding::Code;

/// Records in a batch.
const RECORDS_MAX: u32 = 400_000;

/// The next batch is anchored.
pub(super) fn anchor(step: &Step<'_>) -> Checked<Expected> {
    if (step.transaction.chaincode.as_str(), step.function()) != (ANCHORING, "anchor") {
        let message = format!("{} {} anchors nothing", step.transaction.chaincode, step.function());
        return Err(Wrong::new(Code::UnexpectedWrite, message));
    }
    let mut expected = Expected::default();
    check_writer(step, &mut expected)?;
    let (batch, root, records): (u32, String, u32) = (step.argument(1)?, step.text(2)?, step.argument(3)?);
    ensure((1..=RECORDS_MAX).contains(&records), Code::Anchor, format!("batch {batch} has {records} records"))?;
    let is_hash = hex::decode(&root).is_ok_and(|root| root.len() == 32);
    ensure(is_hash, Code::Anchor, format!("the root of batch {batch} is no hash"))?;
    let next_key = key("next", &[]);
    let next = step.find::<u32>(&next_key)?.unwrap_or(0);
    ensure(batch == next, Code::Anchor, format!("batch {batch} is anchored where {next} is due"))?;
    let anchor = Anchor { batch, root, records, anchored_ns: Decimal(step.now()) };
    expected.document(Code::Anchor, key("anchor", &[&hex32(batch)]), &anchor);
    expected.document(Code::Anchor, next_key, &batch.saturating_add(1));
    expected.event("anchored", &anchor);
    Ok(expected)
}

/// The first to anchor on a channel is the one that does, if it may be the one: the trading centre on a market's channel,
/// on `org-NAME` the organization that the channel is of, which the regulator only watches.
fn check_writer(step: &Step<'_>, expected: &mut Expected) -> Checked<()> {
    let (creator, writer_key) = (&step.transaction.creator, key("writer", &[]));
    let is_writer = match step.find::<String>(&writer_key)? {
        Some(writer) => writer == *creator,
        None => {
            expected.document(Code::Anchor, writer_key, creator);
            match step.channel {
                "org-regulator" => creator == REGULATOR,
                channel if channel.starts_with("org-") => creator != REGULATOR,
                _ => creator == TRADING_CENTRE,
            }
        }
    };
    ensure(is_writer, Code::Anchor, format!("{creator} does not anchor on {}", step.channel))
}

fn key(object: &str, parts: &[&str]) -> Key {
    Key::new(ANCHORING, object, parts)
}
