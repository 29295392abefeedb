//! Clients and their proposals.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric_protos::protos::chaincode_message::Type;
use fabric_protos::{common, msp, protos};
use prost::Message as _;
use serde::Serialize;

use super::certificate::client_certificate;
use crate::crypto::sha256;
use crate::value::to_json;

/// Nanoseconds in a second.
const NANOSECONDS: u64 = 1_000_000_000;

/// Someone with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    msp_id: String,
    name: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Attributes<'a> {
    attrs: &'a BTreeMap<String, String>,
}

impl Client {
    /// A client of the organization `msp_id` whose common name is `name`.
    #[must_use]
    pub fn new(msp_id: &str, name: &str) -> Self {
        Self { msp_id: msp_id.to_owned(), name: name.to_owned(), attributes: BTreeMap::new() }
    }

    /// The same with an attribute in the certificate.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A proposal to call `Contract:function` (or a function of the default contract) of a chaincode.
    #[must_use]
    pub fn propose(&self, chaincode: &str, function: &str, arguments: Vec<Vec<u8>>) -> Proposal {
        Proposal {
            chaincode: chaincode.to_owned(),
            creator: self.creator(),
            arguments: std::iter::once(function.as_bytes().to_vec()).chain(arguments).collect(),
            transient: BTreeMap::new(),
            timestamp_ns: None,
            endorsers: None,
        }
    }

    /// The serialized identity.
    #[must_use]
    pub fn creator(&self) -> Vec<u8> {
        // A map of strings always has a JSON form.
        let json = to_json(&Attributes { attrs: &self.attributes }).ok();
        let json = json.filter(|_| !self.attributes.is_empty());
        let der = client_certificate(&self.name, &format!("ca.{}", self.msp_id), json.as_deref());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
        msp::SerializedIdentity { mspid: self.msp_id.clone(), id_bytes: pem.into_bytes() }.encode_to_vec()
    }
}

/// What a client asks the endorsers to simulate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub(super) chaincode: String,
    pub(super) timestamp_ns: Option<u64>,
    /// MSP ids; `None`: all organizations.
    pub(super) endorsers: Option<BTreeSet<String>>,
    creator: Vec<u8>,
    arguments: Vec<Vec<u8>>,
    transient: BTreeMap<String, Vec<u8>>,
}

impl AsRef<Self> for Proposal {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Proposal {
    /// Adds transient data.
    #[must_use]
    pub fn transient(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.transient.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the timestamp, nanoseconds since the epoch. Otherwise it is the ledger's time.
    #[must_use]
    pub fn at_ns(mut self, timestamp_ns: u64) -> Self {
        self.timestamp_ns = Some(timestamp_ns);
        self
    }

    /// Names the organizations whose peers endorse. Otherwise all do.
    #[must_use]
    pub fn endorsed_by<T: Into<String>>(mut self, msp_ids: impl IntoIterator<Item = T>) -> Self {
        self.endorsers = Some(msp_ids.into_iter().map(Into::into).collect());
        self
    }

    /// The message by which a peer starts the transaction.
    pub(super) fn message(&self, channel: &str, timestamp_ns: u64, nonce: u64) -> protos::ChaincodeMessage {
        let nonce = nonce.to_be_bytes().to_vec();
        let txid = hex::encode(sha256(&[nonce.as_slice(), &self.creator].concat()));
        let chaincode_id = protos::ChaincodeId { name: self.chaincode.clone(), ..Default::default() };
        let input = protos::ChaincodeInput { args: self.arguments.clone(), ..Default::default() };
        let spec = protos::ChaincodeSpec {
            chaincode_id: Some(chaincode_id.clone()),
            input: Some(input.clone()),
            ..Default::default()
        };
        let channel_header = common::ChannelHeader {
            r#type: common::HeaderType::EndorserTransaction.into(),
            timestamp: Some(timestamp(timestamp_ns)),
            channel_id: channel.to_owned(),
            tx_id: txid.clone(),
            extension: protos::ChaincodeHeaderExtension { chaincode_id: Some(chaincode_id) }.encode_to_vec(),
            ..Default::default()
        };
        let header = common::Header {
            channel_header: channel_header.encode_to_vec(),
            signature_header: common::SignatureHeader { creator: self.creator.clone(), nonce }.encode_to_vec(),
        };
        let payload = protos::ChaincodeProposalPayload {
            input: protos::ChaincodeInvocationSpec { chaincode_spec: Some(spec) }.encode_to_vec(),
            transient_map: self.transient.clone(),
        };
        let proposal = protos::Proposal {
            header: header.encode_to_vec(),
            payload: payload.encode_to_vec(),
            extension: Vec::new(),
        };
        let proposal = protos::SignedProposal { proposal_bytes: proposal.encode_to_vec(), signature: Vec::new() };
        protos::ChaincodeMessage {
            r#type: Type::Transaction.into(),
            payload: input.encode_to_vec(),
            txid,
            channel_id: channel.to_owned(),
            proposal: Some(proposal),
            ..Default::default()
        }
    }
}

/// A time as the header of a proposal has it.
pub(super) fn timestamp(timestamp_ns: u64) -> prost_types::Timestamp {
    // Both fit: u64 nanoseconds are less than 2^35 seconds.
    prost_types::Timestamp {
        seconds: i64::try_from(timestamp_ns / NANOSECONDS).unwrap_or(i64::MAX),
        nanos: i32::try_from(timestamp_ns % NANOSECONDS).unwrap_or(i32::MAX),
    }
}
