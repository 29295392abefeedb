//! What Fabric does to transactions: versions, ranges, policies, calls between chaincodes, history, pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use fabric_contract_api::testing::{Client, Ledger, Policy, Proposal};
use fabric_contract_api::{
    Context, ContractError, EndorsementPolicy, Error, Map, QueryContext, args, contract, contracts,
};

const NUMBERS: Map<u32, u64> = Map::new("number");

struct Numbers;

#[contract(default)]
impl Numbers {
    #[submit]
    fn put(context: &mut Context, key: u32, value: u64) -> Result<(), Error> {
        NUMBERS.put(context, key, &value)
    }

    #[submit]
    fn add(context: &mut Context, key: u32, value: u64) -> Result<u64, Error> {
        let sum = NUMBERS.get(context, key)?.unwrap_or_default() + value;
        NUMBERS.put(context, key, &sum)?;
        // A read does not see the write.
        assert_ne!(NUMBERS.get(context, key)?, Some(sum));
        Ok(sum)
    }

    #[submit]
    fn delete(context: &mut Context, key: u32) -> Result<(), Error> {
        NUMBERS.delete(context, key)
    }

    /// Writes the sum of the entries from `start` up to before `end` into `key`.
    #[submit]
    fn sum(context: &mut Context, start: u32, end: u32, key: u32) -> Result<u64, Error> {
        let entries = NUMBERS.range(context, (), start..end)?;
        let sum = entries.map(|entry| entry.map(|(_, value)| value)).sum::<Result<u64, _>>()?;
        NUMBERS.put(context, key, &sum)?;
        Ok(sum)
    }

    /// Reads the first entry and writes it into `key`.
    #[submit]
    fn first(context: &mut Context, key: u32) -> Result<u64, Error> {
        let (_, first) = NUMBERS.all(context)?.next().transpose()?.unwrap_or_default();
        NUMBERS.put(context, key, &first)?;
        Ok(first)
    }

    #[submit]
    fn put_many(context: &mut Context, start: u32, count: u32) -> Result<(), Error> {
        (start..start + count).try_for_each(|key| NUMBERS.put(context, key, &u64::from(key)))
    }

    #[submit]
    fn protect(context: &mut Context, key: u32, value: u64, msp_ids: Vec<String>) -> Result<(), Error> {
        NUMBERS.put(context, key, &value)?;
        NUMBERS.protect(context, key, &EndorsementPolicy::all_of(msp_ids))
    }

    #[evaluate]
    fn protectors(context: &QueryContext, key: u32) -> Result<Vec<String>, Error> {
        let policy = context.endorsement_policy(&NUMBERS.key(key)?)?;
        Ok(policy.iter().flat_map(EndorsementPolicy::msp_ids).map(str::to_owned).collect())
    }

    #[submit]
    fn call(context: &mut Context, chaincode: String, function: String, argument: u32) -> Result<String, Error> {
        context.emit("Called", &chaincode)?;
        let payload = context.invoke_chaincode(&chaincode, &function, args![argument, 1_u64])?;
        Ok(String::from_utf8_lossy(&payload).into_owned())
    }

    #[evaluate]
    fn caller(context: &QueryContext, _argument: u32, _value: u64) -> Result<String, Error> {
        Ok(context.proposal_chaincode().to_owned())
    }

    #[evaluate]
    fn history(context: &QueryContext, key: u32) -> Result<Vec<String>, Error> {
        let changes = context.history(&NUMBERS.key(key)?)?;
        changes.map(|change| Ok(String::from_utf8_lossy(&change?.value.unwrap_or_default()).into_owned())).collect()
    }

    #[evaluate]
    fn page(context: &QueryContext, size: u32, bookmark: String) -> Result<(Vec<u32>, String), Error> {
        let page = NUMBERS.page(context, (), size, &bookmark)?;
        Ok((page.results.into_iter().map(|(key, _)| key).collect(), page.bookmark))
    }

    #[evaluate]
    fn count(context: &QueryContext) -> Result<u32, Error> {
        NUMBERS.all(context)?.try_fold(0, |count, entry| entry.map(|_| count + 1))
    }

    #[evaluate]
    fn many(context: &QueryContext, keys: Vec<u32>) -> Result<Vec<Option<u64>>, Error> {
        NUMBERS.get_many(context, keys)
    }

    #[evaluate]
    fn who(context: &QueryContext) -> Result<Vec<String>, Error> {
        let client = context.client()?;
        client.require_attribute("role", "trader")?;
        let secret = context.transient("secret")?.unwrap_or_default();
        Ok(vec![
            client.msp_id().to_owned(),
            client.subject(),
            client.issuer(),
            context.channel().to_owned(),
            context.timestamp_ns().to_string(),
            String::from_utf8_lossy(&secret).into_owned(),
        ])
    }
}

contracts!(Numbers);

const ALL: [&str; 3] = ["Org1MSP", "Org2MSP", "Org3MSP"];

fn alice() -> Client {
    Client::new("Org1MSP", "alice").attribute("role", "trader")
}

/// Chaincode `open`, which any organization may endorse, and `strict`, which needs all.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new("market");
    ledger.deploy("open", CHAINCODE, Policy::any_of(ALL));
    ledger.deploy("strict", CHAINCODE, Policy::all_of(ALL));
    ledger
}

fn open(function: &str, arguments: Vec<Vec<u8>>) -> Proposal {
    alice().propose("open", function, arguments)
}

fn codes<const N: usize>(ledger: &mut Ledger, proposals: [Proposal; N]) -> [&'static str; N] {
    let endorsed = proposals.map(|proposal| ledger.endorse(proposal).unwrap());
    ledger.commit(endorsed).map(|code| code.as_str_name())
}

#[test]
fn the_second_of_two_on_one_snapshot_conflicts() {
    let mut ledger = ledger();
    let add = || open("add", args![1_u32, 5_u64]);
    assert_eq!(codes(&mut ledger, [add(), add()]), ["VALID", "MVCC_READ_CONFLICT"]);

    let stale = ledger.endorse(add()).unwrap();
    ledger.submit(open("put", args![1_u32, 9_u64])).unwrap();
    assert_eq!(ledger.commit([stale])[0].as_str_name(), "MVCC_READ_CONFLICT");
    assert_eq!(ledger.submit(add()).unwrap().payload, b"14");

    // Writes alone do not conflict: the last one stays.
    let put = |value: u64| open("put", args![1_u32, value]);
    assert_eq!(codes(&mut ledger, [put(1), put(2)]), ["VALID", "VALID"]);
    assert_eq!(ledger.evaluate(open("many", args![vec![1_u32, 2]])).unwrap(), b"[2,null]");
}

#[test]
fn a_key_that_appears_in_a_scanned_range_is_a_phantom() {
    for in_between in
        [open("put", args![15_u32, 1_u64]), open("delete", args![10_u32]), open("put", args![10_u32, 3_u64])]
    {
        let mut ledger = ledger();
        ledger.submit(open("put_many", args![10_u32, 3_u32])).unwrap();
        let sum = ledger.endorse(open("sum", args![10_u32, 20_u32, 100_u32])).unwrap();
        ledger.submit(in_between).unwrap();
        assert_eq!(ledger.commit([sum])[0].as_str_name(), "PHANTOM_READ_CONFLICT");
    }

    let mut ledger = ledger();
    ledger.submit(open("put_many", args![10_u32, 3_u32])).unwrap();
    let sum = ledger.endorse(open("sum", args![10_u32, 20_u32, 100_u32])).unwrap();
    ledger.submit(open("put", args![20_u32, 1_u64])).unwrap();
    assert_eq!(sum.payload(), b"33");
    assert_eq!(ledger.commit([sum])[0].as_str_name(), "VALID", "outside of the range");
}

#[test]
fn a_range_that_was_left_early_is_protected_as_far_as_it_was_read() {
    // The peer reads one result more than the 100 of an answer.
    for (key, code) in [(50_u32, "PHANTOM_READ_CONFLICT"), (100, "PHANTOM_READ_CONFLICT"), (101, "VALID")] {
        let mut ledger = ledger();
        ledger.submit(open("put_many", args![0_u32, 250_u32])).unwrap();
        let first = ledger.endorse(open("first", args![1000_u32])).unwrap();
        ledger.submit(open("delete", args![key])).unwrap();
        assert_eq!(ledger.commit([first])[0].as_str_name(), code, "{key}");
    }
}

#[test]
fn policies_of_chaincodes_and_keys_decide_who_must_endorse() {
    let mut ledger = ledger();
    let one = ["Org1MSP"];
    let strict = |value: u64| alice().propose("strict", "put", args![1_u32, value]);
    assert_eq!(ledger.submit(strict(1).endorsed_by(one)).unwrap_err().code(), "ENDORSEMENT_POLICY_FAILURE");
    ledger.submit(strict(1)).unwrap();

    // One organization creates a key for all three; then it can neither change nor delete it.
    let protect = open("protect", args![7_u32, 1_u64, ALL.map(str::to_owned).to_vec()]);
    ledger.submit(protect.endorsed_by(one)).unwrap();
    let protectors = ledger.evaluate(open("protectors", args![7_u32])).unwrap();
    assert_eq!(protectors, br#"["Org1MSP","Org2MSP","Org3MSP"]"#);
    let changes = [
        open("put", args![7_u32, 2_u64]),
        open("delete", args![7_u32]),
        open("protect", args![7_u32, 2_u64, vec!["Org1MSP".to_owned()]]),
    ];
    for change in changes {
        assert_eq!(ledger.submit(change.endorsed_by(one)).unwrap_err().code(), "ENDORSEMENT_POLICY_FAILURE");
    }
    ledger.submit(open("put", args![7_u32, 2_u64])).unwrap();
    ledger.submit(open("put", args![8_u32, 2_u64]).endorsed_by(["Org2MSP"])).unwrap();

    // The key's policy goes with the key.
    ledger.submit(open("delete", args![7_u32])).unwrap();
    ledger.submit(open("put", args![7_u32, 3_u64]).endorsed_by(one)).unwrap();
    assert_eq!(ledger.evaluate(open("protectors", args![7_u32])).unwrap(), b"[]");
}

#[test]
fn a_policy_that_changed_in_the_same_block_fails_what_follows() {
    let mut ledger = ledger();
    let protect = open("protect", args![7_u32, 1_u64, vec!["Org1MSP".to_owned()]]);
    let put = open("put", args![7_u32, 2_u64]);
    assert_eq!(codes(&mut ledger, [protect, put]), ["VALID", "ENDORSEMENT_POLICY_FAILURE"]);
}

#[test]
fn a_called_chaincode_writes_under_its_own_policy() {
    let mut ledger = ledger();
    let call = |function: &str, argument: u32| open("call", args!["strict", function, argument]);
    let committed = ledger.submit(call("add", 3)).unwrap();
    assert_eq!(committed.payload, b"1");
    assert_eq!(ledger.state().map(|(chaincode, ..)| chaincode).collect::<Vec<_>>(), ["strict"]);
    let add = call("add", 3).endorsed_by(["Org1MSP"]);
    assert_eq!(ledger.submit(add).unwrap_err().code(), "ENDORSEMENT_POLICY_FAILURE");
    // Reading there needs no more endorsements, and the callee knows whom the client called.
    let committed = ledger.submit(call("caller", 3).endorsed_by(["Org1MSP"])).unwrap();
    assert_eq!(committed.payload, b"open");
    // What was read there is validated as well.
    let stale = ledger.endorse(call("add", 3)).unwrap();
    ledger.submit(alice().propose("strict", "put", args![3_u32, 1_u64])).unwrap();
    assert_eq!(ledger.commit([stale])[0].as_str_name(), "MVCC_READ_CONFLICT");
}

#[test]
fn a_callees_failure_and_a_missing_callee_are_told_apart_by_their_text() {
    let ledger = ledger();
    let fail = |chaincode: &str, function: &str| {
        ledger.endorse(open("call", args![chaincode, function, 1_u32])).err().unwrap().to_string()
    };
    assert_eq!(
        fail("strict", "nosuch"),
        "CALLEE: chaincode strict failed with status 500: UNKNOWN_FUNCTION: no function nosuch"
    );
    let missing = fail("absent", "add");
    assert!(
        missing.starts_with("CALLEE: chaincode absent failed with status 500: INVOKE_CHAINCODE failed"),
        "{missing}"
    );
    assert!(missing.ends_with("chaincode absent not found"), "{missing}");
    let recursive = fail("open", "add");
    assert!(recursive.ends_with("chaincode open waits for this call"), "{recursive}");
}

#[test]
fn history_and_pages_are_complete() {
    let mut ledger = ledger();
    ledger.submit(open("put", args![5_u32, 1_u64])).unwrap();
    ledger.submit(open("delete", args![5_u32])).unwrap();
    ledger.submit(open("put", args![5_u32, 2_u64])).unwrap();
    assert_eq!(ledger.evaluate(open("history", args![5_u32])).unwrap(), br#"["2","","1"]"#);

    ledger.submit(open("put_many", args![10_u32, 249_u32])).unwrap();
    assert_eq!(ledger.evaluate(open("count", args![])).unwrap(), b"250");
    let (mut keys, mut bookmark) = (Vec::new(), String::new());
    loop {
        let endorsed = ledger.submit(open("page", args![120_u32, &bookmark])).unwrap();
        let (page, next) = serde_json::from_slice::<(Vec<u32>, String)>(&endorsed.payload).unwrap();
        assert!(page.len() == 120 || next.is_empty());
        keys.extend(page);
        if next.is_empty() {
            break;
        }
        bookmark = next;
    }
    assert_eq!(keys, [5].into_iter().chain(10..259).collect::<Vec<_>>());
}

#[test]
fn a_contract_knows_its_client_and_its_time() {
    let mut ledger = ledger();
    ledger.set_now_ns(1_795_000_000_123_456_789);
    let who = ledger.evaluate(open("who", args![]).transient("secret", "s")).unwrap();
    let expected = ["Org1MSP", "CN=alice,OU=client", "CN=ca.Org1MSP", "market", "1795000000123456789", "s"];
    assert_eq!(who, serde_json::to_vec(&expected).unwrap());
    let bob = Client::new("Org2MSP", "bob").propose("open", "who", args![]);
    let error = ledger.evaluate(bob.at_ns(7)).unwrap_err();
    assert_eq!(error.to_string(), "ACCESS: attribute role is missing");
}

#[test]
fn the_digest_is_of_the_state_alone() {
    let run = |value: u64| {
        let mut ledger = ledger();
        ledger.set_now_ns(value);
        ledger.submit(open("put", args![1_u32, 1_u64])).unwrap();
        ledger.submit(open("put", args![2_u32, value])).unwrap();
        ledger.submit(open("put", args![2_u32, 3_u64])).unwrap();
        ledger
    };
    assert_eq!(run(1).state_digest(), run(2).state_digest());
    let mut other = run(1);
    other.submit(open("put", args![2_u32, 4_u64])).unwrap();
    assert_ne!(run(1).state_digest(), other.state_digest());
    assert_eq!(Error::Ledger(String::new()).code(), "LEDGER");
}
