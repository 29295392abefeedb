//! Which chaincodes, and which keys' policies, an endorsement plan for the transaction must satisfy.

use std::collections::BTreeMap;

use fabric_protos::common::SignaturePolicyEnvelope;
use fabric_protos::protos::{ChaincodeCall, ChaincodeInterest};

use super::is_system;

/// The policies of the keys that a transaction writes, by namespace and key; `None`: the chaincode's policy counts.
#[derive(Default)]
pub(crate) struct WrittenKeys(BTreeMap<String, BTreeMap<String, Option<SignaturePolicyEnvelope>>>);

impl WrittenKeys {
    pub(crate) fn note(&mut self, namespace: &str, key: &str, policy: Option<SignaturePolicyEnvelope>) {
        self.0.entry(namespace.to_owned()).or_default().insert(key.to_owned(), policy);
    }

    /// What Fabric's endorser answers as `ProposalResponse.interest`, given the namespaces of the read-write set.
    pub(crate) fn interest(&self, namespaces: &[String]) -> ChaincodeInterest {
        let call = |name: &String| {
            let keys = self.0.get(name);
            let key_policies: Vec<_> = keys.iter().flat_map(|keys| keys.values().flatten().cloned()).collect();
            // A namespace that is only read needs the chaincode's policy, too.
            let chaincode_policy = keys.is_none_or(|keys| keys.values().any(Option::is_none));
            ChaincodeCall {
                name: name.clone(),
                disregard_namespace_policy: !chaincode_policy,
                key_policies,
                ..ChaincodeCall::default()
            }
        };
        ChaincodeInterest { chaincodes: namespaces.iter().filter(|name| !is_system(name)).map(call).collect() }
    }
}
