//! Holds the chain against what clients were told.

use crate::Error;
use crate::clients::Clients;
use crate::journal::{Journal, Told};
use crate::ledger::{Ledger, Place};
use crate::state;
use fabric_client::TxValidationCode;
use std::collections::HashMap;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Transactions that clients may have submitted.
    pub(crate) transactions: u64,
    /// Those that are valid.
    pub(crate) valid: u64,
    /// Those that are not where or what a client was told.
    pub(crate) lost: u64,
    /// Those that are valid more than once.
    pub(crate) doubled: u64,
    /// What is wrong with the chain.
    pub(crate) chain: Option<String>,
    /// Where the state is not what a replay gives.
    pub(crate) replay: Option<String>,
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
}
