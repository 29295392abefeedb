//! What trades and deviations cost.

use fabric_contract_api::Context;
use rules::settlement::{
    Account as Holder, Injections, Postings, contracted, deviation_postings, deviations, trade_postings,
};

use crate::access::{CONSENSUS, require};
use crate::accounts::Accounts;
use crate::credit;
use crate::error::Error;
use crate::messages::{Deviation, PostingKind, PostingSummary, event_name};
use crate::readings;
use crate::rounds::firm_trades;
use crate::sessions::StoredSession;
use crate::state_layout::DEVIATIONS;

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

/// Posts what deviations cost by the readings so far, less what was posted for them before.
pub(crate) fn reconcile(context: &mut Context, session: &str) -> Result<PostingSummary, Error> {
    require(context, &CONSENSUS)?;
    let mut stored = StoredSession::load(context, session)?;
    let mut resumed = stored.resume(context, stored.members.clone())?;
    resumed.reconcile(context.timestamp_ns())?;
    let prices = stored.frozen.parameters.deviation.to_rules();
    let contracts = contracted(&firm_trades(context, session, &stored.progress.cleared)?);
    let schedule = &stored.frozen.parameters.schedule;
    let metered = readings::injections(context, schedule.delivery_start_ns..schedule.delivery_end_ns)?;
    let listed = DEVIATIONS.get(context, session)?.unwrap_or_default();
    let before: Injections = listed.iter().map(|one| (one.member.clone(), one.metered_wh - one.contract_wh)).collect();

    let now = deviations(&contracts, &metered);
    let due = deviation_postings(&now, &prices);
    let difference = due.difference(&deviation_postings(&before, &prices));
    let summary = post(context, &mut stored, PostingKind::Deviation, &difference)?;
    let list = metered.into_iter().map(|(member, metered_wh)| Deviation {
        contract_wh: contracts.get(&member).copied().unwrap_or(0),
        metered_wh,
        amount: due.amount(&Holder::Member(member.clone())),
        member,
    });
    let list: Vec<Deviation> = list.collect();
    DEVIATIONS.put(context, session, &list)?;
    credit::record_fulfilment(context, &listed, &list)?;
    stored.save_progress(context, &resumed)?;
    context.emit(event_name::SESSION_RECONCILED, &summary)?;
    Ok(summary)
}

fn post(
    context: &mut Context,
    stored: &mut StoredSession,
    kind: PostingKind,
    postings: &Postings,
) -> Result<PostingSummary, Error> {
    let mut accounts = Accounts::new();
    let changed = accounts.post(context, stored.name(), stored.progress.postings, kind, postings)?;
    accounts.save(context)?;
    stored.progress.postings += 1;
    let own = |holder: &Holder| postings.amount(holder);
    let [fees, auction, balancing] = [Holder::Fees, Holder::Auction, Holder::Balancing].map(|holder| own(&holder));
    Ok(PostingSummary {
        session: stored.name().to_owned(),
        // As many accounts as members, of which a session has at most `ROUND_BUNDLES_MAX` a round.
        accounts: u32::try_from(changed).unwrap_or(u32::MAX),
        members: postings.sum() - fees - auction - balancing,
        fees,
        auction,
        balancing,
    })
}
