//! What a trade between two classes costs.

pub mod document_1901;

use alloc::string::String;
use alloc::vec::Vec;

use crate::limits::{CLASSES_MAX, PRICE_MAX};
use crate::order::ClassIndex;
use crate::units::Price;

/// The market's classes, and the network fee of a trade from each sell class to each buy class.
///
/// The order of the classes is part of the rules: it decides between ways of matching that are otherwise equal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "UncheckedFeeTable", into = "UncheckedFeeTable")
)]
pub struct FeeTable {
    classes: Vec<String>,
    fees: Vec<Vec<Option<Price>>>,
}

/// A fee table as it travels, before its checks.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct UncheckedFeeTable {
    classes: Vec<String>,
    fees: Vec<Vec<Option<Price>>>,
}

#[cfg(feature = "serde")]
impl TryFrom<UncheckedFeeTable> for FeeTable {
    type Error = FeeTableError;

    fn try_from(unchecked: UncheckedFeeTable) -> Result<Self, FeeTableError> {
        Self::new(unchecked.classes, unchecked.fees)
    }
}

#[cfg(feature = "serde")]
impl From<FeeTable> for UncheckedFeeTable {
    fn from(table: FeeTable) -> Self {
        Self { classes: table.classes, fees: table.fees }
    }
}

/// Why a fee table is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeeTableError {
    /// There are more classes than [`CLASSES_MAX`], or none.
    #[error("CLASS_COUNT: {0} classes, allowed are 1 to {CLASSES_MAX}")]
    ClassCount(usize),
    /// Two classes have one name.
    #[error("DUPLICATE_CLASS: {0}")]
    DuplicateClass(String),
    /// The fees are not one row per sell class with one entry per buy class.
    #[error("FEES_NOT_SQUARE: one row per sell class, one entry per buy class")]
    NotSquare,
    /// A fee is negative or above [`PRICE_MAX`].
    #[error("FEE_OUT_OF_RANGE: {fee} fen/MWh from {sell} to {buy}")]
    OutOfRange {
        /// The sell class.
        sell: String,
        /// The buy class.
        buy: String,
        /// The fee, in fen/MWh.
        fee: Price,
    },
}

impl FeeTableError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ClassCount(_) => "CLASS_COUNT",
            Self::DuplicateClass(_) => "DUPLICATE_CLASS",
            Self::NotSquare => "FEES_NOT_SQUARE",
            Self::OutOfRange { .. } => "FEE_OUT_OF_RANGE",
        }
    }
}

impl FeeTable {
    /// A table from class names and `fees[sell class][buy class]` in fen/MWh; `None` forbids the trade.
    ///
    /// # Errors
    /// See [`FeeTableError`].
    pub fn new(classes: Vec<String>, fees: Vec<Vec<Option<Price>>>) -> Result<Self, FeeTableError> {
        if classes.is_empty() || classes.len() > CLASSES_MAX {
            return Err(FeeTableError::ClassCount(classes.len()));
        }
        if let Some((_, twice)) = classes.iter().enumerate().find(|(place, name)| classes[..*place].contains(name)) {
            return Err(FeeTableError::DuplicateClass(twice.clone()));
        }
        if fees.len() != classes.len() || fees.iter().any(|row| row.len() != classes.len()) {
            return Err(FeeTableError::NotSquare);
        }
        for (sell, row) in classes.iter().zip(&fees) {
            for (buy, fee) in classes.iter().zip(row) {
                if let Some(fee) = fee.filter(|fee| !(0..=PRICE_MAX).contains(fee)) {
                    return Err(FeeTableError::OutOfRange { sell: sell.clone(), buy: buy.clone(), fee });
                }
            }
        }
        Ok(Self { classes, fees })
    }

    /// The names of the classes, in class order.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The class of this name.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<ClassIndex> {
        let place = self.classes.iter().position(|class| class == name)?;
        u8::try_from(place).ok().map(ClassIndex)
    }

    /// The whole fee of a trade in fen/MWh, or `None` if the classes may not trade with each other (or are unknown).
    #[must_use]
    pub fn fee(&self, sell: ClassIndex, buy: ClassIndex) -> Option<Price> {
        *self.fees.get(sell.index())?.get(buy.index())?
    }
}
