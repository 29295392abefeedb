//! The steps of a session but its clearing and settlement.

use declaration::messages::PositionUpdate;
use fabric_contract_api::{Context, ReadContext};
use rules::session::{Members, Session};

use crate::access::{CONSENSUS, REGULATOR, TRADING_CENTRE, require};
use crate::declaration_chaincode;
use crate::error::Error;
use crate::feeders;
use crate::limits::{ROUND_BUNDLES_MAX, ROUND_BYTES_MAX, ROUND_ORDERS_MAX};
use crate::members::{check_name, check_reason};
use crate::messages::{
    EndReason, FrozenSession, Progress, ReferencePrices, RoundBounds, RoundOpened, RoundSealed, SessionCancelled,
    SessionEnded, SessionParameters, SessionPhase, event_name,
};
use crate::pages::{decode_members, encode_members, encode_seal};
use crate::state_layout::{DELIVERIES, PROGRESS, SEALS, SESSIONS, STANDINGS};

/// A session as it lies on the ledger.
pub(crate) struct StoredSession {
    pub(crate) frozen: FrozenSession,
    pub(crate) progress: Progress,
    pub(crate) members: Members,
}

impl StoredSession {
    pub(crate) fn load(context: &ReadContext, session: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownSession(session.to_owned());
        let frozen = SESSIONS.get(context, session)?.ok_or_else(unknown)?;
        let progress = PROGRESS.load(context, session)?;
        let members = STANDINGS.get(context, session)?.map(|page| decode_members(&page)).transpose()?;
        Ok(Self { frozen, progress, members: members.unwrap_or_default() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.frozen.parameters.session
    }

    /// The session as the rules see it, with these members.
    pub(crate) fn resume(&self, context: &ReadContext, members: Members) -> Result<Session, Error> {
        let parameters = self.frozen.parameters.to_rules(context.channel())?;
        let quotes = self.progress.reference.map(ReferencePrices::to_rules);
        Ok(Session::resume(parameters, self.progress.to_rules(), members, quotes))
    }

    /// Keeps where the session is now.
    pub(crate) fn save_progress(&mut self, context: &mut Context, session: &Session) -> Result<(), Error> {
        self.progress.follow(session.state());
        self.progress.reference = session.quotes().map(Into::into);
        Ok(PROGRESS.put(context, self.name(), &self.progress)?)
    }

    /// Keeps where the session is now, here and, with the positions that changed, in `declaration`.
    pub(crate) fn save(
        &mut self,
        context: &mut Context,
        session: &Session,
        positions: &Vec<PositionUpdate>,
    ) -> Result<(), Error> {
        self.save_progress(context, session)?;
        if *session.members() != self.members {
            STANDINGS.put(context, self.name(), &encode_members(session.members())?.into())?;
        }
        let round = self.frozen.parameters.round_record(&self.progress);
        declaration_chaincode::set_round(context, self.name(), &round, positions)
    }

    /// The current round with its window.
    pub(crate) fn round_opened(&self) -> RoundOpened {
        RoundOpened {
            session: self.name().to_owned(),
            round: self.progress.round,
            window_start_ns: self.progress.window_start_ns,
            window_end_ns: self.progress.window_end_ns,
        }
    }
}

pub(crate) fn open(context: &mut Context, parameters: SessionParameters) -> Result<RoundOpened, Error> {
    require(context, &[TRADING_CENTRE])?;
    check_name(&parameters.session)?;
    if SESSIONS.contains(context, &parameters.session)? {
        return Err(Error::SessionExists(parameters.session));
    }
    let delivery = parameters.schedule.delivery_start_ns;
    if let Some(session) = DELIVERIES.get(context, delivery)? {
        return Err(Error::DeliveryTaken(session));
    }
    check_bounds(&parameters.bounds)?;
    parameters.deviation.to_rules().check()?;
    let mut session = Session::new(parameters.to_rules(context.channel())?)?;
    session.open(context.timestamp_ns())?;
    let feeder = parameters.feeder.as_deref().map(|feeder| feeders::latest(context, feeder)).transpose()?;

    let frozen = FrozenSession { parameters, feeder_version: feeder.map_or(0, |feeder| feeder.version) };
    SESSIONS.put(context, &frozen.parameters.session, &frozen)?;
    DELIVERIES.put(context, delivery, &frozen.parameters.session)?;
    let mut stored = StoredSession { frozen, progress: not_open_yet(), members: Members::default() };
    stored.save(context, &session, &Vec::new())?;
    let opened = stored.round_opened();
    context.emit(event_name::SESSION_OPENED, &opened)?;
    Ok(opened)
}

/// The progress of a session before its first window, which `follow` fills in.
fn not_open_yet() -> Progress {
    Progress {
        phase: SessionPhase::Open,
        round: 0,
        window_start_ns: 0,
        window_end_ns: 0,
        cleared: Vec::new(),
        reference: None,
        end_reason: None,
        postings: 0,
    }
}

fn check_bounds(bounds: &RoundBounds) -> Result<(), Error> {
    let fits = bounds.bundles_max <= ROUND_BUNDLES_MAX
        && bounds.orders_max <= ROUND_ORDERS_MAX
        && bounds.bytes_max <= ROUND_BYTES_MAX
        && bounds.bundle_orders_max <= bounds.orders_max;
    if fits { Ok(()) } else { Err(Error::BoundsTooLarge) }
}

/// Fixes the list of the round's bundles: later ones do not count, whoever endorsed them.
pub(crate) fn seal(context: &mut Context, session: &str) -> Result<RoundSealed, Error> {
    require(context, &CONSENSUS)?;
    let mut stored = StoredSession::load(context, session)?;
    let mut resumed = stored.resume(context, stored.members.clone())?;
    resumed.seal(context.timestamp_ns())?;
    let (round, bounds) = (stored.progress.round, stored.frozen.parameters.bounds);
    let bundles =
        declaration_chaincode::sealable_bundles(context, session, round, bounds.bundles_max, bounds.bytes_max)?;
    SEALS.put(context, (session, round), &encode_seal(&bundles)?.into())?;
    stored.save(context, &resumed, &Vec::new())?;
    // A round has at most `ROUND_BUNDLES_MAX` bundles.
    let bundles = u32::try_from(bundles.len()).unwrap_or(u32::MAX);
    let sealed = RoundSealed { session: session.to_owned(), round, bundles };
    context.emit(event_name::ROUND_SEALED, &sealed)?;
    Ok(sealed)
}

/// Ends a session that was not cleared in time.
pub(crate) fn expire(context: &mut Context, session: &str) -> Result<SessionEnded, Error> {
    require(context, &CONSENSUS)?;
    let mut stored = StoredSession::load(context, session)?;
    let mut resumed = stored.resume(context, stored.members.clone())?;
    resumed.expire(context.timestamp_ns())?;
    stored.save(context, &resumed, &Vec::new())?;
    let ended = SessionEnded { session: session.to_owned(), reason: EndReason::Time };
    context.emit(event_name::SESSION_EXPIRED, &ended)?;
    Ok(ended)
}

/// Makes a session void, and its delivery hour free for another one.
pub(crate) fn cancel(context: &mut Context, session: &str, reason: String) -> Result<(), Error> {
    require(context, &[TRADING_CENTRE, REGULATOR])?;
    check_reason(&reason)?;
    let mut stored = StoredSession::load(context, session)?;
    let mut resumed = stored.resume(context, stored.members.clone())?;
    resumed.cancel()?;
    DELIVERIES.delete(context, stored.frozen.parameters.schedule.delivery_start_ns)?;
    stored.save(context, &resumed, &Vec::new())?;
    Ok(context.emit(event_name::SESSION_CANCELLED, &SessionCancelled { session: session.to_owned(), reason })?)
}
