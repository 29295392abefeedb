//! The 32-digit code of a Chinese green certificate: 17 digits for the project, 15 for the energy.
//!
//! Public explanations of the code say what the parts are and in which order, but not how wide they are nor how the check
//! digit is made. Order and total widths here are theirs; the widths of the parts, and the check digit by ISO 7064
//! MOD 11,10 (GB/T 17710), are assumptions of this program:
//!
//! | digits | what |
//! |---|---|
//! | 1 | type of project |
//! | 1 | energy: 1 wind, 2 solar, 3 hydro, 4 biomass, 5 geothermal, 6 ocean |
//! | 1 | technology |
//! | 4 | when it was approved or filed: year and month, YYMM |
//! | 6 | where: division code after GB/T 2260 |
//! | 3 | serial number |
//! | 1 | check digit over the 16 before |
//! | 6 | when the energy was produced: YYMMDD, China Standard Time |
//! | 7 | serial number of the certificate |
//! | 1 | kind of energy: 1 fed in, 2 used on the spot |
//! | 1 | kind of trade: 1 may be traded, 2 may not |

use alloc::string::String;
use core::fmt;

use super::validity::production_date;
use crate::units::Nanoseconds;

/// Digits of a project's code.
pub const PROJECT_CODE_DIGITS: usize = 17;

/// Energy that was fed in.
const FED_IN: u64 = 1;
/// A certificate that may be traded.
const TRADABLE: u64 = 1;
/// Serial numbers begin again after this many. A device does not fill as many certificates in one day.
const SERIALS: u64 = 10_000_000;

/// Why a text is not the code of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not 17 decimal digits.
    #[error("PROJECT_CODE_FORM: a project's code has {PROJECT_CODE_DIGITS} digits")]
    Form,
    /// A digit was mistaken.
    #[error("PROJECT_CODE_CHECK: the check digit of the project's code is wrong")]
    Check,
}

impl CodeError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Form => "PROJECT_CODE_FORM",
            Self::Check => "PROJECT_CODE_CHECK",
        }
    }
}

/// The code of a project, whose check digit is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCode(String);

impl ProjectCode {
    /// Reads a code.
    ///
    /// # Errors
    /// It has another form, or a mistaken digit.
    pub fn parse(code: &str) -> Result<Self, CodeError> {
        if code.len() != PROJECT_CODE_DIGITS || !code.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(CodeError::Form);
        }
        let (digits, check) = code.split_at(PROJECT_CODE_DIGITS - 1);
        if check.bytes().next() == Some(check_digit(digits)) { Ok(Self(code.into())) } else { Err(CodeError::Check) }
    }

    /// The code of 16 digits with their check digit.
    ///
    /// # Errors
    /// They are not 16 decimal digits.
    pub fn with_check_digit(digits: &str) -> Result<Self, CodeError> {
        let mut code = String::from(digits);
        code.push(char::from(check_digit(digits)));
        Self::parse(&code)
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The check digit of decimal digits by ISO 7064 MOD 11,10, as an ASCII digit. It finds every single mistaken digit, and
/// almost every exchange of two neighbours.
#[must_use]
pub fn check_digit(digits: &str) -> u8 {
    let product = digits.bytes().fold(10, |product, digit| {
        let sum = (product + u32::from(digit.wrapping_sub(b'0'))) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    // (product + digit) mod 10 is 1.
    b'0' + u8::try_from((11 - product) % 10).unwrap_or(0)
}

/// The code of a certificate: project and energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnergyCode<'a> {
    /// The project.
    pub project: &'a ProjectCode,
    /// When the last of the energy was produced.
    pub produced: Nanoseconds,
    /// Which certificate of the device it is, from 1.
    pub serial: u64,
}

impl fmt::Display for EnergyCode<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = production_date(self.produced);
        let (year, serial) = (year % 100, self.serial % SERIALS);
        write!(formatter, "{}{year:02}{month:02}{day:02}{serial:07}{FED_IN}{TRADABLE}", self.project.as_str())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// The example of ISO 7064: 0794 has the check digit 5.
    #[test]
    fn the_standards_example() {
        assert_eq!(check_digit("0794"), b'5');
    }

    #[test]
    fn every_single_mistake_is_found() {
        let code = ProjectCode::with_check_digit("1212606110101001").unwrap();
        for place in 0..PROJECT_CODE_DIGITS {
            for digit in b'0'..=b'9' {
                let mut text = code.as_str().as_bytes().to_vec();
                let right = text[place] == digit;
                text[place] = digit;
                let parsed = ProjectCode::parse(core::str::from_utf8(&text).unwrap());
                assert_eq!(parsed.is_ok(), right, "digit {digit} in place {place}");
            }
        }
        assert_eq!(ProjectCode::parse("123"), Err(CodeError::Form));
        assert_eq!(ProjectCode::parse("１２３４５６７８９０１２３４５６７"), Err(CodeError::Form));
    }

    #[test]
    fn project_and_energy_are_32_digits() {
        let project = ProjectCode::with_check_digit("1212606110101001").unwrap();
        let code = EnergyCode { project: &project, produced: 1_782_982_800_000_000_000, serial: 42 }.to_string();
        assert_eq!(code.len(), 32);
        assert_eq!(&code[17..], "260702000004211");
    }
}
