//! CommitStatus: waits until a transaction is in a block.

use fabric_protos::gateway::{CommitStatusRequest, CommitStatusResponse, SignedCommitStatusRequest};
use prost::Message as _;
use tonic::Status;

use super::GatewayService;
use crate::services::access::{READERS, SignedData};

impl GatewayService {
    pub(super) async fn commit_status_of(
        &self,
        signed: SignedCommitStatusRequest,
    ) -> Result<CommitStatusResponse, Status> {
        if signed.request.is_empty() {
            return Err(Status::invalid_argument("a commit status request is required"));
        }
        let request = CommitStatusRequest::decode(signed.request.as_slice())
            .map_err(|error| Status::invalid_argument(format!("invalid status request: {error}")))?;
        if request.identity.is_empty() {
            return Err(Status::invalid_argument("no identity provided"));
        }
        if request.channel_id.is_empty() {
            return Err(Status::invalid_argument("no channel ID provided"));
        }
        if request.transaction_id.is_empty() {
            return Err(Status::invalid_argument("transaction ID should not be empty"));
        }
        let data = SignedData { data: &signed.request, identity: &request.identity, signature: &signed.signature };
        let channel = self.readable_channel(&request.channel_id, READERS, &data)?;

        // Wait first, then look: a commit in between is not missed.
        let wait = channel.commits.wait(&request.transaction_id);
        let found = channel.ledger.transaction_location(&request.transaction_id);
        if let Some(location) = found.map_err(|error| Status::aborted(error.to_string()))? {
            return Ok(CommitStatusResponse { result: location.code as i32, block_number: location.block });
        }
        let status = wait.status().await.map_err(Status::aborted)?;
        Ok(CommitStatusResponse { result: status.code as i32, block_number: status.block_number })
    }
}
