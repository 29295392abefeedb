//! Money: trades, deviations, accounts.

use std::collections::BTreeMap;

use super::credit;
use super::documents::{
    AUCTION_ACCOUNT, BALANCING_ACCOUNT, Decimal, Deviation, DeviationRule, DeviationTerms, FEE_ACCOUNT, Posting,
    PostingKind, PostingSummary, SessionPhase,
};
use super::keys::{Key, hex32};
use super::metering::{self, Injections};
use super::policy::CONSENSUS;
use super::rounds::{FirmTrade, firm_trades};
use super::session::Session;
use super::step::{Checked, Expected, Step, require};
use crate::finding::Code;

/// Amounts by account, 10^-6 fen.
type Amounts = BTreeMap<String, i128>;

/// What a volume costs. What is beyond all measure, as only a forger would write it, stays at the end of the numbers.
fn money(price: i128, volume: i128) -> i128 {
    price.saturating_mul(volume)
}

fn add(amounts: &mut Amounts, account: &str, amount: i128) {
    let sum = amounts.entry(account.to_owned()).or_default();
    *sum = sum.saturating_add(amount);
}

fn signed(volume: u64) -> i64 {
    i64::try_from(volume).unwrap_or(i64::MAX)
}

/// The trades of a session that has ended are posted.
pub(super) fn settle(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&CONSENSUS)?;
    let mut session = Session::of(step)?;
    session.require_phase(SessionPhase::Ended, "NOT_ENDED")?;
    let due = session.after_start(session.parameters().schedule.settle_from_s);
    require(step.now() >= due, "SETTLEMENT_NOT_DUE")?;
    let mut expected = Expected::default();
    let amounts = trade_amounts(&firm_trades(step, &session)?);
    let summary = post(step, &mut session, PostingKind::Trades, &amounts, &mut expected)?;
    session.progress.phase = SessionPhase::Settled;
    session.expect_progress(&mut expected);
    expected.event("session_settled", &summary);
    Ok(expected)
}

/// The seller gets its net, the buyer pays net, fee and margin.
fn trade_amounts(trades: &[FirmTrade]) -> Amounts {
    let mut amounts = Amounts::new();
    let mut post = |account: &str, amount: i128| add(&mut amounts, account, amount);
    for trade in trades {
        let [volume, net, fee, margin] =
            [trade.volume.into(), trade.seller_net.into(), trade.fee.into(), trade.margin.into()];
        post(&trade.seller, money(net, volume));
        post(&trade.buyer, money(-(net + fee + margin), volume));
        post(FEE_ACCOUNT, money(fee, volume));
        post(AUCTION_ACCOUNT, money(margin, volume));
    }
    amounts
}

/// What deviations cost by the meters so far is posted, less what was posted for them before.
pub(super) fn reconcile(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&CONSENSUS)?;
    let mut session = Session::of(step)?;
    require(matches!(session.progress.phase, SessionPhase::Settled | SessionPhase::Reconciled), "NOT_SETTLED")?;
    require(step.now() >= session.parameters().schedule.delivery_end_ns.0, "DELIVERY_NOT_OVER")?;
    let contracts = contracts(&firm_trades(step, &session)?);
    let schedule = &session.parameters().schedule;
    let metered = metering::injections(step, schedule.delivery_start_ns.0..schedule.delivery_end_ns.0)?;
    let list_key = Key::exchange("deviations", &[session.name()]);
    let listed: Vec<Deviation> = step.find(&list_key)?.unwrap_or_default();
    let before =
        listed.iter().map(|one| (one.member.clone(), one.metered_wh.0.saturating_sub(one.contract_wh.0))).collect();

    let contract = |member: &str| contracts.get(member).copied().unwrap_or(0);
    let now =
        metered.iter().map(|(member, metered)| (member.clone(), metered.saturating_sub(contract(member)))).collect();
    let terms = &session.parameters().deviation;
    let (due, posted) = (deviation_amounts(&now, terms), deviation_amounts(&before, terms));
    let mut difference = due.clone();
    for (account, amount) in posted {
        add(&mut difference, &account, amount.saturating_neg());
    }
    let list: Vec<Deviation> = metered
        .iter()
        .map(|(member, metered)| Deviation {
            member: member.clone(),
            contract_wh: Decimal(contract(member)),
            metered_wh: Decimal(*metered),
            amount: Decimal(due.get(member).copied().unwrap_or(0)),
        })
        .collect();

    let mut expected = Expected::default();
    let summary = post(step, &mut session, PostingKind::Deviation, &difference, &mut expected)?;
    expected.document(Code::Settlement, list_key, &list);
    credit::add_fulfilment(step, &mut expected, &listed, &list)?;
    session.progress.phase = SessionPhase::Reconciled;
    session.expect_progress(&mut expected);
    expected.event("session_reconciled", &summary);
    Ok(expected)
}

/// What each member has sold, less what it has bought.
fn contracts(trades: &[FirmTrade]) -> Injections {
    let mut contracts = Injections::new();
    for trade in trades {
        for (member, volume) in [(&trade.seller, signed(trade.volume)), (&trade.buyer, -signed(trade.volume))] {
            let contract = contracts.entry(member.clone()).or_default();
            *contract = contract.saturating_add(volume);
        }
    }
    contracts
}

/// Surplus earns, shortfall pays; the balancing account takes the other side.
fn deviation_amounts(deviations: &Injections, terms: &DeviationTerms) -> Amounts {
    let system: i128 = deviations.values().copied().map(i128::from).sum();
    let (long, short) = (i128::from(terms.surplus_price.0), i128::from(terms.shortfall_price.0));
    let mut amounts = Amounts::new();
    for (member, deviation) in deviations {
        let price = match terms.rule {
            DeviationRule::TwoPrice if *deviation > 0 => long,
            DeviationRule::TwoPrice => short,
            DeviationRule::OnePrice if system < 0 => short,
            DeviationRule::OnePrice if system > 0 => long,
            DeviationRule::OnePrice => (long + short).div_euclid(2),
        };
        let amount = money(price, (*deviation).into());
        add(&mut amounts, member, amount);
        add(&mut amounts, BALANCING_ACCOUNT, amount.saturating_neg());
    }
    amounts
}

/// Expects the accounts' new balances and their postings.
fn post(
    step: &Step<'_>,
    session: &mut Session,
    kind: PostingKind,
    amounts: &Amounts,
    expected: &mut Expected,
) -> Checked<PostingSummary> {
    let number = session.progress.postings;
    session.progress.postings = number.saturating_add(1);
    let (name, posted_ns) = (session.name().to_owned(), Decimal(step.now()));
    let mut accounts = 0;
    for (account, amount) in amounts.iter().filter(|(_, amount)| **amount != 0) {
        let key = Key::account(account);
        let Decimal(balance) = step.find::<Decimal<i128>>(&key)?.unwrap_or_default();
        expected.document(Code::Settlement, key, &Decimal(balance.saturating_add(*amount)));
        let posting = Posting { subject: name.clone(), number, kind, amount: Decimal(*amount), posted_ns };
        expected.document(Code::Settlement, Key::exchange("posting", &[account, &name, &hex32(number)]), &posting);
        accounts += 1;
    }
    let of = |account: &str| amounts.get(account).copied().unwrap_or(0);
    let (fees, auction, balancing) = (of(FEE_ACCOUNT), of(AUCTION_ACCOUNT), of(BALANCING_ACCOUNT));
    let members = amounts.iter().filter(|(account, _)| !account.starts_with('@')).map(|(_, amount)| *amount);
    Ok(PostingSummary {
        session: name,
        accounts,
        members: Decimal(members.fold(0, i128::saturating_add)),
        fees: Decimal(fees),
        auction: Decimal(auction),
        balancing: Decimal(balancing),
    })
}
