//! What a peer made of a proposal, without what must differ between two networks.

use crate::workload::ORGANIZATIONS;
use anyhow::Result;
use fabric_client::Error;
use fabric_protos::Message as _;
use fabric_protos::kvrwset::KvrwSet;
use fabric_protos::protos::{ChaincodeAction, ChaincodeEvent, ProposalResponse, ProposalResponsePayload};
use fabric_protos::rwset::TxReadWriteSet;

/// A peer's answer. Keys of `_lifecycle` are read at versions of other blocks on each network; transaction ids, which
/// depend on certificates, are left out. All else is there, so that two networks that do the same answer the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whose peer.
    pub organization: &'static str,
    /// Status and message of the contract or the peer; or the error that the call ended with.
    pub response: String,
    /// What the contract returned, in hex.
    pub payload: String,
    /// The event with its payload, if there is one.
    pub event: Option<String>,
    /// Reads, ranges, writes and policies by chaincode.
    pub results: Vec<String>,
}

impl Answer {
    pub(crate) fn new(place: usize, transaction_id: &str, answer: &Result<ProposalResponse, Error>) -> Result<Self> {
        let organization = ORGANIZATIONS.get(place).copied().unwrap_or_default();
        let without_id = |text: String| text.replace(transaction_id, "ID");
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                let response = without_id(error.to_string());
                return Ok(Self { organization, response, payload: String::new(), event: None, results: Vec::new() });
            }
        };
        let action = action(response)?;
        let response = response.response.clone().unwrap_or_default();
        Ok(Self {
            organization,
            response: without_id(format!("{} {}", response.status, response.message)),
            payload: hex::encode(&response.payload),
            event: event(&action)?,
            results: results(&action)?,
        })
    }
}

/// What a peer signed, empty if it did not sign.
fn action(response: &ProposalResponse) -> Result<ChaincodeAction> {
    let payload = ProposalResponsePayload::decode(response.payload.as_slice())?;
    Ok(ChaincodeAction::decode(payload.extension.as_slice())?)
}

fn event(action: &ChaincodeAction) -> Result<Option<String>> {
    let event = ChaincodeEvent::decode(action.events.as_slice())?;
    let described = format!("{} {} {}", event.chaincode_id, event.event_name, hex::encode(&event.payload));
    Ok((!event.event_name.is_empty()).then_some(described))
}

fn results(action: &ChaincodeAction) -> Result<Vec<String>> {
    let sets = TxReadWriteSet::decode(action.results.as_slice())?.ns_rwset;
    let described = sets.iter().map(|set| {
        let mut own = KvrwSet::decode(set.rwset.as_slice())?;
        if set.namespace == "_lifecycle" {
            own.reads.iter_mut().for_each(|read| read.version = None);
        }
        Ok(format!("{} {own:?} {:?}", set.namespace, set.collection_hashed_rwset))
    });
    described.collect()
}
