//! A session as it lies on the ledger, and the times of its steps.

use super::documents::{
    Decimal, EndReason, FrozenSession, PricingRule, Progress, RoundOpened, SessionParameters, SessionPhase,
};
use super::keys::Key;
use super::members::write_protected;
use super::pages::{decode_standings, encode_standings};
use super::standing::Standings;
use super::step::{Checked, Expected, Step, Wrong, require};
use crate::finding::Code;
use crate::proof::{Rule, Terms};

const SECOND_NS: u64 = 1_000_000_000;

/// A session before a step, and what the step makes of it.
pub(super) struct Session {
    pub(super) frozen: FrozenSession,
    pub(super) progress: Progress,
    pub(super) standings: Standings,
    standings_before: Standings,
}

impl Session {
    /// The session that the first argument names.
    pub(super) fn of(step: &Step<'_>) -> Checked<Self> {
        let name = step.text(1)?;
        let frozen: Option<FrozenSession> = step.find(&Key::exchange("session", &[&name]))?;
        let frozen = frozen.ok_or_else(|| Wrong::refused(format!("UNKNOWN_SESSION: {name}")))?;
        let progress = step.load(&Key::exchange("progress", &[&name]))?;
        let malformed = |_| Wrong::new(Code::UnknownState, format!("what members have in {name} cannot be read"));
        let standings = step.bytes(&Key::exchange("standing", &[&name])).map(decode_standings).transpose();
        let standings = standings.map_err(malformed)?.unwrap_or_default();
        Ok(Self { frozen, progress, standings_before: standings.clone(), standings })
    }

    /// A session that is about to open.
    pub(super) fn new(parameters: SessionParameters, feeder_version: u32) -> Self {
        let progress = Progress {
            phase: SessionPhase::Open,
            round: 0,
            window_start_ns: Decimal(0),
            window_end_ns: Decimal(0),
            cleared: Vec::new(),
            reference: None,
            end_reason: None,
            postings: 0,
        };
        let frozen = FrozenSession { parameters, feeder_version };
        Self { frozen, progress, standings: Standings::new(), standings_before: Standings::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.frozen.parameters.session
    }

    pub(super) fn parameters(&self) -> &SessionParameters {
        &self.frozen.parameters
    }

    pub(super) fn require_phase(&self, phase: SessionPhase, otherwise: &str) -> Checked<()> {
        require(self.progress.phase == phase, otherwise)
    }

    /// A moment so many seconds after the session's start.
    pub(super) fn after_start(&self, seconds: u32) -> u64 {
        self.parameters().schedule.start_ns.0.saturating_add(u64::from(seconds) * SECOND_NS)
    }

    /// From when the round can no longer be cleared.
    pub(super) fn deadline(&self) -> u64 {
        self.after_start(self.parameters().schedule.clear_by_s)
    }

    /// Opens the first round from `from` on whose window is not over; false if there is none.
    pub(super) fn open_round(&mut self, from: u32, now: u64) -> bool {
        let start = self.parameters().schedule.start_ns.0;
        let elapsed = now.saturating_sub(start);
        let next = (from..=self.parameters().rounds).find(|round| self.window_ends(*round) > elapsed);
        let Some(round) = next else { return false };
        let end = start.saturating_add(self.window_ends(round));
        let progress = &mut self.progress;
        (progress.phase, progress.round) = (SessionPhase::Open, round);
        (progress.window_start_ns, progress.window_end_ns) = (Decimal(now), Decimal(end));
        true
    }

    /// When a round's window ends, nanoseconds from the session's start: the first as configured, the others share the
    /// time until the last in equal parts, cut to whole seconds.
    fn window_ends(&self, round: u32) -> u64 {
        let SessionParameters { schedule, rounds, .. } = self.parameters();
        let (first, last) = (u64::from(schedule.first_window_ends_s), u64::from(schedule.last_window_ends_s));
        let later_rounds = u64::from(rounds.saturating_sub(1)).max(1);
        let seconds = first + last.saturating_sub(first) * u64::from(round.saturating_sub(1)) / later_rounds;
        seconds * SECOND_NS
    }

    /// No more rounds: open orders lapse.
    pub(super) fn end(&mut self, reason: EndReason) {
        self.close_orders();
        self.progress.phase = SessionPhase::Ended;
        self.progress.end_reason = Some(reason);
    }

    /// All open orders go back to their members.
    pub(super) fn close_orders(&mut self) {
        self.standings.values_mut().for_each(|standing| standing.open.clear());
    }

    pub(super) fn round_opened(&self) -> RoundOpened {
        RoundOpened {
            session: self.name().to_owned(),
            round: self.progress.round,
            window_start_ns: self.progress.window_start_ns,
            window_end_ns: self.progress.window_end_ns,
        }
    }

    /// Expects where the session stands after the step.
    pub(super) fn expect_progress(&self, expected: &mut Expected) {
        expected.document(Code::SessionProgress, Key::exchange("progress", &[self.name()]), &self.progress);
    }

    /// The same, with what members have and what `declaration` must know.
    pub(super) fn expect(&self, step: &Step<'_>, expected: &mut Expected) -> Checked<()> {
        self.expect_progress(expected);
        if self.standings != self.standings_before {
            let key = Key::exchange("standing", &[self.name()]);
            expected.bytes(Code::SessionProgress, key, encode_standings(&self.standings));
        }
        let round = self.parameters().round_record(&self.progress);
        let key = Key::declaration("round", &[self.name()]);
        require(write_protected(step, expected, key, &round), "KEY_TAKEN")
    }

    /// Expects the positions that the step changed. Whether one could be written does not matter: it only lets a
    /// declaration be refused early.
    pub(super) fn expect_positions(&self, step: &Step<'_>, expected: &mut Expected) {
        for (member, standing) in &self.standings {
            let before = self.standings_before.get(member).map(super::standing::Standing::position);
            let now = standing.position();
            if now != before.unwrap_or_else(|| super::standing::Standing::default().position()) {
                let key = Key::declaration("position", &[self.name(), member]);
                write_protected(step, expected, key, &now);
            }
        }
    }

    /// What the session's rounds are cleared by.
    pub(super) fn terms(&self) -> Terms {
        let parameters = self.parameters();
        Terms {
            session: parameters.session.clone(),
            fees: fee_matrix(parameters).unwrap_or_default(),
            rule: match parameters.pricing.rule {
                PricingRule::KDoubleAuction => Rule::KDoubleAuction,
                PricingRule::PayAsBid => Rule::PayAsBid,
                PricingRule::PayAsAsk => Rule::PayAsAsk,
                PricingRule::Uniform => Rule::Uniform,
                PricingRule::Mcafee => Rule::Mcafee,
            },
            k: (parameters.pricing.k_numerator, parameters.pricing.k_denominator),
        }
    }
}

/// The fee of each sell class with each buy class; none if the list names other classes, or a pair twice.
pub(super) fn fee_matrix(parameters: &SessionParameters) -> Option<Vec<Vec<Option<i64>>>> {
    let classes = parameters.classes.len();
    let mut matrix = vec![vec![None; classes]; classes];
    for fee in &parameters.fees {
        let entry = matrix.get_mut(fee.sell_class as usize)?.get_mut(fee.buy_class as usize)?;
        if entry.replace(fee.fee.0).is_some() {
            return None;
        }
    }
    Some(matrix)
}
