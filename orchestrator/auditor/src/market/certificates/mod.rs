//! Green certificates: from a reading to a claim.
//!
//! | module | what |
//! |---|---|
//! | `instruction` | what members sign |
//! | `states` | what may follow what |
//! | `changes` | documents that one transaction changes step by step |
//! | `granules` | requests and the regulator's decisions |
//! | `mint`, `calendar` | the issue, what a device carries, corrected readings |
//! | `trading`, `claims` | what owners and buyers do |
//! | `invariants` | what must hold however a transaction came about |
//! | `watch` | the trail of one certificate |

mod calendar;
mod changes;
mod claims;
mod granules;
mod instruction;
mod invariants;
mod mint;
mod states;
mod trading;
mod watch;

pub(super) use changes::Changes;
pub(super) use granules::{audit, reject};
pub(super) use invariants::check_invariants;
pub(super) use mint::{correct, issue};
pub(super) use trading::{expire, publish};
pub(crate) use watch::Watch;

use super::documents::{Action, CarriedOut, Change, Claim, Decimal, Instructed, SignedInstruction};
use super::keys::Key;
use super::members;
use super::signatures::{Signatures, Signed};
use super::step::{Checked, Expected, Step, Wrong, ensure, require};
use crate::finding::Code;
use instruction::{Instruction, Order};

/// Instructions in one transaction.
const INSTRUCTIONS_MAX: usize = 500;

/// What a step does to a granule or a certificate, unless a member has instructed it.
fn change(step: &Step<'_>, action: Action, actor: &str) -> Change {
    Change { action, actor: actor.to_owned(), sequence: Decimal(0), at_ns: Decimal(step.now()) }
}

/// Members' instructions, each signed by its member, one after the other.
pub(super) fn instruct(step: &Step<'_>, signatures: &mut Signatures) -> Checked<Expected> {
    let instructions: Vec<SignedInstruction> = step.argument(1)?;
    require(instructions.len() <= INSTRUCTIONS_MAX, "TOO_MANY_INSTRUCTIONS")?;
    let mut read = Vec::with_capacity(instructions.len());
    for signed in &instructions {
        let key_of = |member: &str| members::find(step, member).ok().flatten().map(|member| member.terms.public_key);
        let one = instruction::read(signed, key_of);
        read.push(one.ok_or_else(|| Wrong::new(Code::InstructionSignature, "it is no instruction of a member"))?);
    }
    let (instructions, signed): (Vec<Instruction>, Vec<Signed>) = read.into_iter().unzip();
    let right: Vec<bool> = signatures.verify_each(&signed);

    let mut changes = Changes::new(step);
    let mut carried_out = Vec::with_capacity(instructions.len());
    for (instruction, is_right) in instructions.into_iter().zip(right) {
        let message = || format!("{} has not signed instruction {}", instruction.member, instruction.sequence);
        ensure(is_right, Code::InstructionSignature, message())?;
        accept(&mut changes, &instruction)?;
        carried_out.push(carry_out(&mut changes, instruction)?);
    }
    let mut expected = Expected::default();
    changes.expect(&mut expected);
    expected.event("instructed", &Instructed { instructions: carried_out });
    Ok(expected)
}

/// The instruction counts here, now, and for the first time.
fn accept(changes: &mut Changes<'_, '_>, instruction: &Instruction) -> Checked<()> {
    let (step, name) = (changes.step, &instruction.member);
    let message = || format!("{name} has signed it for the channel {}", instruction.channel);
    ensure(instruction.channel == step.channel, Code::InstructionReplayed, message())?;
    let suspended = members::find(step, name)?.is_none_or(|member| member.suspension.is_some());
    require(!suspended, "MEMBER_SUSPENDED")?;
    require(instruction.expires_ns > step.now(), "INSTRUCTION_EXPIRED")?;
    let key = Key::exchange("instruction", &[name]);
    let Decimal(last) = changes.find::<Decimal<u64>>(&key)?.unwrap_or_default();
    let message = || format!("{name} has instructed {last} already, {} does not count", instruction.sequence);
    ensure(instruction.sequence > last, Code::InstructionReplayed, message())?;
    changes.put(Code::Certificate, key, &Decimal(instruction.sequence));
    Ok(())
}

fn carry_out(changes: &mut Changes<'_, '_>, instruction: Instruction) -> Checked<CarriedOut> {
    let Instruction { member, sequence, order, .. } = instruction;
    let action = order.action();
    changes.count(order.changes())?;
    let change = Change { sequence: Decimal(sequence), ..change(changes.step, action, &member) };
    let (mut granules, mut certificates) = (Vec::new(), Vec::new());
    match order {
        Order::Request { device, readings } => granules = granules::request(changes, &device, &readings, &change)?,
        Order::Recall { device, starts } => granules = granules::recall(changes, &device, &starts, &change)?,
        Order::Split { certificate, energies } => {
            certificates = trading::split(changes, &certificate, &energies, &change)?;
        }
        Order::List { price, certificates: names } => {
            trading::list(changes, &names, price, &change)?;
            certificates = names;
        }
        Order::Unlist { certificates: names } => {
            trading::unlist(changes, &names, &change)?;
            certificates = names;
        }
        Order::Lock { price, certificates: names } => {
            trading::lock(changes, &names, price, &change)?;
            certificates = names;
        }
        Order::Release { certificates: names } => {
            trading::release(changes, &names, &change)?;
            certificates = names;
        }
        Order::Pay { payee, amount, certificates: names } => {
            trading::pay(changes, &names, &payee, amount, &change)?;
            certificates = names;
        }
        Order::Cancel { beneficiary, from_ns, to_ns, certificates: names } => {
            let claim = Claim { beneficiary, from_ns: Decimal(from_ns), to_ns: Decimal(to_ns) };
            claims::cancel(changes, &names, &claim, &change)?;
            certificates = names;
        }
        Order::Withdraw { certificates: names } => {
            trading::each(changes, &names, &change, |_, certificate| trading::check_own(certificate, &change))?;
            certificates = names;
        }
    }
    require(!granules.is_empty() || !certificates.is_empty(), "EMPTY_INSTRUCTION")?;
    Ok(CarriedOut { member, sequence: Decimal(sequence), action, granules, certificates })
}
