//! A proposal taken apart, with Fabric's checks of its form.

use fabric_msp::proposal::{proposal_hash, transaction_id};
use fabric_protos::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use fabric_protos::protos::{
    self, ChaincodeHeaderExtension, ChaincodeInput, ChaincodeInvocationSpec, ChaincodeProposalPayload, SignedProposal,
};
use prost::Message;

/// A proposal whose parts are all there. Nothing is verified yet.
pub(crate) struct Proposal {
    pub(crate) signed: SignedProposal,
    pub(crate) header: Header,
    pub(crate) channel_header: ChannelHeader,
    pub(crate) signature_header: SignatureHeader,
    /// The chaincode that the header names.
    pub(crate) chaincode: String,
    pub(crate) input: ChaincodeInput,
    /// The payload as it goes into the transaction: without transient data.
    pub(crate) payload: ChaincodeProposalPayload,
    pub(crate) has_transient_data: bool,
}

impl Proposal {
    /// Takes a proposal apart; the error is the text that Fabric's endorser gives.
    pub(crate) fn unpack(signed: SignedProposal) -> Result<Self, String> {
        let proposal: protos::Proposal = decode(&signed.proposal_bytes, "Proposal")?;
        let header: Header = decode(&proposal.header, "Header")?;
        let channel_header: ChannelHeader = decode(&header.channel_header, "ChannelHeader")?;
        let signature_header: SignatureHeader = decode(&header.signature_header, "SignatureHeader")?;
        let extension: ChaincodeHeaderExtension = decode(&channel_header.extension, "ChaincodeHeaderExtension")?;
        let chaincode = extension.chaincode_id.ok_or("ChaincodeHeaderExtension.ChaincodeId is nil")?.name;
        if chaincode.is_empty() {
            return Err("ChaincodeHeaderExtension.ChaincodeId.Name is empty".to_owned());
        }
        let payload: ChaincodeProposalPayload = decode(&proposal.payload, "ChaincodeProposalPayload")?;
        let specification: ChaincodeInvocationSpec = decode(&payload.input, "ChaincodeInvocationSpec")?;
        let specification =
            specification.chaincode_spec.ok_or("chaincode invocation spec did not contain chaincode spec")?;
        let input = specification.input.ok_or("chaincode input did not contain any input")?;
        let has_transient_data = !payload.transient_map.is_empty();
        let payload = ChaincodeProposalPayload { input: payload.input, ..ChaincodeProposalPayload::default() };
        Ok(Self { signed, header, channel_header, signature_header, chaincode, input, payload, has_transient_data })
    }

    /// Fabric's checks of the headers, before anybody's certificate is looked at.
    pub(crate) fn check_headers(&self) -> Result<(), String> {
        let kind = self.channel_header.r#type;
        if kind != HeaderType::EndorserTransaction as i32 && kind != HeaderType::Config as i32 {
            let name =
                HeaderType::try_from(kind).map_or_else(|_| kind.to_string(), |kind| kind.as_str_name().to_owned());
            return Err(format!("invalid header type {name}"));
        }
        if self.channel_header.epoch != 0 {
            return Err("epoch is non-zero".to_owned());
        }
        let SignatureHeader { nonce, creator } = &self.signature_header;
        if nonce.is_empty() {
            return Err("nonce is empty".to_owned());
        }
        if creator.is_empty() {
            return Err("creator is empty".to_owned());
        }
        let expected = transaction_id(nonce, creator);
        if self.transaction_id() != expected {
            return Err(format!("incorrectly computed txid '{}' -- expected '{expected}'", self.transaction_id()));
        }
        if self.signed.signature.is_empty() {
            return Err("empty signature bytes".to_owned());
        }
        Ok(())
    }

    pub(crate) fn channel(&self) -> &str {
        &self.channel_header.channel_id
    }

    pub(crate) fn transaction_id(&self) -> &str {
        &self.channel_header.tx_id
    }

    /// The hash that binds an endorsement to this proposal: over both headers and the payload without transient data.
    pub(crate) fn hash(&self) -> [u8; 32] {
        proposal_hash(&self.header, &self.payload.encode_to_vec())
    }
}

/// Who made a proposal.
pub(crate) fn creator(signed: &SignedProposal) -> Result<Vec<u8>, String> {
    let proposal: protos::Proposal = decode(&signed.proposal_bytes, "Proposal")?;
    let header: Header = decode(&proposal.header, "Header")?;
    Ok(decode::<SignatureHeader>(&header.signature_header, "SignatureHeader")?.creator)
}

/// Decodes a message, with Fabric's words if that fails.
pub(crate) fn decode<M: Message + Default>(bytes: &[u8], name: &str) -> Result<M, String> {
    M::decode(bytes).map_err(|error| format!("error unmarshalling {name}: {error}"))
}
