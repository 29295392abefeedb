//! Runs a chaincode: looks up its definition and code, and gives it a frame.

use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeInput, ChaincodeMessage, ChaincodeSpec};
use prost::Message;
use wasm_host::Completed;

use super::calls::{CallError, Frame};
use super::{Invocation, SimulationError, Simulator, is_system};
use crate::ledger::definition::{self, LIFECYCLE, sequence_key};
use crate::ledger::error::LedgerError;

/// The key in a chaincode's namespace under which a peer notes the version that was initialized.
const INITIALIZED_KEY: &str = "\0\u{10FFFF}initialized";

impl Simulator {
    pub(super) fn run(&mut self, name: &str, input: &ChaincodeInput) -> Result<Completed, SimulationError> {
        let kind = self.check_invocation(name, input)?;
        let channel = self.invocation.channel.clone();
        let chaincode = self.chaincodes.chaincode(&channel, name).ok_or_else(|| {
            SimulationError::Invalid(format!(
                "[channel {channel}] failed to get chaincode container info for {name}: chaincode definition for \
                 '{name}' exists, but chaincode is not installed"
            ))
        })?;
        let message = ChaincodeMessage {
            r#type: kind as i32,
            payload: input.encode_to_vec(),
            txid: self.invocation.transaction_id.clone(),
            channel_id: channel,
            proposal: Some(self.invocation.signed_proposal.clone()),
            ..ChaincodeMessage::default()
        };
        self.running.push(name.to_owned());
        let completed = chaincode.execute(&message, &mut Frame::new(self, name));
        self.running.pop();
        Ok(completed?)
    }

    /// Reads what a peer reads before it runs a chaincode: the sequence of its definition, and if the definition requires
    /// an init, whether there was one.
    fn check_invocation(&mut self, name: &str, input: &ChaincodeInput) -> Result<MessageType, SimulationError> {
        if is_system(name) {
            return Ok(MessageType::Transaction);
        }
        let sequence =
            self.read(LIFECYCLE, &sequence_key(name))?.map_or(0, |value| definition::decode_sequence(&value));
        let definition = if sequence == 0 { None } else { self.snapshot.definition(name)? };
        let Some(definition) = definition else {
            // Where a peer looks next, and what it reads there.
            self.read("lscc", name)?;
            let channel = &self.invocation.channel;
            return Err(SimulationError::Invalid(format!(
                "[channel {channel}] failed to get chaincode container info for {name}: chaincode {name} not found"
            )));
        };
        let info = definition.endorsement_info;
        let must_init =
            info.init_required && self.read(name, INITIALIZED_KEY)?.as_deref() != Some(info.version.as_bytes());
        let invalid = |what: &str| Err(SimulationError::Invalid(format!("chaincode '{name}' {what}")));
        match (input.is_init, info.init_required, must_init) {
            (true, false, _) => invalid("does not require initialization but called as init"),
            (true, true, false) => invalid("is already initialized but called as init"),
            (true, true, true) => {
                self.write(name, INITIALIZED_KEY, info.version.into_bytes()).map_err(|error| match error {
                    CallError::Refused(text) => SimulationError::Invalid(text),
                    CallError::Broken(error) => error.into(),
                })?;
                Ok(MessageType::Init)
            }
            (false, _, true) => invalid("has not been initialized for this version, must call as init first"),
            (false, _, false) => Ok(MessageType::Transaction),
        }
    }

    /// Answers INVOKE_CHAINCODE: the message with which the called chaincode completed.
    ///
    /// On the same channel the callee reads and writes the same read-write set, under its own namespace. On another one it
    /// has a simulation of its own, of which nothing remains but the answer. Its event is lost, as on a peer.
    pub(super) fn invoke(&mut self, spec: ChaincodeSpec) -> Result<Vec<u8>, CallError> {
        let called = spec.chaincode_id.unwrap_or_default().name;
        let (called, other_channel) = called.split_once('/').unwrap_or((&called, ""));
        let name = called.split_once(':').map_or(called, |(name, _)| name);
        let input = spec.input.unwrap_or_default();
        let completed = if other_channel.is_empty() || other_channel == self.invocation.channel {
            if self.running.iter().any(|running| running == name) {
                let Invocation { transaction_id, channel, .. } = &self.invocation;
                return Err(CallError::Refused(format!(
                    "execute failed: error sending: txid: {transaction_id}({channel}) exists"
                )));
            }
            self.run(name, &input)
        } else {
            let proposal = &self.invocation.signed_proposal;
            let snapshot = self.chaincodes.snapshot(other_channel, proposal).map_err(CallError::Refused)?;
            let invocation = Invocation { channel: other_channel.to_owned(), ..self.invocation.clone() };
            Simulator::new(snapshot, invocation, self.chaincodes.clone()).run(name, &input)
        };
        let completed = completed.map_err(|error| match error {
            SimulationError::Ledger(error) => CallError::Broken(error),
            error => CallError::Refused(format!("execute failed: {error}")),
        })?;
        Ok(ChaincodeMessage {
            r#type: MessageType::Completed as i32,
            payload: completed.response.encode_to_vec(),
            txid: self.invocation.transaction_id.clone(),
            channel_id: if other_channel.is_empty() {
                self.invocation.channel.clone()
            } else {
                other_channel.to_owned()
            },
            chaincode_event: completed.event,
            ..ChaincodeMessage::default()
        }
        .encode_to_vec())
    }

    /// A key's value, noted as read.
    pub(super) fn read(&mut self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        let value = self.snapshot.get(namespace, key)?;
        self.builder.read(namespace, key, value.as_ref().map(|value| value.version));
        Ok(value.map(|value| value.value))
    }
}
