//! A round at the market's bounds, as Wasm on the embedded network: seal, clearing and settlement stay inside the limits
//! that every endorser sets.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "in a test a panic is the best answer; figures are for people"
)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use devnet::ledger::{Chaincodes, Invocation, Simulator, Snapshot};
use exchange::limits::{ROUND_BUNDLES_MAX, ROUND_BYTES_MAX, ROUND_ORDERS_MAX};
use exchange::messages::{ClassFee, RoundBounds, SessionParameters};
use fabric_contract_api::args;
use fabric_protos::Message as _;
use fabric_protos::protos::{
    ChaincodeInput, ChaincodeInvocationSpec, ChaincodeProposalPayload, Proposal, SignedProposal,
};
use rules::generator::SplitMix64;
use rules::order::Side;
use scenarios::embedded::{CONTRACTS, Embedded, package};
use scenarios::scenarios::START_NS;
use scenarios::{Market, Organization, Participant, parameters};
use wasm_host::limits::{FUEL_PER_TRANSACTION, LEDGER_CALLS_MAX, MEMORY_BYTES_MAX};
use wasm_host::package::Package;
use wasm_host::{Chaincode, WasmChaincode};

const CHANNEL: &str = "market";
const SESSION: &str = "s09";
const CLASSES: usize = 16;
const ORDERS_PER_BUNDLE: u32 = ROUND_ORDERS_MAX / ROUND_BUNDLES_MAX;
/// Declarations that are endorsed before they are ordered.
const TOGETHER: usize = 500;
/// Members in one registration.
const BATCH: usize = 500;
/// Volumes are small, so that a member's ten orders are within its limit.
const LIMIT_WH: u64 = 1 << 40;

/// The contracts, loaded a second time so that their meters count this test's calls only.
struct Metered(HashMap<&'static str, Arc<WasmChaincode>>);

impl Metered {
    fn load() -> Self {
        let load = |(name, _): (&'static str, &str)| {
            let package = Package::read(&package(name, name).unwrap()).unwrap();
            (name, Arc::new(WasmChaincode::load(package.wasm()).unwrap()))
        };
        Self(CONTRACTS.into_iter().map(load).collect())
    }

    /// Asserts that no transaction so far came near a limit, and says how near.
    fn check(&self, step: &str, seconds: f64) {
        for (name, chaincode) in &self.0 {
            for function in chaincode.meter().snapshot() {
                let calls: u64 = function.ledger_calls.values().sum();
                eprintln!(
                    "{step}: {seconds:.2} s; {name} {}: fuel {} of {FUEL_PER_TRANSACTION}, memory {} of \
                     {MEMORY_BYTES_MAX}, {calls} of {LEDGER_CALLS_MAX} ledger calls",
                    function.function, function.fuel_max, function.memory_bytes_max
                );
                assert!(function.failures.is_empty(), "{name}: {:?}", function.failures);
                assert!(function.fuel_max <= FUEL_PER_TRANSACTION / 4 * 3, "{name} {}", function.function);
                assert!(function.memory_bytes_max <= MEMORY_BYTES_MAX as u64 / 4 * 3, "{name} {}", function.function);
            }
        }
    }
}

impl Chaincodes for Metered {
    fn chaincode(&self, _channel: &str, name: &str) -> Option<Arc<dyn Chaincode>> {
        Some(Arc::clone(self.0.get(name)?) as Arc<dyn Chaincode>)
    }

    fn snapshot(&self, channel: &str, _proposal: &SignedProposal) -> Result<Arc<Snapshot>, String> {
        Err(format!("no call leaves the channel for {channel}"))
    }
}

/// The largest session: every bound at its limit, and as many classes as there can be, all of which may trade.
fn largest() -> SessionParameters {
    let pairs = (0..CLASSES).flat_map(|sell| (0..CLASSES).map(move |buy| (sell, buy)));
    let fee = |(sell, buy): (usize, usize)| ClassFee {
        sell_class: u32::try_from(sell).unwrap(),
        buy_class: u32::try_from(buy).unwrap(),
        fee: i64::try_from((sell * 7 + buy * 13) % 29).unwrap() * 10,
    };
    let bounds = RoundBounds {
        bundles_max: ROUND_BUNDLES_MAX,
        orders_max: ROUND_ORDERS_MAX,
        bytes_max: ROUND_BYTES_MAX,
        bundle_orders_max: ORDERS_PER_BUNDLE,
    };
    let classes = (0..CLASSES).map(|class| format!("A1/{class}")).collect();
    SessionParameters { classes, fees: pairs.map(fee).collect(), bounds, ..parameters(SESSION, START_NS) }
}

/// Runs a function as an endorser does, and forgets what it would write.
fn measure(embedded: &Embedded, market: &Market<'_>, function: &'static str) {
    let metered = Arc::new(Metered::load());
    let call = market.call(Organization::TradingCentre, "exchange", function, args![SESSION]);
    let signed_proposal = embedded.signed_proposal(&call);
    let input = input_of(&signed_proposal);
    let invocation = Invocation { channel: CHANNEL.to_owned(), transaction_id: "bounds".to_owned(), signed_proposal };
    let snapshot = embedded.devnet().ledger(CHANNEL).unwrap().snapshot();
    let start = Instant::now();
    let completed = Simulator::new(snapshot, invocation, Arc::clone(&metered) as Arc<dyn Chaincodes>)
        .execute("exchange", &input)
        .unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(completed.response.status, 200, "{}", completed.response.message);
    metered.check(function, seconds);
}

fn input_of(signed: &SignedProposal) -> ChaincodeInput {
    let proposal = Proposal::decode(signed.proposal_bytes.as_slice()).unwrap();
    let payload = ChaincodeProposalPayload::decode(proposal.payload.as_slice()).unwrap();
    let invocation = ChaincodeInvocationSpec::decode(payload.input.as_slice()).unwrap();
    invocation.chaincode_spec.unwrap().input.unwrap()
}

#[test]
fn the_largest_round_stays_inside_the_limits_of_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = Embedded::start(&[CHANNEL], folder.path());
    let mut network = embedded.clone();
    let mut market = Market::new(&mut network, CHANNEL, START_NS);
    let session = largest();
    let members: Vec<Participant> = (0..ROUND_BUNDLES_MAX)
        .map(|place| Participant::new(&format!("member-{place:04}"), place, u8::try_from(place % 16).unwrap()))
        .collect();
    let classes: Vec<&str> = session.classes.iter().map(String::as_str).collect();
    for batch in members.chunks(BATCH) {
        market.register_members(batch, &classes, LIMIT_WH).unwrap();
    }
    market.open(&session).unwrap();

    market.set_time(START_NS + 1);
    let mut random = SplitMix64::new(1);
    for (place, batch) in members.chunks(TOGETHER).enumerate() {
        let declarations = batch.iter().enumerate().map(|(at, member)| {
            let side = if (place + at) % 2 == 0 { Side::Sell } else { Side::Buy };
            let lowest = if side == Side::Sell { 25_000 } else { 30_000 };
            let orders: Vec<_> = (1..=ORDERS_PER_BUNDLE)
                .map(|number| {
                    let price = lowest + i64::try_from(random.below(20_001)).unwrap();
                    (number, side, price, 100_000 + random.below(9_900_001))
                })
                .collect();
            let bundle = market.bundle(&member.name, SESSION, 1, 1, &orders).unwrap();
            market.declaration_of(&bundle).unwrap()
        });
        let declarations = declarations.collect();
        assert!(market.submit_together(declarations).iter().all(Result::is_ok));
    }
    market.set_time(START_NS + 15 * scenarios::MINUTE_NS);
    measure(&embedded, &market, "seal");
    assert_eq!(market.seal(SESSION).unwrap().bundles, ROUND_BUNDLES_MAX);
    measure(&embedded, &market, "clear");
    let result = market.clear(SESSION).unwrap();
    assert_eq!((result.orders, result.left_out.len()), (ROUND_ORDERS_MAX, 0));
    assert!(result.trades > ROUND_ORDERS_MAX / 4, "{} trades", result.trades);

    // The second round begins with what is left, and ends as nobody declares.
    market.set_time(START_NS + 50 * scenarios::MINUTE_NS);
    market.expire(SESSION).unwrap();
    measure(&embedded, &market, "settle");
    market.settle(SESSION).unwrap();
}
