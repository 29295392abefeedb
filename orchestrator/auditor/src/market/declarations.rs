//! Declarations, as one honest organization would have endorsed them.

use super::bundle::{self, Bundle};
use super::documents::{MemberRecord, Position, RoundPhase, RoundRecord};
use super::keys::{Key, bundle_name};
use super::signatures::Signatures;
use super::standing::{Standing, check_address, check_connections, check_content, check_limits};
use super::step::{Checked, Expected, Step, Wrong, require};
use crate::finding::Code;

/// Bundles of one member that count in one round.
pub(super) const MEMBER_BUNDLES_MAX: usize = 32;

/// One bundle, all of whose checks hold at the declaration.
pub(super) fn declare(step: &Step<'_>, signatures: &mut Signatures) -> Checked<Expected> {
    let written = step.writes.values().next().copied().flatten();
    let value = written.ok_or_else(|| Wrong::new(Code::MissingWrite, "no bundle is written"))?;
    let (declared_ns, bytes) = bundle::split(value).ok_or_else(|| Wrong::refused("BUNDLE_TRUNCATED"))?;
    let bundle = bundle::decode(bytes).map_err(Wrong::refused)?;
    require(declared_ns == step.now(), "its time is not that of the transaction")?;
    let round: Option<RoundRecord> = step.find(&Key::declaration("round", &[&bundle.session]))?;
    let round = round.ok_or_else(|| Wrong::refused("UNKNOWN_SESSION"))?;
    require(round.phase == RoundPhase::Open, "NOT_OPEN")?;
    let member: Option<MemberRecord> = step.find(&Key::declaration("member", &[&bundle.member]))?;
    let member = member.ok_or_else(|| Wrong::refused("UNKNOWN_MEMBER"))?;
    require(!member.suspended, "MEMBER_SUSPENDED")?;
    require(is_signed(signatures, value, &member), "BAD_SIGNATURE")?;
    require(bundle.orders.len() <= round.bundle_orders_max as usize, "TOO_MANY_ORDERS")?;
    check_address(&bundle, step.channel, &bundle.session, round.round).map_err(Wrong::refused)?;
    check_connections(&bundle.orders, &member, &round).map_err(Wrong::refused)?;
    let standing = standing(step, &bundle, &member, signatures)?;
    check_content(&bundle, declared_ns, &standing, &round).map_err(Wrong::refused)?;
    check_limits(&bundle.orders, &standing, member.sell_limit_wh.0, member.buy_limit_wh.0).map_err(Wrong::refused)?;

    let key = Key::bundle(&bundle.session, bundle.round, &bundle.member, bundle.sequence);
    let mut expected = Expected::default();
    expected.protect(key.clone());
    expected.bytes(Code::WrongWrite, key, value.to_vec());
    Ok(expected)
}

/// What the member has behind it: cleared rounds, and what it has declared in this one. Bundles that it did not sign do
/// not count, or an organization could make one up with the highest sequence of all.
fn standing(step: &Step<'_>, bundle: &Bundle, member: &MemberRecord, signatures: &mut Signatures) -> Checked<Standing> {
    let position: Option<Position> = step.find(&Key::declaration("position", &[&bundle.session, &bundle.member]))?;
    let mut standing = position.as_ref().map(Standing::of_position).unwrap_or_default();
    let round = Key::bundles(&bundle.session, bundle.round);
    let own = Key { text: format!("{}{}\0", round.text, bundle.member), ..round.clone() };
    let mut bundles = 0;
    for (key, value) in step.prefix(&own) {
        let Some((_, sequence)) = bundle_name(key, &round) else { continue };
        require(sequence != bundle.sequence, "SEQUENCE_REPLAYED")?;
        let other = bundle::split(value).and_then(|(_, bytes)| bundle::decode(bytes).ok());
        let is_own = other.is_some_and(|other| {
            let names = |bundle: &Bundle| (bundle.channel.clone(), bundle.session.clone(), bundle.member.clone());
            (names(&other), other.round, other.sequence) == (names(bundle), bundle.round, sequence)
        });
        if is_own && is_signed(signatures, value, member) {
            standing.last_sequence = standing.last_sequence.max(sequence);
            bundles += 1;
        }
    }
    require(bundles < MEMBER_BUNDLES_MAX, "TOO_MANY_BUNDLES")?;
    Ok(standing)
}

fn is_signed(signatures: &mut Signatures, value: &[u8], member: &MemberRecord) -> bool {
    bundle::signed(value, &member.public_key).is_some_and(|signed| signatures.verify(&signed))
}
