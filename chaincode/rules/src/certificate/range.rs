//! Which part of an issued certificate's energy a certificate covers.

use alloc::vec::Vec;

use crate::units::WattHours;

/// The energy from `from` to before `to` Wh of what was issued under one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// First Wh, counted from 0.
    pub from: WattHours,
    /// After the last Wh.
    pub to: WattHours,
}

/// Why a certificate cannot be split so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Fewer than two parts.
    #[error("SPLIT_TOO_FEW: a certificate splits into two parts or more")]
    TooFew,
    /// A part without energy.
    #[error("SPLIT_EMPTY: a part has no energy")]
    Empty,
    /// The parts are not the whole.
    #[error("SPLIT_SUM: the parts have {parts} Wh together, the certificate has {whole} Wh")]
    Sum {
        /// What the parts come to.
        parts: u128,
        /// What the certificate has.
        whole: WattHours,
    },
}

impl SplitError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooFew => "SPLIT_TOO_FEW",
            Self::Empty => "SPLIT_EMPTY",
            Self::Sum { .. } => "SPLIT_SUM",
        }
    }
}

impl Range {
    /// All of `energy` Wh.
    #[must_use]
    pub fn whole(energy: WattHours) -> Self {
        Self { from: 0, to: energy }
    }

    /// How much it is.
    #[must_use]
    pub fn energy(self) -> WattHours {
        self.to - self.from
    }

    /// Divides it into parts of these energies, in their order.
    ///
    /// # Errors
    /// The parts must be two or more, none empty, and add up to the whole.
    pub fn split(self, energies: &[WattHours]) -> Result<Vec<Self>, SplitError> {
        if energies.len() < 2 {
            return Err(SplitError::TooFew);
        }
        if energies.contains(&0) {
            return Err(SplitError::Empty);
        }
        let parts = energies.iter().map(|&energy| u128::from(energy)).sum();
        if parts != u128::from(self.energy()) {
            return Err(SplitError::Sum { parts, whole: self.energy() });
        }
        let mut from = self.from;
        let parts = energies.iter().map(|energy| {
            let part = Self { from, to: from + energy };
            from = part.to;
            part
        });
        Ok(parts.collect())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn parts_follow_each_other_and_are_the_whole() {
        let whole = Range { from: 100, to: 1_000 };
        let parts = whole.split(&[200, 300, 400]).unwrap();
        assert_eq!(
            parts,
            vec![Range { from: 100, to: 300 }, Range { from: 300, to: 600 }, Range { from: 600, to: 1_000 }]
        );
        assert_eq!(whole.split(&[900]), Err(SplitError::TooFew));
        assert_eq!(whole.split(&[900, 0]), Err(SplitError::Empty));
        assert_eq!(whole.split(&[500, 500]), Err(SplitError::Sum { parts: 1_000, whole: 900 }));
        let huge = u64::MAX;
        assert_eq!(whole.split(&[huge, huge]).unwrap_err().code(), "SPLIT_SUM");
    }
}
