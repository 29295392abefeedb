//! The register of members.

use std::collections::BTreeSet;

use declaration::encoding::Hexadecimal;
use declaration::messages::{MemberRecord, MemberUpdate};
use fabric_contract_api::crypto::sha256;
use fabric_contract_api::{Context, ReadContext};
use rules::credit::limits;
use rules::session::Limits;
use rules::units::WHOLE_PPM;

use crate::access::{REGULATOR, TRADING_CENTRE, require};
use crate::credit;
use crate::declaration_chaincode;
use crate::error::Error;
use crate::limits::{BATCH_MAX, MEMBER_CONNECTIONS_MAX, NAME_BYTES_MAX, REASON_BYTES_MAX};
use crate::messages::{Hash, Member, MemberChanged, MembersRegistered, Registration, Suspension, Terms, event_name};
use crate::state_layout::MEMBERS;

/// What is hashed before a registration to make its deposit number.
const DEPOSIT_PREFIX: &[u8] = b"GridBourse member 1\n";

pub(crate) fn register(context: &mut Context, registrations: Vec<Registration>) -> Result<Vec<Hash>, Error> {
    require(context, &[TRADING_CENTRE])?;
    check_batch(registrations.iter().map(|registration| registration.member.as_str()))?;
    let existing = MEMBERS.get_many(context, registrations.iter().map(|registration| &registration.member))?;
    if let Some(member) = existing.into_iter().flatten().next() {
        return Err(Error::MemberExists(member.member));
    }
    let members = registrations.into_iter().map(|registration| {
        check_name(&registration.member)?;
        check_terms(&registration.member, &registration.terms)?;
        Ok(Member {
            deposit_number: deposit_number(&registration),
            member: registration.member,
            information_hash: registration.information_hash,
            registered_ns: context.timestamp_ns(),
            terms: registration.terms,
            credit_ppm: WHOLE_PPM,
            suspension: None,
        })
    });
    let members = members.collect::<Result<Vec<_>, Error>>()?;
    for member in &members {
        MEMBERS.put(context, &member.member, member)?;
    }
    declaration_chaincode::set_members(context, &members.iter().map(update_of).collect())?;
    let names = members.iter().map(|member| member.member.clone()).collect();
    context.emit(event_name::MEMBERS_REGISTERED, &MembersRegistered { members: names })?;
    Ok(members.into_iter().map(|member| member.deposit_number).collect())
}

pub(crate) fn change(context: &mut Context, member: &str, terms: Terms) -> Result<(), Error> {
    require(context, &[TRADING_CENTRE])?;
    check_terms(member, &terms)?;
    let member = load(context, member)?;
    save(context, &Member { terms, ..member }, event_name::MEMBER_CHANGED)
}

pub(crate) fn suspend(context: &mut Context, member: &str, reason: String) -> Result<(), Error> {
    require(context, &[REGULATOR])?;
    check_reason(&reason)?;
    let member = load(context, member)?;
    if member.suspension.is_some() {
        return Err(Error::AlreadySuspended(member.member));
    }
    credit::record_breach(context, &member.member)?;
    let suspension = Some(Suspension { reason, since_ns: context.timestamp_ns() });
    save(context, &Member { suspension, ..member }, event_name::MEMBER_SUSPENDED)
}

pub(crate) fn reinstate(context: &mut Context, member: &str) -> Result<(), Error> {
    require(context, &[REGULATOR])?;
    let member = load(context, member)?;
    if member.suspension.is_none() {
        return Err(Error::NotSuspended(member.member));
    }
    save(context, &Member { suspension: None, ..member }, event_name::MEMBER_REINSTATED)
}

pub(crate) fn load(context: &ReadContext, member: &str) -> Result<Member, Error> {
    MEMBERS.get(context, member)?.ok_or_else(|| Error::UnknownMember(member.to_owned()))
}

fn save(context: &mut Context, member: &Member, event: &str) -> Result<(), Error> {
    MEMBERS.put(context, &member.member, member)?;
    declaration_chaincode::set_members(context, &vec![update_of(member)])?;
    Ok(context.emit(event, &MemberChanged { member: member.member.clone() })?)
}

pub(crate) fn update_of(member: &Member) -> MemberUpdate {
    MemberUpdate { member: member.member.clone(), record: member.record() }
}

impl Member {
    /// What declarations are checked against.
    #[must_use]
    pub fn record(&self) -> MemberRecord {
        let Terms { sell_limit_wh, buy_limit_wh, .. } = self.terms;
        let limits = limits(self.credit_ppm, &Limits { sell: sell_limit_wh, buy: buy_limit_wh });
        MemberRecord {
            public_key: self.terms.public_key,
            suspended: self.suspension.is_some(),
            connections: self.terms.connections.clone(),
            sell_limit_wh: limits.sell,
            buy_limit_wh: limits.buy,
        }
    }
}

/// SHA-256 over the prefix, the identifier and a zero byte, the information's hash and the public key.
fn deposit_number(registration: &Registration) -> Hash {
    let Registration { member, information_hash, terms } = registration;
    Hexadecimal(sha256(&[DEPOSIT_PREFIX, member.as_bytes(), &[0], &information_hash.0, &terms.public_key.0].concat()))
}

/// A list of members fits one transaction, and names each once.
pub(crate) fn check_batch<'a>(members: impl ExactSizeIterator<Item = &'a str>) -> Result<(), Error> {
    if members.len() > BATCH_MAX {
        return Err(Error::TooManyEntries(members.len()));
    }
    let mut names = BTreeSet::new();
    for member in members {
        if !names.insert(member) {
            return Err(Error::DuplicateEntry(member.to_owned()));
        }
    }
    Ok(())
}

/// An identifier of a member, a session or a feeder. Names with `@` are the market's own accounts.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |letter: char| !letter.is_control() && letter != char::MAX;
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.starts_with('@') && name.chars().all(allowed);
    if fits { Ok(()) } else { Err(Error::BadName) }
}

pub(crate) fn check_reason(reason: &str) -> Result<(), Error> {
    if reason.len() <= REASON_BYTES_MAX { Ok(()) } else { Err(Error::ReasonTooLong) }
}

fn check_terms(member: &str, terms: &Terms) -> Result<(), Error> {
    let points: BTreeSet<u32> = terms.connections.iter().map(|connection| connection.point).collect();
    let fits = points.len() == terms.connections.len()
        && points.len() <= MEMBER_CONNECTIONS_MAX
        && matches!(terms.public_key.0, [2 | 3, ..]);
    if fits { Ok(()) } else { Err(Error::BadTerms(member.to_owned())) }
}
