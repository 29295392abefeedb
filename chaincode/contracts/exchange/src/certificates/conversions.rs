//! Between the messages and the rules.

use declaration::encoding::Hexadecimal;
use rules::certificate::{Action, Carry, Part, Range, State};

use crate::messages::{CarriedEnergy, Certificate, CertificateAction, CertificateState, Source};

macro_rules! same_names {
    ($message:ident, $rules:ident: $($variant:ident),+ $(,)?) => {
        impl From<$rules> for $message {
            fn from(value: $rules) -> Self {
                match value {
                    $($rules::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$message> for $rules {
            fn from(value: $message) -> Self {
                match value {
                    $($message::$variant => Self::$variant,)+
                }
            }
        }
    };
}

same_names!(
    CertificateState, State: Metered, Requested, Audited, Rejected, Issued, Published, Listed, Locked, Split, Cancelled,
    Withdrawn, Expired,
);
same_names!(
    CertificateAction, Action: Request, Recall, Audit, Reject, Issue, Correct, Publish, List, Unlist, Lock, Release,
    Transfer, Split, Cancel, Withdraw, Expire,
);

impl Certificate {
    /// The part of its issuance that it covers.
    #[must_use]
    pub fn range(&self) -> Range {
        Range { from: self.from_wh, to: self.to_wh }
    }
}

impl From<Source> for Part {
    fn from(source: Source) -> Self {
        let Source { start_ns, version, evidence_hash, energy_wh } = source;
        Self { start: start_ns, version, evidence: evidence_hash.0, energy: energy_wh }
    }
}

impl From<Part> for Source {
    fn from(part: Part) -> Self {
        let Part { start, version, evidence, energy } = part;
        Self { start_ns: start, version, evidence_hash: Hexadecimal(evidence), energy_wh: energy }
    }
}

impl CarriedEnergy {
    pub(super) fn to_rules(&self) -> Carry {
        Carry { parts: self.sources.iter().cloned().map(Into::into).collect(), debt: self.debt_wh }
    }

    pub(super) fn follow(&mut self, carry: Carry) {
        self.sources = carry.parts.into_iter().map(Into::into).collect();
        self.debt_wh = carry.debt;
    }
}
