//! Issued certificates: publishing, offers, payment, parts, the end of their time.

use fabric_contract_api::{Context, ReadContext};
use rules::limits::PRICE_MAX;
use rules::settlement::{Account as Holder, Postings};
use rules::units::money;

use super::registry::Registry;
use crate::access::{CONSENSUS, TRADING_CENTRE, require};
use crate::error::Error;
use crate::limits::LOCK_NS;
use crate::messages::{
    Certificate, CertificateAction, CertificatesChanged, Change, Lock, Offer, PostingKind, event_name,
};

/// The trading centre releases certificates to the market.
pub(crate) fn publish(context: &mut Context, certificates: Vec<String>) -> Result<(), Error> {
    require(context, &[TRADING_CENTRE])?;
    let change = |certificate: &mut Certificate, change: Change| {
        check_valid(certificate, change.at_ns)?;
        certificate.advance(change)
    };
    change_all(context, certificates, (CertificateAction::Publish, TRADING_CENTRE), change)
}

/// Notes that certificates are no longer valid.
pub(crate) fn expire(context: &mut Context, certificates: Vec<String>) -> Result<(), Error> {
    require(context, &CONSENSUS)?;
    let actor = context.client()?.msp_id().to_owned();
    let change = |certificate: &mut Certificate, change: Change| {
        if change.at_ns < certificate.expires_ns {
            return Err(Error::NotExpired(certificate.certificate.clone()));
        }
        (certificate.offer, certificate.lock) = (None, None);
        certificate.advance(change)
    };
    change_all(context, certificates, (CertificateAction::Expire, &actor), change)
}

fn change_all(
    context: &mut Context,
    certificates: Vec<String>,
    (action, actor): (CertificateAction, &str),
    step: impl Fn(&mut Certificate, Change) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut registry = Registry::new();
    registry.count(certificates.len())?;
    let change = Change { action, actor: actor.to_owned(), sequence: 0, at_ns: context.timestamp_ns() };
    each(context, &mut registry, &certificates, |certificate| step(certificate, change.clone()))?;
    registry.save(context)?;
    let event = match action {
        CertificateAction::Publish => event_name::CERTIFICATES_PUBLISHED,
        _ => event_name::CERTIFICATES_EXPIRED,
    };
    Ok(context.emit(event, &CertificatesChanged { certificates })?)
}

/// Changes certificates one by one.
fn each(
    context: &ReadContext,
    registry: &mut Registry,
    certificates: &[String],
    mut step: impl FnMut(&mut Certificate) -> Result<(), Error>,
) -> Result<(), Error> {
    registry.certificates.fetch(context, certificates.iter().cloned())?;
    for name in certificates {
        let mut certificate = registry.certificate(context, name)?;
        step(&mut certificate)?;
        registry.put_certificate(certificate);
    }
    Ok(())
}

fn check_valid(certificate: &Certificate, now_ns: u64) -> Result<(), Error> {
    if now_ns < certificate.expires_ns {
        Ok(())
    } else {
        Err(Error::CertificateExpired(certificate.certificate.clone()))
    }
}

/// The member's own, and still valid.
pub(super) fn check_own(certificate: &Certificate, change: &Change) -> Result<(), Error> {
    if certificate.owner != change.actor {
        return Err(Error::NotOwner(certificate.certificate.clone()));
    }
    check_valid(certificate, change.at_ns)
}

pub(super) fn list(
    context: &ReadContext,
    registry: &mut Registry,
    certificates: Vec<String>,
    price: i64,
    change: &Change,
) -> Result<Vec<String>, Error> {
    if !(0..=PRICE_MAX).contains(&price) {
        return Err(Error::PriceOutOfRange(price));
    }
    each(context, registry, &certificates, |certificate| {
        check_own(certificate, change)?;
        certificate.offer = Some(Offer { price });
        certificate.advance(change.clone())
    })?;
    Ok(certificates)
}

pub(super) fn unlist(
    context: &ReadContext,
    registry: &mut Registry,
    certificates: Vec<String>,
    change: &Change,
) -> Result<Vec<String>, Error> {
    each(context, registry, &certificates, |certificate| {
        check_own(certificate, change)?;
        certificate.offer = None;
        certificate.advance(change.clone())
    })?;
    Ok(certificates)
}

pub(super) fn lock(
    context: &ReadContext,
    registry: &mut Registry,
    certificates: Vec<String>,
    price: i64,
    change: &Change,
) -> Result<Vec<String>, Error> {
    each(context, registry, &certificates, |certificate| {
        check_valid(certificate, change.at_ns)?;
        if certificate.owner == change.actor {
            return Err(Error::OwnCertificate(certificate.certificate.clone()));
        }
        certificate.advance(change.clone())?;
        if certificate.offer != Some(Offer { price }) {
            return Err(Error::WrongPrice(certificate.certificate.clone()));
        }
        let until_ns = change.at_ns.saturating_add(LOCK_NS).min(certificate.expires_ns);
        certificate.lock = Some(Lock { buyer: change.actor.clone(), until_ns });
        Ok(())
    })?;
    Ok(certificates)
}

/// The buyer gives the offer free; so can the owner once the lock is over.
pub(super) fn release(
    context: &ReadContext,
    registry: &mut Registry,
    certificates: Vec<String>,
    change: &Change,
) -> Result<Vec<String>, Error> {
    each(context, registry, &certificates, |certificate| {
        check_valid(certificate, change.at_ns)?;
        certificate.advance(change.clone())?;
        let lock = certificate.lock.take();
        if lock.as_ref().is_some_and(|lock| lock.buyer == change.actor) {
            return Ok(());
        }
        if certificate.owner != change.actor {
            return Err(Error::NotBuyer(certificate.certificate.clone()));
        }
        let over = lock.is_none_or(|lock| lock.until_ns <= change.at_ns);
        if over { Ok(()) } else { Err(Error::LockNotOver(certificate.certificate.clone())) }
    })?;
    Ok(certificates)
}

/// Carries out a payment order: the owners' accounts and the certificates change in one transaction.
pub(super) fn pay(
    context: &mut Context,
    registry: &mut Registry,
    certificates: Vec<String>,
    (payee, ordered): (&str, u64),
    change: &Change,
) -> Result<Vec<String>, Error> {
    let buyer = &change.actor;
    let (mut due, mut payments) = (0, Vec::new());
    registry.certificates.fetch(context, certificates.iter().cloned())?;
    for name in &certificates {
        let mut certificate = registry.certificate(context, name)?;
        check_valid(&certificate, change.at_ns)?;
        certificate.advance(change.clone())?;
        let lock = certificate.lock.take().filter(|lock| lock.buyer == *buyer);
        if lock.ok_or_else(|| Error::NotBuyer(name.clone()))?.until_ns <= change.at_ns {
            return Err(Error::LockOver(name.clone()));
        }
        if certificate.owner != payee {
            return Err(Error::WrongPayee(name.clone()));
        }
        let price = certificate.offer.take().map_or(0, |offer| offer.price);
        let amount = money(price, certificate.energy_wh());
        due += amount;
        payments.push((name, certificate.transfers, amount));
        registry.holdings.delete((payee.to_owned(), name.clone()));
        registry.holdings.put((buyer.clone(), name.clone()), true);
        certificate.owner.clone_from(buyer);
        certificate.transfers += 1;
        registry.put_certificate(certificate);
    }
    if due != i128::from(ordered) {
        return Err(Error::WrongAmount { due, ordered });
    }
    for (name, transfers, amount) in payments {
        let member = |member: &str| Holder::Member(member.to_owned());
        let postings: Postings = [(member(payee), amount), (member(buyer), -amount)].into_iter().collect();
        registry.accounts.post(context, &format!("@{name}"), transfers, PostingKind::Certificate, &postings)?;
    }
    Ok(certificates)
}

/// Puts parts in a certificate's place; returns it and them.
pub(super) fn split(
    context: &ReadContext,
    registry: &mut Registry,
    name: &str,
    energies: &[u64],
    change: &Change,
) -> Result<Vec<String>, Error> {
    let mut whole = registry.certificate(context, name)?;
    check_own(&whole, change)?;
    let published = whole.state;
    whole.advance(change.clone())?;
    let mut changed = vec![name.to_owned()];
    for range in whole.range().split(energies)? {
        let part = Certificate {
            certificate: format!("{}:{}-{}", whole.issuance, range.from, range.to),
            from_wh: range.from,
            to_wh: range.to,
            state: published,
            ..whole.clone()
        };
        changed.push(part.certificate.clone());
        registry.holdings.put((part.owner.clone(), part.certificate.clone()), true);
        registry.put_certificate(part);
    }
    registry.put_certificate(whole);
    Ok(changed)
}

pub(super) fn withdraw(
    context: &ReadContext,
    registry: &mut Registry,
    certificates: Vec<String>,
    change: &Change,
) -> Result<Vec<String>, Error> {
    each(context, registry, &certificates, |certificate| {
        check_own(certificate, change)?;
        certificate.advance(change.clone())
    })?;
    Ok(certificates)
}
