//! Endorse: collects the endorsements that a transaction needs and puts it together.

use std::collections::BTreeMap;
use std::sync::Arc;

use fabric_protos::common::{Envelope, Payload};
use fabric_protos::gateway::{EndorseRequest, EndorseResponse, ErrorDetail};
use fabric_protos::protos::{
    ChaincodeActionPayload, ChaincodeCall, ChaincodeEndorsedAction, ChaincodeInterest, Endorsement, ProposalResponse,
    SignedProposal, Transaction, TransactionAction,
};
use futures_util::future::join_all;
use prost::Message as _;
use tonic::{Code, Status};

use super::GatewayService;
use super::failure::{detail, with_details};
use super::outcome::outcome;
use super::plan::{Layout, layouts};
use crate::channel::Channel;
use crate::peer::Peer;
use crate::services::endorser::Signing;
use crate::services::proposal::Proposal;

impl GatewayService {
    pub(super) async fn endorse_proposal(&self, request: EndorseRequest) -> Result<EndorseResponse, Status> {
        let signed = request.proposed_transaction.unwrap_or_default();
        if signed.proposal_bytes.is_empty() {
            return Err(Status::invalid_argument("the proposed transaction must contain a signed proposal"));
        }
        let proposal = Proposal::unpack(signed).map_err(Status::invalid_argument)?;
        let channel = self.channel(proposal.channel()).ok();
        let mut collected = Collected::default();
        let layouts = if request.endorsing_organizations.is_empty() {
            self.plan_from_first_endorsement(channel, &proposal, &mut collected).await?
        } else {
            vec![named_layout(channel, &proposal.chaincode, &request.endorsing_organizations)?]
        };
        let endorsements = self.collect(layouts, &proposal.signed, &mut collected).await?;
        let action = ChaincodeEndorsedAction { proposal_response_payload: collected.payload, endorsements };
        Ok(EndorseResponse { prepared_transaction: Some(envelope(&proposal, action)) })
    }

    /// Has the gateway's own peer run the proposal, and plans the rest from what the simulation touched.
    async fn plan_from_first_endorsement(
        &self,
        channel: Option<&Arc<Channel>>,
        proposal: &Proposal,
        collected: &mut Collected,
    ) -> Result<Vec<Layout>, Status> {
        let chaincode = &proposal.chaincode;
        let unknown = || {
            Status::failed_precondition(format!(
                "no combination of peers can be derived which satisfy the endorsement policy: No metadata was found \
                 for chaincode {chaincode} in channel {}",
                proposal.channel()
            ))
        };
        let channel = channel.ok_or_else(unknown)?;
        let default = || ChaincodeInterest {
            chaincodes: vec![ChaincodeCall { name: chaincode.clone(), ..ChaincodeCall::default() }],
        };
        let first = match channel.peers_with(chaincode).into_iter().find(|peer| self.is_local(peer)) {
            Some(local) => local,
            None if proposal.has_transient_data => {
                return Err(Status::failed_precondition(
                    "no endorsers found in the gateway's organization; retry specifying endorsing organization(s) to \
                     protect transient data",
                ));
            }
            None => {
                let layouts = layouts(channel, &default(), "").map_err(Status::failed_precondition)?;
                layouts.into_iter().flatten().next().ok_or_else(unknown)?
            }
        };
        let answer = self.ask(Arc::clone(&first), proposal.signed.clone(), Signing::Sign).await?;
        let response = outcome(answer, self.is_local(&first)).map_err(|failure| {
            let text = "failed to endorse transaction, see attached details for more info";
            with_details(Code::Aborted, text, &[detail(&first, &failure.message)])
        })?;
        let interest =
            response.interest.clone().filter(|interest| !interest.chaincodes.is_empty()).unwrap_or_else(default);
        let layouts = layouts(channel, &interest, &first.msp_id).map_err(Status::failed_precondition)?;
        collected.take(&first, response);
        Ok(layouts)
    }

    /// Asks the peers of one layout after the other until all of a layout agree.
    async fn collect(
        &self,
        layouts: Vec<Layout>,
        signed: &SignedProposal,
        collected: &mut Collected,
    ) -> Result<Vec<Endorsement>, Status> {
        for layout in layouts {
            let missing = layout.iter().filter(|peer| !collected.by_organization.contains_key(&peer.msp_id));
            let answers = missing
                .map(|peer| async move { (peer, self.ask(Arc::clone(peer), signed.clone(), Signing::Sign).await) });
            for (peer, answer) in join_all(answers).await {
                match outcome(answer?, self.is_local(peer)) {
                    Ok(response) => collected.take(peer, response),
                    Err(failure) => collected.refuse(peer, &failure.message),
                }
            }
            if let Some(endorsements) = collected.endorsements(&layout) {
                return Ok(endorsements);
            }
        }
        let text = "failed to collect enough transaction endorsements, see attached details for more info";
        Err(with_details(Code::Aborted, text, &collected.details))
    }
}

/// What the endorsers have answered so far.
#[derive(Default)]
struct Collected {
    /// The payload that all must have endorsed: that of the first.
    payload: Vec<u8>,
    /// By MSP id; none where the endorser failed or differs.
    by_organization: BTreeMap<String, Option<Endorsement>>,
    details: Vec<ErrorDetail>,
}

impl Collected {
    fn take(&mut self, peer: &Peer, response: ProposalResponse) {
        if self.payload.is_empty() {
            self.payload = response.payload;
        } else if self.payload != response.payload {
            return self.refuse(peer, "ProposalResponsePayloads do not match");
        }
        self.by_organization.insert(peer.msp_id.clone(), response.endorsement);
    }

    fn refuse(&mut self, peer: &Peer, reason: &str) {
        self.details.push(detail(peer, reason));
        self.by_organization.insert(peer.msp_id.clone(), None);
    }

    /// The endorsements of a layout, if all of them are there.
    fn endorsements(&self, layout: &Layout) -> Option<Vec<Endorsement>> {
        layout.iter().map(|peer| self.by_organization.get(&peer.msp_id).cloned().flatten()).collect()
    }
}

/// One peer of each organization that the client named; it answers for the policy itself.
fn named_layout(channel: Option<&Arc<Channel>>, chaincode: &str, organizations: &[String]) -> Result<Layout, Status> {
    let peers = channel.map(|channel| channel.peers_with(chaincode)).unwrap_or_default();
    let named = |msp_id: &String| peers.iter().find(|peer| peer.msp_id == *msp_id);
    let missing: Vec<_> = organizations.iter().filter(|msp_id| named(msp_id).is_none()).map(String::as_str).collect();
    if !missing.is_empty() {
        return Err(Status::unavailable(format!(
            "failed to find any endorsing peers for org(s): {}",
            missing.join(", ")
        )));
    }
    Ok(organizations.iter().filter_map(named).map(Arc::clone).collect())
}

/// The transaction, ready for the client's signature.
fn envelope(proposal: &Proposal, action: ChaincodeEndorsedAction) -> Envelope {
    let payload =
        ChaincodeActionPayload { chaincode_proposal_payload: proposal.payload.encode_to_vec(), action: Some(action) };
    let action =
        TransactionAction { header: proposal.header.signature_header.clone(), payload: payload.encode_to_vec() };
    let transaction = Transaction { actions: vec![action] };
    let payload = Payload { header: Some(proposal.header.clone()), data: transaction.encode_to_vec() };
    Envelope { payload: payload.encode_to_vec(), signature: Vec::new() }
}
