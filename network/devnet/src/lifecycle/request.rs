//! Proposals of the network's own.

use std::time::SystemTime;

use fabric_msp::proposal::transaction_id;
use fabric_msp::{Signer, SignerError};
use fabric_protos::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use fabric_protos::protos::{
    ChaincodeHeaderExtension, ChaincodeId, ChaincodeInput, ChaincodeInvocationSpec, ChaincodeProposalPayload,
    ChaincodeSpec, Proposal, SignedProposal,
};
use prost::Message as _;

use crate::nonce::nonce;

/// A signed proposal to call a chaincode, with its transaction id.
pub(crate) fn signed_proposal(
    signer: &dyn Signer,
    channel: &str,
    chaincode: &str,
    arguments: &[Vec<u8>],
) -> Result<(String, SignedProposal), SignerError> {
    let chaincode_id = ChaincodeId { name: chaincode.to_owned(), ..ChaincodeId::default() };
    let nonce = nonce();
    let tx_id = transaction_id(&nonce, signer.creator());
    let extension = ChaincodeHeaderExtension { chaincode_id: Some(chaincode_id.clone()) };
    let channel_header = ChannelHeader {
        r#type: HeaderType::EndorserTransaction as i32,
        timestamp: Some(SystemTime::now().into()),
        channel_id: channel.to_owned(),
        tx_id: tx_id.clone(),
        extension: extension.encode_to_vec(),
        ..ChannelHeader::default()
    };
    let signature_header = SignatureHeader { creator: signer.creator().to_vec(), nonce: nonce.to_vec() };
    let header =
        Header { channel_header: channel_header.encode_to_vec(), signature_header: signature_header.encode_to_vec() };
    let input = ChaincodeInput { args: arguments.to_vec(), ..ChaincodeInput::default() };
    let specification =
        ChaincodeSpec { chaincode_id: Some(chaincode_id), input: Some(input), ..ChaincodeSpec::default() };
    let specification = ChaincodeInvocationSpec { chaincode_spec: Some(specification) };
    let payload =
        ChaincodeProposalPayload { input: specification.encode_to_vec(), ..ChaincodeProposalPayload::default() };
    let proposal = Proposal { header: header.encode_to_vec(), payload: payload.encode_to_vec(), ..Proposal::default() };
    let proposal_bytes = proposal.encode_to_vec();
    let signature = signer.sign(&proposal_bytes)?;
    Ok((tx_id, SignedProposal { proposal_bytes, signature }))
}
