//! The contract's functions.
#![allow(clippy::needless_pass_by_value, reason = "arguments of transactions are owned values")]

use fabric_contract_api::{Context, DecimalString, QueryContext, contract, contracts};

use crate::error::Error;
use crate::messages::{
    Account, AccountPage, BookOrder, Deviation, Feeder, FeederVersion, Hash, Member, MemberPage, MeterReading,
    MetersRecorded, PostingSummary, Registration, RoundOpened, RoundResult, RoundSealed, SealedRound, Session,
    SessionEnded, SessionPage, SessionParameters, Statement, Terms, Trade,
};
use crate::sessions::StoredSession;
use crate::state_layout::{ACCOUNTS, DEVIATIONS, MEMBERS, SESSIONS};
use crate::{clearing, feeders, members, rounds, sessions, settlement};

/// Members, sessions, clearing and settlement.
pub struct Exchange;

#[contract(default)]
impl Exchange {
    /// Registers members, whose identity was checked before, and returns their deposit numbers.
    #[submit]
    fn register_members(context: &mut Context, members: Vec<Registration>) -> Result<Vec<Hash>, Error> {
        members::register(context, members)
    }

    /// Gives a member other terms: key, connection points, limits.
    #[submit]
    fn change_member(context: &mut Context, member: String, terms: Terms) -> Result<(), Error> {
        members::change(context, &member, terms)
    }

    /// Suspends a member: its bundles and resting orders do not count until it is reinstated.
    #[submit]
    fn suspend_member(context: &mut Context, member: String, reason: String) -> Result<(), Error> {
        members::suspend(context, &member, reason)
    }

    /// Ends a member's suspension.
    #[submit]
    fn reinstate_member(context: &mut Context, member: String) -> Result<(), Error> {
        members::reinstate(context, &member)
    }

    /// Sets a feeder for the sessions that are opened from now on, and returns its version.
    #[submit]
    fn set_feeder(context: &mut Context, feeder: Feeder) -> Result<u32, Error> {
        feeders::set(context, feeder)
    }

    /// Opens a session and freezes its parameters.
    #[submit]
    fn open_session(context: &mut Context, parameters: SessionParameters) -> Result<RoundOpened, Error> {
        sessions::open(context, parameters)
    }

    /// Fixes the list of the current round's bundles, once its window is over.
    #[submit]
    fn seal(context: &mut Context, session: String) -> Result<RoundSealed, Error> {
        sessions::seal(context, &session)
    }

    /// Clears the sealed round, and opens the next one or ends the session.
    #[submit]
    fn clear(context: &mut Context, session: String) -> Result<RoundResult, Error> {
        clearing::clear(context, &session)
    }

    /// Ends a session that was not cleared in time; its open orders lapse, its trades stand.
    #[submit]
    fn expire(context: &mut Context, session: String) -> Result<SessionEnded, Error> {
        sessions::expire(context, &session)
    }

    /// Makes a session void that is not settled yet.
    #[submit]
    fn cancel_session(context: &mut Context, session: String, reason: String) -> Result<(), Error> {
        sessions::cancel(context, &session, reason)
    }

    /// Posts the trades of a session to the accounts.
    #[submit]
    fn settle(context: &mut Context, session: String) -> Result<PostingSummary, Error> {
        settlement::settle(context, &session)
    }

    /// Records meter readings of the delivery hour, the first time or corrected.
    #[submit]
    fn record_meters(
        context: &mut Context,
        session: String,
        readings: Vec<MeterReading>,
    ) -> Result<MetersRecorded, Error> {
        settlement::record_meters(context, &session, &readings)
    }

    /// Posts deviations from the trades to the accounts, the first time or what corrected readings change.
    #[submit]
    fn reconcile(context: &mut Context, session: String) -> Result<PostingSummary, Error> {
        settlement::reconcile(context, &session)
    }

    /// A member.
    #[evaluate]
    fn member(context: &QueryContext, member: String) -> Result<Member, Error> {
        members::load(context, &member)
    }

    /// Members by identifier, at most `limit`.
    #[evaluate]
    fn members(context: &QueryContext, from: String, limit: u32) -> Result<MemberPage, Error> {
        let page = MEMBERS.page(context, (), limit, &from)?;
        let members = page.results.into_iter().map(|(_, member)| member).collect();
        Ok(MemberPage { members, next: page.bookmark })
    }

    /// The latest version of a feeder.
    #[evaluate]
    fn feeder(context: &QueryContext, feeder: String) -> Result<FeederVersion, Error> {
        feeders::latest(context, &feeder)
    }

    /// A session's parameters and where it stands.
    #[evaluate]
    fn session(context: &QueryContext, session: String) -> Result<Session, Error> {
        let StoredSession { frozen, progress, .. } = StoredSession::load(context, &session)?;
        Ok(Session { frozen, progress })
    }

    /// Sessions by identifier, at most `limit`.
    #[evaluate]
    fn sessions(context: &QueryContext, from: String, limit: u32) -> Result<SessionPage, Error> {
        let page = SESSIONS.page(context, (), limit, &from)?;
        let sessions = page.results.into_iter().map(|(session, _)| session).collect();
        Ok(SessionPage { sessions, next: page.bookmark })
    }

    /// The bundles that a round was sealed with.
    #[evaluate]
    fn sealed(context: &QueryContext, session: String, round: u32) -> Result<SealedRound, Error> {
        rounds::sealed(context, &session, round)
    }

    /// The result of a cleared round.
    #[evaluate]
    fn round_result(context: &QueryContext, session: String, round: u32) -> Result<RoundResult, Error> {
        rounds::result(context, &session, round)
    }

    /// A page of a cleared round's book, from 0.
    #[evaluate]
    fn book(context: &QueryContext, session: String, round: u32, page: u32) -> Result<Vec<BookOrder>, Error> {
        rounds::book_page(context, &session, round, page)
    }

    /// A page of a cleared round's trade list, from 0.
    #[evaluate]
    fn trades(context: &QueryContext, session: String, round: u32, page: u32) -> Result<Vec<Trade>, Error> {
        rounds::trade_page(context, &session, round, page)
    }

    /// The meter readings of a session.
    #[evaluate]
    fn meters(context: &QueryContext, session: String) -> Result<Vec<MeterReading>, Error> {
        settlement::meters(context, &session)
    }

    /// The deviations that were posted for a session.
    #[evaluate]
    fn deviations(context: &QueryContext, session: String) -> Result<Vec<Deviation>, Error> {
        Ok(DEVIATIONS.get(context, session)?.unwrap_or_default())
    }

    /// An account: a member's, `@fee`, `@auction` or `@balancing`.
    #[evaluate]
    fn account(context: &QueryContext, account: String) -> Result<Account, Error> {
        settlement::account(context, account)
    }

    /// All accounts that something was posted to, by name, at most `limit`.
    #[evaluate]
    fn accounts(context: &QueryContext, from: String, limit: u32) -> Result<AccountPage, Error> {
        let page = ACCOUNTS.page(context, (), limit, &from)?;
        let accounts =
            page.results.into_iter().map(|(account, DecimalString(balance))| settlement::account_of(account, balance));
        Ok(AccountPage { accounts: accounts.collect(), next: page.bookmark })
    }

    /// An account and its postings by session, at most `limit`.
    #[evaluate]
    fn statement(context: &QueryContext, account: String, from: String, limit: u32) -> Result<Statement, Error> {
        settlement::statement(context, account, &from, limit)
    }
}

contracts!(Exchange);
