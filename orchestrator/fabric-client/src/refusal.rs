//! A peer's refusal: a gRPC status with Fabric's details, and the contract's error inside of it.

use fabric_protos::{gateway, rpc};
use prost::Message;
use std::collections::BTreeSet;
use std::fmt;
use tonic::Code;

/// What the gateway puts before the status and message of a contract that refused.
const CHAINCODE_RESPONSE: &str = "chaincode response ";

/// The name under which a gateway packs its details into a status.
const ERROR_DETAIL: &str = "gateway.ErrorDetail";

/// The gRPC status that a peer answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// gRPC code.
    pub code: Code,
    /// Message of the gateway.
    pub message: String,
    /// What each endorsing peer or orderer said to the gateway.
    pub details: Vec<Detail>,
}

/// What one endorsing peer or orderer said to the gateway (`gateway.ErrorDetail`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Host and port of the node.
    pub address: String,
    /// The node's organization.
    pub msp_id: String,
    /// The node's message.
    pub message: String,
}

/// An error that a contract returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractError<'a> {
    /// Status of the response, 500 unless the contract chose another.
    pub status: u32,
    /// The stable code in front of the text, as in `LIMIT_EXCEEDED: 5 of 3 MWh`, if the contract gives one.
    pub code: Option<&'a str>,
    /// The text after the code.
    pub text: &'a str,
}

impl Refusal {
    /// The contract's own error, from whichever endorser reported it first.
    pub fn contract_error(&self) -> Option<ContractError<'_>> {
        self.details
            .iter()
            .map(|detail| detail.message.as_str())
            .chain([self.message.as_str()])
            .find_map(parse_contract_error)
    }

    /// Whether endorsers disagreed, as they do now and then when their ledgers differ in height: their results differ, or
    /// the contract refused at some of the `named` organizations and did not at others. Where no organizations were named
    /// (0), a contract's refusal says nothing of the other endorsers.
    pub fn is_disagreement(&self, named: usize) -> bool {
        if self.code != Code::Aborted {
            return false;
        }
        let differs = |detail: &Detail| detail.message.contains("ProposalResponsePayloads do not match");
        let refused: BTreeSet<&str> = self.details.iter().map(|detail| detail.msp_id.as_str()).collect();
        let by_contract = self.details.iter().all(|detail| parse_contract_error(&detail.message).is_some());
        self.details.iter().any(differs) || (by_contract && !refused.is_empty() && refused.len() < named)
    }
}

/// Splits `chaincode response 500, CODE: text`.
fn parse_contract_error(message: &str) -> Option<ContractError<'_>> {
    let (_, response) = message.split_once(CHAINCODE_RESPONSE)?;
    let (status, text) = response.split_once(", ")?;
    let status = status.parse().ok()?;
    Some(match text.split_once(": ") {
        Some((code, text)) if is_code(code) => ContractError { status, code: Some(code), text },
        _ => ContractError { status, code: None, text },
    })
}

/// Whether a word is a stable code: capital letters, digits and underscores, starting with a letter.
fn is_code(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.code, self.message)?;
        for Detail { address, msp_id, message } in &self.details {
            write!(f, "; {msp_id} at {address}: {message}")?;
        }
        Ok(())
    }
}

impl From<tonic::Status> for Refusal {
    fn from(status: tonic::Status) -> Self {
        Refusal { code: status.code(), message: status.message().to_owned(), details: details(status.details()) }
    }
}

/// Reads the details of a `google.rpc.Status`. They explain the refusal and decide nothing: what cannot be read is left
/// out.
fn details(bytes: &[u8]) -> Vec<Detail> {
    let Ok(status) = rpc::Status::decode(bytes) else { return Vec::new() };
    let packed = status.details.iter().filter(|any| any.type_url.rsplit('/').next() == Some(ERROR_DETAIL));
    packed
        .filter_map(|any| gateway::ErrorDetail::decode(any.value.as_slice()).ok())
        .map(|detail| Detail { address: detail.address, msp_id: detail.msp_id, message: detail.message })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contracts_code_is_split_from_its_text() {
        let error = |code, text| Some(ContractError { status: 500, code, text });
        assert_eq!(
            parse_contract_error("chaincode response 500, NO_SUCH_KEY: a: b"),
            error(Some("NO_SUCH_KEY"), "a: b")
        );
        assert_eq!(parse_contract_error("chaincode response 500, b exists"), error(None, "b exists"));
        assert_eq!(parse_contract_error("chaincode response 500, callee: "), error(None, "callee: "));
        let evaluated = "evaluate call to endorser returned error: chaincode response 404, X1: gone";
        assert_eq!(
            parse_contract_error(evaluated),
            Some(ContractError { status: 404, code: Some("X1"), text: "gone" })
        );
        assert_eq!(parse_contract_error("error validating proposal: access denied"), None);
        assert_eq!(parse_contract_error("chaincode response 99999999999, text"), None);
    }

    #[test]
    fn details_that_cannot_be_read_are_left_out() {
        let detail = gateway::ErrorDetail { address: "a:1".into(), msp_id: "M".into(), message: "m".into() };
        let packed = |type_url: &str, value: Vec<u8>| fabric_protos::Any { type_url: type_url.into(), value };
        let status = rpc::Status {
            code: 10,
            message: "failed".into(),
            details: vec![
                packed("type.googleapis.com/gateway.ErrorDetail", detail.encode_to_vec()),
                packed("type.googleapis.com/gateway.ErrorDetail", vec![0xff]),
                packed("type.googleapis.com/other.Detail", detail.encode_to_vec()),
            ],
        };
        let read = details(&status.encode_to_vec());
        assert_eq!(read, [Detail { address: "a:1".into(), msp_id: "M".into(), message: "m".into() }]);
        assert_eq!(details(&[0xff, 0xff]), []);
    }
}
