//! The contract's functions.

use fabric_contract_api::{Context, DecimalString, QueryContext, contract, contracts};

use crate::error::Error;
use crate::messages::{
    Account, AccountPage, BookOrder, CarriedEnergy, CertificatePage, CertificateRevision, CertificatesIssued,
    ClaimPage, Credit, CreditScore, Deviation, Device, DevicePage, Feeder, FeederVersion, Granule, GranuleName,
    GranulePage, GranuleRevision, Hash, Instructed, IssuedCertificate, Member, MemberPage, MeterReading, PaidBills,
    PostingSummary, Reading, ReadingPage, ReadingsRecorded, Registration, RoundOpened, RoundResult, RoundSealed,
    SealedRound, Session, SessionEnded, SessionPage, SessionParameters, SignedInstruction, Statement, Terms, Trade,
};
use crate::sessions::StoredSession;
use crate::state_layout::{ACCOUNTS, DEVIATIONS, DEVICES, MEMBERS, SESSIONS};
use crate::{
    accounts, certificates, clearing, credit, devices, feeders, members, readings, rounds, sessions, settlement,
};

/// Members, sessions, clearing, settlement and certificates.
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

    /// Records which bills fell due and which of them were late, for the members' credit.
    #[submit]
    fn record_payments(context: &mut Context, payments: Vec<PaidBills>) -> Result<(), Error> {
        credit::record_payments(context, &payments)
    }

    /// Evaluates members' credit from their records: what it leaves of their limits holds from now on.
    #[submit]
    fn evaluate_credit(context: &mut Context, members: Vec<String>) -> Result<Vec<CreditScore>, Error> {
        credit::evaluate(context, &members)
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

    /// Registers devices of members: plants and consumers' installations.
    #[submit]
    fn register_devices(context: &mut Context, devices: Vec<Device>) -> Result<(), Error> {
        devices::register(context, devices)
    }

    /// Records meter readings, the first time or corrected.
    #[submit]
    fn record_readings(context: &mut Context, readings: Vec<MeterReading>) -> Result<ReadingsRecorded, Error> {
        readings::record(context, readings)
    }

    /// Posts deviations from the trades to the accounts, the first time or what corrected readings change.
    #[submit]
    fn reconcile(context: &mut Context, session: String) -> Result<PostingSummary, Error> {
        settlement::reconcile(context, &session)
    }

    /// Carries out members' signed instructions about certificates, in their order: all of them, or none.
    #[submit]
    fn instruct(context: &mut Context, instructions: Vec<SignedInstruction>) -> Result<Instructed, Error> {
        certificates::instruct(context, instructions)
    }

    /// Finds readings good whose owners want certificates.
    #[submit]
    fn audit_granules(context: &mut Context, granules: Vec<GranuleName>) -> Result<(), Error> {
        certificates::audit(context, granules)
    }

    /// Finds readings bad whose owners want certificates.
    #[submit]
    fn reject_granules(context: &mut Context, granules: Vec<GranuleName>, reason: String) -> Result<(), Error> {
        certificates::reject(context, granules, reason)
    }

    /// Mints audited granules, and issues the certificates that their energy fills.
    #[submit]
    fn issue_certificates(context: &mut Context, granules: Vec<GranuleName>) -> Result<CertificatesIssued, Error> {
        certificates::issue(context, granules)
    }

    /// Releases issued certificates to the market.
    #[submit]
    fn publish_certificates(context: &mut Context, certificates: Vec<String>) -> Result<(), Error> {
        certificates::publish(context, certificates)
    }

    /// Notes that certificates are no longer valid.
    #[submit]
    fn expire_certificates(context: &mut Context, certificates: Vec<String>) -> Result<(), Error> {
        certificates::expire(context, certificates)
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

    /// What a member's credit is evaluated from, and what an evaluation would find now.
    #[evaluate]
    fn credit(context: &QueryContext, member: String) -> Result<Credit, Error> {
        members::load(context, &member)?;
        credit::credit(context, &member)
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

    /// A device.
    #[evaluate]
    fn device(context: &QueryContext, device: String) -> Result<Device, Error> {
        devices::load(context, &device)
    }

    /// Devices by identifier, at most `limit`.
    #[evaluate]
    fn devices(context: &QueryContext, from: String, limit: u32) -> Result<DevicePage, Error> {
        let page = DEVICES.page(context, (), limit, &from)?;
        let devices = page.results.into_iter().map(|(_, device)| device).collect();
        Ok(DevicePage { devices, next: page.bookmark })
    }

    /// The latest version of a reading.
    #[evaluate]
    fn reading(context: &QueryContext, device: String, start_ns: DecimalString<u64>) -> Result<Reading, Error> {
        readings::load(context, &device, start_ns.0)
    }

    /// All versions of a reading, the first one first.
    #[evaluate]
    fn reading_versions(
        context: &QueryContext,
        device: String,
        start_ns: DecimalString<u64>,
    ) -> Result<Vec<Reading>, Error> {
        readings::versions(context, &device, start_ns.0)
    }

    /// The readings of all devices whose intervals begin at this moment, in their latest versions.
    #[evaluate]
    fn readings_at(context: &QueryContext, start_ns: DecimalString<u64>) -> Result<Vec<Reading>, Error> {
        readings::at(context, start_ns.0)
    }

    /// A device's readings by interval, in their latest versions, at most `limit`.
    #[evaluate]
    fn readings(context: &QueryContext, device: String, from: String, limit: u32) -> Result<ReadingPage, Error> {
        readings::page(context, &device, &from, limit)
    }

    /// A granule.
    #[evaluate]
    fn granule(context: &QueryContext, device: String, start_ns: DecimalString<u64>) -> Result<Granule, Error> {
        certificates::granule(context, device, start_ns.0)
    }

    /// A granule after each transaction that changed it, the newest first.
    #[evaluate]
    fn granule_history(
        context: &QueryContext,
        device: String,
        start_ns: DecimalString<u64>,
    ) -> Result<Vec<GranuleRevision>, Error> {
        certificates::granule_history(context, &device, start_ns.0)
    }

    /// A device's granules by interval, at most `limit`.
    #[evaluate]
    fn granules(context: &QueryContext, device: String, from: String, limit: u32) -> Result<GranulePage, Error> {
        certificates::granules_of(context, &device, &from, limit)
    }

    /// What a device has towards its next certificate.
    #[evaluate]
    fn carried_energy(context: &QueryContext, device: String) -> Result<CarriedEnergy, Error> {
        certificates::carry(context, &device)
    }

    /// A certificate with what it was issued as.
    #[evaluate]
    fn certificate(context: &QueryContext, certificate: String) -> Result<IssuedCertificate, Error> {
        certificates::certificate(context, &certificate)
    }

    /// A certificate after each transaction that changed it, the newest first.
    #[evaluate]
    fn certificate_history(context: &QueryContext, certificate: String) -> Result<Vec<CertificateRevision>, Error> {
        certificates::certificate_history(context, &certificate)
    }

    /// A member's certificates, whatever became of them, at most `limit`.
    #[evaluate]
    fn certificates(context: &QueryContext, owner: String, from: String, limit: u32) -> Result<CertificatePage, Error> {
        certificates::certificates_of(context, &owner, &from, limit)
    }

    /// A beneficiary's claims by period, at most `limit`.
    #[evaluate]
    fn claims(context: &QueryContext, beneficiary: String, from: String, limit: u32) -> Result<ClaimPage, Error> {
        certificates::claims_of(context, &beneficiary, &from, limit)
    }

    /// The sequence of a member's last instruction; 0 before the first.
    #[evaluate]
    fn last_sequence(context: &QueryContext, member: String) -> Result<DecimalString<u64>, Error> {
        certificates::last_sequence(context, &member)
    }

    /// The deviations that were posted for a session.
    #[evaluate]
    fn deviations(context: &QueryContext, session: String) -> Result<Vec<Deviation>, Error> {
        Ok(DEVIATIONS.get(context, session)?.unwrap_or_default())
    }

    /// An account: a member's, `@fee`, `@auction` or `@balancing`.
    #[evaluate]
    fn account(context: &QueryContext, account: String) -> Result<Account, Error> {
        accounts::account(context, account)
    }

    /// All accounts that something was posted to, by name, at most `limit`.
    #[evaluate]
    fn accounts(context: &QueryContext, from: String, limit: u32) -> Result<AccountPage, Error> {
        let page = ACCOUNTS.page(context, (), limit, &from)?;
        let accounts =
            page.results.into_iter().map(|(account, DecimalString(balance))| accounts::account_of(account, balance));
        Ok(AccountPage { accounts: accounts.collect(), next: page.bookmark })
    }

    /// An account and its postings by session, at most `limit`.
    #[evaluate]
    fn statement(context: &QueryContext, account: String, from: String, limit: u32) -> Result<Statement, Error> {
        accounts::statement(context, account, &from, limit)
    }
}

contracts!(Exchange);
