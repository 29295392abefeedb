use rules::grid::{CopperPlate, GridCheck};
use rules::session::{Declaration, Limits, RoundResult, Session, StepError};

/// The same session by the rules alone, without contracts: what must come of it.
pub struct Shadow {
    session: Session,
    declared: Vec<Declaration>,
    limit_wh: u64,
}

impl Shadow {
    /// An open session in which every member has the same limit in Wh for both sides.
    #[must_use]
    pub fn new(session: Session, limit_wh: u64) -> Self {
        Self { session, declared: Vec::new(), limit_wh }
    }

    /// The session by the rules.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// A declaration that the contract took.
    pub fn declare(&mut self, declaration: Declaration) {
        self.declared.push(declaration);
    }

    /// Seals and clears the round.
    ///
    /// # Errors
    /// The rules refuse the step.
    pub fn clear(&mut self, now_ns: u64) -> Result<RoundResult, StepError> {
        self.clear_on(now_ns, &mut CopperPlate)
    }

    /// Seals and clears the round on a grid.
    ///
    /// # Errors
    /// The rules refuse the step.
    pub fn clear_on(&mut self, now_ns: u64, grid: &mut dyn GridCheck) -> Result<RoundResult, StepError> {
        self.session.seal(now_ns)?;
        let mut declared = std::mem::take(&mut self.declared);
        let key = |declaration: &Declaration| (declaration.bundle.member.clone(), declaration.bundle.sequence);
        declared.sort_by_key(key);
        let limits = Limits { sell: self.limit_wh, buy: self.limit_wh };
        self.session.clear(now_ns, &declared, |_| limits, grid)
    }
}
