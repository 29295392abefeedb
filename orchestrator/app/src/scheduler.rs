//! Drives one session from its opening to its reconciliation, and goes on where it was interrupted.
//!
//! Every step first asks the ledger where the session stands. A step whose transaction committed although its answer was
//! lost is found done; a step that another organization's scheduler did is found done as well. So a scheduler can be
//! killed at any moment, and several can run at once.

use crate::{Error, clock::Clock, market::Market};
use exchange::messages::{MeterReading, Progress, RoundResult, Session, SessionParameters, SessionPhase};

/// How long after a window's end its round is cleared: the seal has to be in a block first.
const CLEARING_DELAY_NS: u64 = rules::units::SECOND_NS;

/// A moment of a session, given in seconds from its start.
fn moment(parameters: &SessionParameters, seconds: u32) -> u64 {
    parameters.schedule.start_ns + u64::from(seconds) * rules::units::SECOND_NS
}

/// The members' part in a session.
#[expect(async_fn_in_trait, reason = "used within this crate, always on the caller's task")]
pub trait Participants {
    /// A session begins.
    fn begin(&mut self, parameters: &SessionParameters);
    /// A window is open: declare. Called again after an interruption, so what is declared already must be left alone.
    async fn declare(&mut self, session: &Session) -> Result<(), Error>;
    /// A round is over and disclosed. Called for rounds that were cleared before an interruption as well.
    async fn observe(&mut self, result: &RoundResult) -> Result<(), Error>;
}

/// Codes with which a contract says that a step was done already; the next look at the ledger shows what comes then.
const DONE_BY_ANOTHER: [&str; 13] = [
    "MEMBER_EXISTS",
    "DEVICE_EXISTS",
    "SESSION_EXISTS",
    // The bundle is declared; its round is over.
    "SEQUENCE_REPLAYED",
    "WRONG_ROUND",
    // The round is sealed; it is cleared as well, and the next one is open.
    "NOT_OPEN",
    "WINDOW_NOT_OVER",
    "NOT_SEALED",
    "ALREADY_ENDED",
    "NOT_ENDED",
    "ALREADY_SETTLED",
    // The granule is requested, or has gone further; so has the certificate.
    "CERTIFICATE_EXISTS",
    "WRONG_STATE",
];

/// Takes a refusal because a step was done already as success.
pub(crate) fn done_by_another(error: Error) -> Result<(), Error> {
    match error.contract_code() {
        Some(code) if DONE_BY_ANOTHER.contains(&code) => Ok(()),
        _ => Err(error),
    }
}

/// Runs sessions on a market.
pub struct Scheduler<'a> {
    /// The market.
    pub market: &'a Market,
    /// Real or simulated time.
    pub clock: &'a Clock,
}

impl Scheduler<'_> {
    /// Opens the session if it is not, drives its rounds to the end and settles it. Returns the disclosures of its
    /// rounds, in order.
    ///
    /// # Errors
    /// Those of the market and of the participants.
    pub async fn trade(
        &self,
        parameters: &SessionParameters,
        participants: &mut impl Participants,
    ) -> Result<(Session, Vec<RoundResult>), Error> {
        let name = &parameters.session;
        participants.begin(parameters);
        if self.market.session(name).await?.is_none() {
            let at = self.clock.reach(parameters.schedule.start_ns).await;
            self.market.open_session(parameters, at).await.map(|_| ()).or_else(done_by_another)?;
        }
        let mut results: Vec<RoundResult> = Vec::new();
        let mut before: Option<Progress> = None;
        loop {
            let session = self.session(name).await?;
            if let Some(round) = session.progress.cleared.get(results.len()) {
                let result = self.market.round_result(name, *round).await?;
                participants.observe(&result).await?;
                results.push(result);
                continue;
            }
            if before.as_ref() == Some(&session.progress) {
                let phase = format!("{:?} in round {}", session.progress.phase, session.progress.round);
                return Err(Error::Stuck { session: name.clone(), phase });
            }
            before = Some(session.progress.clone());
            let step = match session.progress.phase {
                SessionPhase::Open => self.run_window(&session, participants).await,
                SessionPhase::Sealed => self.clear(parameters, &session.progress).await,
                SessionPhase::Ended => {
                    let at = self.clock.reach(moment(parameters, parameters.schedule.settle_from_s)).await;
                    self.market.settle(name, at).await.map(|_| ())
                }
                SessionPhase::Settled | SessionPhase::Reconciled | SessionPhase::Cancelled => {
                    return Ok((session, results));
                }
            };
            step.or_else(done_by_another)?;
        }
    }

    /// After the delivery: records the meters' readings and posts the deviations, if that has not been done.
    ///
    /// # Errors
    /// Those of the market.
    pub async fn reconcile(&self, parameters: &SessionParameters, readings: &[MeterReading]) -> Result<(), Error> {
        let name = &parameters.session;
        let progress = self.session(name).await?.progress;
        if progress.phase != SessionPhase::Settled {
            return Ok(());
        }
        let at = self.clock.reach(parameters.schedule.delivery_end_ns).await;
        let recorded = self.market.readings_at(parameters.schedule.delivery_start_ns).await?;
        let is_recorded = |reading: &MeterReading| {
            let mut same = recorded.iter().filter(|one| one.device == reading.device);
            same.any(|one| (one.energy_wh, one.evidence_hash) == (reading.energy_wh, reading.evidence_hash))
        };
        if !readings.iter().all(is_recorded) {
            self.market.record_readings(readings, at).await?;
        }
        let at = self.clock.reach(parameters.schedule.delivery_end_ns + CLEARING_DELAY_NS).await;
        self.market.reconcile_as_seen(name, &progress, at).await
    }

    async fn run_window(&self, session: &Session, participants: &mut impl Participants) -> Result<(), Error> {
        participants.declare(session).await?;
        let parameters = &session.frozen.parameters;
        let at = self.clock.reach(session.progress.window_end_ns).await;
        if at >= moment(parameters, parameters.schedule.clear_by_s) {
            return self.market.expire(&parameters.session, at).await.map(|_| ());
        }
        self.market.seal(&parameters.session, at).await.map(|_| ())
    }

    async fn clear(&self, parameters: &SessionParameters, progress: &Progress) -> Result<(), Error> {
        let at = self.clock.reach(progress.window_end_ns + CLEARING_DELAY_NS).await;
        if at >= moment(parameters, parameters.schedule.clear_by_s) {
            return self.market.expire(&parameters.session, at).await.map(|_| ());
        }
        self.market.clear_as_seen(&parameters.session, progress, at).await
    }

    async fn session(&self, name: &str) -> Result<Session, Error> {
        let session = self.market.session(name).await?;
        session.ok_or_else(|| Error::Stuck { session: name.to_owned(), phase: "not open".to_owned() })
    }
}
