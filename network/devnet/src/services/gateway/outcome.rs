//! How the gateway reads an endorser's answer.

use fabric_protos::protos::{ChaincodeAction, ProposalResponse, ProposalResponsePayload, Response};
use prost::Message as _;
use tonic::Code;

use crate::services::endorser::Refusal;

/// Why an endorser's answer is of no use.
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) message: String,
    /// Another endorser may do better.
    pub(super) retry: bool,
}

/// The answer of a chaincode that succeeded, or why there is none.
pub(super) fn outcome(answer: Result<ProposalResponse, Refusal>, is_local: bool) -> Result<ProposalResponse, Failure> {
    let response = answer.map_err(|Refusal(text)| {
        if is_local {
            Failure { code: Code::FailedPrecondition, message: text, retry: false }
        } else {
            // Over the wire a refusal is an error of the call, and to the gateway it looks like a peer that is away.
            Failure {
                code: Code::Unavailable,
                message: format!("rpc error: code = Unknown desc = {text}"),
                retry: true,
            }
        }
    })?;
    let Response { status, message, .. } = response.response.clone().unwrap_or_default();
    if (200..400).contains(&status) {
        return Ok(response);
    }
    Err(if response.payload.is_empty() && status == 500 {
        // The peer itself could not run the proposal.
        Failure { code: Code::Aborted, message, retry: true }
    } else {
        Failure { code: Code::Unknown, message: format!("chaincode response {status}, {message}"), retry: false }
    })
}

/// The result of the transaction, which is in the endorsed payload. The response's own payload need not be it.
pub(super) fn result(response: ProposalResponse) -> Response {
    let action = ProposalResponsePayload::decode(response.payload.as_slice())
        .and_then(|payload| ChaincodeAction::decode(payload.extension.as_slice()));
    let mut answer = response.response.unwrap_or_default();
    if let Ok(action) = action {
        answer.payload = action.response.unwrap_or_default().payload;
    }
    answer
}
