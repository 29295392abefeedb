//! Errors of the gateway with Fabric's codes, texts and details.

use fabric_protos::gateway::ErrorDetail;
use fabric_protos::{Any, rpc};
use prost::Message as _;
use tonic::{Code, Status};

use crate::peer::Peer;

/// What one node said, as it is attached to the gateway's error.
pub(super) fn detail(peer: &Peer, message: &str) -> ErrorDetail {
    ErrorDetail { address: peer.address.clone(), msp_id: peer.msp_id.clone(), message: message.to_owned() }
}

/// A status that carries details in `grpc-status-details-bin`.
pub(super) fn with_details(code: Code, message: &str, details: &[ErrorDetail]) -> Status {
    let details: Vec<_> = details.iter().filter_map(|detail| Any::from_msg(detail).ok()).collect();
    if details.is_empty() {
        return Status::new(code, message);
    }
    let status = rpc::Status { code: code.into(), message: message.to_owned(), details };
    Status::with_details(code, message, status.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_name_their_type_as_go_does() {
        let detail = ErrorDetail { address: "a".to_owned(), msp_id: "b".to_owned(), message: "c".to_owned() };
        let status = with_details(Code::Aborted, "text", std::slice::from_ref(&detail));
        let details = rpc::Status::decode(status.details()).unwrap();
        assert_eq!((details.code, details.message.as_str()), (10, "text"));
        assert_eq!(details.details[0].type_url, "type.googleapis.com/gateway.ErrorDetail");
        assert_eq!(ErrorDetail::decode(details.details[0].value.as_slice()).unwrap(), detail);
        assert!(with_details(Code::Aborted, "text", &[]).details().is_empty());
    }
}
