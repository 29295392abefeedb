//! What a member instructs about its certificates: its bytes, its digest, and how to sign it in any language.
//!
//! # Canonical bytes, version 1
//!
//! Numbers, texts and signed numbers are those of [`canonical`](crate::canonical).
//!
//! ```text
//! instruction = number 1             the version
//!               text   channel       the Fabric channel of the market
//!               text   member
//!               number sequence      rises with every instruction of the member on the channel
//!               number expires       nanoseconds since the epoch: it does not count from then on
//!               number action        1 to 10
//!               what the action needs:
//!  1 request    text device, count, (number start, number version) * count
//!  2 recall     text device, count, number start * count
//!  3 list       signed price (fen/MWh), certificates
//!  4 unlist     certificates
//!  5 lock       signed price (fen/MWh), certificates
//!  6 release    certificates
//!  7 pay        text payee, number amount (10^-6 fen, all certificates together), certificates
//!  8 split      text certificate, count, number Wh * count
//!  9 cancel     text beneficiary, number from, number to (nanoseconds since the epoch), certificates
//! 10 withdraw   certificates
//! certificates = number count, text certificate * count
//! ```
//!
//! A start is the begin of a reading's interval in nanoseconds since the epoch. There is one encoding of an instruction,
//! as for bundles: numbers that are not minimal, bytes after the end and counts over [`ENTRIES_MAX`] are refused. Channel
//! and sequence are inside, so an instruction counts once, and on one channel.
//!
//! # Signing
//!
//! As for a [bundle](crate::bundle#signing), with another prefix: `digest = SHA-256("GridBourse instruction 1\n" || bytes)`.
//! `tests/vectors/instruction.json` has instructions, bytes, digests, public key and signatures.

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::canonical::{Malformed, Reader, write_number, write_signed, write_text};
use crate::certificate::Action;
use crate::units::{Nanoseconds, Price, WattHours};

/// The version of the encoding.
pub const VERSION: u64 = 1;

/// What is hashed before the bytes of an instruction.
pub const DIGEST_PREFIX: &[u8] = b"GridBourse instruction 1\n";

/// Readings, certificates or parts in one instruction.
pub const ENTRIES_MAX: usize = 1_000;

/// An instruction of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The channel of the market.
    pub channel: String,
    /// The member that signs.
    pub member: String,
    /// Rises with every instruction of the member.
    pub sequence: u64,
    /// It does not count from then on.
    pub expires: Nanoseconds,
    /// What is to be done.
    pub order: Order,
}

/// A reading: the start of its interval, and its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadingVersion {
    /// Start of the interval.
    pub start: Nanoseconds,
    /// The version.
    pub version: u32,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Certify readings of a device.
    Request {
        /// The device, which is the member's.
        device: String,
        /// These of its readings, as they were in these versions.
        readings: Vec<ReadingVersion>,
    },
    /// Take requests back that are not issued yet.
    Recall {
        /// The device, which is the member's.
        device: String,
        /// Starts of the intervals.
        starts: Vec<Nanoseconds>,
    },
    /// Offer certificates.
    List {
        /// The price, fen/MWh.
        price: Price,
        /// The certificates.
        certificates: Vec<String>,
    },
    /// Take offers back.
    Unlist {
        /// The certificates.
        certificates: Vec<String>,
    },
    /// Accept offers.
    Lock {
        /// The price at which the buyer takes them, fen/MWh: that of the offers.
        price: Price,
        /// The certificates.
        certificates: Vec<String>,
    },
    /// Give locked certificates free.
    Release {
        /// The certificates.
        certificates: Vec<String>,
    },
    /// Pay for locked certificates: the payment order of the transferee.
    Pay {
        /// Who is paid: the owner of them all.
        payee: String,
        /// What for all of them together, 10^-6 fen.
        amount: u64,
        /// The certificates.
        certificates: Vec<String>,
    },
    /// Divide a certificate.
    Split {
        /// The certificate.
        certificate: String,
        /// What its parts cover, Wh each.
        energies: Vec<WattHours>,
    },
    /// Claim certificates.
    Cancel {
        /// The member that claims to have used the energy.
        beneficiary: String,
        /// Start of the period in which it used it.
        from: Nanoseconds,
        /// End of that period.
        to: Nanoseconds,
        /// The certificates.
        certificates: Vec<String>,
    },
    /// Take certificates out of circulation.
    Withdraw {
        /// The certificates.
        certificates: Vec<String>,
    },
}

/// Why bytes are not an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They are not in their canonical form.
    #[error("{code}: {0}", code = self.code())]
    Malformed(Malformed),
    /// There is no such action.
    #[error("INSTRUCTION_ACTION: there is no action {0}")]
    UnknownAction(u64),
    /// There are more entries than [`ENTRIES_MAX`].
    #[error("INSTRUCTION_TOO_LONG: {0} entries, allowed are {ENTRIES_MAX}")]
    TooLong(u64),
}

impl DecodeError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed(Malformed::Truncated) => "INSTRUCTION_TRUNCATED",
            Self::Malformed(Malformed::TrailingBytes) => "INSTRUCTION_TRAILING_BYTES",
            Self::Malformed(Malformed::NumberNotMinimal) => "INSTRUCTION_NUMBER_NOT_MINIMAL",
            Self::Malformed(Malformed::NumberTooLarge) => "INSTRUCTION_NUMBER_TOO_LARGE",
            Self::Malformed(Malformed::Version(_)) => "INSTRUCTION_VERSION",
            Self::Malformed(Malformed::TextLength(_)) => "INSTRUCTION_TEXT_LENGTH",
            Self::Malformed(Malformed::TextNotUtf8) => "INSTRUCTION_TEXT_NOT_UTF8",
            Self::UnknownAction(_) => "INSTRUCTION_ACTION",
            Self::TooLong(_) => "INSTRUCTION_TOO_LONG",
        }
    }
}

impl From<Malformed> for DecodeError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Instruction {
    /// The canonical bytes. Total: an instruction over the limits is encoded as well, and refused where it is read.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        write_number(&mut bytes, VERSION);
        write_text(&mut bytes, &self.channel);
        write_text(&mut bytes, &self.member);
        write_number(&mut bytes, self.sequence);
        write_number(&mut bytes, self.expires);
        self.order.write(&mut bytes);
        bytes
    }

    /// Reads canonical bytes; accepts exactly what [`encode`](Self::encode) writes, within the limits.
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader(bytes);
        reader.version(VERSION)?;
        let (channel, member) = (reader.text()?, reader.text()?);
        let (sequence, expires) = (reader.number()?, reader.number()?);
        let order = Order::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { channel, member, sequence, expires, order })
    }
}

/// SHA-256 of [`DIGEST_PREFIX`] and the canonical bytes of an instruction: what the member signs.
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(DIGEST_PREFIX).chain_update(bytes).finalize().into()
}

impl Order {
    /// The row of the table of [states](crate::certificate::TRANSITIONS) that it takes.
    #[must_use]
    pub fn action(&self) -> Action {
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

    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Request { device, readings } => {
                write_number(bytes, 1);
                write_text(bytes, device);
                write_number(bytes, readings.len() as u64);
                for ReadingVersion { start, version } in readings {
                    write_number(bytes, *start);
                    write_number(bytes, (*version).into());
                }
            }
            Self::Recall { device, starts } => {
                write_number(bytes, 2);
                write_text(bytes, device);
                write_numbers(bytes, starts);
            }
            Self::List { price, certificates } => {
                write_number(bytes, 3);
                write_signed(bytes, *price);
                write_texts(bytes, certificates);
            }
            Self::Unlist { certificates } => {
                write_number(bytes, 4);
                write_texts(bytes, certificates);
            }
            Self::Lock { price, certificates } => {
                write_number(bytes, 5);
                write_signed(bytes, *price);
                write_texts(bytes, certificates);
            }
            Self::Release { certificates } => {
                write_number(bytes, 6);
                write_texts(bytes, certificates);
            }
            Self::Pay { payee, amount, certificates } => {
                write_number(bytes, 7);
                write_text(bytes, payee);
                write_number(bytes, *amount);
                write_texts(bytes, certificates);
            }
            Self::Split { certificate, energies } => {
                write_number(bytes, 8);
                write_text(bytes, certificate);
                write_numbers(bytes, energies);
            }
            Self::Cancel { beneficiary, from, to, certificates } => {
                write_number(bytes, 9);
                write_text(bytes, beneficiary);
                write_number(bytes, *from);
                write_number(bytes, *to);
                write_texts(bytes, certificates);
            }
            Self::Withdraw { certificates } => {
                write_number(bytes, 10);
                write_texts(bytes, certificates);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let order = match reader.number()? {
            1 => {
                let (device, count) = (reader.text()?, count(reader)?);
                let reading = |_| Ok(ReadingVersion { start: reader.number()?, version: reader.narrow()? });
                Self::Request { device, readings: (0..count).map(reading).collect::<Result<_, Malformed>>()? }
            }
            2 => Self::Recall { device: reader.text()?, starts: numbers(reader)? },
            3 => Self::List { price: reader.signed()?, certificates: texts(reader)? },
            4 => Self::Unlist { certificates: texts(reader)? },
            5 => Self::Lock { price: reader.signed()?, certificates: texts(reader)? },
            6 => Self::Release { certificates: texts(reader)? },
            7 => Self::Pay { payee: reader.text()?, amount: reader.number()?, certificates: texts(reader)? },
            8 => Self::Split { certificate: reader.text()?, energies: numbers(reader)? },
            9 => Self::Cancel {
                beneficiary: reader.text()?,
                from: reader.number()?,
                to: reader.number()?,
                certificates: texts(reader)?,
            },
            10 => Self::Withdraw { certificates: texts(reader)? },
            action => return Err(DecodeError::UnknownAction(action)),
        };
        Ok(order)
    }
}

fn write_numbers(bytes: &mut Vec<u8>, numbers: &[u64]) {
    write_number(bytes, numbers.len() as u64);
    numbers.iter().for_each(|number| write_number(bytes, *number));
}

fn write_texts(bytes: &mut Vec<u8>, texts: &[String]) {
    write_number(bytes, texts.len() as u64);
    texts.iter().for_each(|text| write_text(bytes, text));
}

fn count(reader: &mut Reader<'_>) -> Result<usize, DecodeError> {
    let count = reader.number()?;
    usize::try_from(count).ok().filter(|count| *count <= ENTRIES_MAX).ok_or(DecodeError::TooLong(count))
}

fn numbers(reader: &mut Reader<'_>) -> Result<Vec<u64>, DecodeError> {
    let count = count(reader)?;
    Ok((0..count).map(|_| reader.number()).collect::<Result<_, _>>()?)
}

fn texts(reader: &mut Reader<'_>) -> Result<Vec<String>, DecodeError> {
    let count = count(reader)?;
    Ok((0..count).map(|_| reader.text()).collect::<Result<_, _>>()?)
}
