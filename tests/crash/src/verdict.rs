//! Holds the chain against what clients were told.

use crate::Error;
use crate::clients::Clients;
use crate::journal::{Journal, Told};
use crate::ledger::{Ledger, Place};
use crate::state;
use fabric_client::TxValidationCode;
use std::collections::HashMap;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Transactions that clients may have submitted.
    pub transactions: u64,
    /// Those that are valid.
    pub valid: u64,
    /// Those that are not where or what a client was told.
    pub lost: u64,
    /// Those that are valid more than once.
    pub doubled: u64,
    /// What is wrong with the chain.
    pub chain: Option<String>,
    /// Where the state is not what a replay gives.
    pub replay: Option<String>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.chain.is_none() && self.replay.is_none()
    }
}

pub(crate) async fn reach(clients: &Clients, journal: &Journal) -> Result<Verdict, Error> {
    let outcomes = journal.outcomes();
    let mut contracts = clients.contracts();
    let Some(contract) = contracts.next() else { return Ok(Verdict::default()) };
    let ledger = match Ledger::read(contract.network(), contract.chaincode()).await {
        Ok(ledger) => ledger,
        Err(Error::Chain(reason)) => return Ok(Verdict { chain: Some(reason), ..count(&outcomes, &HashMap::new()) }),
        Err(error) => return Err(error),
    };
    let mut verdict = count(&outcomes, &ledger.places);
    for other in contracts {
        let info = other.network().chain_info().await?;
        if info.current_block_hash != ledger.last_hash {
            verdict.chain = Some("two peers state different last hashes".into());
        }
    }
    verdict.replay = state::difference(&contract, ledger.state).await?;
    Ok(verdict)
}

/// Counts the transactions that are not what they were said to be.
fn count(outcomes: &HashMap<String, Option<Told>>, places: &HashMap<String, Vec<Place>>) -> Verdict {
    let mut verdict = Verdict { transactions: outcomes.len() as u64, ..Verdict::default() };
    for (id, told) in outcomes {
        let found = places.get(id).map_or(&[][..], Vec::as_slice);
        let is_there = |told: &Told| found.contains(&Place { block_number: told.block_number, code: told.code });
        let valid = found.iter().filter(|place| place.code == TxValidationCode::Valid).count();
        verdict.lost += u64::from(!told.as_ref().is_some_and(is_there));
        verdict.valid += u64::from(valid > 0);
        verdict.doubled += u64::from(valid > 1);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use devnet::lifecycle::Deployment;
    use fabric_client::{CommitStatus, Gateway};
    use std::path::Path;
    use std::sync::Arc;
    use wasm_host::package::Package;

    const VALID: TxValidationCode = TxValidationCode::Valid;
    const CONFLICT: TxValidationCode = TxValidationCode::MvccReadConflict;
    const DUPLICATE: TxValidationCode = TxValidationCode::DuplicateTxid;

    fn places(found: &[(u64, TxValidationCode)]) -> HashMap<String, Vec<Place>> {
        let found = found.iter().map(|&(block_number, code)| Place { block_number, code }).collect();
        HashMap::from([("t".to_owned(), found)])
    }

    fn counts(told: Option<(u64, TxValidationCode)>, found: &[(u64, TxValidationCode)]) -> (u64, u64) {
        let told = told.map(|(block_number, code)| Told { block_number, code });
        let verdict = count(&HashMap::from([("t".to_owned(), told)]), &places(found));
        (verdict.lost, verdict.doubled)
    }

    #[test]
    fn what_a_client_was_told_must_be_in_the_chain() {
        assert_eq!(counts(Some((5, VALID)), &[(5, VALID)]), (0, 0));
        assert_eq!(counts(Some((5, CONFLICT)), &[(5, CONFLICT)]), (0, 0));
        assert_eq!(counts(Some((5, VALID)), &[(5, VALID), (7, DUPLICATE)]), (0, 0));
        assert_eq!(counts(Some((5, VALID)), &[]), (1, 0));
        assert_eq!(counts(Some((5, VALID)), &[(6, VALID)]), (1, 0));
        assert_eq!(counts(Some((5, VALID)), &[(5, CONFLICT)]), (1, 0));
        assert_eq!(counts(None, &[]), (1, 0), "nobody found out what became of it");
        assert_eq!(counts(Some((5, VALID)), &[(5, VALID), (7, VALID)]), (0, 1));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_network_is_held_to_what_it_said() {
        let folder = tempfile::tempdir().unwrap();
        let network = devnet::Devnet::builder(devnet::Network::generic(2, "ch"), folder.path()).start().await.unwrap();
        let wasm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/contracts/benchmark.wasm");
        let wasm = std::fs::read(wasm).expect("run `cargo xtask contracts` first");
        let package = Package::new("benchmark", "1.0.0", wasm).unwrap().build().unwrap();
        network.deploy("ch", &Deployment::new("benchmark", &package, None)).await.unwrap();
        let gateways = ["org1", "org2"].map(|organization| {
            let signer = network.identity(organization, "User1").unwrap().signer().unwrap();
            Gateway::new(network.connect(organization).unwrap(), Arc::new(signer))
        });
        let clients = Clients { channel: "ch".to_owned(), gateways: gateways.to_vec() };

        let journal = Journal::default();
        let contract = clients.contracts().next().unwrap();
        let mut statuses = Vec::new();
        for key in ["a", "b", "c"] {
            let proposal = contract.proposal("create").arguments([key, "AAEC"]).build().sign().unwrap();
            let transaction = proposal.endorse().await.unwrap().sign().unwrap();
            journal.submitting(&transaction);
            statuses.push(transaction.submit().await.unwrap().sign().unwrap().status().await.unwrap());
        }
        let verdict = reach(&clients, &journal).await.unwrap();
        assert_eq!((verdict.transactions, verdict.valid, verdict.lost), (3, 3, 3), "nobody was told anything yet");

        clients.reconcile(&journal).await.unwrap();
        let verdict = reach(&clients, &journal).await.unwrap();
        assert_eq!((verdict.valid, verdict.lost, verdict.doubled), (3, 0, 0));
        assert_eq!((verdict.chain, verdict.replay), (None, None));

        journal.told(&CommitStatus { block_number: 99, ..statuses[0].clone() });
        assert_eq!(reach(&clients, &journal).await.unwrap().lost, 1);

        let replayed = Ledger::read(contract.network(), contract.chaincode()).await.unwrap().state;
        assert_eq!(replayed.len(), 3);
        let other_value = ("b".to_owned(), vec![9]);
        let one_more = ("d".to_owned(), vec![9]);
        let mut one_less = replayed.clone();
        one_less.remove("b");
        let with = |entry| replayed.clone().into_iter().chain([entry]).collect();
        for state in [with(other_value), with(one_more), one_less] {
            assert!(state::difference(&contract, state).await.unwrap().is_some());
        }
        network.stop().await;
    }
}
