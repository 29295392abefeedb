//! How the energy of granules adds up to certificates.
//!
//! Whatever happens, the energy of a device balances: what its issued granules count for by the latest readings is what is
//! in its certificates, plus what is carried, less what is owed.

use alloc::vec::Vec;

use crate::units::{Nanoseconds, WattHours};

/// The energy of a certificate: 1 MWh.
pub const CERTIFICATE_WH: WattHours = 1_000_000;

/// Readings that a certificate may be made of. A device that needs more for 1 MWh gets certificates of what they come to.
pub const PARTS_MAX: usize = 1_024;

/// Energy of one reading, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Start of the reading's interval.
    pub start: Nanoseconds,
    /// The reading's version.
    pub version: u32,
    /// Hash of the reading's evidence.
    pub evidence: [u8; 32],
    /// How much of the reading it is.
    pub energy: WattHours,
}

/// What a device has towards its next certificate, or owes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carry {
    /// Energy that is certified and in no certificate yet, the oldest first.
    pub parts: Vec<Part>,
    /// Energy that is in certificates, and that corrected readings say was not there. Comes off what is certified next.
    /// There is none while there are parts.
    pub debt: WattHours,
}

impl Carry {
    /// Adds a granule's energy, or what a correction has added to one. What is owed is paid first.
    pub fn add(&mut self, mut part: Part) {
        let paid = self.debt.min(part.energy);
        self.debt -= paid;
        part.energy -= paid;
        if part.energy > 0 {
            self.parts.push(part);
        }
    }

    /// Takes away what a correction says was not there in the interval that begins at `start`: from its own part, then
    /// from the others, the latest first, then from what is to come. Certificates stay as they are: their owners bought
    /// them in good faith.
    pub fn remove(&mut self, start: Nanoseconds, energy: WattHours) {
        let mut rest = energy;
        let take = |part: &mut Part, rest: &mut WattHours| {
            let taken = part.energy.min(*rest);
            part.energy -= taken;
            *rest -= taken;
        };
        self.parts.iter_mut().filter(|part| part.start == start).for_each(|part| take(part, &mut rest));
        self.parts.iter_mut().rev().for_each(|part| take(part, &mut rest));
        self.parts.retain(|part| part.energy > 0);
        self.debt += rest;
    }

    /// The parts of the next certificate, if there is enough for one: the oldest, up to [`CERTIFICATE_WH`]. The last one
    /// is cut where the certificate is full.
    pub fn take(&mut self) -> Option<Vec<Part>> {
        let mut missing = CERTIFICATE_WH;
        let mut taken = Vec::new();
        for part in self.parts.iter().take(PARTS_MAX) {
            let energy = part.energy.min(missing);
            missing -= energy;
            taken.push(Part { energy, ..part.clone() });
            if missing == 0 {
                break;
            }
        }
        if missing > 0 && taken.len() < PARTS_MAX {
            return None;
        }
        let last = taken.last()?.energy;
        let emptied = taken.len() - 1;
        self.parts.drain(..emptied);
        self.parts[0].energy -= last;
        self.parts.retain(|part| part.energy > 0);
        Some(taken)
    }

    /// What is carried.
    #[must_use]
    pub fn energy(&self) -> u128 {
        self.parts.iter().map(|part| u128::from(part.energy)).sum()
    }
}
