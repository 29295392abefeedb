//! The system chaincodes: what a peer answers about ledgers ([`qscc`]) and channels ([`cscc`]). `_lifecycle` has a
//! module of its own, [`crate::lifecycle`].

mod cscc;
mod qscc;

use std::sync::Arc;

use fabric_protos::protos::Response;

use crate::channel::{Channel, Channels};
use crate::lifecycle::system_chaincode as lifecycle;
use crate::peer::Peer;
use crate::services::access::{self, SignedData};
use crate::services::proposal::Proposal;

/// A system chaincode that takes no simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemChaincode {
    /// Queries of a ledger.
    Qscc,
    /// Queries of a channel's configuration.
    Cscc,
}

impl SystemChaincode {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "qscc" => Some(Self::Qscc),
            "cscc" => Some(Self::Cscc),
            _ => None,
        }
    }

    /// Answers a proposal.
    pub(crate) fn invoke(self, call: &Call<'_>) -> Response {
        let result = match self {
            Self::Qscc => qscc::invoke(call),
            Self::Cscc => cscc::invoke(call),
        };
        result.map_or_else(failure, success)
    }
}

/// Whether the name is that of a system chaincode, so that no other may have it.
pub(crate) fn is_system_chaincode(name: &str) -> bool {
    SystemChaincode::named(name).is_some() || name == lifecycle::NAME
}

/// A call of a system chaincode.
pub(crate) struct Call<'call> {
    pub(crate) peer: &'call Arc<Peer>,
    pub(crate) channels: &'call Arc<Channels>,
    pub(crate) proposal: &'call Proposal,
}

impl Call<'_> {
    fn arguments(&self) -> &[Vec<u8>] {
        &self.proposal.input.args
    }

    /// A channel of which the peer is a member.
    fn channel(&self, name: &str) -> Option<&Arc<Channel>> {
        self.channels.get(name).filter(|channel| channel.peer(&self.peer.msp_id).is_some())
    }

    /// Whether the caller satisfies a policy of the channel.
    fn authorize(&self, channel: &Channel, policy: &str) -> Result<(), String> {
        let Proposal { signed, signature_header, .. } = self.proposal;
        let data = SignedData {
            data: &signed.proposal_bytes,
            identity: &signature_header.creator,
            signature: &signed.signature,
        };
        access::check(&channel.ledger, policy, &data).map(drop)
    }
}

/// The response of a function that succeeded.
pub(crate) fn success(payload: Vec<u8>) -> Response {
    Response { status: 200, message: String::new(), payload }
}

/// The response of a function that failed.
pub(crate) fn failure(message: String) -> Response {
    Response { status: 500, message, payload: Vec::new() }
}

/// An argument as text.
fn text(argument: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(argument)
}
