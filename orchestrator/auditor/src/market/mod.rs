//! The market on a ledger: whether every transaction of its chaincodes is what its function gives.
//!
//! A transaction is checked against the auditor's state before it: who may call, what must hold, and what it must have
//! written, key by key, and its event. For a clearing the trades are not worked out but [proven](crate::proof).
//!
//! | module | what |
//! |---|---|
//! | `step` | a transaction, the state before it, and what it must have written |
//! | `documents`, `pages`, `keys`, `bundle` | what lies on the ledger, and how |
//! | `canonical`, `signatures` | what members sign |
//! | `policy` | who must endorse what |
//! | `members`, `feeders` | the registers |
//! | `credit` | what a member may use of its limits |
//! | `declarations`, `standing` | bundles of orders, and what they must fulfil |
//! | `session`, `sessions` | states and times |
//! | `replay`, `clearing`, `disclosure`, `grid`, `rounds` | the rounds |
//! | `metering` | devices and readings |
//! | `settlement` | accounts |
//! | `certificates` | from a reading to a claim |
//! | `anchoring` | roots of batches of records |
//!
//! Everything here is written from the documentation of the contracts, not with their code.

mod anchoring;
mod bundle;
mod canonical;
mod certificates;
mod clearing;
mod credit;
mod declarations;
mod disclosure;
mod documents;
mod feeders;
mod grid;
mod keys;
mod members;
mod metering;
mod pages;
mod policy;
mod replay;
mod rounds;
mod session;
mod sessions;
mod settlement;
mod signatures;
mod standing;
mod step;

use fabric_msp::ChannelConfig;

use crate::finding::{Code, Findings};
use crate::report::MarketSummary;
use crate::state::State;
use crate::transaction::Transaction;
use crate::validation::envelope::{Checked as CheckedEnvelope, Content};
pub(crate) use certificates::Watch;
use documents::{Decimal, MemberRecord};
use keys::{ANCHORING, DECLARATION, EXCHANGE, Key};
use signatures::Signatures;
use step::{Checked, Expected, Step, Wrong};

/// The market of one channel.
#[derive(Default)]
pub(crate) struct Market {
    pub(crate) summary: MarketSummary,
    signatures: Signatures,
    /// The sum of all balances.
    balances: i128,
}

impl Market {
    /// Verifies the members' signatures of declarations that are about to be checked, on all cores.
    pub(crate) fn verify_ahead<'a>(
        &mut self,
        channel: &str,
        envelopes: impl Iterator<Item = &'a CheckedEnvelope>,
        state: &State,
    ) {
        let mut signed = Vec::new();
        for envelope in envelopes {
            let Content::Endorsed(Ok(endorsed)) = &envelope.content else { continue };
            if endorsed.transaction.chaincode != DECLARATION {
                continue;
            }
            let step = Step::new(channel, &endorsed.transaction, state);
            let written = endorsed.transaction.sets.iter().flat_map(|set| &set.writes);
            for value in written.filter_map(|(_, value)| value.as_deref()) {
                let bundle = bundle::split(value).and_then(|(_, bytes)| bundle::decode(bytes).ok());
                let record = |member: &str| step.find::<MemberRecord>(&Key::declaration("member", &[member])).ok();
                if let Some(record) = bundle.and_then(|bundle| record(&bundle.member)).flatten() {
                    signed.extend(bundle::signed(value, &record.public_key));
                }
            }
        }
        self.signatures.verify_all(signed);
    }

    /// Checks a valid transaction against the state before it.
    pub(crate) fn check(&mut self, channel: &str, transaction: &Transaction, state: &State, findings: &mut Findings) {
        let step = Step::new(channel, transaction, state);
        if step.writes.is_empty() && step.metadata.is_empty() {
            return;
        }
        self.summary.transactions += 1;
        let writes_only =
            |chaincode| step.writes.keys().chain(step.metadata.keys()).all(|key| key.chaincode == chaincode);
        if writes_only(DECLARATION) {
            self.check_declaration(&step, findings);
        } else if writes_only(ANCHORING) {
            self.summary.anchored_batches += 1;
            compare(anchoring::anchor(&step), &step, findings);
        } else {
            compare(self.exchange(&step, findings), &step, findings);
            self.check_balances(&step, findings);
            certificates::check_invariants(&step, &mut self.summary, findings);
        }
        self.summary.member_signatures = self.signatures.count();
    }

    /// One organization can write to `declaration` alone. What an honest one would not have endorsed is its doing.
    fn check_declaration(&mut self, step: &Step<'_>, findings: &mut Findings) {
        self.summary.declarations += 1;
        let declared = match (step.transaction.chaincode.as_str(), step.function()) {
            (DECLARATION, "declare") => declarations::declare(step, &mut self.signatures),
            (chaincode, function) => Err(Wrong::refused(format!("{chaincode} {function} declares nothing"))),
        };
        let mut found = Findings::default();
        match declared {
            Ok(expected) => expected.compare(step, &mut found),
            Err(Wrong { code, message }) => found.add(code, message),
        }
        let endorsers = step.transaction.endorsers.join(", ");
        for finding in found.kept {
            findings.add(Code::DishonestDeclaration, format!("endorsed by {endorsers}: {}", finding.message));
        }
    }

    /// What a transaction of `exchange` must have written.
    fn exchange(&mut self, step: &Step<'_>, findings: &mut Findings) -> Checked<Expected> {
        if step.transaction.chaincode != EXCHANGE {
            let message = format!("{} has no business with the market's state", step.transaction.chaincode);
            return Err(Wrong::new(Code::UnexpectedWrite, message));
        }
        match step.function() {
            "register_members" => members::register(step),
            "change_member" => members::change(step),
            "suspend_member" => members::suspend(step),
            "reinstate_member" => members::reinstate(step),
            "record_payments" => credit::record_payments(step),
            "evaluate_credit" => credit::evaluate(step),
            "set_feeder" => feeders::set(step),
            "open_session" => {
                self.summary.sessions += 1;
                sessions::open(step)
            }
            "seal" => sessions::seal(step),
            "clear" => clearing::clear(step, &mut self.signatures, &mut self.summary, findings),
            "expire" => sessions::expire(step),
            "cancel_session" => sessions::cancel(step),
            "settle" => settlement::settle(step),
            "register_devices" => metering::register(step),
            "record_readings" => metering::record(step),
            "reconcile" => settlement::reconcile(step),
            "instruct" => certificates::instruct(step, &mut self.signatures),
            "audit_granules" => certificates::audit(step),
            "reject_granules" => certificates::reject(step),
            "issue_certificates" => certificates::issue(step),
            "publish_certificates" => certificates::publish(step),
            "expire_certificates" => certificates::expire(step),
            _ => Err(Wrong::new(Code::UnexpectedWrite, "the function writes nothing")),
        }
    }

    /// All balances add up to zero, whatever else is wrong.
    fn check_balances(&mut self, step: &Step<'_>, findings: &mut Findings) {
        let prefix = Key::exchange("account", &[]);
        let amount = |bytes: Option<&[u8]>| {
            let balance = bytes.and_then(|bytes| serde_json::from_slice(bytes).ok());
            balance.map_or(0_i128, |Decimal(balance)| balance)
        };
        let accounts = step.writes.iter().filter(|(key, _)| {
            key.chaincode == EXCHANGE && keys::parts_after(&key.text, &prefix).is_some_and(|parts| parts.len() == 1)
        });
        let changes = accounts.map(|(key, value)| amount(*value).saturating_sub(amount(step.bytes(key))));
        let change = changes.fold(0, i128::saturating_add);
        self.balances = self.balances.saturating_add(change);
        if change != 0 {
            findings.add(Code::BalanceSum, format!("all balances add up to {}, not to zero", self.balances));
        }
    }

    /// Checks what is committed for the market's chaincodes.
    pub(crate) fn check_definitions(state: &State, config: &ChannelConfig, findings: &mut Findings) {
        policy::check_definitions(state, config, findings);
    }
}

/// Compares a transaction with what it must have written.
fn compare(expected: Checked<Expected>, step: &Step<'_>, findings: &mut Findings) {
    match expected {
        Ok(expected) => expected.compare(step, findings),
        Err(Wrong { code, message }) => findings.add(code, format!("{}: {message}", step.function())),
    }
}
