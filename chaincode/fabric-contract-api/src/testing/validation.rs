//! What Fabric checks when a transaction is committed.

use std::collections::{BTreeMap, BTreeSet};

use fabric_protos::protos::TxValidationCode;

use super::Endorsed;
use super::policy::satisfies_key_policy;
use super::read_write_set::ScannedRange;
use super::simulation::Deployed;
use super::state::{Location, State};

/// The validation code of a transaction on `state`. `protected` are the keys whose policy changed earlier in the block.
pub(super) fn validate(
    transaction: &Endorsed,
    state: &State,
    chaincodes: &BTreeMap<String, Deployed>,
    protected: &BTreeSet<Location>,
) -> TxValidationCode {
    if !is_endorsed(transaction, state, chaincodes, protected) {
        return TxValidationCode::EndorsementPolicyFailure;
    }
    let fresh = |((chaincode, key), version): (&Location, &Option<_>)| {
        state.get(chaincode, key).map(|entry| entry.version) == *version
    };
    if !transaction.set.reads.iter().all(fresh) {
        return TxValidationCode::MvccReadConflict;
    }
    if !transaction.set.ranges.iter().all(|range| is_unchanged(range, state)) {
        return TxValidationCode::PhantomReadConflict;
    }
    TxValidationCode::Valid
}

/// Whether the endorsements satisfy the policy of each key that is written, or of its chaincode where the key has none.
///
/// The policy of the chaincode that the client called holds even if nothing is written there.
fn is_endorsed(
    transaction: &Endorsed,
    state: &State,
    chaincodes: &BTreeMap<String, Deployed>,
    protected: &BTreeSet<Location>,
) -> bool {
    let Endorsed { chaincode: called, set, endorsers, .. } = transaction;
    let written: BTreeSet<&Location> = set.writes.keys().chain(set.policies.keys()).collect();
    let touched: BTreeSet<&String> = written.iter().map(|(chaincode, _)| chaincode).chain([called]).collect();
    touched.into_iter().all(|chaincode| {
        let keys = written.iter().filter(|(found, _)| found == chaincode);
        let policies: Vec<_> = keys.map(|(_, key)| state.get(chaincode, key)?.policy.as_ref()).collect();
        let chaincode_policy_holds = policies.is_empty() || policies.contains(&None);
        let deployed = chaincodes.get(chaincode);
        policies.into_iter().flatten().all(|policy| satisfies_key_policy(policy, endorsers))
            && (!chaincode_policy_holds || deployed.is_some_and(|found| found.policy.is_satisfied(endorsers)))
    }) && written.is_disjoint(&protected.iter().collect())
}

/// Whether a range, as far as it was read, has the same keys in the same versions.
fn is_unchanged(range: &ScannedRange, state: &State) -> bool {
    let found = state.range(&range.chaincode, &range.start, &range.end).map(|(key, entry)| (key, entry.version));
    let read = range.results.iter().map(|(key, version)| (key.as_str(), *version));
    if range.exhausted { found.eq(read) } else { found.take(range.results.len()).eq(read) }
}
