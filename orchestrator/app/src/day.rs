//! Trades a whole day with simulated members.

mod certificates;
mod devices;
mod example;
mod grid;
mod members;

use crate::{
    Error,
    archive::Archive,
    clock::Clock,
    efficiency,
    feed::Feed,
    market::Market,
    plan::Plan,
    scheduler::{Scheduler, done_by_another},
    summary::{Bill, RoundSummary, SessionSummary},
};
use agents::{
    agent::Agent,
    day::{Carrier, HOURS, Participant},
};
use certificates::Certificates;
use declaration::encoding::Hexadecimal;
use devices::{injection_wh, readings};
pub use example::{Example, ExampleChange, ExampleReading};
use exchange::messages::{
    Connection, Credit, IssuedCertificate, PostingKind, Registration, RoundResult, Side, Terms, Trade,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use members::{Disclosed, Members};
use records::Record;
use rules::units::SECOND_NS;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, ops::Range, time::Instant};

/// Members in one registration.
const REGISTRATIONS: usize = 50;
/// Members whose credit is evaluated in one transaction.
const EVALUATIONS: usize = 500;
/// How long after the last delivery of the day that is done.
const CREDIT_AFTER_S: u64 = 20;
/// Requests to the ledger that are under way at a time.
const CONCURRENCY: usize = 200;

/// A day that was traded.
pub struct TradedDay {
    /// One entry per session.
    pub sessions: Vec<SessionSummary>,
    /// One entry per member.
    pub bills: Vec<Bill>,
    /// The members' certificates at the end of the day.
    pub certificates: Vec<IssuedCertificate>,
    /// The life of one of them.
    pub example: Option<Example>,
}

/// Where a day is traded, and by whom.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// The market.
    pub market: &'a Market,
    /// Real or simulated time.
    pub clock: &'a Clock,
    /// The day's plan.
    pub plan: &'a Plan,
    /// Who takes part.
    pub participants: &'a [Participant],
    /// Where the grid company keeps what the meters recorded; none: nowhere.
    pub archive: Option<&'a Archive>,
}

impl Stage<'_> {
    /// Registers members and devices, trades every session of the day, reconciles it with the meters, certifies the green
    /// energy, sells and claims certificates, evaluates the members' credit, and makes the bills. Whatever is already on the ledger is not done again.
    /// `feed` keeps the records of it, if there is one: a store that fails does not hold the market up. `progress` is told
    /// every session once its energy is delivered.
    ///
    /// # Errors
    /// Those of the ledger, the plan and the members.
    pub async fn trade(
        self,
        feed: Option<&mut Feed>,
        progress: impl FnMut(&SessionSummary),
    ) -> Result<TradedDay, Error> {
        self.trade_hours(0..HOURS, feed, progress).await
    }

    /// The same for a part of the day: the sessions whose energy is delivered in `hours`, which are at most 0 to 23. The
    /// bills are of these hours.
    ///
    /// # Errors
    /// As for [`trade`](Self::trade).
    pub async fn trade_hours(
        self,
        hours: Range<usize>,
        mut feed: Option<&mut Feed>,
        mut progress: impl FnMut(&SessionSummary),
    ) -> Result<TradedDay, Error> {
        let Stage { market, clock, plan, participants, .. } = self;
        let mut members = Members::new(market, clock, plan, participants)?;
        let scheduler = Scheduler { market, clock };
        register(market, clock, plan, &members).await?;
        register_devices(market, clock, plan, participants).await?;
        grid::set_feeder(market, clock, plan).await?;
        let mut sessions: Vec<SessionSummary> = Vec::with_capacity(hours.len());
        for hour in hours.clone() {
            let before = (Instant::now(), market.transactions());
            members.next_hour = hour;
            let (session, results) = scheduler.trade(&plan.session(hour), &mut members).await?;
            let mut summary = summarize(hour, plan, &members, &results)?;
            summary.end_reason = session.progress.end_reason;
            summary.transactions = market.transactions() - before.1;
            summary.transactions_per_second = per_second(summary.transactions, before.0);
            // A session's energy is delivered while the next one is traded.
            if let Some(delivered) = sessions.last_mut() {
                self.deliver(&members, delivered, hours.start, feed.as_deref_mut()).await?;
                progress(delivered);
            }
            sessions.push(summary);
        }
        if let Some(delivered) = sessions.last_mut() {
            self.deliver(&members, delivered, hours.start, feed.as_deref_mut()).await?;
            progress(delivered);
        }
        let certificates = self.certificates();
        certificates.trade(&members, hours.clone()).await?;
        let scores = self.evaluate_credit(hours.clone()).await?;
        if let Some(feed) = feed {
            keep_records(feed, clock).await;
        }
        let bills = participants
            .iter()
            .zip(scores)
            .map(|(participant, score)| bill(market, plan, participant, &members, hours.clone(), score));
        let bills = stream::iter(bills).buffered(CONCURRENCY).try_collect().await?;
        let certificates = certificates.all_issued().await?;
        let example = example::example(market, &certificates).await?;
        Ok(TradedDay { sessions, bills, certificates, example })
    }

    /// What follows the delivery of a session: meters, deviations, certificates, records. `first` is the first hour of all.
    async fn deliver(
        self,
        members: &Members<'_>,
        session: &mut SessionSummary,
        first: usize,
        feed: Option<&mut Feed>,
    ) -> Result<(), Error> {
        let before = self.market.transactions();
        let parameters = self.plan.session(session.hour);
        let readings = readings(&parameters, self.participants, session.hour);
        Scheduler { market: self.market, clock: self.clock }.reconcile(&parameters, &readings).await?;
        session.certified_wh = self.certificates().certify(members, session.hour).await?;
        session.transactions += self.market.transactions() - before;
        if let Some(feed) = feed {
            keep_records(feed, self.clock).await;
        }
        if let Some(archive) = self.archive {
            let hours = first..session.hour + 1;
            // What could not be kept is kept after the next hour.
            archive_evidence(archive, self.plan, self.participants, hours, self.clock.now_ns()).await.ok();
        }
        Ok(())
    }

    /// Lets the day's deliveries count for the members' credit, where they have not yet; gives the scores, in the order of the
    /// participants.
    async fn evaluate_credit(self, hours: Range<usize>) -> Result<Vec<u64>, Error> {
        let Some(last) = hours.last() else { return Ok(Vec::new()) };
        let due_ns = self.plan.session(last).schedule.delivery_end_ns + CREDIT_AFTER_S * SECOND_NS;
        let credits = self.participants.iter().map(|participant| self.market.credit(&participant.id));
        let credits: Vec<Credit> = stream::iter(credits).buffered(CONCURRENCY).try_collect().await?;
        let scores: Vec<u64> = credits.into_iter().map(|credit| credit.score_ppm).collect();
        let known = self.market.members().await?;
        let known: BTreeMap<_, _> = known.iter().map(|member| (member.member.as_str(), member.credit_ppm)).collect();
        let members = self.participants.iter().map(|participant| &participant.id).zip(&scores);
        let changed = members.filter(|(member, score)| known.get(member.as_str()) != Some(*score));
        let changed: Vec<String> = changed.map(|(member, _)| member.clone()).collect();
        for batch in changed.chunks(EVALUATIONS) {
            let at_ns = self.clock.reach(due_ns).await;
            self.market.evaluate_credit(batch, at_ns).await?;
        }
        Ok(scores)
    }

    fn certificates(&self) -> Certificates<'_> {
        let Stage { market, clock, plan, participants, .. } = *self;
        Certificates { market, clock, plan, participants }
    }
}

/// What the members' meters recorded in an hour of a day: the evidence of its readings.
#[must_use]
pub fn evidence(plan: &Plan, participants: &[Participant], hour: usize) -> Vec<Record> {
    let session = plan.session(hour);
    participants.iter().map(|participant| devices::evidence(&session, participant, hour)).collect()
}

/// Keeps and anchors the evidence of these hours, each hour's a batch.
///
/// # Errors
/// Those of [`Archive::keep`].
pub async fn archive_evidence(
    archive: &Archive,
    plan: &Plan,
    participants: &[Participant],
    hours: Range<usize>,
    at_ns: u64,
) -> Result<(), Error> {
    let batches = u32::try_from(hours.len()).unwrap_or(u32::MAX);
    archive.keep(batches, |number| evidence(plan, participants, hours.start + number as usize), at_ns).await
}

/// Keeps the records of what there is by now. What could not be kept is kept later: the feed goes on where it was.
async fn keep_records(feed: &mut Feed, clock: &Clock) {
    feed.catch_up(clock.now_ns()).await.ok();
}

/// How many of something happened in a second since `start`.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a rate for display"
)]
pub fn per_second(count: u64, start: Instant) -> u64 {
    (count as f64 / start.elapsed().as_secs_f64().max(1e-9)) as u64
}

/// Registers the members that are not. Another scheduler may be about to register the same ones: then it looks again.
async fn register(market: &Market, clock: &Clock, plan: &Plan, members: &Members<'_>) -> Result<(), Error> {
    // A day before the first session opens.
    let at_ns = clock.reach(plan.session(0).schedule.start_ns - 24 * 3_600_000_000_000).await;
    loop {
        let known = market.members().await?;
        let missing = members.agents.iter().filter(|agent| known.iter().all(|one| one.member != agent.participant.id));
        let registrations = missing.map(registration).collect::<Result<Vec<_>, Error>>()?;
        if registrations.is_empty() {
            return Ok(());
        }
        for batch in registrations.chunks(REGISTRATIONS) {
            market.register_members(batch, at_ns).await.or_else(done_by_another)?;
        }
    }
}

/// The same for the members' devices.
async fn register_devices(
    market: &Market,
    clock: &Clock,
    plan: &Plan,
    participants: &[Participant],
) -> Result<(), Error> {
    let at_ns = clock.reach(plan.session(0).schedule.start_ns - 24 * 3_600_000_000_000).await;
    loop {
        let known = market.devices().await?;
        let devices = participants.iter().enumerate().map(|(place, participant)| devices::device(place, participant));
        let missing: Vec<_> = devices.filter(|device| !known.contains(device)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for batch in missing.chunks(REGISTRATIONS) {
            market.register_devices(batch, at_ns).await.or_else(done_by_another)?;
        }
    }
}

fn registration(agent: &Agent) -> Result<Registration, Error> {
    let participant = &agent.participant;
    let (sells, buys) = match participant.carrier {
        Some(_) => (participant.capacity_w, 0),
        None => (0, participant.capacity_w),
    };
    let terms = Terms {
        public_key: Hexadecimal(agent.key.public()?),
        connections: vec![Connection { point: participant.point, class: participant.class.clone() }],
        sell_limit_wh: sells,
        buy_limit_wh: buys,
    };
    let information_hash = Hexadecimal(Sha256::digest(&participant.name).into());
    Ok(Registration { member: participant.id.clone(), information_hash, terms })
}

fn summarize(
    hour: usize,
    plan: &Plan,
    members: &Members<'_>,
    results: &[RoundResult],
) -> Result<SessionSummary, Error> {
    let disclosed = &members.disclosed;
    let rounds: Vec<RoundSummary> = results
        .iter()
        .zip(disclosed)
        .map(|(result, disclosed)| {
            let side = |side: Side| {
                let orders = disclosed.book.iter().filter(move |order| order.side == side);
                orders.map(|order| (order.price, order.volume_wh)).collect()
            };
            RoundSummary {
                round: result.round,
                outcome: result.outcome,
                orders: result.orders,
                left_out: result.left_out.len(),
                volume_wh: result.volume_wh,
                price_low: disclosed.carried().map(|trade| trade.seller_net).min(),
                price_high: disclosed.carried().map(|trade| trade.buyer_gross).max(),
                best_sell: result.reference.and_then(|reference| reference.best_sell),
                best_buy: result.reference.and_then(|reference| reference.best_buy),
                asks: side(Side::Sell),
                bids: side(Side::Buy),
            }
        })
        .collect();
    let trades: Vec<&Trade> = disclosed.iter().flat_map(Disclosed::carried).collect();
    let efficiency = efficiency::measure(hour, plan, &members.agents, &trades)?;
    Ok(SessionSummary {
        session: plan.session_name(hour),
        hour,
        orders: members.orders,
        bundles: results.iter().map(|result| u64::from(result.bundles)).sum(),
        trades: trades.len(),
        grid: grid::use_of_grid(plan, disclosed)?,
        matched_wh: results.iter().map(|result| result.volume_wh).sum(),
        price_low: rounds.iter().filter_map(|round| round.price_low).min(),
        price_high: rounds.iter().filter_map(|round| round.price_high).max(),
        efficiency_ppm: efficiency.ppm(),
        surplus: efficiency.surplus.to_string(),
        surplus_max: efficiency.surplus_max.to_string(),
        fees_fen: fen(results.iter().map(|result| result.fees).sum()),
        rounds,
        end_reason: None,
        certified_wh: 0,
        transactions: 0,
        transactions_per_second: 0,
    })
}

async fn bill(
    market: &Market,
    plan: &Plan,
    participant: &Participant,
    members: &Members<'_>,
    hours: Range<usize>,
    credit_ppm: u64,
) -> Result<Bill, Error> {
    let statement = market.statement(&participant.id).await?;
    let sum = |kind: PostingKind| -> i128 {
        let of_the_day = statement.postings.iter().filter(|posting| posting.subject.starts_with(&plan.day));
        of_the_day.filter(|posting| posting.kind == kind).map(|posting| posting.amount).sum()
    };
    let certificates = statement.postings.iter().filter(|posting| posting.kind == PostingKind::Certificate);
    let certificates = certificates.map(|posting| posting.amount).sum();
    let (sold_wh, bought_wh) = members.contracts.get(&participant.id).copied().unwrap_or_default();
    let metered: i64 = hours.map(|hour| injection_wh(participant, hour)).sum();
    let contract = i64::try_from(i128::from(sold_wh) - i128::from(bought_wh)).unwrap_or_default();
    Ok(Bill {
        member: participant.id.clone(),
        name: participant.name.clone(),
        class: participant.class.clone(),
        kind: match participant.carrier {
            None => "consumer",
            Some(Carrier::Solar) => "solar",
            Some(Carrier::Wind) => "wind",
            Some(Carrier::Biomass) => "biomass",
            Some(Carrier::Hydro) => "hydro",
        },
        sold_wh,
        bought_wh,
        deviation_wh: metered - contract,
        trades_fen: fen(sum(PostingKind::Trades)),
        deviation_fen: fen(sum(PostingKind::Deviation)),
        certificates_fen: fen(certificates),
        payable_fen: i64::try_from(statement.account.payable_fen).unwrap_or_default(),
        credit_ppm,
    })
}

/// Whole fen of an amount in account units, rounded down.
fn fen(amount: i128) -> i64 {
    i64::try_from(amount.div_euclid(rules::units::MONEY_PER_FEN)).unwrap_or_default()
}
