//! Clearing: exactly the sealed bundles, every check repeated, matching, grid check and disclosure in one transaction.

use std::collections::BTreeMap;

use declaration::StoredBundle;
use declaration::acceptance::{Refusal, check_connections, check_origin};
use declaration::messages::{BundleName, MemberRecord, PositionUpdate, RoundRecord};
use declaration::{MEMBER_BUNDLES_MAX, messages::Position};
use fabric_contract_api::{Bytes, Context, ContractError, ReadContext};
use rules::bundle::Bundle;
use rules::session::{Declaration, Limits, Members, StepError, check_limits};

use crate::access::{CONSENSUS, require};
use crate::declaration_chaincode;
use crate::disclosure;
use crate::error::Error;
use crate::feeders;
use crate::messages::{Lapsed, LeftOut, RoundCleared, RoundResult, SessionPhase, event_name};
use crate::pages::decode_seal;
use crate::rounds;
use crate::sessions::StoredSession;
use crate::state_layout::{MEMBERS, SEALS};

/// Records of the members that a clearing has to do with, by name.
type Records = BTreeMap<String, MemberRecord>;

pub(crate) fn clear(context: &mut Context, session: &str) -> Result<RoundResult, Error> {
    require(context, &CONSENSUS)?;
    let mut stored = StoredSession::load(context, session)?;
    if stored.progress.phase != SessionPhase::Sealed {
        return Err(StepError::NotSealed(stored.progress.to_rules().name()).into());
    }
    let round = stored.frozen.parameters.round_record(&stored.progress);
    let sealed = decode_seal(&SEALS.load(context, (session, round.round))?)?;
    let values = declaration_chaincode::read_bundles(context, session, round.round, &sealed)?;
    let records = load_records(context, &sealed, &stored.members)?;

    let (members, lapsed) = drop_lapsed(&stored.members, &records, &round);
    let examiner = Examiner { context, session, round: &round, records: &records };
    let (declarations, mut left_out) = examiner.examine_all(&sealed, values);
    check_orders(&stored, &members, &declarations)?;

    let firm = rounds::firm_trades(context, session, &stored.progress.cleared)?;
    let parameters = &stored.frozen.parameters;
    let mut grid = feeders::grid_check(context, parameters.feeder.as_deref(), stored.frozen.feeder_version, &firm)?;
    let mut resumed = stored.resume(context, members)?;
    let limits = |member: &str| records.get(member).map_or(Limits { sell: 0, buy: 0 }, MemberRecord::limits);
    let result = resumed.clear(context.timestamp_ns(), &declarations, limits, &mut *grid)?;
    left_out.extend(result.left_out.iter().map(|left_out| {
        let bundle = &declarations[left_out.place].bundle;
        left_out_of(&bundle.member, bundle.sequence, &Refusal::Rule(left_out.refusal))
    }));
    left_out.sort_by(|left, right| (&left.member, left.sequence).cmp(&(&right.member, right.sequence)));

    if result.cleared.is_some() {
        stored.progress.cleared.push(round.round);
    }
    let positions = changed_positions(&stored.members, resumed.members());
    stored.save(context, &resumed, &positions)?;
    let disclosed = disclosure::disclose(context, &stored, &result, sealed.len(), left_out, lapsed)?;
    context.emit(event_name::ROUND_CLEARED, &cleared_event(&stored, &disclosed))?;
    Ok(disclosed)
}

fn load_records(context: &ReadContext, sealed: &[BundleName], members: &Members) -> Result<Records, Error> {
    let mut names: Vec<&str> = sealed.iter().map(|bundle| bundle.member.as_str()).collect();
    names.extend(members.iter().map(|(name, _)| name));
    names.sort_unstable();
    names.dedup();
    let members = MEMBERS.get_many(context, names)?;
    Ok(members.into_iter().flatten().map(|member| (member.member.clone(), member.record())).collect())
}

/// Drops the resting orders of members that may no longer hold them: suspended since, over a lower limit, moved.
fn drop_lapsed(members: &Members, records: &Records, round: &RoundRecord) -> (Members, Vec<Lapsed>) {
    let mut lapsed = Vec::new();
    let members = members.iter().map(|(name, member)| {
        let mut member = member.clone();
        let orders: Vec<_> = member.open.iter().map(|open| open.order).collect();
        let allowed = match records.get(name) {
            _ if orders.is_empty() => Ok(()),
            None => Err(Refusal::UnknownMember),
            Some(record) if record.suspended => Err(Refusal::MemberSuspended),
            Some(record) => check_connections(&orders, record, round)
                .and_then(|()| Ok(check_limits(&orders, &member.standing, &record.limits())?)),
        };
        if let Err(refusal) = allowed {
            lapsed.push(Lapsed { member: name.to_owned(), code: refusal.code().to_owned() });
            member.open.clear();
        }
        (name.to_owned(), member)
    });
    (members.collect(), lapsed)
}

/// Finds out which sealed bundles count, as far as that can be said of each by itself.
struct Examiner<'a> {
    context: &'a ReadContext,
    session: &'a str,
    round: &'a RoundRecord,
    records: &'a Records,
}

impl Examiner<'_> {
    fn examine_all(&self, sealed: &[BundleName], values: Vec<Option<Bytes>>) -> (Vec<Declaration>, Vec<LeftOut>) {
        let (mut declarations, mut left_out) = (Vec::new(), Vec::new());
        let mut bundles_of = BTreeMap::<&str, usize>::new();
        for (name, value) in sealed.iter().zip(values) {
            let bundles = bundles_of.entry(&name.member).or_default();
            match self.examine(name, value, *bundles) {
                Ok(declaration) => {
                    *bundles += 1;
                    declarations.push(declaration);
                }
                Err(refusal) => left_out.push(left_out_of(&name.member, name.sequence, &refusal)),
            }
        }
        (declarations, left_out)
    }

    /// `bundles` of the same member count already.
    fn examine(&self, name: &BundleName, value: Option<Bytes>, bundles: usize) -> Result<Declaration, Refusal> {
        let value = value.ok_or(Refusal::ChangedAfterSeal)?;
        let stored = StoredBundle::decode(&value).ok_or(Refusal::Truncated)?;
        let bundle = Bundle::decode(&stored.bytes)?;
        if bundle.member != name.member {
            return Err(Refusal::WrongMember);
        }
        if bundle.sequence != name.sequence {
            return Err(Refusal::WrongSequence);
        }
        // A replay from elsewhere is signed well; its address gives it away.
        self.round.open_round(self.context.channel(), self.session).check_address(&bundle)?;
        check_origin(&bundle, &stored, self.records.get(&bundle.member), self.round)?;
        if bundles >= MEMBER_BUNDLES_MAX {
            return Err(Refusal::TooManyBundles);
        }
        Ok(Declaration { bundle, declared_at: stored.declared_ns })
    }
}

fn left_out_of(member: &str, sequence: u64, refusal: &Refusal) -> LeftOut {
    LeftOut { member: member.to_owned(), sequence, code: refusal.code().to_owned() }
}

/// The book cannot have more orders than the session allows: each member's last bundle, or what rests.
fn check_orders(stored: &StoredSession, members: &Members, declarations: &[Declaration]) -> Result<(), Error> {
    let mut orders: BTreeMap<&str, usize> = members.iter().map(|(name, member)| (name, member.open.len())).collect();
    orders.extend(declarations.iter().map(|declaration| {
        let bundle = &declaration.bundle;
        (bundle.member.as_str(), bundle.orders.len())
    }));
    let orders: usize = orders.values().sum();
    if orders > stored.frozen.parameters.bounds.orders_max as usize { Err(Error::RoundTooLarge) } else { Ok(()) }
}

fn changed_positions(before: &Members, after: &Members) -> Vec<PositionUpdate> {
    let changed = after
        .iter()
        .filter(|(name, member)| before.get(name).map(|member| member.standing).unwrap_or_default() != member.standing);
    changed
        .map(|(name, member)| PositionUpdate { member: name.to_owned(), position: Position::from(member.standing) })
        .collect()
}

fn cleared_event(stored: &StoredSession, result: &RoundResult) -> RoundCleared {
    RoundCleared {
        session: result.session.clone(),
        round: result.round,
        outcome: result.outcome,
        reference: result.reference,
        trades: result.trades,
        volume_wh: result.volume_wh,
        // A round has at most `ROUND_BUNDLES_MAX` bundles.
        left_out: u32::try_from(result.left_out.len()).unwrap_or(u32::MAX),
        end_reason: result.end_reason,
        next: result.next_round.map(|_| stored.round_opened()),
    }
}
