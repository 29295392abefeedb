//! `protos.Endorser`: checks a proposal, simulates it and signs what it would read and write.

use std::sync::Arc;
use std::time::SystemTime;

use fabric_msp::proposal::endorse;
use fabric_protos::protos::endorser_server::Endorser;
use fabric_protos::protos::{
    ChaincodeAction, ChaincodeId, ProposalResponse, ProposalResponsePayload, Response, SignedProposal,
};
use prost::Message as _;
use tonic::{Request, Status};

use super::access::{self, SignedData, WRITERS};
use super::limit::Limit;
use super::proposal::Proposal;
use crate::channel::{Channel, Channels};
use crate::ledger::{Invocation, SimulationResult, Simulator};
use crate::lifecycle::{Code, system_chaincode as lifecycle};
use crate::peer::Peer;
use crate::system::{Call, SystemChaincode, failure, is_system_chaincode};

mod code;

/// Proposals that a peer works on at once; Fabric's `limits.concurrency.endorserService`.
const PROPOSALS_MAX: usize = 2_500;
/// From here on a response is a failure, which is not endorsed.
const FAILURE_STATUS: i32 = 400;
/// From here on it is an error, and comes with what was simulated.
const ERROR_STATUS: i32 = 500;
/// The version that endorsements of system chaincodes name.
const SYSTEM_VERSION: &str = "syscc";

/// A proposal that is not even looked at: malformed, not signed by a writer, or seen before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

/// Whether the result of a simulation is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    /// For a transaction.
    Sign,
    /// For a query through the gateway, which passes on the result alone.
    Skip,
}

/// Has a peer process a proposal, on a thread that may block.
pub(crate) async fn process_proposal(
    peer: Arc<Peer>,
    channels: Arc<Channels>,
    signed: SignedProposal,
    signing: Signing,
) -> Result<Result<ProposalResponse, Refusal>, Status> {
    let proposal = match Proposal::unpack(signed) {
        Ok(proposal) => proposal,
        Err(reason) => return Ok(Err(Refusal(reason))),
    };
    let permits = if waits(&peer, &channels, &proposal) { &peer.waits } else { &peer.simulations };
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.map_err(|_| Status::unavailable("the network has been stopped"))?;
    let process = move || {
        let answer = process(&peer, &channels, &proposal, signing);
        drop(permit);
        answer
    };
    tokio::task::spawn_blocking(process)
        .await
        .map_err(|error| Status::internal(format!("the endorser failed: {error}")))
}

/// Whether the proposal's chaincode runs elsewhere, so that a thread waits for it. Where it runs here, more threads than
/// there are permits would only take turns.
fn waits(peer: &Peer, channels: &Channels, proposal: &Proposal) -> bool {
    let code = channels.get(proposal.channel()).and_then(|channel| channel.code(peer, &proposal.chaincode));
    matches!(code, Some(Code::Service(_)))
}

fn process(
    peer: &Arc<Peer>,
    channels: &Arc<Channels>,
    proposal: &Proposal,
    signing: Signing,
) -> Result<ProposalResponse, Refusal> {
    if proposal.channel().is_empty() {
        return process_without_channel(peer, channels, proposal);
    }
    let Some(channel) = channels.get(proposal.channel()).filter(|channel| channel.peer(&peer.msp_id).is_some()) else {
        return Ok(not_run(format!("channel '{}' not found", proposal.channel())));
    };
    check(channel, proposal)?;
    let simulated = match simulate(peer, channels, channel, proposal) {
        Ok(simulated) => simulated,
        Err(reason) => return Ok(not_run(reason)),
    };
    Ok(respond(peer, channel, proposal, simulated, signing))
}

/// The checks before a simulation, in Fabric's order.
fn check(channel: &Channel, proposal: &Proposal) -> Result<(), Refusal> {
    let invalid = |reason: String| Refusal(format!("error validating proposal: {reason}"));
    proposal.check_headers().map_err(invalid)?;
    let creator = access::proposal_creator(&channel.ledger.config().msps, proposal).map_err(invalid)?;
    let duplicate = channel.ledger.transaction_location(proposal.transaction_id());
    if duplicate.map_err(|error| Refusal(error.to_string()))?.is_some() {
        let creator = hex::encode(&proposal.signature_header.creator);
        return Err(Refusal(format!(
            "duplicate transaction found [{}]. Creator [{creator}]",
            proposal.transaction_id()
        )));
    }
    // System chaincodes have policies of their own for each function.
    if !is_system_chaincode(&proposal.chaincode) {
        access::check_creator(&channel.ledger, WRITERS, &creator).map_err(Refusal)?;
    }
    Ok(())
}

/// A chaincode's answer with what it read and wrote.
struct Simulated {
    response: Response,
    event: Vec<u8>,
    version: String,
    result: Option<SimulationResult>,
}

impl Simulated {
    fn without_simulation(response: Response) -> Self {
        Self { response, event: Vec::new(), version: SYSTEM_VERSION.to_owned(), result: None }
    }
}

/// Runs the chaincode. The error is the text that Fabric's endorser gives if it cannot be run at all.
fn simulate(
    peer: &Arc<Peer>,
    channels: &Arc<Channels>,
    channel: &Channel,
    proposal: &Proposal,
) -> Result<Simulated, String> {
    let name = &proposal.chaincode;
    if let Some(system) = SystemChaincode::named(name) {
        return Ok(Simulated::without_simulation(system.invoke(&Call { peer, channels, proposal })));
    }
    let snapshot = channel.ledger.snapshot();
    let version = if name == lifecycle::NAME {
        SYSTEM_VERSION.to_owned()
    } else {
        let definition = snapshot.definition(name).map_err(|error| error.to_string())?.ok_or_else(|| {
            format!(
                "make sure the chaincode {name} has been successfully defined on channel {} and try again: chaincode \
                 {name} not found",
                proposal.channel()
            )
        })?;
        if let Some(reason) = untimely(peer, proposal) {
            return Ok(Simulated {
                version: definition.endorsement_info.version,
                ..Simulated::without_simulation(failure(reason))
            });
        }
        definition.endorsement_info.version
    };
    let invocation = Invocation {
        channel: proposal.channel().to_owned(),
        transaction_id: proposal.transaction_id().to_owned(),
        signed_proposal: proposal.signed.clone(),
    };
    let mut simulator = Simulator::new(snapshot, invocation, code::of(peer, channels));
    let completed = simulator.execute(name, &proposal.input).map_err(|error| {
        format!("error in simulation: failed to execute transaction {}: {error}", proposal.transaction_id())
    })?;
    let event = completed.event.filter(|_| completed.response.status < FAILURE_STATUS);
    Ok(Simulated {
        response: completed.response,
        event: event.map(|event| event.encode_to_vec()).unwrap_or_default(),
        version,
        result: Some(simulator.finish()),
    })
}

/// Why a proposal's timestamp is not believed, if it is not.
fn untimely(peer: &Peer, proposal: &Proposal) -> Option<String> {
    let skew_max = peer.clock_skew?;
    let timestamp = proposal.channel_header.timestamp.and_then(|timestamp| SystemTime::try_from(timestamp).ok());
    let Some(timestamp) = timestamp else { return Some("TIMESTAMP_MISSING: the proposal has no timestamp".to_owned()) };
    let skew = SystemTime::now().duration_since(timestamp).unwrap_or_else(|error| error.duration());
    (skew > skew_max).then(|| {
        format!(
            "TIMESTAMP_SKEW: the proposal's timestamp is {} s from this peer's clock, at most {} s are allowed",
            skew.as_secs(),
            skew_max.as_secs()
        )
    })
}

/// Puts the answer together, and signs it if the chaincode succeeded.
fn respond(
    peer: &Peer,
    channel: &Channel,
    proposal: &Proposal,
    simulated: Simulated,
    signing: Signing,
) -> ProposalResponse {
    let Simulated { response, event, version, result } = simulated;
    let (results, interest) =
        result.map_or_else(Default::default, |result| (result.read_write_set, Some(result.interest)));
    if (FAILURE_STATUS..ERROR_STATUS).contains(&response.status) {
        return ProposalResponse { response: Some(response), ..ProposalResponse::default() };
    }
    let action = ChaincodeAction {
        results,
        events: event,
        response: Some(response.clone()),
        chaincode_id: Some(ChaincodeId { name: proposal.chaincode.clone(), version, ..ChaincodeId::default() }),
    };
    let payload =
        ProposalResponsePayload { proposal_hash: proposal.hash().to_vec(), extension: action.encode_to_vec() };
    let payload = payload.encode_to_vec();
    let failed = response.status >= ERROR_STATUS;
    let answer = ProposalResponse { response: Some(response), payload, interest, ..ProposalResponse::default() };
    if failed || signing == Signing::Skip {
        return answer;
    }
    let endorsement = match endorse(&peer.signer, &answer.payload) {
        Ok(endorsement) => endorsement,
        Err(error) => return not_run(format!("endorsing with plugin failed: {error}")),
    };
    let endorsed = [answer.payload.as_slice(), &endorsement.endorser].concat();
    let made = SignedData { data: &endorsed, identity: &endorsement.endorser, signature: &endorsement.signature };
    access::remember(&channel.ledger, &made);
    ProposalResponse { version: 1, endorsement: Some(endorsement), ..answer }
}

/// The answer of a peer that could not run a proposal: without a payload.
fn not_run(reason: String) -> ProposalResponse {
    ProposalResponse { response: Some(failure(reason)), ..ProposalResponse::default() }
}

/// Proposals that concern no channel are for the organization's own members, and are not endorsed.
fn process_without_channel(
    peer: &Arc<Peer>,
    channels: &Arc<Channels>,
    proposal: &Proposal,
) -> Result<ProposalResponse, Refusal> {
    let invalid = |reason: String| Refusal(format!("error validating proposal: {reason}"));
    proposal.check_headers().map_err(invalid)?;
    access::proposal_creator(&peer.msps, proposal).map_err(invalid)?;
    let response = if proposal.chaincode == lifecycle::NAME {
        match access::check_administrator(peer, &proposal.signature_header.creator) {
            Ok(()) => lifecycle::invoke_without_channel(peer, &proposal.input),
            Err(reason) => failure(format!("Failed to authorize invocation due to failed ACL check: {reason}")),
        }
    } else if let Some(system) = SystemChaincode::named(&proposal.chaincode) {
        system.invoke(&Call { peer, channels, proposal })
    } else {
        return Ok(not_run(format!(
            "make sure the chaincode {} has been successfully defined on channel  and try again: chaincode {} not found",
            proposal.chaincode, proposal.chaincode
        )));
    };
    Ok(ProposalResponse { response: Some(response), ..ProposalResponse::default() })
}

/// The endorser of one organization's peer.
pub(crate) struct EndorserService {
    peer: Arc<Peer>,
    channels: Arc<Channels>,
    limit: Limit,
}

impl EndorserService {
    pub(crate) fn new(peer: Arc<Peer>, channels: Arc<Channels>) -> Self {
        Self { peer, channels, limit: Limit::new("/protos.Endorser", PROPOSALS_MAX) }
    }
}

#[tonic::async_trait]
impl Endorser for EndorserService {
    async fn process_proposal(
        &self,
        request: Request<SignedProposal>,
    ) -> Result<tonic::Response<ProposalResponse>, Status> {
        let _permit = self.limit.enter()?;
        let (peer, channels) = (Arc::clone(&self.peer), Arc::clone(&self.channels));
        let answer = process_proposal(peer, channels, request.into_inner(), Signing::Sign).await?;
        answer.map(tonic::Response::new).map_err(|Refusal(reason)| Status::unknown(reason))
    }
}
