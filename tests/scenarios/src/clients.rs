//! Clients of every organization of a network that runs, each at its organization's gateway.

use std::collections::BTreeMap;
use std::time::Duration;

use fabric_client::{CommitError, Error, Gateway, ProposalBuilder, RetryPolicy, Transaction};

use crate::{Call, Failure, Organization};

/// A gateway for each organization.
pub(crate) struct Clients(BTreeMap<Organization, Gateway>);

impl Clients {
    /// Clients at these gateways. A transaction that is invalid stays invalid: scenarios want to see it.
    pub(crate) fn new(gateway: impl Fn(Organization) -> Gateway) -> Self {
        let client = |organization| (organization, gateway(organization).with_retry_policy(RetryPolicy::NEVER));
        Self(Organization::ALL.map(client).into())
    }

    pub(crate) fn gateway(&self, organization: Organization) -> &Gateway {
        &self.0[&organization]
    }

    pub(crate) fn proposal(&self, call: &Call) -> ProposalBuilder {
        let contract = self.gateway(call.client).network(&call.channel).contract(call.chaincode);
        let proposal = contract.proposal(call.function).arguments(&call.arguments);
        proposal.timestamp(Duration::from_nanos(call.timestamp_ns))
    }

    async fn endorse(&self, call: &Call) -> Result<Transaction, Error> {
        let endorsers = call.endorsers.iter().map(|organization| organization.msp_id());
        self.proposal(call).organizations(endorsers).build().sign()?.endorse().await?.sign()
    }

    /// Has all calls endorsed before any is ordered; `committed` waits for what becomes of a transaction.
    pub(crate) async fn submit_together(
        &self,
        calls: &[Call],
        committed: impl AsyncFn(&Transaction) -> Result<(), Error>,
    ) -> Vec<Result<Vec<u8>, Failure>> {
        let mut endorsed = Vec::new();
        for call in calls {
            endorsed.push(self.endorse(call).await);
        }
        let mut ordered = Vec::new();
        for transaction in endorsed {
            ordered.push(match transaction {
                Ok(transaction) => transaction.submit().await.map(|_| transaction),
                Err(error) => Err(error),
            });
        }
        let mut results = Vec::new();
        for transaction in ordered {
            let result = match transaction {
                Ok(transaction) => committed(&transaction).await.map(|()| transaction.into_result()),
                Err(error) => Err(error),
            };
            results.push(result.map_err(|error| failure(&error)));
        }
        results
    }

    /// Asks the first of the call's endorsers.
    pub(crate) async fn evaluate(&self, call: &Call) -> Result<Vec<u8>, Failure> {
        let first = call.endorsers[..1].iter().map(|organization| organization.msp_id());
        self.proposal(call).organizations(first).evaluate().await.map_err(|error| failure(&error))
    }
}

/// What an error means to a scenario.
pub(crate) fn failure(error: &Error) -> Failure {
    if let Error::Commit(CommitError { code, .. }) = error {
        return Failure::Invalid(code.as_str_name().to_owned());
    }
    let refused = error.contract_error().map(|refused| match refused.code {
        Some(code) => format!("{code}: {}", refused.text),
        None => refused.text.to_owned(),
    });
    Failure::Refused(refused.unwrap_or_else(|| error.to_string()))
}
