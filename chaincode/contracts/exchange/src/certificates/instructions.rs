//! Members' signed instructions.

use fabric_contract_api::crypto::verify_p256;
use fabric_contract_api::{Context, DecimalString};
use rules::instruction::{Instruction, Order, digest};

use super::registry::Registry;
use super::{claims, granules, trading};
use crate::error::Error;
use crate::limits::INSTRUCTIONS_MAX;
use crate::messages::{CarriedOut, Change, Instructed, SignedInstruction, event_name};

/// Carries out instructions in their order: all of them, or none.
pub(crate) fn instruct(context: &mut Context, instructions: Vec<SignedInstruction>) -> Result<Instructed, Error> {
    if instructions.len() > INSTRUCTIONS_MAX {
        return Err(Error::TooManyInstructions(instructions.len()));
    }
    let mut registry = Registry::new();
    let mut carried_out = Vec::with_capacity(instructions.len());
    for signed in instructions {
        let instruction = accept(context, &mut registry, &signed)?;
        carried_out.push(carry_out(context, &mut registry, instruction)?);
    }
    registry.save(context)?;
    let instructed = Instructed { instructions: carried_out };
    context.emit(event_name::INSTRUCTED, &instructed)?;
    Ok(instructed)
}

/// The instruction, if it is its member's own, new, and still counts.
fn accept(context: &Context, registry: &mut Registry, signed: &SignedInstruction) -> Result<Instruction, Error> {
    let instruction = Instruction::decode(&signed.instruction)?;
    if instruction.channel != context.channel() {
        return Err(Error::WrongChannel);
    }
    let name = &instruction.member;
    let member = registry.members.get(context, name)?.ok_or_else(|| Error::UnknownMember(name.clone()))?;
    if member.suspension.is_some() {
        return Err(Error::MemberSuspended(name.clone()));
    }
    if !verify_p256(&member.terms.public_key.0, &digest(&signed.instruction), &signed.signature.0) {
        return Err(Error::BadSignature(name.clone()));
    }
    if instruction.expires <= context.timestamp_ns() {
        return Err(Error::InstructionExpired);
    }
    let DecimalString(last) = registry.sequences.get(context, name)?.copied().unwrap_or_default();
    if instruction.sequence <= last {
        return Err(Error::SequenceReplayed { member: name.clone(), last });
    }
    registry.sequences.put(name.clone(), DecimalString(instruction.sequence));
    Ok(instruction)
}

fn carry_out(context: &mut Context, registry: &mut Registry, instruction: Instruction) -> Result<CarriedOut, Error> {
    let Instruction { member, sequence, order, .. } = instruction;
    let action = order.action().into();
    let change = &Change { action, actor: member.clone(), sequence, at_ns: context.timestamp_ns() };
    let mut done = CarriedOut { member, sequence, action, granules: Vec::new(), certificates: Vec::new() };
    match order {
        Order::Request { device, readings } => {
            done.granules = granules::request(context, registry, &device, &readings, change)?;
        }
        Order::Recall { device, starts } => {
            done.granules = granules::recall(context, registry, &device, &starts, change)?;
        }
        Order::List { price, certificates } => {
            done.certificates = trading::list(context, registry, certificates, price, change)?;
        }
        Order::Unlist { certificates } => {
            done.certificates = trading::unlist(context, registry, certificates, change)?;
        }
        Order::Lock { price, certificates } => {
            done.certificates = trading::lock(context, registry, certificates, price, change)?;
        }
        Order::Release { certificates } => {
            done.certificates = trading::release(context, registry, certificates, change)?;
        }
        Order::Pay { payee, amount, certificates } => {
            done.certificates = trading::pay(context, registry, certificates, (&payee, amount), change)?;
        }
        Order::Split { certificate, energies } => {
            done.certificates = trading::split(context, registry, &certificate, &energies, change)?;
        }
        Order::Cancel { beneficiary, from, to, certificates } => {
            done.certificates = claims::cancel(context, registry, certificates, (beneficiary, from, to), change)?;
        }
        Order::Withdraw { certificates } => {
            done.certificates = trading::withdraw(context, registry, certificates, change)?;
        }
    }
    match done.granules.len() + done.certificates.len() {
        0 => return Err(Error::EmptyInstruction),
        changes => registry.count(changes)?,
    }
    Ok(done)
}
