//! Submit: hands a signed transaction to the orderer.

use fabric_protos::common;
use fabric_protos::gateway::{SubmitRequest, SubmitResponse};
use tonic::Status;

use super::GatewayService;

impl GatewayService {
    pub(super) async fn submit_transaction(&self, request: SubmitRequest) -> Result<SubmitResponse, Status> {
        let envelope = request
            .prepared_transaction
            .ok_or_else(|| Status::invalid_argument("a prepared transaction is required"))?;
        if envelope.signature.is_empty() {
            return Err(Status::invalid_argument("prepared transaction must be signed"));
        }
        self.channel(&request.channel_id).map_err(Status::failed_precondition)?;
        match self.orderer.broadcast(envelope).await {
            Ok(()) => Ok(SubmitResponse {}),
            // A client's fault is not tried again; the orderer's own is, on the other orderers, and here there are none.
            Err(rejection) if rejection.status != common::Status::ServiceUnavailable => Err(Status::aborted(format!(
                "received unsuccessful response from orderer: status={}, info={}",
                rejection.status.as_str_name(),
                rejection.info
            ))),
            Err(_) => Err(Status::unavailable("no orderers could successfully process transaction")),
        }
    }
}
