//! Endorsed transactions and their validation codes.

use super::Endorsement;
use crate::common::Envelope;
use crate::enumeration::enumeration;

/// Data of an endorser transaction's payload.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Transaction {
    /// Exactly one.
    #[prost(message, repeated, tag = "1")]
    pub actions: Vec<TransactionAction>,
}

/// One action of a transaction.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct TransactionAction {
    /// The proposal's [`SignatureHeader`](crate::common::SignatureHeader).
    #[prost(bytes = "vec", tag = "1")]
    pub header: Vec<u8>,
    /// A [`ChaincodeActionPayload`].
    #[prost(bytes = "vec", tag = "2")]
    pub payload: Vec<u8>,
}

/// The proposal and what was endorsed.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeActionPayload {
    /// A [`ChaincodeProposalPayload`](super::ChaincodeProposalPayload) without transient data.
    #[prost(bytes = "vec", tag = "1")]
    pub chaincode_proposal_payload: Vec<u8>,
    /// The endorsed result.
    #[prost(message, optional, tag = "2")]
    pub action: Option<ChaincodeEndorsedAction>,
}

/// A result with its endorsements.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeEndorsedAction {
    /// A [`ProposalResponsePayload`](super::ProposalResponsePayload).
    #[prost(bytes = "vec", tag = "1")]
    pub proposal_response_payload: Vec<u8>,
    /// The endorsers' signatures.
    #[prost(message, repeated, tag = "2")]
    pub endorsements: Vec<Endorsement>,
}

/// Answer of qscc `GetTransactionByID`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ProcessedTransaction {
    /// The transaction.
    #[prost(message, optional, tag = "1")]
    pub transaction_envelope: Option<Envelope>,
    /// A [`TxValidationCode`]; not an enumeration field in Fabric's protocol either.
    #[prost(int32, tag = "2")]
    pub validation_code: i32,
}

enumeration! {
    /// Why a transaction in a block counts or does not.
    pub enum TxValidationCode {
        /// It counts.
        Valid = 0 => "VALID",
        /// The envelope is empty.
        NilEnvelope = 1 => "NIL_ENVELOPE",
        /// The payload cannot be decoded.
        BadPayload = 2 => "BAD_PAYLOAD",
        /// The header is missing or wrong.
        BadCommonHeader = 3 => "BAD_COMMON_HEADER",
        /// The creator is unknown, invalid, or did not sign.
        BadCreatorSignature = 4 => "BAD_CREATOR_SIGNATURE",
        /// The transaction is malformed.
        InvalidEndorserTransaction = 5 => "INVALID_ENDORSER_TRANSACTION",
        /// The configuration is malformed.
        InvalidConfigTransaction = 6 => "INVALID_CONFIG_TRANSACTION",
        /// Not a kind that peers process.
        UnsupportedTxPayload = 7 => "UNSUPPORTED_TX_PAYLOAD",
        /// The transaction id does not follow from nonce and creator.
        BadProposalTxid = 8 => "BAD_PROPOSAL_TXID",
        /// The transaction id was used before.
        DuplicateTxid = 9 => "DUPLICATE_TXID",
        /// The endorsements do not satisfy the policies.
        EndorsementPolicyFailure = 10 => "ENDORSEMENT_POLICY_FAILURE",
        /// A key changed since it was read.
        MvccReadConflict = 11 => "MVCC_READ_CONFLICT",
        /// A range changed since it was read.
        PhantomReadConflict = 12 => "PHANTOM_READ_CONFLICT",
        /// The header's type is unknown.
        UnknownTxType = 13 => "UNKNOWN_TX_TYPE",
        /// The channel is not this one.
        TargetChainNotFound = 14 => "TARGET_CHAIN_NOT_FOUND",
        /// The transaction id cannot be encoded.
        MarshalTxError = 15 => "MARSHAL_TX_ERROR",
        /// The action is missing.
        NilTxaction = 16 => "NIL_TXACTION",
        /// The chaincode's definition was replaced.
        ExpiredChaincode = 17 => "EXPIRED_CHAINCODE",
        /// Another version of the chaincode is defined.
        ChaincodeVersionConflict = 18 => "CHAINCODE_VERSION_CONFLICT",
        /// The header's extension is malformed.
        BadHeaderExtension = 19 => "BAD_HEADER_EXTENSION",
        /// The channel header is malformed.
        BadChannelHeader = 20 => "BAD_CHANNEL_HEADER",
        /// The response payload is malformed.
        BadResponsePayload = 21 => "BAD_RESPONSE_PAYLOAD",
        /// The read and write set is malformed.
        BadRwset = 22 => "BAD_RWSET",
        /// The transaction writes where it must not.
        IllegalWriteset = 23 => "ILLEGAL_WRITESET",
        /// A written key or value is not acceptable.
        InvalidWriteset = 24 => "INVALID_WRITESET",
        /// The chaincode is malformed or missing.
        InvalidChaincode = 25 => "INVALID_CHAINCODE",
        /// Not looked at yet.
        NotValidated = 254 => "NOT_VALIDATED",
        /// None of the above.
        InvalidOtherReason = 255 => "INVALID_OTHER_REASON",
    }
}

enumeration! {
    /// Names of key-level metadata that Fabric itself reads.
    pub enum MetaDataKeys {
        /// A [`SignaturePolicyEnvelope`](crate::common::SignaturePolicyEnvelope).
        ValidationParameter = 0 => "VALIDATION_PARAMETER",
        /// An [`ApplicationPolicy`](super::ApplicationPolicy).
        ValidationParameterV2 = 1 => "VALIDATION_PARAMETER_V2",
    }
}
