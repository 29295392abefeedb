//! Drives one session from its opening to its reconciliation, and goes on where it was interrupted.
//!
//! Every step first asks the ledger where the session stands. A step whose transaction committed although its answer was
//! lost is found done; a step that another organization's scheduler did is found done as well. So a scheduler can be
//! killed at any moment, and several can run at once.

use crate::{
    Error,
    clock::Clock,
    market::Market,
};
use exchange::messages::{MeterReading, RoundResult, Session, SessionParameters, SessionPhase};

/// How long after a window's end its round is cleared: the seal has to be in a block first.
const CLEARING_DELAY_NS: u64 = 1_000_000_000;

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
            self.step("SESSION_EXISTS", self.market.open_session(parameters, at).await)?;
        }
        let mut results: Vec<RoundResult> = Vec::new();
        loop {
            let session = self.session(name).await?;
            if let Some(round) = session.progress.cleared.get(results.len()) {
                let result = self.market.round_result(name, *round).await?;
                participants.observe(&result).await?;
                results.push(result);
                continue;
            }
            match session.progress.phase {
                SessionPhase::Open => self.run_window(&session, participants).await?,
                SessionPhase::Sealed => self.clear(&session).await?,
                SessionPhase::Ended => {
                    let at = self.clock.reach(session.parameters.schedule.settlement_start_ns).await;
                    self.step("NOT_ENDED", self.market.settle(name, at).await)?;
                }
                SessionPhase::Settled | SessionPhase::Reconciled | SessionPhase::Cancelled => {
                    return Ok((session, results));
                }
            }
        }
    }

    /// After the delivery: records the meters' readings and posts the deviations, if that has not been done.
    ///
    /// # Errors
    /// Those of the market.
    pub async fn reconcile(&self, parameters: &SessionParameters, readings: &[MeterReading]) -> Result<(), Error> {
        let name = &parameters.session;
        if self.session(name).await?.progress.phase != SessionPhase::Settled {
            return Ok(());
        }
        let at = self.clock.reach(parameters.schedule.delivery_end_ns).await;
        self.market.record_meters(name, readings, at).await?;
        let at = self.clock.reach(parameters.schedule.delivery_end_ns + CLEARING_DELAY_NS).await;
        self.market.reconcile(name, at).await.map(|_| ())
    }

    async fn run_window(&self, session: &Session, participants: &mut impl Participants) -> Result<(), Error> {
        participants.declare(session).await?;
        let at = self.clock.reach(session.progress.window_end_ns).await;
        if at >= session.parameters.schedule.clearing_end_ns {
            return self.expire(session, at).await;
        }
        self.step("NOT_OPEN", self.market.seal(&session.parameters.session, at).await)
    }

    async fn clear(&self, session: &Session) -> Result<(), Error> {
        let at = self.clock.reach(session.progress.window_end_ns + CLEARING_DELAY_NS).await;
        if at >= session.parameters.schedule.clearing_end_ns {
            return self.expire(session, at).await;
        }
        self.step("NOT_SEALED", self.market.clear(&session.parameters.session, at).await)
    }

    async fn expire(&self, session: &Session, at_ns: u64) -> Result<(), Error> {
        self.step("NOT_RUNNING", self.market.expire(&session.parameters.session, at_ns).await)
    }

    /// A step is also done if the contract says, with `done_code`, that somebody else has done it; the next look at the
    /// ledger shows what comes then.
    fn step<T>(&self, done_code: &str, result: Result<T, Error>) -> Result<(), Error> {
        match result {
            Ok(_) => Ok(()),
            Err(error) if error.contract_code() == Some(done_code) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn session(&self, name: &str) -> Result<Session, Error> {
        let session = self.market.session(name).await?;
        session.ok_or_else(|| Error::Stuck { session: name.to_owned(), phase: "not open".to_owned() })
    }
}
