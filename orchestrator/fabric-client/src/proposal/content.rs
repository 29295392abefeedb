//! The bytes of a proposal, and what an honest endorser's answer to it must contain.

use fabric_msp::proposal::{proposal_hash, transaction_id, without_transient};
use fabric_protos::{common, protos};
use prost::Message;
use std::collections::BTreeMap;

/// What a proposal says.
pub(crate) struct Call<'a> {
    pub(crate) channel: &'a str,
    pub(crate) chaincode: &'a str,
    /// The function's name and its arguments.
    pub(crate) arguments: Vec<Vec<u8>>,
    pub(crate) transient: BTreeMap<String, Vec<u8>>,
    /// Serialized identity of the client.
    pub(crate) creator: &'a [u8],
    pub(crate) nonce: Vec<u8>,
    pub(crate) timestamp: fabric_protos::Timestamp,
}

/// A proposal's bytes, with the parts of it that later steps need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) channel: String,
    pub(crate) transaction_id: String,
    pub(crate) header: common::Header,
    /// The chaincode's input without transient data: the part that goes into the transaction.
    pub(crate) public_payload: Vec<u8>,
}

impl Content {
    pub(crate) fn new(call: Call<'_>) -> Self {
        let transaction_id = transaction_id(&call.nonce, call.creator);
        let chaincode_id = protos::ChaincodeId { name: call.chaincode.to_owned(), ..Default::default() };
        let extension = protos::ChaincodeHeaderExtension { chaincode_id: Some(chaincode_id.clone()) };
        let channel_header = common::ChannelHeader {
            r#type: common::HeaderType::EndorserTransaction.into(),
            timestamp: Some(call.timestamp),
            channel_id: call.channel.to_owned(),
            tx_id: transaction_id.clone(),
            extension: extension.encode_to_vec(),
            ..Default::default()
        };
        let signature_header = common::SignatureHeader { creator: call.creator.to_vec(), nonce: call.nonce };
        let header = common::Header {
            channel_header: channel_header.encode_to_vec(),
            signature_header: signature_header.encode_to_vec(),
        };

        let specification = protos::ChaincodeSpec {
            // The language is not looked at; Fabric's SDKs write this one.
            r#type: protos::chaincode_spec::Type::Node.into(),
            chaincode_id: Some(chaincode_id),
            input: Some(protos::ChaincodeInput { args: call.arguments, ..Default::default() }),
            ..Default::default()
        };
        let input = protos::ChaincodeInvocationSpec { chaincode_spec: Some(specification) }.encode_to_vec();
        let mut payload = protos::ChaincodeProposalPayload { input, ..Default::default() };
        let public_payload = payload.encode_to_vec();
        payload.transient_map = call.transient.into_iter().collect();

        let proposal =
            protos::Proposal { header: header.encode_to_vec(), payload: payload.encode_to_vec(), ..Default::default() };
        Content {
            bytes: proposal.encode_to_vec(),
            channel: call.channel.to_owned(),
            transaction_id,
            header,
            public_payload,
        }
    }

    /// Reads the bytes of `protos.Proposal`.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, String> {
        let proposal = protos::Proposal::decode(bytes.as_slice()).map_err(|e| format!("proposal: {e}"))?;
        let header = common::Header::decode(proposal.header.as_slice()).map_err(|e| format!("header: {e}"))?;
        let channel_header = channel_header(&header)?;
        let public_payload = without_transient(&proposal.payload).map_err(|e| format!("chaincode payload: {e}"))?;
        Ok(Content {
            bytes,
            channel: channel_header.channel_id,
            transaction_id: channel_header.tx_id,
            header,
            public_payload,
        })
    }

    /// The hash by which endorsers refer to this proposal.
    pub(crate) fn hash(&self) -> [u8; 32] {
        proposal_hash(&self.header, &self.public_payload)
    }
}

pub(crate) fn channel_header(header: &common::Header) -> Result<common::ChannelHeader, String> {
    common::ChannelHeader::decode(header.channel_header.as_slice()).map_err(|e| format!("channel header: {e}"))
}
