//! Evaluate: one simulation on one peer, nothing is ordered.

use std::sync::Arc;

use fabric_protos::common::{ChannelHeader, Header};
use fabric_protos::gateway::{EvaluateRequest, EvaluateResponse};
use fabric_protos::protos;
use fabric_protos::protos::{ChaincodeInvocationSpec, ChaincodeProposalPayload, SignedProposal};
use tonic::{Code, Status};

use super::GatewayService;
use super::failure::{detail, with_details};
use super::outcome::{outcome, result};
use crate::peer::Peer;
use crate::services::endorser::Signing;
use crate::services::proposal::decode;

impl GatewayService {
    pub(super) async fn evaluate_proposal(&self, request: EvaluateRequest) -> Result<EvaluateResponse, Status> {
        let signed = request.proposed_transaction.unwrap_or_default();
        let target = target(&signed)
            .map_err(|text| Status::invalid_argument(format!("failed to unpack transaction proposal: {text}")))?;
        let channel = self.channel(&target.channel).map_err(Status::unavailable)?;
        let protects_transient_data = target.has_transient_data && request.target_organizations.is_empty();
        let organizations =
            if protects_transient_data { vec![self.peer.msp_id.clone()] } else { request.target_organizations };

        let candidates = self.evaluators(&channel.peers_with(&target.chaincode), &organizations);
        if candidates.is_empty() {
            let text =
                format!("no peers available to evaluate chaincode {} in channel {}", target.chaincode, target.channel);
            return Err(Status::failed_precondition(if protects_transient_data {
                format!(
                    "no endorsers found in the gateway's organization; retry specifying target organization(s) to \
                     protect transient data: {text}"
                )
            } else {
                text
            }));
        }

        let mut details = Vec::new();
        for peer in candidates {
            let answer = self.ask(Arc::clone(&peer), signed.clone(), Signing::Skip).await?;
            let failure = match outcome(answer, self.is_local(&peer)) {
                Ok(response) => return Ok(EvaluateResponse { result: Some(result(response)) }),
                Err(failure) => failure,
            };
            details.push(detail(&peer, &failure.message));
            if !failure.retry {
                let text = format!("evaluate call to endorser returned error: {}", failure.message);
                return Err(with_details(failure.code, &text, &details));
            }
        }
        let text = "failed to evaluate transaction, see attached details for more info";
        Err(with_details(Code::Aborted, text, &details))
    }

    /// The peers to try in order: the gateway's own first. Without organizations any of them will do.
    fn evaluators(&self, peers: &[Arc<Peer>], organizations: &[String]) -> Vec<Arc<Peer>> {
        let wanted = |peer: &&Arc<Peer>| organizations.is_empty() || organizations.contains(&peer.msp_id);
        let mut candidates: Vec<_> = peers.iter().filter(wanted).map(Arc::clone).collect();
        candidates.sort_by_key(|peer| !self.is_local(peer));
        candidates
    }
}

/// What a proposal is for.
struct Target {
    channel: String,
    chaincode: String,
    has_transient_data: bool,
}

/// Finds out what a proposal is for; the error is Fabric's text. The endorser will look at everything else.
fn target(signed: &SignedProposal) -> Result<Target, String> {
    if signed.proposal_bytes.is_empty() {
        return Err("a signed proposal is required".to_owned());
    }
    let proposal: protos::Proposal = decode(&signed.proposal_bytes, "Proposal")?;
    let header: Header = decode(&proposal.header, "Header")?;
    let channel = decode::<ChannelHeader>(&header.channel_header, "ChannelHeader")?.channel_id;
    let payload: ChaincodeProposalPayload = decode(&proposal.payload, "ChaincodeProposalPayload")?;
    let specification: ChaincodeInvocationSpec = decode(&payload.input, "ChaincodeInvocationSpec")?;
    if channel.is_empty() {
        return Err("no channel id provided".to_owned());
    }
    let missing = |what: &str| format!("no {what} is provided, channel id [{channel}]");
    let specification = specification.chaincode_spec.ok_or_else(|| missing("chaincode spec"))?;
    let chaincode = specification.chaincode_id.ok_or_else(|| missing("chaincode id"))?.name;
    if chaincode.is_empty() {
        return Err(missing("chaincode name"));
    }
    Ok(Target { channel, chaincode, has_transient_data: !payload.transient_map.is_empty() })
}
