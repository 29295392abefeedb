//! Green certificates: from a reading to a claim.
//!
//! Members act by [instructions](rules::instruction) that they sign themselves, verified here under all three
//! endorsements: no organization can make one up, and whoever passes one on can only delay it. The regulator audits, the
//! trading centre issues and publishes. What may follow what is the table of [`rules::certificate`].

mod claims;
mod conversions;
mod granules;
mod instructions;
mod issue;
mod queries;
mod registry;
mod trading;

pub(crate) use granules::{audit, reject};
pub(crate) use instructions::instruct;
pub(crate) use issue::{Corrections, issue};
pub(crate) use queries::{
    carry, certificate, certificate_history, certificates_of, claims_of, granule, granule_history, granules_of,
    last_sequence,
};
pub(crate) use trading::{expire, publish};

use fabric_contract_api::crypto::sha256;

/// What is hashed before device and start to make the id of a granule.
const GRANULE_PREFIX: &[u8] = b"GridBourse granule 1\n";

/// The id of the energy of a device in an interval: SHA-256 over a prefix, the device, a zero byte and the interval's
/// start, 8 bytes, most significant first.
#[must_use]
pub fn granule_id(device: &str, start_ns: u64) -> [u8; 32] {
    sha256(&[GRANULE_PREFIX, device.as_bytes(), &[0], &start_ns.to_be_bytes()].concat())
}
