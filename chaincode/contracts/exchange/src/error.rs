use std::fmt::Display;

use fabric_contract_api::ContractError;

/// Why a function of this contract fails.
#[derive(Debug, thiserror::Error, ContractError)]
pub enum Error {
    /// `BAD_NAME`.
    #[error("an identifier has 1 to 64 bytes, no control characters, and does not start with `@`")]
    BadName,
    /// `BAD_TERMS`.
    #[error("the terms of member {0} have a key that is not compressed, a point twice, or too many points")]
    BadTerms(String),
    /// `TOO_MANY_ENTRIES`: more than one transaction may carry.
    #[error("a list has {0} entries, allowed are {max}", max = crate::limits::BATCH_MAX)]
    TooManyEntries(usize),
    /// `DUPLICATE_ENTRY`: a member twice in one list.
    #[error("{0} is in the list twice")]
    DuplicateEntry(String),
    /// `REASON_TOO_LONG`.
    #[error("a reason has at most {max} bytes", max = crate::limits::REASON_BYTES_MAX)]
    ReasonTooLong,
    /// `MEMBER_EXISTS`.
    #[error("member {0} is registered already")]
    MemberExists(String),
    /// `UNKNOWN_MEMBER`.
    #[error("there is no member {0}")]
    UnknownMember(String),
    /// `ALREADY_SUSPENDED`.
    #[error("member {0} is suspended already")]
    AlreadySuspended(String),
    /// `NOT_SUSPENDED`.
    #[error("member {0} is not suspended")]
    NotSuspended(String),
    /// `BAD_PAYMENTS`.
    #[error("of member {0} more bills were late than were due")]
    BadPayments(String),
    /// `UNKNOWN_FEEDER`.
    #[error("there is no feeder {0}")]
    UnknownFeeder(String),
    /// `SESSION_EXISTS`.
    #[error("session {0} exists already")]
    SessionExists(String),
    /// `DELIVERY_TAKEN`: a member's limits hold for one session, so a delivery hour has one.
    #[error("session {0} has the same start of delivery")]
    DeliveryTaken(String),
    /// `UNKNOWN_SESSION`.
    #[error("there is no session {0}")]
    UnknownSession(String),
    /// `BOUNDS_TOO_LARGE`.
    #[error("the bounds of a round exceed what one clearing may hold: shard the market")]
    BoundsTooLarge,
    /// `UNKNOWN_CLASS`: a fee for a class that is not listed.
    #[error("a fee names a class that is not in the list")]
    UnknownClass,
    /// `DUPLICATE_FEE`.
    #[error("a pair of classes has two fees")]
    DuplicateFee,
    /// `ROUND_TOO_LARGE`: the round holds more than the session's bounds.
    #[error("the round holds more bundles, orders or bytes than one clearing may: shard the market")]
    RoundTooLarge,
    /// `KEY_TAKEN`: one organization made up a key in `declaration` under a policy of its own.
    #[error("an organization has made up the key of this identifier: use another one")]
    KeyTaken,
    /// `DELIVERY_NOT_OVER`.
    #[error("the delivery is not over")]
    DeliveryNotOver,
    /// `SESSION_CANCELLED`.
    #[error("the session is cancelled")]
    SessionCancelled,
    /// `DEVICE_EXISTS`.
    #[error("device {0} is registered already")]
    DeviceExists(String),
    /// `UNKNOWN_DEVICE`.
    #[error("there is no device {0}")]
    UnknownDevice(String),
    /// `BAD_DEVICE`: capacity, interval, zone or technology out of range.
    #[error("device {0} has a capacity, an interval, a zone or a technology that is not allowed")]
    BadDevice(String),
    /// `WRONG_POINT`.
    #[error("device {0} is at a connection point that is not its member's")]
    WrongPoint(String),
    /// `PROJECT_TAKEN`.
    #[error("the project is that of device {0}")]
    ProjectTaken(String),
    /// `TOO_MANY_DEVICES`.
    #[error("a market has at most {max} devices: shard it", max = crate::limits::DEVICES_MAX)]
    TooManyDevices,
    /// `BAD_INTERVAL`: a reading that begins between two intervals of its device, or before it was commissioned.
    #[error("{device}: no interval begins at {start_ns}")]
    BadInterval {
        /// The device.
        device: String,
        /// The start that was given.
        start_ns: u64,
    },
    /// `INTERVAL_NOT_OVER`.
    #[error("{0}: the interval is not over")]
    IntervalNotOver(String),
    /// `OVER_CAPACITY`.
    #[error("{device}: a reading of {energy_wh} Wh, possible are {max_wh} Wh")]
    OverCapacity {
        /// The device.
        device: String,
        /// What was read.
        energy_wh: u64,
        /// Capacity times time times margin.
        max_wh: u64,
    },
    /// `UNKNOWN_READING`.
    #[error("{device} has no reading from {start_ns}")]
    UnknownReading {
        /// The device.
        device: String,
        /// Start of the interval.
        start_ns: u64,
    },
    /// `READING_CHANGED`: the reading has another version than the one that was meant.
    #[error("the reading of {device} from {start_ns} has version {version} now")]
    ReadingChanged {
        /// The device.
        device: String,
        /// Start of the interval.
        start_ns: u64,
        /// Its latest version.
        version: u32,
    },
    /// `READING_REJECTED`: the regulator has refused this version.
    #[error("this version of the reading of {device} from {start_ns} was rejected")]
    ReadingRejected {
        /// The device.
        device: String,
        /// Start of the interval.
        start_ns: u64,
    },
    /// `NOTHING_TO_CERTIFY`.
    #[error("{device} generated nothing in the interval from {start_ns}")]
    NothingToCertify {
        /// The device.
        device: String,
        /// Start of the interval.
        start_ns: u64,
    },
    /// `NOT_A_GENERATOR`.
    #[error("device {0} generates nothing")]
    NotAGenerator(String),
    /// `CERTIFICATE_EXISTS`: one issue per device and interval.
    #[error("the energy of {device} from {start_ns} is certified already")]
    CertificateExists {
        /// The device.
        device: String,
        /// Start of the interval.
        start_ns: u64,
    },
    /// `UNKNOWN_GRANULE`.
    #[error("nobody has asked for certificates of {device} from {start_ns}")]
    UnknownGranule {
        /// The device.
        device: String,
        /// Start of the interval.
        start_ns: u64,
    },
    /// `SESSION_NOT_SETTLED`: the energy may still be sold.
    #[error("session {0}, in which this energy is traded, is not settled")]
    SessionNotSettled(String),
    /// `UNKNOWN_CERTIFICATE`.
    #[error("there is no certificate {0}")]
    UnknownCertificate(String),
    /// `WRONG_STATE`: the table of states has no such row.
    #[error("{subject}: {wrong}")]
    WrongState {
        /// The granule or certificate.
        subject: String,
        /// State and action.
        wrong: rules::certificate::WrongState,
    },
    /// `NOT_OWNER`.
    #[error("{0} is not the member's")]
    NotOwner(String),
    /// `OWN_CERTIFICATE`.
    #[error("{0} is the buyer's own")]
    OwnCertificate(String),
    /// `NOT_BUYER`.
    #[error("{0} is locked for another member")]
    NotBuyer(String),
    /// `LOCK_OVER`.
    #[error("the lock of {0} is over")]
    LockOver(String),
    /// `LOCK_NOT_OVER`: its owner cannot release it yet.
    #[error("the lock of {0} is not over")]
    LockNotOver(String),
    /// `WRONG_PRICE`.
    #[error("{0} is offered at another price")]
    WrongPrice(String),
    /// `PRICE_OUT_OF_RANGE`.
    #[error("a price of {0} fen/MWh")]
    PriceOutOfRange(i64),
    /// `WRONG_PAYEE`.
    #[error("{0} is not the payee's")]
    WrongPayee(String),
    /// `WRONG_AMOUNT`.
    #[error("the certificates cost {due}, the payment order is for {ordered} (10^-6 fen)")]
    WrongAmount {
        /// What they cost.
        due: i128,
        /// What was ordered.
        ordered: u64,
    },
    /// `CERTIFICATE_EXPIRED`.
    #[error("{0} is no longer valid")]
    CertificateExpired(String),
    /// `NOT_EXPIRED`.
    #[error("{0} is valid")]
    NotExpired(String),
    /// `BAD_PERIOD`.
    #[error("a claim is for whole hours, at least one, at most {max}", max = crate::limits::CLAIM_HOURS_MAX)]
    BadPeriod,
    /// `PERIOD_NOT_OVER`.
    #[error("the period of the claim is not over")]
    PeriodNotOver,
    /// `PRODUCED_LATER`.
    #[error("{0} was produced after the period of the claim")]
    ProducedLater(String),
    /// `CLAIM_OVERLAPS`: periods of a beneficiary are the same or do not overlap.
    #[error("{0} has a claim for another period that overlaps")]
    ClaimOverlaps(String),
    /// `CLAIM_EXCEEDS_CONSUMPTION`.
    #[error("claims of {claimed_wh} Wh, drawn were {consumed_wh} Wh")]
    ClaimExceedsConsumption {
        /// All claims for the period, with this one.
        claimed_wh: u64,
        /// What the beneficiary's meters say.
        consumed_wh: u64,
    },
    /// `EMPTY_INSTRUCTION`.
    #[error("an instruction names nothing")]
    EmptyInstruction,
    /// `TOO_MANY_INSTRUCTIONS`.
    #[error("{0} instructions, allowed are {max}", max = crate::limits::INSTRUCTIONS_MAX)]
    TooManyInstructions(usize),
    /// `TOO_MANY_CHANGES`.
    #[error("the transaction changes more than {max} granules and certificates", max = crate::limits::CHANGES_MAX)]
    TooManyChanges,
    /// `WRONG_CHANNEL`.
    #[error("the instruction is for another channel")]
    WrongChannel,
    /// `MEMBER_SUSPENDED`.
    #[error("member {0} is suspended")]
    MemberSuspended(String),
    /// `BAD_SIGNATURE`.
    #[error("the signature is not the low-S signature of {0} over these bytes")]
    BadSignature(String),
    /// `INSTRUCTION_EXPIRED`.
    #[error("the instruction does not count any more")]
    InstructionExpired,
    /// `SEQUENCE_REPLAYED`.
    #[error("the last instruction of {member} had sequence {last}")]
    SequenceReplayed {
        /// The member.
        member: String,
        /// Its last sequence.
        last: u64,
    },
    /// `NOT_BALANCED`: what would be posted does not add up to zero. It cannot happen; if it did, nothing is posted.
    #[error("the postings do not add up to zero")]
    NotBalanced,
    /// An error of the rules, with its code.
    #[error(transparent)]
    #[error_code(transparent)]
    Rule(#[from] RuleError),
    /// An error of the contract API.
    #[error(transparent)]
    #[error_code(transparent)]
    Api(#[from] fabric_contract_api::Error),
}

/// An error of the rules: its code, and its text without the code.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct RuleError {
    code: &'static str,
    text: String,
}

impl RuleError {
    /// `error` is displayed as `CODE: text`.
    fn new(code: &'static str, error: &dyn Display) -> Self {
        let text = error.to_string();
        Self { code, text: text.split_once(": ").map_or(text.clone(), |(_, text)| text.to_owned()) }
    }
}

impl ContractError for RuleError {
    fn code(&self) -> &'static str {
        self.code
    }
}

macro_rules! from_rules {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                RuleError::new(error.code(), &error).into()
            }
        }
    )+};
}

from_rules!(
    rules::certificate::CodeError,
    rules::certificate::SplitError,
    rules::clearing::ShareError,
    rules::fees::FeeTableError,
    rules::grid::FeederError,
    rules::instruction::DecodeError,
    rules::session::ParameterError,
    rules::session::StepError,
);

impl From<rules::settlement::DeviationPriceError> for Error {
    fn from(error: rules::settlement::DeviationPriceError) -> Self {
        RuleError::new("DEVIATION_PRICES", &error).into()
    }
}
