//! What one organization holds: its user's key, its peer's endorsing key, and a way to the orderer past the gateway.

use super::verdict::{Found, found_code, refused};
use anyhow::{Context, Result};
use fabric_client::{Connection, Contract, Gateway, Proposal, TxValidationCode, raw};
use fabric_msp::{LocalSigner, proposal::endorse};
use fabric_protos::{
    Message as _,
    kvrwset::{KvMetadataEntry, KvMetadataWrite, KvWrite, KvrwSet},
    protos::{ChaincodeAction, ChaincodeId, Endorsement, Response},
    rwset::{NsReadWriteSet, TxReadWriteSet},
};
use std::{path::Path, time::Duration};

use crate::commands::devnet::{Ready, ReadyOrganization};

/// The name under which Fabric keeps a key's own endorsement policy.
const KEY_POLICY: &str = "VALIDATION_PARAMETER";

/// An organization that endorses whatever it likes.
pub(super) struct Attacker {
    pub(super) msp_id: String,
    pub(super) gateway: Gateway,
    channel: String,
    endorser: LocalSigner,
    orderer: raw::Orderer,
}

/// Writes that no contract computed.
#[derive(Default)]
pub(super) struct Forgery {
    writes: Vec<KvWrite>,
    metadata_writes: Vec<KvMetadataWrite>,
}

impl Forgery {
    /// Puts a value under a key.
    pub(super) fn put(mut self, key: &str, value: impl Into<Vec<u8>>) -> Self {
        self.writes.push(KvWrite { key: key.to_owned(), is_delete: false, value: value.into() });
        self
    }

    /// Deletes a key.
    pub(super) fn delete(mut self, key: &str) -> Self {
        self.writes.push(KvWrite { key: key.to_owned(), is_delete: true, value: Vec::new() });
        self
    }

    /// Puts a key under a policy.
    pub(super) fn protect(mut self, key: &str, policy: Vec<u8>) -> Self {
        let entry = KvMetadataEntry { name: KEY_POLICY.to_owned(), value: policy };
        self.metadata_writes.push(KvMetadataWrite { key: key.to_owned(), entries: vec![entry] });
        self
    }

    fn into_results(self, namespace: &str) -> Vec<u8> {
        let Self { writes, metadata_writes } = self;
        let set = KvrwSet { writes, metadata_writes, ..KvrwSet::default() };
        let set =
            NsReadWriteSet { namespace: namespace.to_owned(), rwset: set.encode_to_vec(), ..NsReadWriteSet::default() };
        TxReadWriteSet { ns_rwset: vec![set], ..TxReadWriteSet::default() }.encode_to_vec()
    }
}

impl Attacker {
    /// With the keys of an organization of a network, from its folder in cryptogen's layout.
    pub(super) async fn new(ready: &Ready, organization: &ReadyOrganization) -> Result<Self> {
        let orderer = Connection::tls(&ready.orderer, ready.orderer_tls_authority.as_str()).open().await?;
        Ok(Self {
            msp_id: organization.msp_id.clone(),
            gateway: organization.gateway().await?,
            channel: ready.channel.clone(),
            endorser: peer_signer(organization)?,
            orderer: raw::Orderer::new(orderer),
        })
    }

    /// A chaincode as the attacker's user calls it.
    pub(super) fn contract(&self, chaincode: &str) -> Contract {
        self.gateway.network(&self.channel).contract(chaincode)
    }

    /// Calls a function of an honest contract and hands in the attacker's own peer's endorsement alone.
    pub(super) async fn call_alone(&self, chaincode: &str, function: &str, argument: &str, at_ns: u64) -> Found {
        let proposal = self.contract(chaincode).proposal(function).argument(argument).organizations([&self.msp_id]);
        match proposal.timestamp(Duration::from_nanos(at_ns)).submit().await {
            Ok(_) => Found::Effect(format!("{function} is VALID")),
            Err(error) => Found::Stopped(refused(&error)),
        }
    }

    /// Writes into a chaincode's state by a transaction that only the attacker's peer endorsed, and that no contract
    /// ever computed.
    pub(super) async fn forge(&self, chaincode: &str, forgery: Forgery) -> Result<TxValidationCode> {
        let proposal = self.contract(chaincode).proposal("forged").build().sign()?;
        let (payload, endorsement) = self.endorse(&proposal, chaincode, forgery)?;
        let transaction = raw::assemble(&proposal, payload, vec![endorsement]).sign()?;
        self.orderer.broadcast(&transaction).await?;
        Ok(transaction.commit().sign()?.status().await?.code)
    }

    /// The same, with what came of it.
    pub(super) async fn try_to_forge(&self, chaincode: &str, forgery: Forgery) -> Result<Found> {
        Ok(found_code(self.forge(chaincode, forgery).await?))
    }

    /// Hands the orderer a transaction of a client that need not be of this network.
    pub(super) async fn forge_as(&self, client: &Gateway, chaincode: &str, forgery: Forgery) -> Result<Found> {
        let proposal = client.network(&self.channel).contract(chaincode).proposal("forged").build().sign()?;
        let (payload, endorsement) = self.endorse(&proposal, chaincode, forgery)?;
        let transaction = raw::assemble(&proposal, payload, vec![endorsement]).sign()?;
        match self.orderer.broadcast(&transaction).await {
            Ok(()) => Ok(Found::Effect("the orderer takes the transaction".to_owned())),
            Err(error) => Ok(Found::Stopped(refused(&error))),
        }
    }

    /// The peer's endorsement of a result that is made up.
    fn endorse(&self, proposal: &Proposal, chaincode: &str, forgery: Forgery) -> Result<(Vec<u8>, Endorsement)> {
        let action = ChaincodeAction {
            results: forgery.into_results(chaincode),
            response: Some(Response { status: 200, ..Response::default() }),
            chaincode_id: Some(ChaincodeId {
                name: chaincode.to_owned(),
                version: "forged".to_owned(),
                ..ChaincodeId::default()
            }),
            ..ChaincodeAction::default()
        };
        let payload = raw::response_payload(proposal, &action);
        let endorsement = endorse(&self.endorser, &payload)?;
        Ok((payload, endorsement))
    }
}

/// The endorsing key of an organization's peer, which lies beside its user's: `users/User1@DOMAIN` and
/// `peers/peer0.DOMAIN` in the organization's folder.
fn peer_signer(organization: &ReadyOrganization) -> Result<LocalSigner> {
    let folder = organization.user.parent().and_then(Path::parent);
    let peer = folder.and_then(|folder| {
        let domain = folder.file_name()?.to_str()?;
        Some(folder.join("peers").join(format!("peer0.{domain}")).join("msp"))
    });
    let peer = peer.with_context(|| format!("{} is no folder of cryptogen's layout", organization.user.display()))?;
    Ok(LocalSigner::from_folder(&organization.msp_id, &peer)?)
}
