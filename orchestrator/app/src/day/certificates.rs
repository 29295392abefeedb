//! What the simulated members do with their green certificates: every metered hour is certified, and at the end of the day
//! certificates are sold, paid and claimed.
//!
//! Every step looks at the ledger and does what is left to do, so that it can be interrupted at any moment, and several
//! can run at once. Times follow from the steps and not from when they are taken: the state is the same in any case.

use super::{CONCURRENCY, devices::device_name, members::Members};
use crate::{
    Error,
    clock::Clock,
    market::{Market, sign},
    plan::Plan,
    scheduler::done_by_another,
};
use agents::day::Participant;
use exchange::messages::{Certificate, CertificateState, Granule, GranuleName, IssuedCertificate, SignedInstruction};
use futures_util::{StreamExt, TryStreamExt, stream};
use rules::{
    instruction::{Instruction, Order, ReadingVersion},
    units::SECOND_NS,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// How long after the delivery readings are certified, by when the reconciliation is done.
const CERTIFYING_AFTER_S: u64 = 2;
/// How long after the last delivery of the day certificates are traded.
const TRADING_AFTER_S: u64 = 10;
/// Granules or instructions in one transaction.
const BATCH: usize = 400;
/// How long an instruction counts.
const EXPIRES_AFTER_NS: u64 = 3_600 * SECOND_NS;

/// The members' certificates on a market.
pub(super) struct Certificates<'a> {
    pub(super) market: &'a Market,
    pub(super) clock: &'a Clock,
    pub(super) plan: &'a Plan,
    pub(super) participants: &'a [Participant],
}

/// What a certificate goes through at the end of the day, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Split,
    List,
    Lock,
    Pay,
    Cancel,
}

/// Who gets an issuance.
enum Share<'a> {
    /// It is offered and finds no buyer.
    Unsold,
    /// One buyer takes it.
    Whole(&'a str),
    /// Two buyers take a half each.
    Halves([&'a str; 2]),
}

impl Certificates<'_> {
    /// Certifies what the members fed in during an hour, and returns the energy in Wh.
    pub(super) async fn certify(&self, members: &Members<'_>, hour: usize) -> Result<u64, Error> {
        let schedule = self.plan.session(hour).schedule;
        let at = |step: u64| schedule.delivery_end_ns + (CERTIFYING_AFTER_S + step) * SECOND_NS;
        let start_ns = schedule.delivery_start_ns;
        let plants = self.participants.iter().filter(|one| one.carrier.is_some() && one.metered_wh[hour] > 0);
        let plants: Vec<&Participant> = plants.collect();
        let (mut before, mut issued) = (Vec::new(), None);
        loop {
            let queries = plants.iter().map(|plant| async move {
                let name = GranuleName { device: device_name(plant), start_ns };
                self.market.granule(&name).await.map(|granule| (*plant, name, granule))
            });
            let granules: Vec<_> = stream::iter(queries).buffered(CONCURRENCY).try_collect().await?;
            let state = |granule: &Option<Granule>| granule.as_ref().map(|granule| granule.state);
            let standing: Vec<_> = granules.iter().map(|(_, _, granule)| state(granule)).collect();
            let names = |wanted: CertificateState| {
                let found = granules.iter().filter(move |(_, _, granule)| state(granule) == Some(wanted));
                found.map(|(_, name, _)| name.clone()).collect::<Vec<_>>()
            };
            let missing: Vec<_> =
                granules.iter().filter(|(_, _, granule)| granule.is_none()).map(|(plant, ..)| *plant).collect();
            let (requested, audited) = (names(CertificateState::Requested), names(CertificateState::Audited));
            if !missing.is_empty() {
                self.request(members, &missing, start_ns, at(0)).await.or_else(done_by_another)?;
            } else if !requested.is_empty() {
                let at = self.clock.reach(at(1)).await;
                self.market.audit_granules(&requested, at).await.or_else(done_by_another)?;
            } else if !audited.is_empty() {
                let at = self.clock.reach(at(2)).await;
                match self.market.issue_certificates(&audited, at).await {
                    Ok(done) => issued = Some(done.certificates),
                    Err(error) => done_by_another(error)?,
                }
            } else {
                self.publish(issued, at(3)).await?;
                let granules = granules.iter().filter_map(|(_, _, granule)| granule.as_ref());
                return Ok(granules.map(|granule| granule.energy_wh).sum());
            }
            if before == standing {
                return Err(Error::Stuck {
                    session: self.plan.session_name(hour),
                    phase: "certified in part".to_owned(),
                });
            }
            before = standing;
        }
    }

    async fn request(
        &self,
        members: &Members<'_>,
        plants: &[&Participant],
        start_ns: u64,
        at_ns: u64,
    ) -> Result<(), Error> {
        let orders = plants.iter().map(|plant| {
            let readings = vec![ReadingVersion { start: start_ns, version: 1 }];
            (plant.id.clone(), vec![Order::Request { device: device_name(plant), readings }])
        });
        self.instruct(members, orders.collect(), at_ns).await
    }

    /// Publishes what is issued: what this run has issued just now, or else all that an earlier one has left.
    async fn publish(&self, issued: Option<Vec<String>>, at_ns: u64) -> Result<(), Error> {
        let issued = match issued {
            Some(issued) => issued,
            None => {
                let left = self.all().await?.into_iter().filter(|one| one.state == CertificateState::Issued);
                left.map(|one| one.certificate).collect()
            }
        };
        for batch in issued.chunks(BATCH) {
            let at = self.clock.reach(at_ns).await;
            self.market.publish_certificates(batch, at).await.or_else(done_by_another)?;
        }
        Ok(())
    }

    /// Sells certificates of the delivered `hours` to consumers, who claim them for what they used.
    pub(super) async fn trade(&self, members: &Members<'_>, hours: Range<usize>) -> Result<(), Error> {
        let Some(last) = hours.clone().last() else { return Ok(()) };
        let period =
            self.plan.session(hours.start).schedule.delivery_start_ns..self.plan.session(last).schedule.delivery_end_ns;
        let buyers = self.consumption(hours);
        for (place, step) in (0..).zip([Step::Split, Step::List, Step::Lock, Step::Pay, Step::Cancel]) {
            let at_ns = period.end + (TRADING_AFTER_S + place) * SECOND_NS;
            let mut before = None;
            loop {
                let certificates = self.all().await?;
                let orders = self.orders(step, &certificates, &buyers, &period);
                if orders.is_empty() {
                    break;
                }
                if before.as_ref() == Some(&orders) {
                    return Err(Error::Stuck { session: self.plan.day.clone(), phase: format!("in {step:?}") });
                }
                before = Some(orders.clone());
                self.instruct(members, orders, at_ns).await.or_else(done_by_another)?;
            }
        }
        Ok(())
    }

    /// Consumers with what they drew, the largest first.
    fn consumption(&self, hours: Range<usize>) -> Vec<(&str, u64)> {
        let consumers = self.participants.iter().filter(|one| one.carrier.is_none());
        let drawn = |one: &Participant| hours.clone().map(|hour| one.metered_wh[hour]).sum::<u64>();
        let mut consumers: Vec<_> = consumers.map(|one| (one.id.as_str(), drawn(one))).collect();
        consumers.sort_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
        consumers
    }

    /// What is left to do in a step, by member.
    fn orders(
        &self,
        step: Step,
        certificates: &[Certificate],
        buyers: &[(&str, u64)],
        period: &Range<u64>,
    ) -> BTreeMap<String, Vec<Order>> {
        let shares = shares(certificates, buyers);
        let mut orders = BTreeMap::<String, Vec<Order>>::new();
        let mut together = BTreeMap::<(String, String), Vec<&Certificate>>::new();
        for one in certificates {
            let Some(share) = shares.get(one.issuance.as_str()) else { continue };
            let first_hand = one.state == CertificateState::Published && one.transfers == 0;
            let is_whole = one.certificate == one.issuance;
            let buyer = match share {
                Share::Unsold => None,
                Share::Whole(buyer) => Some(*buyer),
                Share::Halves(buyers) => (!is_whole).then_some(buyers[usize::from(one.from_wh > 0)]),
            };
            let mut add = |member: &str, other: &str| {
                together.entry((member.to_owned(), other.to_owned())).or_default().push(one);
            };
            match (step, buyer) {
                (Step::Split, None) if first_hand && is_whole && matches!(share, Share::Halves(_)) => {
                    let half = one.to_wh / 2;
                    let split =
                        Order::Split { certificate: one.certificate.clone(), energies: vec![half, one.to_wh - half] };
                    orders.entry(one.owner.clone()).or_default().push(split);
                }
                (Step::List, _) if first_hand => add(&one.owner, ""),
                (Step::Lock, Some(buyer)) if one.state == CertificateState::Listed => add(buyer, ""),
                (Step::Pay, Some(buyer)) if one.state == CertificateState::Locked => add(buyer, &one.owner),
                (Step::Cancel, Some(buyer)) if one.state == CertificateState::Published && one.owner == buyer => {
                    add(buyer, "");
                }
                _ => {}
            }
        }
        let price = self.plan.certificate_price();
        for ((member, payee), certificates) in together {
            let energy_wh: u64 = certificates.iter().map(|one| one.to_wh - one.from_wh).sum();
            let certificates = certificates.into_iter().map(|one| one.certificate.clone()).collect();
            let order = match step {
                Step::Split => continue,
                Step::List => Order::List { price, certificates },
                Step::Lock => Order::Lock { price, certificates },
                Step::Pay => Order::Pay { payee, amount: energy_wh * price.unsigned_abs(), certificates },
                Step::Cancel => {
                    Order::Cancel { beneficiary: member.clone(), from: period.start, to: period.end, certificates }
                }
            };
            orders.entry(member).or_default().push(order);
        }
        orders
    }

    /// Signs each member's orders and has them carried out.
    async fn instruct(
        &self,
        members: &Members<'_>,
        orders: BTreeMap<String, Vec<Order>>,
        at_ns: u64,
    ) -> Result<(), Error> {
        let keys: BTreeMap<_, _> =
            members.agents.iter().map(|agent| (agent.participant.id.as_str(), &agent.key)).collect();
        let signed = orders.iter().map(|(member, orders)| {
            let key = keys.get(member.as_str());
            async move {
                let key = key.ok_or_else(|| Error::Plan(format!("member {member} takes no part in the day")))?;
                let last = self.market.last_sequence(member).await?;
                let instruction = |(sequence, order): (u64, &Order)| {
                    let (channel, member) = (self.market.channel().to_owned(), member.clone());
                    let expires = at_ns + EXPIRES_AFTER_NS;
                    sign(key, &Instruction { channel, member, sequence, expires, order: order.clone() })
                };
                (last + 1..).zip(orders).map(instruction).collect::<Result<Vec<SignedInstruction>, Error>>()
            }
        });
        let signed: Vec<Vec<_>> = stream::iter(signed).buffered(CONCURRENCY).try_collect().await?;
        for batch in signed.concat().chunks(BATCH) {
            let at = self.clock.reach(at_ns).await;
            self.market.instruct(batch, at).await?;
        }
        Ok(())
    }

    /// All certificates of all members, by identifier.
    pub(super) async fn all(&self) -> Result<Vec<Certificate>, Error> {
        let owned = self.participants.iter().map(|participant| self.market.certificates(&participant.id));
        let owned: Vec<Vec<_>> = stream::iter(owned).buffered(CONCURRENCY).try_collect().await?;
        let mut certificates = owned.concat();
        certificates.sort_by(|one, other| one.certificate.cmp(&other.certificate));
        Ok(certificates)
    }

    /// The same with what they were issued as.
    pub(super) async fn all_issued(&self) -> Result<Vec<IssuedCertificate>, Error> {
        let certificates = self.all().await?;
        let issued = certificates.iter().map(|one| self.market.certificate(&one.certificate));
        let issued: Vec<_> = stream::iter(issued).buffered(CONCURRENCY).try_collect().await?;
        Ok(issued.into_iter().flatten().collect())
    }
}

/// Who gets which issuance: of four in a row two go to one buyer each, one to two buyers, one stays on offer. Nobody gets
/// more than it used.
fn shares<'a>(certificates: &'a [Certificate], buyers: &[(&'a str, u64)]) -> BTreeMap<&'a str, Share<'a>> {
    let mut energies = BTreeMap::<&str, u64>::new();
    for one in certificates {
        let energy = energies.entry(&one.issuance).or_default();
        *energy = one.to_wh.max(*energy);
    }
    let mut left = buyers.to_vec();
    // Those who used most come first, and whoever has got something goes to the end.
    let mut take = |energy: u64| -> Option<&'a str> {
        let place = left.iter().position(|(_, left)| *left >= energy)?;
        let (buyer, used) = left.remove(place);
        left.push((buyer, used - energy));
        Some(buyer)
    };
    let mut share = |place: usize, energy: u64| match place % 4 {
        0 | 1 => take(energy).map_or(Share::Unsold, Share::Whole),
        2 => match (take(energy - energy / 2), take(energy - energy / 2)) {
            (Some(one), Some(other)) => Share::Halves([one, other]),
            _ => Share::Unsold,
        },
        _ => Share::Unsold,
    };
    let issuances: BTreeSet<_> = energies.into_iter().collect();
    issuances.into_iter().enumerate().map(|(place, (issuance, energy))| (issuance, share(place, energy))).collect()
}
