//! What came of an attack.

use serde::Serialize;

/// What became of one thing that the attacker tried.
#[derive(Debug)]
pub(super) enum Found {
    /// It had no effect; the code, or the words, of what refused it.
    Stopped(String),
    /// It had this effect.
    Effect(String),
}

/// One thing that the attacker tried.
#[derive(Debug, Serialize)]
pub(super) struct Attempt {
    /// What was tried.
    pub(super) what: String,
    /// The code, or the words, that must be in what stops it.
    pub(super) expected: &'static str,
    /// What stopped it, or what it did.
    pub(super) found: String,
    pub(super) verdict: Verdict,
}

/// How an attempt, and with it an attack, ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Verdict {
    /// By what must stop it.
    Stopped,
    /// By something else, which says nothing about the protection that was to be tested.
    Unclear,
    /// It took effect.
    Succeeded,
}

impl Verdict {
    /// As printed.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::Unclear => "UNCLEAR",
            Self::Succeeded => "SUCCEEDED",
        }
    }
}

impl Attempt {
    /// Compares what was found with what must stop the attempt.
    pub(super) fn new(what: impl Into<String>, expected: &'static str, found: Found) -> Self {
        let (verdict, found) = match found {
            Found::Stopped(by) if by.contains(expected) => (Verdict::Stopped, by),
            Found::Stopped(by) => (Verdict::Unclear, by),
            Found::Effect(effect) => (Verdict::Succeeded, effect),
        };
        Self { what: what.into(), expected, found, verdict }
    }
}

/// A transaction's validation code as what was found.
pub(super) fn found_code(code: fabric_client::TxValidationCode) -> Found {
    match code {
        fabric_client::TxValidationCode::Valid => Found::Effect("the transaction is VALID".to_owned()),
        code => Found::Stopped(code.as_str_name().to_owned()),
    }
}

/// What refused a transaction: the contract by a code, the validation by a code, or a node in its own words.
pub(super) fn refused(error: &fabric_client::Error) -> String {
    if let Some(code) = error.contract_error().and_then(|error| error.code) {
        return code.to_owned();
    }
    match (error, error.refusal()) {
        (fabric_client::Error::Commit(commit), _) => commit.code.as_str_name().to_owned(),
        // What the first endorser says tells more than the gateway's summary.
        (_, Some(refusal)) => refusal.details.first().map_or(&refusal.message, |detail| &detail.message).clone(),
        (error, None) => error.to_string(),
    }
}

/// The same for a call of the market.
pub(super) fn refused_by_market(error: &app::Error) -> String {
    match error {
        app::Error::Ledger { source, .. } => refused(source),
        error => error.to_string(),
    }
}
