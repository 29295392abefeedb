//! Key-level endorsement policies: which organizations must endorse a change of one key.

use std::collections::BTreeSet;

use fabric_protos::common::{self, signature_policy};
use fabric_protos::msp;
use prost::Message;

use crate::error::Error;
use crate::transaction::decode;

/// A peer of each of these organizations must endorse. Serialized as Fabric's `statebased` package does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndorsementPolicy {
    msp_ids: BTreeSet<String>,
}

impl EndorsementPolicy {
    /// The policy of all these organizations, by MSP id.
    pub fn all_of<T: Into<String>>(msp_ids: impl IntoIterator<Item = T>) -> Self {
        Self { msp_ids: msp_ids.into_iter().map(Into::into).collect() }
    }

    /// The organizations, sorted.
    pub fn msp_ids(&self) -> impl Iterator<Item = &str> {
        self.msp_ids.iter().map(String::as_str)
    }

    /// The serialized `SignaturePolicyEnvelope`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let signed_by = |index| common::SignaturePolicy { r#type: Some(signature_policy::Type::SignedBy(index)) };
        let identities: Vec<_> = self.msp_ids.iter().map(|msp_id| peer_of(msp_id)).collect();
        let rules: Vec<_> = (0..).zip(&identities).map(|(index, _)| signed_by(index)).collect();
        let rule = signature_policy::NOutOf { n: i32::try_from(rules.len()).unwrap_or(i32::MAX), rules };
        let rule = common::SignaturePolicy { r#type: Some(signature_policy::Type::NOutOf(rule)) };
        common::SignaturePolicyEnvelope { version: 0, rule: Some(rule), identities }.encode_to_vec()
    }

    /// Reads a serialized policy.
    ///
    /// # Errors
    /// [`Error::State`]: it is of another form than "a peer of each of these organizations".
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let other = || Error::State("the endorsement policy is not one of all organizations in a list".into());
        let envelope: common::SignaturePolicyEnvelope = decode("endorsement policy", bytes).map_err(|_| other())?;
        let roles = envelope.identities.iter().map(|identity| msp::MspRole::decode(identity.principal.as_slice()));
        let roles = roles.collect::<Result<Vec<_>, _>>().map_err(|_| other())?;
        let policy = Self::all_of(roles.into_iter().map(|role| role.msp_identifier));
        if policy.to_bytes() == bytes { Ok(policy) } else { Err(other()) }
    }
}

/// The principal "a peer of this organization".
fn peer_of(msp_id: &str) -> msp::MspPrincipal {
    let role = msp::MspRole { msp_identifier: msp_id.to_owned(), role: msp::msp_role::MspRoleType::Peer.into() };
    msp::MspPrincipal {
        principal_classification: msp::msp_principal::Classification::Role.into(),
        principal: role.encode_to_vec(),
    }
}
