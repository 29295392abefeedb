//! The register of members.

use std::collections::BTreeSet;

use fabric_msp::sha256;
use serde::Serialize;

use super::credit;
use super::documents::{Decimal, Member, MemberChanged, MembersRegistered, Registration, Suspension, Terms};
use super::keys::Key;
use super::policy::{REGULATOR, TRADING_CENTRE, is_all_three};
use super::step::{Checked, Expected, Step, Wrong, require};
use crate::finding::Code;

/// What is hashed before a registration to make its deposit number.
const DEPOSIT_PREFIX: &[u8] = b"GridBourse member 1\n";
/// Entries in one list of members.
const BATCH_MAX: usize = 1_000;
const NAME_BYTES_MAX: usize = 64;
const CONNECTIONS_MAX: usize = 64;
const REASON_BYTES_MAX: usize = 500;

pub(super) fn register(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[TRADING_CENTRE])?;
    let registrations: Vec<Registration> = step.argument(1)?;
    check_batch(registrations.iter().map(|registration| registration.member.as_str()))?;
    let mut expected = Expected::default();
    let members = registrations.iter().map(|registration| registration.member.clone()).collect();
    for registration in registrations {
        check_name(&registration.member)?;
        check_terms(&registration.terms)?;
        require(find(step, &registration.member)?.is_none(), "MEMBER_EXISTS")?;
        let member = Member {
            deposit_number: deposit_number(&registration)?,
            member: registration.member,
            information_hash: registration.information_hash,
            registered_ns: Decimal(step.now()),
            terms: registration.terms,
            credit_ppm: 1_000_000,
            suspension: None,
        };
        write(step, &mut expected, &member)?;
    }
    expected.event("members_registered", &MembersRegistered { members });
    Ok(expected)
}

pub(super) fn change(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[TRADING_CENTRE])?;
    let terms: Terms = step.argument(2)?;
    check_terms(&terms)?;
    let member = load(step, &step.text(1)?)?;
    rewrite(step, &Member { terms, ..member }, "member_changed")
}

pub(super) fn suspend(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[REGULATOR])?;
    let reason = step.text(2)?;
    check_reason(&reason)?;
    let member = load(step, &step.text(1)?)?;
    require(member.suspension.is_none(), "ALREADY_SUSPENDED")?;
    let suspension = Some(Suspension { reason, since_ns: Decimal(step.now()) });
    let mut expected = rewrite(step, &Member { suspension, ..member }, "member_suspended")?;
    credit::add_breach(step, &mut expected, &step.text(1)?)?;
    Ok(expected)
}

pub(super) fn reinstate(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[REGULATOR])?;
    let member = load(step, &step.text(1)?)?;
    require(member.suspension.is_some(), "NOT_SUSPENDED")?;
    rewrite(step, &Member { suspension: None, ..member }, "member_reinstated")
}

/// A member, if it is registered.
pub(super) fn find(step: &Step<'_>, member: &str) -> Checked<Option<Member>> {
    step.find(&Key::exchange("member", &[member]))
}

pub(super) fn load(step: &Step<'_>, member: &str) -> Checked<Member> {
    find(step, member)?.ok_or_else(|| Wrong::refused(format!("UNKNOWN_MEMBER: {member}")))
}

fn rewrite(step: &Step<'_>, member: &Member, event: &'static str) -> Checked<Expected> {
    let mut expected = Expected::default();
    write(step, &mut expected, member)?;
    expected.event(event, &MemberChanged { member: member.member.clone() });
    Ok(expected)
}

/// A member is kept twice: for the authority, and where declarations are checked.
pub(super) fn write(step: &Step<'_>, expected: &mut Expected, member: &Member) -> Checked<()> {
    expected.document(Code::WrongWrite, Key::exchange("member", &[&member.member]), member);
    let record = Key::declaration("member", &[&member.member]);
    require(write_protected(step, expected, record, &member.record()), "KEY_TAKEN")
}

/// Expects a document in `declaration` under the policy of all three; false if somebody made the key up before, under
/// another policy.
pub(super) fn write_protected(step: &Step<'_>, expected: &mut Expected, key: Key, document: &impl Serialize) -> bool {
    match step.metadata_before(&key) {
        None => expected.protect(key.clone()),
        Some(metadata) if is_all_three(metadata) => {}
        Some(_) => return false,
    }
    expected.document(Code::WrongWrite, key, document);
    true
}

/// SHA-256 over the prefix, the identifier and a zero byte, the information's hash and the public key.
fn deposit_number(Registration { member, information_hash, terms }: &Registration) -> Checked<String> {
    let decode = |text: &str| hex::decode(text).map_err(|error| Wrong::refused(format!("{text}: {error}")));
    let (information, key) = (decode(information_hash)?, decode(&terms.public_key)?);
    Ok(hex::encode(sha256([DEPOSIT_PREFIX, member.as_bytes(), &[0], &information, &key])))
}

/// A list of members is not too long, and names each once.
pub(super) fn check_batch<'a>(members: impl ExactSizeIterator<Item = &'a str>) -> Checked<()> {
    let length = members.len();
    require(length <= BATCH_MAX, "TOO_MANY_ENTRIES")?;
    require(members.collect::<BTreeSet<_>>().len() == length, "DUPLICATE_ENTRY")
}

/// An identifier of a member, a session or a feeder.
pub(super) fn check_name(name: &str) -> Checked<()> {
    let allowed = |letter: char| !letter.is_control() && letter != char::MAX;
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.starts_with('@') && name.chars().all(allowed);
    require(fits, "BAD_NAME")
}

pub(super) fn check_reason(reason: &str) -> Checked<()> {
    require(reason.len() <= REASON_BYTES_MAX, "REASON_TOO_LONG")
}

fn check_terms(terms: &Terms) -> Checked<()> {
    let points: BTreeSet<u32> = terms.connections.iter().map(|connection| connection.point).collect();
    let fits = points.len() == terms.connections.len()
        && points.len() <= CONNECTIONS_MAX
        && terms.public_key.len() == 66
        && (terms.public_key.starts_with("02") || terms.public_key.starts_with("03"));
    require(fits, "BAD_TERMS")
}
