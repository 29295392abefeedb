//! What members' records say of their credit, and what it leaves of their limits.

use std::collections::BTreeMap;

use fabric_contract_api::{Context, ReadContext};
use rules::credit::{self as by_rules, CreditPolicy, CreditRecord as Record};

use crate::access::{CONSENSUS, TRADING_CENTRE, require};
use crate::declaration_chaincode;
use crate::error::Error;
use crate::members::{check_batch, load, update_of};
use crate::messages::{
    Credit, CreditEvaluated, CreditRecord, CreditScore, Deviation, PaidBills, PaymentsRecorded, event_name,
};
use crate::overlay::Overlay;
use crate::state_layout::{CREDITS, MEMBERS};

/// Adds to the records what a session's meters say, in place of what they said when it was reconciled before.
pub(crate) fn record_fulfilment(context: &mut Context, before: &[Deviation], now: &[Deviation]) -> Result<(), Error> {
    let before: BTreeMap<&str, _> = before.iter().map(|one| (one.member.as_str(), fulfilment(one))).collect();
    let counted = |member: &str| before.get(member).copied().unwrap_or_default();
    let changed = now.iter().map(|one| (one.member.as_str(), counted(&one.member), fulfilment(one)));
    let changed: Vec<_> = changed.filter(|(_, before, now)| before != now).collect();
    change(context, changed.iter().map(|(member, ..)| *member), |record, place| {
        let (_, before, now) = changed[place];
        record.contracted_wh = record.contracted_wh.saturating_sub(before.0).saturating_add(now.0);
        record.unfulfilled_wh = record.unfulfilled_wh.saturating_sub(before.1).saturating_add(now.1);
    })
}

fn fulfilment(deviation: &Deviation) -> (u64, u64) {
    by_rules::fulfilment(deviation.contract_wh, deviation.metered_wh)
}

/// Adds a breach of the market's rules to a member's record.
pub(crate) fn record_breach(context: &mut Context, member: &str) -> Result<(), Error> {
    change(context, [member], |record, _| record.breaches = record.breaches.saturating_add(1))
}

/// Adds to the records which bills fell due, and which of them were paid late or not at all.
pub(crate) fn record_payments(context: &mut Context, payments: &[PaidBills]) -> Result<(), Error> {
    require(context, &[TRADING_CENTRE])?;
    check_batch(payments.iter().map(|paid| paid.member.as_str()))?;
    for paid in payments {
        load(context, &paid.member)?;
        if paid.late > paid.due {
            return Err(Error::BadPayments(paid.member.clone()));
        }
    }
    change(context, payments.iter().map(|paid| paid.member.as_str()), |record, place| {
        record.bills = record.bills.saturating_add(payments[place].due);
        record.bills_late = record.bills_late.saturating_add(payments[place].late);
    })?;
    let members = payments.iter().map(|paid| paid.member.clone()).collect();
    Ok(context.emit(event_name::PAYMENTS_RECORDED, &PaymentsRecorded { members })?)
}

/// Changes the records of these members, each by its place in the list.
fn change<'a>(
    context: &mut Context,
    members: impl IntoIterator<Item = &'a str>,
    change: impl Fn(&mut CreditRecord, usize),
) -> Result<(), Error> {
    let members: Vec<String> = members.into_iter().map(str::to_owned).collect();
    let mut records = Overlay::new(&CREDITS);
    records.fetch(context, members.iter().cloned())?;
    for (place, member) in members.into_iter().enumerate() {
        let mut record = records.get(context, &member)?.cloned().unwrap_or_default();
        change(&mut record, place);
        records.put(member, record);
    }
    Ok(records.save(context)?)
}

/// Scores the members' records: from now on a member's limits are that part of its terms.
pub(crate) fn evaluate(context: &mut Context, members: &[String]) -> Result<Vec<CreditScore>, Error> {
    require(context, &CONSENSUS)?;
    check_batch(members.iter().map(String::as_str))?;
    let (mut scores, mut updates) = (Vec::new(), Vec::new());
    for name in members {
        let mut member = load(context, name)?;
        let Credit { score_ppm, .. } = credit(context, name)?;
        if member.credit_ppm != score_ppm {
            member.credit_ppm = score_ppm;
            MEMBERS.put(context, name, &member)?;
            updates.push(update_of(&member));
        }
        scores.push(CreditScore { member: name.clone(), score_ppm });
    }
    if !updates.is_empty() {
        declaration_chaincode::set_members(context, &updates)?;
    }
    context.emit(event_name::CREDIT_EVALUATED, &CreditEvaluated { scores: scores.clone() })?;
    Ok(scores)
}

/// A member's record, which is empty at first, and its score.
pub(crate) fn credit(context: &ReadContext, member: &str) -> Result<Credit, Error> {
    let record = CREDITS.get(context, member)?.unwrap_or_default();
    let score_ppm = CreditPolicy::default().score(&record.to_rules());
    Ok(Credit { record, score_ppm })
}

impl CreditRecord {
    fn to_rules(&self) -> Record {
        Record {
            contracted: self.contracted_wh,
            unfulfilled: self.unfulfilled_wh,
            bills: self.bills,
            bills_late: self.bills_late,
            breaches: self.breaches,
        }
    }
}
