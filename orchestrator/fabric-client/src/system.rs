//! Questions to the chaincodes that every peer has: `qscc`, `cscc` and `_lifecycle`.

use crate::contract::Network;
use crate::error::{Error, Failure, StepError};
use fabric_protos::{common, lifecycle, protos};
use prost::Message;

impl Network {
    /// Height and last hashes of the peer's copy of the chain.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`].
    pub async fn chain_info(&self) -> Result<common::BlockchainInfo, Error> {
        self.ask("qscc", "GetChainInfo", [self.name().as_bytes()]).await
    }

    /// A block by its number.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`], also if the peer does not have the block.
    pub async fn block(&self, number: u64) -> Result<common::Block, Error> {
        self.ask("qscc", "GetBlockByNumber", [self.name(), &number.to_string()]).await
    }

    /// The block that contains a transaction.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`], also if the peer does not have the transaction.
    pub async fn block_of_transaction(&self, transaction_id: &str) -> Result<common::Block, Error> {
        self.ask("qscc", "GetBlockByTxID", [self.name(), transaction_id]).await
    }

    /// A committed transaction with its validation code.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`], also if the peer does not have the transaction.
    pub async fn transaction(&self, transaction_id: &str) -> Result<protos::ProcessedTransaction, Error> {
        self.ask("qscc", "GetTransactionByID", [self.name(), transaction_id]).await
    }

    /// The last block with a configuration of the channel.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`].
    pub async fn config_block(&self) -> Result<common::Block, Error> {
        self.ask("cscc", "GetConfigBlock", [self.name()]).await
    }

    /// The committed definition of a chaincode, with the organizations that approved it.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`], also if no such chaincode is committed.
    pub async fn committed_chaincode(&self, name: &str) -> Result<lifecycle::QueryChaincodeDefinitionResult, Error> {
        let arguments = lifecycle::QueryChaincodeDefinitionArgs { name: name.to_owned() };
        self.ask("_lifecycle", "QueryChaincodeDefinition", [arguments.encode_to_vec()]).await
    }

    /// The committed definitions of all chaincodes.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`].
    pub async fn committed_chaincodes(&self) -> Result<lifecycle::QueryChaincodeDefinitionsResult, Error> {
        let arguments = lifecycle::QueryChaincodeDefinitionsArgs {};
        self.ask("_lifecycle", "QueryChaincodeDefinitions", [arguments.encode_to_vec()]).await
    }

    async fn ask<A: AsRef<[u8]>, M: Message + Default>(
        &self,
        chaincode: &str,
        function: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<M, Error> {
        let proposal = self.contract(chaincode).proposal(function).arguments(arguments).build().sign()?;
        let answer = proposal.evaluate().await?;
        M::decode(answer.as_slice()).map_err(|error| {
            let failure = Failure::Malformed(format!("{chaincode} {function}: {error}"));
            Error::Evaluate(StepError { transaction_id: proposal.transaction_id().to_owned(), failure })
        })
    }
}
