//! Money: trades, meters, deviations, accounts.

use fabric_contract_api::{Context, DecimalString, QueryContext, ReadContext};
use rules::limits::VOLUME_MAX;
use rules::settlement::{
    Account as Holder, Bill, Injections, Postings, contracted, deviation_postings, deviations, trade_postings,
};

use crate::access::{CONSENSUS, GRID_COMPANY, require};
use crate::error::Error;
use crate::members;
use crate::messages::{
    AUCTION_ACCOUNT, Account, BALANCING_ACCOUNT, Deviation, FEE_ACCOUNT, MeterReading, MetersRecorded, Posting,
    PostingKind, PostingSummary, SessionPhase, Statement, event_name,
};
use crate::rounds::firm_trades;
use crate::sessions::StoredSession;
use crate::state_layout::{ACCOUNTS, DEVIATIONS, METERS, POSTINGS};

/// Posts the trades of a session that has ended.
pub(crate) fn settle(context: &mut Context, session: &str) -> Result<PostingSummary, Error> {
    require(context, &CONSENSUS)?;
    let mut stored = StoredSession::load(context, session)?;
    let mut resumed = stored.resume(context, stored.members.clone())?;
    resumed.settle(context.timestamp_ns())?;
    let trades = firm_trades(context, session, &stored.progress.cleared)?;
    let summary = post(context, &mut stored, PostingKind::Trades, &trade_postings(&trades))?;
    stored.save_progress(context, &resumed)?;
    context.emit(event_name::SESSION_SETTLED, &summary)?;
    Ok(summary)
}

/// Keeps meter readings; a later reading of the same member replaces the earlier one.
pub(crate) fn record_meters(
    context: &mut Context,
    session: &str,
    readings: &[MeterReading],
) -> Result<MetersRecorded, Error> {
    require(context, &[GRID_COMPANY])?;
    members::check_batch(readings.iter().map(|reading| reading.member.as_str()))?;
    let stored = StoredSession::load(context, session)?;
    if stored.progress.phase == SessionPhase::Cancelled {
        return Err(Error::SessionCancelled);
    }
    if context.timestamp_ns() < stored.frozen.parameters.schedule.delivery_end_ns {
        return Err(Error::DeliveryNotOver);
    }
    let mut changed = 0;
    for MeterReading { member, injection_wh } in readings {
        members::load(context, member)?;
        if injection_wh.unsigned_abs() > VOLUME_MAX {
            return Err(Error::ReadingOutOfRange(member.clone()));
        }
        let (key, reading) = ((session, member.as_str()), DecimalString(*injection_wh));
        if METERS.get(context, key)? != Some(reading) {
            METERS.put(context, key, &reading)?;
            changed += 1;
        }
    }
    let recorded = MetersRecorded { session: session.to_owned(), readings: changed };
    context.emit(event_name::METERS_RECORDED, &recorded)?;
    Ok(recorded)
}

/// Posts what deviations cost by the meters so far, less what was posted for them before.
pub(crate) fn reconcile(context: &mut Context, session: &str) -> Result<PostingSummary, Error> {
    require(context, &CONSENSUS)?;
    let mut stored = StoredSession::load(context, session)?;
    let mut resumed = stored.resume(context, stored.members.clone())?;
    resumed.reconcile(context.timestamp_ns())?;
    let prices = stored.frozen.parameters.deviation.to_rules();
    let contracts = contracted(&firm_trades(context, session, &stored.progress.cleared)?);
    let readings = METERS.prefix(context, (session,))?;
    let metered = readings.map(|reading| reading.map(|((_, member), DecimalString(injection))| (member, injection)));
    let metered = metered.collect::<Result<Injections, _>>()?;
    let before = DEVIATIONS.get(context, session)?.unwrap_or_default();
    let before = before.into_iter().map(|deviation| (deviation.member, deviation.metered_wh - deviation.contract_wh));

    let now = deviations(&contracts, &metered);
    let due = deviation_postings(&now, &prices);
    let difference = due.difference(&deviation_postings(&before.collect(), &prices));
    let summary = post(context, &mut stored, PostingKind::Deviation, &difference)?;
    let list = metered.into_iter().map(|(member, metered_wh)| Deviation {
        contract_wh: contracts.get(&member).copied().unwrap_or(0),
        metered_wh,
        amount: due.amount(&Holder::Member(member.clone())),
        member,
    });
    DEVIATIONS.put(context, session, &list.collect())?;
    stored.save_progress(context, &resumed)?;
    context.emit(event_name::SESSION_RECONCILED, &summary)?;
    Ok(summary)
}

/// Changes the accounts. Nothing is posted that does not add up to zero.
fn post(
    context: &mut Context,
    stored: &mut StoredSession,
    kind: PostingKind,
    postings: &Postings,
) -> Result<PostingSummary, Error> {
    if postings.sum() != 0 {
        return Err(Error::NotBalanced);
    }
    let number = stored.progress.postings;
    stored.progress.postings += 1;
    let (session, posted_ns) = (stored.name().to_owned(), context.timestamp_ns());
    let amounts: Vec<(&str, i128)> =
        postings.iter().filter(|(_, amount)| *amount != 0).map(|(holder, amount)| (name_of(holder), amount)).collect();
    let balances = ACCOUNTS.get_many(context, amounts.iter().map(|(account, _)| *account))?;
    for ((account, amount), balance) in amounts.iter().zip(balances) {
        let DecimalString(balance) = balance.unwrap_or_default();
        ACCOUNTS.put(context, *account, &DecimalString(balance + amount))?;
        let posting = Posting { session: session.clone(), number, kind, amount: *amount, posted_ns };
        POSTINGS.put(context, (*account, session.as_str(), number), &posting)?;
    }
    let own = |holder: &Holder| postings.amount(holder);
    let [fees, auction, balancing] = [Holder::Fees, Holder::Auction, Holder::Balancing].map(|holder| own(&holder));
    Ok(PostingSummary {
        session,
        // As many accounts as members, of which a session has at most `ROUND_BUNDLES_MAX` a round.
        accounts: u32::try_from(amounts.len()).unwrap_or(u32::MAX),
        members: postings.sum() - fees - auction - balancing,
        fees,
        auction,
        balancing,
    })
}

fn name_of(holder: &Holder) -> &str {
    match holder {
        Holder::Member(member) => member,
        Holder::Fees => FEE_ACCOUNT,
        Holder::Auction => AUCTION_ACCOUNT,
        Holder::Balancing => BALANCING_ACCOUNT,
    }
}

/// An account; one that nothing was posted to is empty.
pub(crate) fn account(context: &ReadContext, account: String) -> Result<Account, Error> {
    let DecimalString(balance) = ACCOUNTS.get(context, &account)?.unwrap_or_default();
    Ok(account_of(account, balance))
}

pub(crate) fn account_of(account: String, balance: i128) -> Account {
    Account { account, balance, payable_fen: Bill::of(balance).payable_fen }
}

pub(crate) fn statement(context: &QueryContext, name: String, from: &str, limit: u32) -> Result<Statement, Error> {
    let page = POSTINGS.page(context, (name.as_str(),), limit, from)?;
    Ok(Statement {
        account: account(context, name)?,
        postings: page.results.into_iter().map(|(_, posting)| posting).collect(),
        next: page.bookmark,
    })
}

pub(crate) fn meters(context: &ReadContext, session: &str) -> Result<Vec<MeterReading>, Error> {
    let readings = METERS.prefix(context, (session,))?;
    let reading = |reading: Result<_, _>| -> Result<MeterReading, Error> {
        let ((_, member), DecimalString(injection_wh)): ((String, String), _) = reading?;
        Ok(MeterReading { member, injection_wh })
    };
    readings.map(reading).collect()
}
