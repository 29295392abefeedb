//! Members' signed instructions: their [canonical](super::super::canonical) bytes, and what is signed.
//!
//! ```text
//! instruction = number 1, text channel, text member, number sequence, number expires, number action, then
//!  1 request    text device, count, (number start, number version) * count
//!  2 recall     text device, count, number start * count
//!  3 list       signed price, certificates          4 unlist   certificates
//!  5 lock       signed price, certificates          6 release  certificates
//!  7 pay        text payee, number amount, certificates
//!  8 split      text certificate, count, number Wh * count
//!  9 cancel     text beneficiary, number from, number to, certificates
//! 10 withdraw   certificates
//! certificates = number count, text certificate * count
//! ```
//!
//! The member signs SHA-256("GridBourse instruction 1\n" | canonical bytes).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fabric_msp::sha256;

use super::super::canonical::{Malformed, Reader};
use super::super::documents::{Action, SignedInstruction};
use super::super::signatures::Signed;

const DIGEST_PREFIX: &[u8] = b"GridBourse instruction 1\n";
/// Entries of one instruction.
const ENTRIES_MAX: u64 = 1_000;

/// What a member has signed.
pub(super) struct Instruction {
    pub(super) channel: String,
    pub(super) member: String,
    pub(super) sequence: u64,
    pub(super) expires_ns: u64,
    pub(super) order: Order,
}

/// What is to be done.
pub(super) enum Order {
    Request { device: String, readings: Vec<(u64, u32)> },
    Recall { device: String, starts: Vec<u64> },
    List { price: i64, certificates: Vec<String> },
    Unlist { certificates: Vec<String> },
    Lock { price: i64, certificates: Vec<String> },
    Release { certificates: Vec<String> },
    Pay { payee: String, amount: u64, certificates: Vec<String> },
    Split { certificate: String, energies: Vec<u64> },
    Cancel { beneficiary: String, from_ns: u64, to_ns: u64, certificates: Vec<String> },
    Withdraw { certificates: Vec<String> },
}

/// Reads an instruction and its signature, which is by whoever `key_of` the member names; none if it is not well made.
pub(super) fn read(
    signed: &SignedInstruction,
    key_of: impl FnOnce(&str) -> Option<String>,
) -> Option<(Instruction, Signed)> {
    let bytes = BASE64_STANDARD.decode(&signed.instruction).ok()?;
    let instruction = decode(&bytes).ok()?;
    let mut signature = [0; 64];
    hex::decode_to_slice(&signed.signature, &mut signature).ok()?;
    let public_key = key_of(&instruction.member)?;
    let digest = sha256([DIGEST_PREFIX, bytes.as_slice()]);
    Some((instruction, Signed { public_key, digest, signature }))
}

fn decode(bytes: &[u8]) -> Result<Instruction, Malformed> {
    let mut reader = Reader(bytes);
    reader.version()?;
    let (channel, member) = (reader.text()?, reader.text()?);
    let (sequence, expires_ns) = (reader.number()?, reader.number()?);
    let order = Order::read(&mut reader)?;
    reader.finish()?;
    Ok(Instruction { channel, member, sequence, expires_ns, order })
}

impl Order {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match reader.number()? {
            1 => Self::Request {
                device: reader.text()?,
                readings: entries(reader, |reader| Ok((reader.number()?, reader.narrow()?)))?,
            },
            2 => Self::Recall { device: reader.text()?, starts: entries(reader, Reader::number)? },
            3 => Self::List { price: reader.signed()?, certificates: entries(reader, Reader::text)? },
            4 => Self::Unlist { certificates: entries(reader, Reader::text)? },
            5 => Self::Lock { price: reader.signed()?, certificates: entries(reader, Reader::text)? },
            6 => Self::Release { certificates: entries(reader, Reader::text)? },
            7 => Self::Pay {
                payee: reader.text()?,
                amount: reader.number()?,
                certificates: entries(reader, Reader::text)?,
            },
            8 => Self::Split { certificate: reader.text()?, energies: entries(reader, Reader::number)? },
            9 => Self::Cancel {
                beneficiary: reader.text()?,
                from_ns: reader.number()?,
                to_ns: reader.number()?,
                certificates: entries(reader, Reader::text)?,
            },
            10 => Self::Withdraw { certificates: entries(reader, Reader::text)? },
            _ => return Err(Malformed::NumberTooLarge),
        })
    }

    pub(super) fn action(&self) -> Action {
        match self {
            Self::Request { .. } => Action::Request,
            Self::Recall { .. } => Action::Recall,
            Self::List { .. } => Action::List,
            Self::Unlist { .. } => Action::Unlist,
            Self::Lock { .. } => Action::Lock,
            Self::Release { .. } => Action::Release,
            Self::Pay { .. } => Action::Transfer,
            Self::Split { .. } => Action::Split,
            Self::Cancel { .. } => Action::Cancel,
            Self::Withdraw { .. } => Action::Withdraw,
        }
    }

    /// How many granules and certificates it changes.
    pub(super) fn changes(&self) -> usize {
        match self {
            Self::Request { readings, .. } => readings.len(),
            Self::Recall { starts, .. } => starts.len(),
            Self::Split { energies, .. } => 1 + energies.len(),
            Self::List { certificates, .. }
            | Self::Unlist { certificates }
            | Self::Lock { certificates, .. }
            | Self::Release { certificates }
            | Self::Pay { certificates, .. }
            | Self::Cancel { certificates, .. }
            | Self::Withdraw { certificates } => certificates.len(),
        }
    }
}

fn entries<'a, T>(
    reader: &mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let count = reader.number()?;
    if count > ENTRIES_MAX {
        return Err(Malformed::NumberTooLarge);
    }
    (0..count).map(|_| read(reader)).collect()
}
