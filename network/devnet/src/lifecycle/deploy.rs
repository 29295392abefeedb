//! Managing chaincodes of a running network.

use fabric_msp::{LocalSigner, Signer, SignerError};
use fabric_protos::Any;
use fabric_protos::common::{Envelope, SignaturePolicyEnvelope};
use fabric_protos::gateway::gateway_client::GatewayClient;
use fabric_protos::gateway::{
    CommitStatusRequest, EndorseRequest, ErrorDetail, SignedCommitStatusRequest, SubmitRequest,
};
use fabric_protos::protos::TxValidationCode;
use fabric_protos::rpc;
use prost::Message as _;
use tonic::Status;
use wasm_host::package::AnyPackage;

use super::definition::complete;
use super::request::signed_proposal;
use super::{ChaincodeDefinition, LifecycleError, system_chaincode};
use crate::devnet::Devnet;
use crate::error::Error;

/// A chaincode for all members of a channel.
#[derive(Clone, Debug)]
pub struct Deployment<'package> {
    /// Name of the chaincode on the channel.
    pub name: &'package str,
    /// The package file that the members install.
    pub package: &'package [u8],
    /// Package files of members that install another one, by name of the organization.
    pub packages: Vec<(&'package str, &'package [u8])>,
    /// The endorsement policy; none: the channel's `/Channel/Application/Endorsement`, that is, any member.
    pub policy: Option<SignaturePolicyEnvelope>,
}

impl<'package> Deployment<'package> {
    /// The same package for all members.
    #[must_use]
    pub fn new(name: &'package str, package: &'package [u8], policy: Option<SignaturePolicyEnvelope>) -> Self {
        Self { name, package, packages: Vec::new(), policy }
    }

    fn package_of(&self, organization: &str) -> &[u8] {
        let other = self.packages.iter().find(|(name, _)| *name == organization);
        other.map_or(self.package, |(_, package)| package)
    }
}

impl Devnet {
    /// Installs a package file on an organization's peer and returns its id. Installing it again changes nothing.
    ///
    /// # Errors
    ///
    /// [`LifecycleError::Package`] if it is no package of a Wasm module that may run, or of a chaincode's service.
    pub async fn install(&self, organization: &str, package: &[u8]) -> Result<String, Error> {
        let peer = self.member(organization)?.peer.clone();
        let package = package.to_vec();
        let install = move || peer.chaincodes.packages.install(&package);
        // Compiles the module.
        let (_label, id) = tokio::task::spawn_blocking(install).await.map_err(|_| Error::Stopped)??;
        Ok(id)
    }

    /// Has an organization agree to a definition, which it will run with one of its packages.
    ///
    /// # Errors
    ///
    /// [`LifecycleError::PackageUnknown`] if it has not installed the package, [`LifecycleError::Definition`] if the
    /// definition cannot be.
    pub fn approve(
        &self,
        organization: &str,
        channel: &str,
        definition: &ChaincodeDefinition,
        package_id: &str,
    ) -> Result<(), Error> {
        self.channel(channel)?;
        let chaincodes = &self.member(organization)?.peer.chaincodes;
        Ok(chaincodes.approve(channel, definition.to_commit_arguments(), package_id)?)
    }

    /// Commits a definition to a channel, by a transaction that as many organizations endorse as the channel's policy
    /// `LifecycleEndorsement` demands.
    ///
    /// # Errors
    ///
    /// [`LifecycleError::Commit`], for example if an organization has not approved it.
    pub async fn commit(&self, channel: &str, definition: &ChaincodeDefinition) -> Result<(), Error> {
        let organization = self.first_member(channel)?;
        let signer = self.identity(organization, "Admin")?.signer()?;
        let arguments = definition.to_commit_arguments().encode_to_vec();
        let call = [b"CommitChaincodeDefinition".to_vec(), arguments];
        let submitted = self.submit(organization, channel, &signer, &call).await;
        Ok(submitted.map_err(LifecycleError::Commit)?)
    }

    /// Installs, approves and commits a chaincode for all members of a channel, under the next sequence. If the channel
    /// has this very definition already, only what is missing is installed.
    ///
    /// # Errors
    ///
    /// As for [`Devnet::install`], [`Devnet::approve`] and [`Devnet::commit`].
    pub async fn deploy(&self, channel: &str, deployment: &Deployment<'_>) -> Result<ChaincodeDefinition, Error> {
        let package = AnyPackage::read(deployment.package);
        let package = package.map_err(|error| LifecycleError::Package(error.to_string()))?;
        let mut definition = ChaincodeDefinition {
            name: deployment.name.to_owned(),
            version: package.version(),
            sequence: 1,
            policy: deployment.policy.clone(),
        };
        let mut is_committed = false;
        if let Some(committed) = self.ledger(channel)?.snapshot().definition(deployment.name)? {
            definition.sequence = committed.sequence;
            is_committed = complete(definition.to_commit_arguments())? == committed;
            definition.sequence += i64::from(!is_committed);
        }
        for organization in self.members_of(channel) {
            let package_id = self.install(organization, deployment.package_of(organization)).await?;
            self.approve(organization, channel, &definition, &package_id)?;
        }
        if !is_committed {
            self.commit(channel, &definition).await?;
        }
        Ok(definition)
    }

    fn members_of(&self, channel: &str) -> &[String] {
        let found = self.network.channels.iter().find(|other| other.name == channel);
        found.map_or(&[], |channel| &channel.members)
    }

    /// The member whose administrator and gateway the network's own transactions go through: one that has a say in
    /// definitions.
    fn first_member(&self, channel: &str) -> Result<&str, Error> {
        let found = self.network.channels.iter().find(|other| other.name == channel);
        let first = found.and_then(|channel| channel.administrators.first().or_else(|| channel.members.first()));
        first.map(String::as_str).ok_or_else(|| Error::Unknown(format!("channel '{channel}'")))
    }

    /// Endorses, orders and commits a call of `_lifecycle` through an organization's gateway.
    async fn submit(
        &self,
        organization: &str,
        channel: &str,
        signer: &LocalSigner,
        arguments: &[Vec<u8>],
    ) -> Result<(), String> {
        let mut gateway = GatewayClient::new(self.connect(organization).map_err(|error| error.to_string())?);
        let unsigned = |error: SignerError| error.to_string();
        let (transaction_id, proposal) =
            signed_proposal(signer, channel, system_chaincode::NAME, arguments).map_err(unsigned)?;
        let request = EndorseRequest {
            transaction_id: transaction_id.clone(),
            channel_id: channel.to_owned(),
            proposed_transaction: Some(proposal),
            endorsing_organizations: Vec::new(),
        };
        let endorsed = gateway.endorse(request).await.map_err(|status| describe(&status))?.into_inner();
        let Envelope { payload, .. } = endorsed.prepared_transaction.unwrap_or_default();
        let signature = signer.sign(&payload).map_err(unsigned)?;
        let request = SubmitRequest {
            transaction_id: transaction_id.clone(),
            channel_id: channel.to_owned(),
            prepared_transaction: Some(Envelope { payload, signature }),
        };
        gateway.submit(request).await.map_err(|status| describe(&status))?;
        let identity = signer.creator().to_vec();
        let request = CommitStatusRequest { transaction_id, channel_id: channel.to_owned(), identity }.encode_to_vec();
        let signature = signer.sign(&request).map_err(unsigned)?;
        let request = SignedCommitStatusRequest { request, signature };
        let status = gateway.commit_status(request).await.map_err(|status| describe(&status))?.into_inner();
        match status.result() {
            TxValidationCode::Valid => Ok(()),
            code => Err(format!("the transaction is invalid: {}", code.as_str_name())),
        }
    }
}

/// A gateway's error with what each endorser said.
fn describe(status: &Status) -> String {
    let details = rpc::Status::decode(status.details()).unwrap_or_default().details;
    let details = details.iter().filter_map(|detail: &Any| ErrorDetail::decode(detail.value.as_slice()).ok());
    details.fold(status.message().to_owned(), |text, detail| format!("{text}; {}: {}", detail.msp_id, detail.message))
}
