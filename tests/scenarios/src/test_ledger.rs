use declaration::CONSENSUS_MSPS;
use fabric_contract_api::testing::{Client, Endorsed, Ledger, Policy, Proposal, SubmitError};
use fabric_contract_api::{Chaincode, Failure as Refusal, Stub};

use crate::network::{Call, Failure, Forgery, Network, StateEntry};

/// The contract API's test ledger with the contracts as native code.
pub struct TestLedger(Ledger);

impl TestLedger {
    /// A channel on which both contracts are deployed.
    #[must_use]
    pub fn new(channel: &str) -> Self {
        let mut ledger = Ledger::new(channel);
        ledger.deploy(declaration::messages::CHAINCODE, declaration::CHAINCODE, Policy::any_of(CONSENSUS_MSPS));
        ledger.deploy(exchange::messages::CHAINCODE, exchange::CHAINCODE, Policy::all_of(CONSENSUS_MSPS));
        Self(ledger)
    }

    /// The ledger itself.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.0
    }

    fn commit(&mut self, endorsed: Endorsed) -> Result<Vec<u8>, Failure> {
        let payload = endorsed.payload().to_vec();
        let [code] = self.0.commit([endorsed]);
        if code.as_str_name() == "VALID" { Ok(payload) } else { Err(Failure::Invalid(code.as_str_name().to_owned())) }
    }
}

impl Network for TestLedger {
    fn submit(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        let endorsed = self.0.endorse(proposal(call)).map_err(failure)?;
        self.commit(endorsed)
    }

    fn submit_together(&mut self, calls: &[Call]) -> Vec<Result<Vec<u8>, Failure>> {
        let endorsed: Vec<_> = calls.iter().map(|call| self.0.endorse(proposal(call)).map_err(failure)).collect();
        // One block each makes no difference here: what counts is the state that they were simulated on.
        endorsed.into_iter().map(|endorsed| self.commit(endorsed?)).collect()
    }

    fn evaluate(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        self.0.evaluate(proposal(call)).map_err(failure)
    }

    fn forge(&mut self, forgery: &Forgery) -> Result<(), Failure> {
        let Forgery { organization, chaincode, timestamp_ns, .. } = forgery;
        let honest: (fabric_contract_api::Contracts, Policy) = match *chaincode {
            declaration::messages::CHAINCODE => (declaration::CHAINCODE, Policy::any_of(CONSENSUS_MSPS)),
            _ => (exchange::CHAINCODE, Policy::all_of(CONSENSUS_MSPS)),
        };
        self.0.deploy(chaincode, DishonestPeer(forgery.clone()), honest.1.clone());
        let proposal = Client::new(organization.msp_id(), "client")
            .propose(chaincode, "write", Vec::new())
            .at_ns(*timestamp_ns)
            .endorsed_by([organization.msp_id()]);
        let endorsed = self.0.endorse(proposal).map_err(failure);
        self.0.deploy(chaincode, honest.0, honest.1);
        self.commit(endorsed?).map(drop)
    }

    fn state(&mut self, _channel: &str) -> Vec<StateEntry> {
        let entry = |(chaincode, key, value): (&str, &str, &[u8])| StateEntry {
            chaincode: chaincode.to_owned(),
            key: key.to_owned(),
            value: value.to_vec(),
        };
        self.0.state().map(entry).collect()
    }
}

/// A peer that endorses whatever its owner likes.
struct DishonestPeer(Forgery);

impl Chaincode for DishonestPeer {
    fn invoke(&self, stub: &Stub) -> Result<Vec<u8>, Refusal> {
        for (key, value) in &self.0.writes {
            match value {
                Some(value) => stub.put_state(key, value)?,
                None => stub.del_state(key)?,
            }
            if let Some(policy) = &self.0.policy {
                stub.set_state_validation_parameter(key, policy)?;
            }
        }
        Ok(Vec::new())
    }
}

fn proposal(call: &Call) -> Proposal {
    Client::new(call.client.msp_id(), "client")
        .propose(call.chaincode, call.function, call.arguments.clone())
        .at_ns(call.timestamp_ns)
        .endorsed_by(call.endorsers.iter().map(|organization| organization.msp_id()))
}

fn failure(error: SubmitError) -> Failure {
    match error {
        SubmitError::Failed(message) => Failure::Refused(message),
        SubmitError::Invalid(code) => Failure::Invalid(code.as_str_name().to_owned()),
    }
}
