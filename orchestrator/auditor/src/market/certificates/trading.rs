//! Certificates after their issue: offers, payment, parts, the end of their time.

use super::super::documents::{
    Action, Certificate, CertificateState, CertificatesChanged, Change, Decimal, Lock, Offer,
};
use super::super::policy::{CONSENSUS, TRADING_CENTRE};
use super::super::step::{Checked, Expected, Step, ensure, require};
use super::changes::Changes;
use crate::finding::Code;

/// Largest price, fen/MWh.
const PRICE_MAX: i64 = 1_000_000_000;
/// How long a buyer may take to pay.
const LOCK_NS: u64 = 3_600_000_000_000;

/// The trading centre releases certificates to the market.
pub(in crate::market) fn publish(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[TRADING_CENTRE])?;
    change_all(step, Action::Publish, "certificates_published", |certificate, now| check_valid(certificate, now))
}

/// Any consensus organization notes that certificates are no longer valid.
pub(in crate::market) fn expire(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&CONSENSUS)?;
    change_all(step, Action::Expire, "certificates_expired", |certificate, now| {
        (certificate.offer, certificate.lock) = (None, None);
        require(now >= certificate.expires_ns.0, "NOT_EXPIRED")
    })
}

fn change_all(
    step: &Step<'_>,
    action: Action,
    event: &'static str,
    prepare: impl Fn(&mut Certificate, u64) -> Checked<()>,
) -> Checked<Expected> {
    let certificates: Vec<String> = step.argument(1)?;
    let mut changes = Changes::new(step);
    changes.count(certificates.len())?;
    let change = super::change(step, action, &step.transaction.creator);
    each(&mut changes, &certificates, &change, |_, certificate| prepare(certificate, step.now()))?;
    let mut expected = Expected::default();
    changes.expect(&mut expected);
    expected.event(event, &CertificatesChanged { certificates });
    Ok(expected)
}

/// Takes certificates one step on, each after what `prepare` does with it.
pub(super) fn each<'a, 'b>(
    changes: &mut Changes<'a, 'b>,
    certificates: &[String],
    change: &Change,
    mut prepare: impl FnMut(&mut Changes<'a, 'b>, &mut Certificate) -> Checked<()>,
) -> Checked<()> {
    for name in certificates {
        let mut certificate = changes.certificate(name)?;
        // The state first: what is cancelled has an owner still.
        certificate.advance(change)?;
        prepare(changes, &mut certificate)?;
        changes.put_certificate(&certificate);
    }
    Ok(())
}

fn check_valid(certificate: &Certificate, now: u64) -> Checked<()> {
    require(now < certificate.expires_ns.0, "CERTIFICATE_EXPIRED")
}

/// The certificate is the actor's, and valid.
pub(super) fn check_own(certificate: &Certificate, change: &Change) -> Checked<()> {
    let Certificate { certificate: name, owner, .. } = certificate;
    let message = || format!("{} does {:?} with {name}, which is {owner}'s", change.actor, change.action);
    ensure(*owner == change.actor, Code::CertificateOwner, message())?;
    check_valid(certificate, change.at_ns.0)
}

pub(super) fn list(changes: &mut Changes<'_, '_>, certificates: &[String], price: i64, change: &Change) -> Checked<()> {
    require((0..=PRICE_MAX).contains(&price), "PRICE_OUT_OF_RANGE")?;
    each(changes, certificates, change, |_, certificate| {
        certificate.offer = Some(Offer { price: Decimal(price) });
        check_own(certificate, change)
    })
}

pub(super) fn unlist(changes: &mut Changes<'_, '_>, certificates: &[String], change: &Change) -> Checked<()> {
    each(changes, certificates, change, |_, certificate| {
        certificate.offer = None;
        check_own(certificate, change)
    })
}

pub(super) fn lock(changes: &mut Changes<'_, '_>, certificates: &[String], price: i64, change: &Change) -> Checked<()> {
    let now = change.at_ns.0;
    each(changes, certificates, change, |_, certificate| {
        check_valid(certificate, now)?;
        require(certificate.owner != change.actor, "OWN_CERTIFICATE")?;
        let agreed = certificate.offer == Some(Offer { price: Decimal(price) });
        ensure(agreed, Code::CertificatePayment, "a buyer has locked at another price than is asked")?;
        let until_ns = Decimal(now.saturating_add(LOCK_NS).min(certificate.expires_ns.0));
        certificate.lock = Some(Lock { buyer: change.actor.clone(), until_ns });
        Ok(())
    })
}

/// The buyer can give an offer free, and the owner once the lock is over.
pub(super) fn release(changes: &mut Changes<'_, '_>, certificates: &[String], change: &Change) -> Checked<()> {
    let now = change.at_ns.0;
    each(changes, certificates, change, |_, certificate| {
        check_valid(certificate, now)?;
        let lock = certificate.lock.take();
        let is_buyer = lock.as_ref().is_some_and(|lock| lock.buyer == change.actor);
        let is_owner = certificate.owner == change.actor && lock.is_none_or(|lock| lock.until_ns.0 <= now);
        ensure(is_buyer || is_owner, Code::CertificateOwner, format!("{} cannot give it free", change.actor))
    })
}

/// Money and certificates change hands together, at the price that was asked.
pub(super) fn pay(
    changes: &mut Changes<'_, '_>,
    certificates: &[String],
    payee: &str,
    ordered: u64,
    change: &Change,
) -> Checked<()> {
    let (buyer, now, mut due) = (&change.actor, change.at_ns.0, 0_i128);
    each(changes, certificates, change, |changes, certificate| {
        check_valid(certificate, now)?;
        let name = certificate.certificate.clone();
        let lock = certificate.lock.take().filter(|lock| lock.buyer == *buyer);
        let lock = lock.filter(|lock| lock.until_ns.0 > now);
        ensure(lock.is_some(), Code::CertificateOwner, format!("{buyer} pays for {name}, which it has not locked"))?;
        let message = || format!("{payee} is paid for {name}, which is {}'s", certificate.owner);
        ensure(certificate.owner == payee, Code::CertificatePayment, message())?;
        let price = certificate.offer.take().map_or(0, |offer| offer.price.0);
        let amount = i128::from(price) * i128::from(certificate.energy_wh());
        due = due.saturating_add(amount);
        changes.post(payee, &name, certificate.transfers, amount)?;
        changes.post(buyer, &name, certificate.transfers, -amount)?;
        changes.delete_holding(payee, &name);
        changes.put_holding(buyer, &name);
        certificate.owner.clone_from(buyer);
        certificate.transfers = certificate.transfers.saturating_add(1);
        Ok(())
    })?;
    ensure(due == i128::from(ordered), Code::CertificatePayment, format!("{ordered} is paid, {due} is due"))
}

/// Parts take a certificate's place; returns all their names, its own first.
pub(super) fn split(
    changes: &mut Changes<'_, '_>,
    name: &str,
    energies: &[u64],
    change: &Change,
) -> Checked<Vec<String>> {
    let mut whole = changes.certificate(name)?;
    whole.advance(change)?;
    check_own(&whole, change)?;
    let sum = energies.iter().copied().map(u128::from).sum::<u128>();
    let divided = energies.len() > 1 && !energies.contains(&0) && sum == u128::from(whole.energy_wh());
    ensure(divided, Code::CertificateEnergy, format!("parts of {energies:?} Wh are not {} Wh", whole.energy_wh()))?;
    let (mut names, mut from) = (vec![name.to_owned()], whole.from_wh.0);
    for energy in energies {
        let to = from + energy;
        let part = Certificate {
            certificate: format!("{}:{from}-{to}", whole.issuance),
            from_wh: Decimal(from),
            to_wh: Decimal(to),
            state: CertificateState::Published,
            ..whole.clone()
        };
        changes.put_holding(&part.owner, &part.certificate);
        changes.put_certificate(&part);
        names.push(part.certificate);
        from = to;
    }
    changes.put_certificate(&whole);
    Ok(names)
}
