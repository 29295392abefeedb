//! An endorsed transaction on its way to a block.

mod commit;

pub use commit::{Commit, CommitStatus, Submission};

use crate::error::{Error, StepError};
use crate::gateway::Gateway;
use crate::proposal::Content;
use crate::signing::{Message, Unsigned};
use fabric_protos::{common, gateway, protos};
use prost::Message as _;

/// A transaction with its endorsements and the client's signature.
#[derive(Debug, Clone)]
pub struct Transaction {
    gateway: Gateway,
    channel: String,
    transaction_id: String,
    envelope: common::Envelope,
    result: Vec<u8>,
}

impl Transaction {
    /// The transaction id, 64 hexadecimal digits.
    pub fn transaction_id(&self) -> &str {
        &self.transaction_id
    }

    /// What the function returned while it was endorsed. It counts only if the transaction commits.
    pub fn result(&self) -> &[u8] {
        &self.result
    }

    /// What the function returned.
    pub fn into_result(self) -> Vec<u8> {
        self.result
    }

    /// The transaction as it goes to the orderer.
    pub fn envelope(&self) -> &common::Envelope {
        &self.envelope
    }

    /// The same transaction, to be handed over through another gateway.
    #[must_use]
    pub fn through(&self, gateway: &Gateway) -> Self {
        Transaction { gateway: gateway.clone(), ..self.clone() }
    }

    /// Hands the transaction to the orderer. It may be handed over again: it commits at most once.
    ///
    /// # Errors
    /// [`Error::Submit`]; the orderer may have the transaction nevertheless.
    pub async fn submit(&self) -> Result<Unsigned<Commit>, Error> {
        let request = gateway::SubmitRequest {
            transaction_id: self.transaction_id.clone(),
            channel_id: self.channel.clone(),
            prepared_transaction: Some(self.envelope.clone()),
        };
        match self.gateway.submit(request).await {
            Ok(_) => Ok(self.commit()),
            Err(failure) => Err(Error::Submit(StepError { transaction_id: self.transaction_id.clone(), failure })),
        }
    }

    /// Asks for the commit status without submitting, for a transaction whose submission was in doubt.
    pub fn commit(&self) -> Unsigned<Commit> {
        Commit::new(&self.gateway, &self.channel, &self.transaction_id)
    }

    /// The gateway's answer to a proposal. It must be a transaction of that very proposal: the client is about to sign
    /// it.
    pub(crate) fn of_proposal(
        gateway: &Gateway,
        proposal: &Content,
        envelope: common::Envelope,
    ) -> Result<Unsigned<Self>, String> {
        let endorsed = Endorsed::read(&envelope)?;
        if endorsed.header != proposal.header {
            return Err("its header is not the proposal's".into());
        }
        if endorsed.public_payload != proposal.public_payload {
            return Err("its input is not the proposal's".into());
        }
        if endorsed.proposal_hash != proposal.hash() {
            return Err("its endorsements are not of this proposal".into());
        }
        Ok(Transaction::unsigned(
            gateway,
            proposal.channel.clone(),
            proposal.transaction_id.clone(),
            envelope,
            endorsed,
        ))
    }

    /// A transaction that need not be what it claims; its result is empty.
    pub(crate) fn forged(gateway: &Gateway, proposal: &Content, envelope: common::Envelope) -> Unsigned<Self> {
        Unsigned(Transaction {
            gateway: gateway.clone(),
            channel: proposal.channel.clone(),
            transaction_id: proposal.transaction_id.clone(),
            envelope,
            result: Vec::new(),
        })
    }

    /// Reads `gateway.PreparedTransaction`.
    pub(crate) fn from_bytes(gateway: &Gateway, bytes: &[u8]) -> Result<Unsigned<Self>, String> {
        let prepared = gateway::PreparedTransaction::decode(bytes).map_err(|e| e.to_string())?;
        let envelope = prepared.envelope.ok_or("it has no envelope")?;
        let endorsed = Endorsed::read(&envelope)?;
        let header = crate::proposal::channel_header(&endorsed.header)?;
        if header.tx_id != prepared.transaction_id {
            return Err("its transaction id is not the one of its header".into());
        }
        Ok(Transaction::unsigned(gateway, header.channel_id, header.tx_id, envelope, endorsed))
    }

    fn unsigned(
        gateway: &Gateway,
        channel: String,
        transaction_id: String,
        envelope: common::Envelope,
        endorsed: Endorsed,
    ) -> Unsigned<Self> {
        Unsigned(Transaction { gateway: gateway.clone(), channel, transaction_id, envelope, result: endorsed.result })
    }
}

impl Unsigned<Transaction> {
    /// The transaction id, 64 hexadecimal digits.
    pub fn transaction_id(&self) -> &str {
        self.0.transaction_id()
    }

    /// What the function returned while it was endorsed. It counts only if the transaction commits.
    pub fn result(&self) -> &[u8] {
        self.0.result()
    }
}

impl Message for Transaction {
    fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    fn signed_bytes(&self) -> &[u8] {
        &self.envelope.payload
    }

    fn set_signature(&mut self, signature: Vec<u8>) {
        self.envelope.signature = signature;
    }

    fn to_bytes(&self) -> Vec<u8> {
        gateway::PreparedTransaction {
            transaction_id: self.transaction_id.clone(),
            envelope: Some(self.envelope.clone()),
        }
        .encode_to_vec()
    }
}

/// The parts of an endorsed transaction that the client looks at.
struct Endorsed {
    header: common::Header,
    public_payload: Vec<u8>,
    proposal_hash: Vec<u8>,
    result: Vec<u8>,
}

impl Endorsed {
    fn read(envelope: &common::Envelope) -> Result<Self, String> {
        let payload: common::Payload = decode("payload", &envelope.payload)?;
        let header = payload.header.ok_or("it has no header")?;
        let transaction: protos::Transaction = decode("transaction", &payload.data)?;
        let [action] = transaction.actions.as_slice() else {
            return Err(format!("it has {} actions instead of one", transaction.actions.len()));
        };
        let action_payload: protos::ChaincodeActionPayload = decode("action", &action.payload)?;
        let endorsed = action_payload.action.ok_or("it has no endorsements")?;
        let response: protos::ProposalResponsePayload =
            decode("proposal response", &endorsed.proposal_response_payload)?;
        let chaincode_action: protos::ChaincodeAction = decode("chaincode action", &response.extension)?;
        Ok(Endorsed {
            header,
            public_payload: action_payload.chaincode_proposal_payload,
            proposal_hash: response.proposal_hash,
            result: chaincode_action.response.ok_or("it has no response")?.payload,
        })
    }
}

fn decode<M: prost::Message + Default>(what: &str, bytes: &[u8]) -> Result<M, String> {
    M::decode(bytes).map_err(|e| format!("{what}: {e}"))
}
