//! What can be wrong with a ledger.

use std::fmt;

use serde::Serialize;

/// Declares the codes with their stable names.
macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal,)*) => {
        /// What kind of wrong it is. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $code,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The stable name.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }
    };
}

codes! {
    // The chain of blocks.
    /// A block file is damaged, or ends in the middle of a block.
    BlockFile = "BLOCK_FILE",
    /// A block is not Fabric's message, or a part of it is missing.
    BlockMalformed = "BLOCK_MALFORMED",
    /// A block, or its metadata, has bytes that belong to none of its fields.
    BlockEncoding = "BLOCK_ENCODING",
    /// A block has another number than its place in the chain.
    BlockNumber = "BLOCK_NUMBER",
    /// A block does not name the hash of the one before it.
    PreviousHash = "PREVIOUS_HASH",
    /// A block's data hash is not that of its envelopes.
    DataHash = "DATA_HASH",
    /// The first block is not the one that was pinned.
    GenesisHash = "GENESIS_HASH",
    /// The first block's configuration cannot be used; nothing after it can be checked.
    GenesisConfiguration = "GENESIS_CONFIGURATION",
    /// The orderers' signatures do not satisfy the channel's policy, or one of them is wrong.
    BlockSignature = "BLOCK_SIGNATURE",
    /// A block's metadata hold what nobody can vouch for.
    BlockMetadata = "BLOCK_METADATA",
    /// The channel's configuration was changed. Whether those who had to agree did is not checked.
    ConfigurationChange = "CONFIGURATION_CHANGE",

    // Validation.
    /// A transaction's validation code is not what its content and the state give.
    ValidationCode = "VALIDATION_CODE",
    /// A block's commit hash is not that of its validation codes and writes.
    CommitHash = "COMMIT_HASH",

    // Chaincode.
    /// A market chaincode's definition does not name the hash of its module.
    VersionWithoutModule = "VERSION_WITHOUT_MODULE",
    /// A package holds another module than the committed version names.
    PackageModule = "PACKAGE_MODULE",
    /// An organization's package is missing or damaged, or not the one that it has approved.
    PackageDamaged = "PACKAGE_DAMAGED",
    /// The consensus organizations need not all endorse what must have their common endorsement.
    WeakPolicy = "WEAK_POLICY",

    // The state of the market.
    /// A key or a value that the market's chaincodes do not have.
    UnknownState = "UNKNOWN_STATE",
    /// A transaction wrote something else than its function gives.
    WrongWrite = "WRONG_WRITE",
    /// A transaction did not write what its function gives.
    MissingWrite = "MISSING_WRITE",
    /// A transaction wrote what its function does not touch.
    UnexpectedWrite = "UNEXPECTED_WRITE",
    /// A key is not under the policy of all consensus organizations.
    UnprotectedKey = "UNPROTECTED_KEY",
    /// A transaction's event does not say what happened.
    WrongEvent = "WRONG_EVENT",
    /// The caller's organization may not call the function.
    Caller = "CALLER",
    /// The function may not be called with these arguments, or in this state.
    StepRefused = "STEP_REFUSED",
    /// A declaration that an honest organization would not have endorsed. It does no harm: clearing leaves it out.
    DishonestDeclaration = "DISHONEST_DECLARATION",

    // Rounds.
    /// A seal does not list exactly the bundles that were there.
    SealList = "SEAL_LIST",
    /// The bundles that were left out, or the reasons, are others.
    LeftOut = "LEFT_OUT",
    /// The resting orders that lapsed are others.
    Lapsed = "LAPSED",
    /// The book is not that of the sealed bundles and the resting orders.
    Book = "BOOK",
    /// A trade names an order that is not there, on the wrong side, or no volume.
    UnknownOrEmptyTrade = "UNKNOWN_OR_EMPTY_TRADE",
    /// A member trades with itself.
    SelfTrade = "SELF_TRADE",
    /// A trade's fee is not that of its classes.
    FeeNotFromTable = "FEE_NOT_FROM_TABLE",
    /// A margin that is negative, or where the pricing rule has none.
    Margin = "MARGIN",
    /// A seller receives less than it asked.
    SellerLoses = "SELLER_LOSES",
    /// A buyer pays more than it bid.
    BuyerLoses = "BUYER_LOSES",
    /// An order trades more than its volume.
    Overfilled = "OVERFILLED",
    /// Another result has more surplus, or as much and more volume, or as much of both and better ranks.
    NotOptimal = "NOT_OPTIMAL",
    /// An order trades while an earlier one of its class has not traded in full.
    PriceTimePriority = "PRICE_TIME_PRIORITY",
    /// The trades are not listed as the heads of the classes pair.
    TradeOrder = "TRADE_ORDER",
    /// A price is not the uniform price of its class.
    UniformPrice = "UNIFORM_PRICE",
    /// A price is not what the pricing rule gives for the pair.
    PairPrice = "PAIR_PRICE",
    /// Trades where McAfee's rule gives none, or none where it gives some.
    Mcafee = "MCAFEE",
    /// McAfee's rule does not apply to these fees.
    McafeeFee = "MCAFEE_FEE",
    /// An order trades another volume than McAfee's rule gives it.
    McafeeVolume = "MCAFEE_VOLUME",
    /// A price is not McAfee's.
    McafeePrice = "MCAFEE_PRICE",
    /// The grid check let through more, or less, than the feeder carries.
    GridCheck = "GRID_CHECK",
    /// The disclosed result of a round is not what its trades give.
    RoundResult = "ROUND_RESULT",
    /// The session goes on otherwise than its rules say.
    SessionProgress = "SESSION_PROGRESS",

    // Certificates.
    /// A reading says that a device moved more than it can.
    OverCapacity = "OVER_CAPACITY",
    /// An instruction is not signed by the member that it is of.
    InstructionSignature = "INSTRUCTION_SIGNATURE",
    /// An instruction was carried out that counted before, or is for another channel.
    InstructionReplayed = "INSTRUCTION_REPLAYED",
    /// The energy of one device in one interval is certified twice.
    CertificateExists = "CERTIFICATE_EXISTS",
    /// A reading counts as certified by another function than the one that mints.
    MintedElsewhere = "MINTED_ELSEWHERE",
    /// A granule or a certificate took a step that its state does not allow.
    CertificateState = "CERTIFICATE_STATE",
    /// Something happened to a certificate for which all is over, or to a granule that is certified.
    FinalState = "FINAL_STATE",
    /// A member that has no right to it instructed what happens to a certificate.
    CertificateOwner = "CERTIFICATE_OWNER",
    /// Energy was made or lost: between readings, what is issued, its parts, and what a device carries.
    CertificateEnergy = "CERTIFICATE_ENERGY",
    /// A payment is not what buyer and seller agreed on for the certificate that changes hands.
    CertificatePayment = "CERTIFICATE_PAYMENT",
    /// A beneficiary claims an hour twice, energy from later, or more than it drew.
    Claim = "CLAIM",
    /// A certificate, a granule or what belongs to them is not what the step makes of it.
    Certificate = "CERTIFICATE",

    // Records.
    /// A batch of records is anchored out of order, by another organization, or with what is no root.
    Anchor = "ANCHOR",

    // Money.
    /// A posting is not what the trades or the meters give.
    Settlement = "SETTLEMENT",
    /// The balances of all accounts do not add up to zero.
    BalanceSum = "BALANCE_SUM",
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of wrong it is.
    pub code: Code,
    /// The channel.
    pub channel: String,
    /// The block's number; none for what belongs to no block.
    pub block: Option<u64>,
    /// The transaction's id; none for what belongs to a whole block.
    pub transaction: Option<String>,
    /// What is wrong, in words.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.channel)?;
        if let Some(block) = self.block {
            write!(formatter, ", block {block}")?;
        }
        if let Some(transaction) = &self.transaction {
            write!(formatter, ", transaction {transaction}")?;
        }
        write!(formatter, ": {}", self.message)
    }
}

/// Findings that are kept with all they say; beyond them they are counted.
const KEPT_MAX: usize = 200;

/// Collects findings, at the place in the ledger that is being looked at.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) channel: String,
    pub(crate) block: Option<u64>,
    pub(crate) transaction: Option<String>,
    pub(crate) kept: Vec<Finding>,
    pub(crate) count: u64,
}

impl Findings {
    pub(crate) fn add(&mut self, code: Code, message: impl Into<String>) {
        self.count += 1;
        if self.kept.len() < KEPT_MAX {
            self.kept.push(Finding {
                code,
                channel: self.channel.clone(),
                block: self.block,
                transaction: self.transaction.clone(),
                message: message.into(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_shouted() {
        let names: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')));
    }
}
