//! A transaction for a contract that runs on no network.

use fabric_protos::{
    Message, Timestamp,
    common::{ChannelHeader, Header, HeaderType, SignatureHeader},
    msp::SerializedIdentity,
    protos::{
        ChaincodeHeaderExtension, ChaincodeId, ChaincodeInput, ChaincodeInvocationSpec, ChaincodeMessage,
        ChaincodeProposalPayload, ChaincodeSpec, Proposal, SignedProposal, chaincode_message::Type,
    },
};
use wasm_host::{Ledger, LedgerError};

/// Name of the channel, the chaincode and the transaction.
const NAME: &str = "bench";

/// The message with which a peer starts a transaction.
pub(super) fn transaction(arguments: impl IntoIterator<Item = String>) -> ChaincodeMessage {
    let input =
        ChaincodeInput { args: arguments.into_iter().map(String::into_bytes).collect(), ..ChaincodeInput::default() };
    let chaincode_id = Some(ChaincodeId { name: NAME.to_owned(), ..ChaincodeId::default() });
    let channel_header = ChannelHeader {
        r#type: HeaderType::EndorserTransaction.into(),
        channel_id: NAME.to_owned(),
        tx_id: NAME.to_owned(),
        timestamp: Some(Timestamp::default()),
        extension: ChaincodeHeaderExtension { chaincode_id: chaincode_id.clone() }.encode_to_vec(),
        ..ChannelHeader::default()
    };
    let creator = SerializedIdentity { mspid: "BenchMSP".to_owned(), id_bytes: Vec::new() };
    let header = Header {
        channel_header: channel_header.encode_to_vec(),
        signature_header: SignatureHeader { creator: creator.encode_to_vec(), nonce: Vec::new() }.encode_to_vec(),
    };
    let spec = ChaincodeSpec { chaincode_id, input: Some(input.clone()), ..ChaincodeSpec::default() };
    let payload = ChaincodeProposalPayload {
        input: ChaincodeInvocationSpec { chaincode_spec: Some(spec) }.encode_to_vec(),
        ..ChaincodeProposalPayload::default()
    };
    let proposal = Proposal { header: header.encode_to_vec(), payload: payload.encode_to_vec(), ..Proposal::default() };
    ChaincodeMessage {
        r#type: Type::Transaction.into(),
        payload: input.encode_to_vec(),
        txid: NAME.to_owned(),
        channel_id: NAME.to_owned(),
        proposal: Some(SignedProposal { proposal_bytes: proposal.encode_to_vec(), signature: Vec::new() }),
        ..ChaincodeMessage::default()
    }
}

/// A ledger for functions that use none.
pub(super) struct NoLedger;

impl Ledger for NoLedger {
    fn call(&mut self, _: Type, _: &[u8]) -> Result<Vec<u8>, LedgerError> {
        Err(LedgerError::Refused("this benchmark has no ledger".to_owned()))
    }
}
