//! From the sealed bundles and the resting orders to the book of a round.

use std::collections::BTreeMap;

use fabric_msp::sha256;

use super::bundle::{self, Bundle, DeclaredOrder};
use super::declarations::MEMBER_BUNDLES_MAX;
use super::documents::{Lapsed, LeftOut, Member, MemberRecord, RoundRecord};
use super::keys::Key;
use super::members;
use super::pages::{BookOrder, SealedBundle};
use super::session::Session;
use super::signatures::Signatures;
use super::standing::{OpenOrder, Refusal, Standings, check_address, check_connections, check_content, check_limits};
use super::step::{Checked, Step};
use crate::proof::Order;

/// What the sealed bundles make of a session's resting orders.
pub(super) struct Replayed {
    pub(super) left_out: Vec<LeftOut>,
    pub(super) lapsed: Vec<Lapsed>,
    /// Bundles that count.
    pub(super) counted: usize,
    /// Orders that the round may come to, if every bundle counted that is good by itself.
    pub(super) orders_most: usize,
}

/// A bundle that is good by itself, with its declared time.
struct Declaration {
    bundle: Bundle,
    declared_ns: u64,
}

/// Examines the sealed bundles, and lets those that count replace what their members have in the session.
pub(super) fn replay(
    step: &Step<'_>,
    session: &mut Session,
    sealed: &[SealedBundle],
    signatures: &mut Signatures,
) -> Checked<Replayed> {
    let round = session.parameters().round_record(&session.progress);
    let records = records(step, session, sealed)?;
    let values: Vec<_> = sealed.iter().map(|sealed| sealed_value(step, session, sealed)).collect();
    let signed = sealed
        .iter()
        .zip(&values)
        .filter_map(|(sealed, value)| bundle::signed((*value)?, &records.get(&sealed.member)?.public_key));
    signatures.verify_all(signed.collect());

    let lapsed = drop_lapsed(&mut session.standings, &records, &round);
    let (mut declarations, mut left_out) = (Vec::new(), Vec::new());
    let mut bundles_of = BTreeMap::<&str, usize>::new();
    for (sealed, value) in sealed.iter().zip(values) {
        let examiner = Examiner { step, session: session.name(), round: &round };
        let bundles = bundles_of.entry(&sealed.member).or_default();
        match examiner.examine(sealed, value, records.get(&sealed.member), *bundles, signatures) {
            Ok(declaration) => {
                *bundles += 1;
                declarations.push(declaration);
            }
            Err(code) => left_out.push(leave_out(&sealed.member, sealed.sequence, code)),
        }
    }

    let mut orders: BTreeMap<&str, usize> =
        session.standings.iter().map(|(member, standing)| (member.as_str(), standing.open.len())).collect();
    orders.extend(declarations.iter().map(|Declaration { bundle, .. }| (bundle.member.as_str(), bundle.orders.len())));
    let orders_most = orders.values().sum();

    let mut counted = 0;
    for Declaration { bundle, declared_ns } in &declarations {
        let standing = session.standings.get(&bundle.member).cloned().unwrap_or_default();
        let limits =
            records.get(&bundle.member).map_or((0, 0), |record| (record.sell_limit_wh.0, record.buy_limit_wh.0));
        let checked = check_content(bundle, *declared_ns, &standing, &round)
            .and_then(|()| check_limits(&bundle.orders, &standing, limits.0, limits.1));
        match checked {
            Ok(()) => {
                session.standings.entry(bundle.member.clone()).or_default().replace(bundle, *declared_ns);
                counted += 1;
            }
            Err(code) => left_out.push(leave_out(&bundle.member, bundle.sequence, code)),
        }
    }
    left_out.sort();
    Ok(Replayed { left_out, lapsed, counted, orders_most })
}

fn leave_out(member: &str, sequence: u64, code: Refusal) -> LeftOut {
    LeftOut { member: member.to_owned(), sequence, code: code.to_owned() }
}

/// The records of all members that the round has to do with.
fn records(step: &Step<'_>, session: &Session, sealed: &[SealedBundle]) -> Checked<BTreeMap<String, MemberRecord>> {
    let names = sealed.iter().map(|bundle| &bundle.member).chain(session.standings.keys());
    let mut records = BTreeMap::new();
    for name in names {
        if !records.contains_key(name)
            && let Some(member) = members::find(step, name)?
        {
            records.insert(name.clone(), Member::record(&member));
        }
    }
    Ok(records)
}

/// What is stored under a sealed bundle's key, if it is what was sealed.
fn sealed_value<'a>(step: &Step<'a>, session: &Session, sealed: &SealedBundle) -> Option<&'a [u8]> {
    let value = step.bytes(&Key::bundle(session.name(), session.progress.round, &sealed.member, sealed.sequence))?;
    (sha256([value]) == sealed.hash).then_some(value)
}

/// Drops the resting orders of members that may no longer hold them.
fn drop_lapsed(
    standings: &mut Standings,
    records: &BTreeMap<String, MemberRecord>,
    round: &RoundRecord,
) -> Vec<Lapsed> {
    let mut lapsed = Vec::new();
    for (name, standing) in standings.iter_mut().filter(|(_, standing)| !standing.open.is_empty()) {
        let orders: Vec<DeclaredOrder> = standing.open.iter().map(|open| open.order).collect();
        let allowed = match records.get(name) {
            None => Err("UNKNOWN_MEMBER"),
            Some(record) if record.suspended => Err("MEMBER_SUSPENDED"),
            Some(record) => check_connections(&orders, record, round)
                .and_then(|()| check_limits(&orders, standing, record.sell_limit_wh.0, record.buy_limit_wh.0)),
        };
        if let Err(code) = allowed {
            lapsed.push(Lapsed { member: name.clone(), code: code.to_owned() });
            standing.open.clear();
        }
    }
    lapsed
}

/// Finds out which sealed bundles are good by themselves.
struct Examiner<'a, 'b> {
    step: &'a Step<'b>,
    session: &'a str,
    round: &'a RoundRecord,
}

impl Examiner<'_, '_> {
    /// `bundles` of the same member are good already.
    fn examine(
        &self,
        sealed: &SealedBundle,
        value: Option<&[u8]>,
        member: Option<&MemberRecord>,
        bundles: usize,
        signatures: &mut Signatures,
    ) -> Result<Declaration, Refusal> {
        let value = value.ok_or("CHANGED_AFTER_SEAL")?;
        let (declared_ns, bytes) = bundle::split(value).ok_or("BUNDLE_TRUNCATED")?;
        let bundle = bundle::decode(bytes)?;
        if bundle.member != sealed.member {
            return Err("WRONG_MEMBER");
        }
        if bundle.sequence != sealed.sequence {
            return Err("WRONG_SEQUENCE");
        }
        check_address(&bundle, self.step.channel, self.session, self.round.round)?;
        let member = member.ok_or("UNKNOWN_MEMBER")?;
        if member.suspended {
            return Err("MEMBER_SUSPENDED");
        }
        if !bundle::signed(value, &member.public_key).is_some_and(|signed| signatures.verify(&signed)) {
            return Err("BAD_SIGNATURE");
        }
        if bundle.orders.len() > self.round.bundle_orders_max as usize {
            return Err("TOO_MANY_ORDERS");
        }
        check_connections(&bundle.orders, member, self.round)?;
        if bundles >= MEMBER_BUNDLES_MAX { Err("TOO_MANY_BUNDLES") } else { Ok(Declaration { bundle, declared_ns }) }
    }
}

/// The book of all open orders: by member, then as the member's bundle lists them.
pub(super) fn book(standings: &Standings) -> Vec<BookOrder> {
    let orders = standings.iter().flat_map(|(member, standing)| standing.open.iter().map(move |open| (member, open)));
    orders
        .map(|(member, OpenOrder { order, time, sequence, index })| BookOrder {
            order: Order {
                side: order.side,
                class: order.class.into(),
                member: member.clone(),
                number: order.number,
                price: order.price,
                volume: order.volume,
                time: *time,
                sequence: *sequence,
                index: *index,
            },
            point: order.point,
            filled: 0,
            remainder: 0,
        })
        .collect()
}
