//! Builds proposals, and sends them in one go.

use super::Proposal;
use super::content::{Call, Content};
use crate::contract::Contract;
use crate::error::Error;
use crate::retry::RetryPolicy;
use crate::signing::Unsigned;
use crate::transaction::{Commit, Submission, Transaction};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Length of a nonce in bytes, as Fabric's SDKs choose it.
const NONCE_BYTES: usize = 24;

/// A call of a contract's function that is being put together.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built, evaluated or submitted"]
pub struct ProposalBuilder {
    contract: Contract,
    arguments: Vec<Vec<u8>>,
    transient: BTreeMap<String, Vec<u8>>,
    organizations: Vec<String>,
    since_epoch: Option<Duration>,
    nonce: Option<Vec<u8>>,
}

impl ProposalBuilder {
    pub(crate) fn new(contract: &Contract, function: &str) -> Self {
        ProposalBuilder {
            contract: contract.clone(),
            arguments: vec![contract.qualified(function).into_bytes()],
            transient: BTreeMap::new(),
            organizations: Vec::new(),
            since_epoch: None,
            nonce: None,
        }
    }

    /// Adds an argument.
    pub fn argument(mut self, argument: impl AsRef<[u8]>) -> Self {
        self.arguments.push(argument.as_ref().to_vec());
        self
    }

    /// Adds arguments.
    pub fn arguments<A: AsRef<[u8]>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_vec()));
        self
    }

    /// Adds transient data, which endorsers see and which does not go into the transaction.
    pub fn transient(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.transient.insert(name.into(), value.into());
        self
    }

    /// Names the organizations, by MSP id, that endorse or evaluate. Without this the gateway chooses, and cannot see
    /// chaincodes that are only called by the one that is invoked.
    pub fn organizations<O: Into<String>>(mut self, organizations: impl IntoIterator<Item = O>) -> Self {
        self.organizations = organizations.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the transaction's timestamp, since 1970-01-01 UTC, instead of this machine's clock. The contract sees it as
    /// the time.
    pub fn timestamp(mut self, since_epoch: Duration) -> Self {
        self.since_epoch = Some(since_epoch);
        self
    }

    /// Sets the nonce, and so the transaction id. For tests: with the same nonce every attempt is the same transaction,
    /// so [`submit`](Self::submit) makes one attempt only.
    pub fn nonce(mut self, nonce: impl Into<Vec<u8>>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// The proposal, ready to be signed. Each call makes a new transaction with a new id, unless the nonce was set.
    pub fn build(&self) -> Unsigned<Proposal> {
        let network = self.contract.network();
        let content = Content::new(Call {
            channel: network.name(),
            chaincode: self.contract.chaincode(),
            arguments: self.arguments.clone(),
            transient: self.transient.clone(),
            creator: network.gateway().creator(),
            nonce: self.nonce.clone().unwrap_or_else(|| rand::random::<[u8; NONCE_BYTES]>().to_vec()),
            timestamp: timestamp(self.since_epoch.unwrap_or_else(now)),
        });
        Unsigned(Proposal {
            gateway: network.gateway().clone(),
            content,
            signature: Vec::new(),
            organizations: self.organizations.clone(),
        })
    }

    /// Runs the function on one peer and returns its result. Nothing is written.
    ///
    /// # Errors
    /// [`Error::Sign`] or [`Error::Evaluate`].
    pub async fn evaluate(&self) -> Result<Vec<u8>, Error> {
        self.build().sign()?.evaluate().await
    }

    /// Endorses, with new proposals where endorsers disagree, as the gateway's [`RetryPolicy`] has it.
    ///
    /// # Errors
    /// That of the last attempt.
    pub async fn endorse(&self) -> Result<Unsigned<Transaction>, Error> {
        let (transaction, _) = self.attempt(|| self.endorse_once()).await?;
        Ok(transaction)
    }

    /// Endorses, submits, and waits until the transaction is committed and valid, with new proposals as the gateway's
    /// [`RetryPolicy`] has it.
    ///
    /// # Errors
    /// That of the step that failed in the last attempt. [`Error::is_outcome_unknown`] tells whether the transaction
    /// may commit yet.
    pub async fn submit(&self) -> Result<Submission, Error> {
        let ((result, block_number, transaction_id), attempts) = self.attempt(|| self.submit_once()).await?;
        Ok(Submission { result, transaction_id, block_number, attempts })
    }

    /// Does it as often as the policy has it; gives the number of attempts as well.
    async fn attempt<T, F>(&self, once: impl Fn() -> F) -> Result<(T, u32), Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let policy =
            if self.nonce.is_some() { RetryPolicy::NEVER } else { self.contract.network().gateway().retry_policy() };
        let mut attempts = 1;
        loop {
            let error = match once().await {
                Ok(done) => return Ok((done, attempts)),
                Err(error) => error,
            };
            let Some(wait) = policy.wait_after(&error, self.organizations.len(), attempts) else { return Err(error) };
            tracing::debug!(%error, attempts, ?wait, "propose the transaction again");
            tokio::time::sleep(wait).await;
            attempts += 1;
        }
    }

    /// Endorses and submits, and does not wait for the commit.
    ///
    /// # Errors
    /// That of the step that failed. There is no second attempt.
    pub async fn submit_async(&self) -> Result<(Vec<u8>, Commit), Error> {
        let transaction = self.endorse_once().await?.sign()?;
        let commit = transaction.submit().await?.sign()?;
        Ok((transaction.into_result(), commit))
    }

    async fn endorse_once(&self) -> Result<Unsigned<Transaction>, Error> {
        self.build().sign()?.endorse().await
    }

    async fn submit_once(&self) -> Result<(Vec<u8>, u64, String), Error> {
        let (result, commit) = self.submit_async().await?;
        let status = commit.status().await?.valid()?;
        Ok((result, status.block_number, status.transaction_id))
    }
}

/// This machine's clock, since 1970-01-01 UTC.
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

pub(crate) fn timestamp(since_epoch: Duration) -> fabric_protos::Timestamp {
    fabric_protos::Timestamp {
        seconds: i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(since_epoch.subsec_nanos()).unwrap_or_default(),
    }
}
