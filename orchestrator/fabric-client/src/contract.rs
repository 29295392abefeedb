//! Channels, and the contracts on them.

use crate::error::Error;
use crate::gateway::Gateway;
use crate::proposal::ProposalBuilder;
use crate::transaction::{Commit, Submission};

/// A channel of a Fabric network, seen through one gateway.
#[derive(Debug, Clone)]
pub struct Network {
    gateway: Gateway,
    channel: String,
}

impl Network {
    pub(crate) fn new(gateway: &Gateway, channel: String) -> Self {
        Network { gateway: gateway.clone(), channel }
    }

    /// The channel's name.
    pub fn name(&self) -> &str {
        &self.channel
    }

    /// The gateway through which the channel is seen.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The default contract of a chaincode.
    pub fn contract(&self, chaincode: impl Into<String>) -> Contract {
        Contract { network: self.clone(), chaincode: chaincode.into(), name: None }
    }

    /// A contract of a chaincode that has several.
    pub fn named_contract(&self, chaincode: impl Into<String>, name: impl Into<String>) -> Contract {
        Contract { name: Some(name.into()), ..self.contract(chaincode) }
    }
}

/// A smart contract on a channel.
#[derive(Debug, Clone)]
pub struct Contract {
    network: Network,
    chaincode: String,
    name: Option<String>,
}

impl Contract {
    /// The chaincode that has this contract.
    pub fn chaincode(&self) -> &str {
        &self.chaincode
    }

    /// The channel.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Begins a call of a function.
    pub fn proposal(&self, function: &str) -> ProposalBuilder {
        ProposalBuilder::new(self, function)
    }

    /// Queries: runs the function on one peer and returns its result. Nothing is written.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`].
    pub async fn evaluate<A: AsRef<[u8]>>(
        &self,
        function: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, Error> {
        self.proposal(function).arguments(arguments).evaluate().await
    }

    /// Writes: endorses, submits, and waits until the transaction is committed and valid. See
    /// [`ProposalBuilder::submit`].
    ///
    /// # Errors
    /// That of the step that failed in the last attempt.
    pub async fn submit<A: AsRef<[u8]>>(
        &self,
        function: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Submission, Error> {
        self.proposal(function).arguments(arguments).submit().await
    }

    /// Writes without waiting for the commit. Returns the function's result, which counts only if the commit is valid,
    /// and the commit.
    ///
    /// # Errors
    /// That of the step that failed.
    pub async fn submit_async<A: AsRef<[u8]>>(
        &self,
        function: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<(Vec<u8>, Commit), Error> {
        self.proposal(function).arguments(arguments).submit_async().await
    }

    /// The function's name as the chaincode expects it: `Contract:function` unless the contract is the default one.
    pub(crate) fn qualified(&self, function: &str) -> String {
        match &self.name {
            Some(name) => format!("{name}:{function}"),
            None => function.to_owned(),
        }
    }
}
