//! Green certificates: their states, how readings add up to them, their code, and how long they last.
//!
//! # States
#![doc = include_str!("states.md")]
//!
//! The picture is drawn from [`TRANSITIONS`], the one table that contracts run.
//!
//! # Energy
//!
//! A *granule* is the energy of one device in one interval. It is certified once. Granules fill certificates of
//! [`CERTIFICATE_WH`]; what is left over is [carried](Carry) to the device's next issue. An issued certificate covers the
//! range from 0 to its energy; one that is split covers a part of its range each, so that the energy of two certificates
//! is never the same.

mod carry;
mod code;
mod range;
mod states;
mod validity;

pub use carry::{CERTIFICATE_WH, Carry, PARTS_MAX, Part};
pub use code::{CodeError, EnergyCode, PROJECT_CODE_DIGITS, ProjectCode, check_digit};
pub use range::{Range, SplitError};
pub use states::{Action, Actor, State, TRANSITIONS, Transition, WrongState, diagram};
pub use validity::{VALID_MONTHS, expires, production_date};
