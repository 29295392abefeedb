//! All simulated members of a market together, as the scheduler sees them.

use crate::{
    Error,
    clock::Clock,
    day::CONCURRENCY,
    market::Market,
    plan::Plan,
    scheduler::{Participants, done_by_another},
};
use agents::{
    agent::{Agent, Disclosure},
    day::Participant,
    quoting::{BestQuotes, Side},
};
use exchange::messages::{BookOrder, Outcome, RoundResult, Session, SessionParameters, Trade};
use futures_util::{StreamExt, TryStreamExt, stream};
use rules::bundle::DeclaredOrder;
use std::collections::{BTreeMap, BTreeSet};

/// A cleared round as it was disclosed.
pub(super) struct Disclosed {
    pub(super) trades: Vec<Trade>,
    pub(super) book: Vec<BookOrder>,
}

impl Disclosed {
    /// The trades that the grid carries, at least in part.
    pub(super) fn carried(&self) -> impl Iterator<Item = &Trade> {
        self.trades.iter().filter(|trade| trade.volume_wh > 0)
    }
}

pub(super) struct Members<'a> {
    market: &'a Market,
    clock: &'a Clock,
    pub(super) agents: Vec<Agent>,
    /// The delivery hour of the session that begins next.
    pub(super) next_hour: usize,
    /// Orders declared in this session.
    pub(super) orders: usize,
    /// The rounds of this session up to now.
    pub(super) disclosed: Vec<Disclosed>,
    /// Sold and bought in the whole day, Wh, by member.
    pub(super) contracts: BTreeMap<String, (u64, u64)>,
    /// The round for which `declarations` were made, and what each agent declares in it.
    round: u32,
    declarations: Vec<Option<Vec<DeclaredOrder>>>,
}

impl<'a> Members<'a> {
    pub(super) fn new(
        market: &'a Market,
        clock: &'a Clock,
        plan: &Plan,
        participants: &[Participant],
    ) -> Result<Self, Error> {
        let agents = participants.iter().map(|participant| {
            let class = plan.fees.class(&participant.class);
            let class = class.ok_or_else(|| Error::Plan(format!("class {} is not in the plan", participant.class)))?;
            let fee = plan.fees.fee(class, class).unwrap_or(0);
            Ok(Agent::new(participant.clone(), class, fee, &plan.setting)?)
        });
        Ok(Self {
            market,
            clock,
            agents: agents.collect::<Result<_, Error>>()?,
            next_hour: 0,
            orders: 0,
            disclosed: Vec::new(),
            contracts: BTreeMap::new(),
            round: 0,
            declarations: Vec::new(),
        })
    }

    /// Lets every agent decide what it declares in a round, once.
    fn prepare(&mut self, round: u32) {
        if self.round != round {
            self.round = round;
            self.declarations = self.agents.iter_mut().map(Agent::orders).collect();
            self.orders += self.declarations.iter().flatten().map(Vec::len).sum::<usize>();
        }
    }
}

impl Participants for Members<'_> {
    fn begin(&mut self, _: &SessionParameters) {
        for agent in &mut self.agents {
            agent.begin_session(self.next_hour);
        }
        self.orders = 0;
        self.disclosed.clear();
        self.round = 0;
    }

    async fn declare(&mut self, session: &Session) -> Result<(), Error> {
        let progress = &session.progress;
        let name = &session.frozen.parameters.session;
        self.prepare(progress.round);
        let declared: BTreeSet<String> =
            self.market.declared_members(name, progress.round).await?.into_iter().collect();
        let todo = self.agents.iter().zip(&self.declarations).enumerate().filter_map(|(place, (agent, orders))| {
            let orders = orders.as_ref().filter(|_| !declared.contains(&agent.participant.id))?;
            Some((place, agent, orders.clone()))
        });
        let (market, clock) = (self.market, self.clock);
        let submissions = todo.map(|(place, agent, orders)| async move {
            let (start, end) = (progress.window_start_ns, progress.window_end_ns);
            let moment = agent.moment_ns(name, progress.round, start, end);
            let (bundle, signature) = agent.sign(market.channel(), name, progress.round, orders)?;
            let at = clock.reach(moment).await;
            let declared = market.declare(&bundle.encode(), &signature, place, at).await;
            // What was under way when an earlier run was interrupted can be in a block before this is.
            declared.map(|_| ()).or_else(done_by_another)
        });
        stream::iter(submissions).buffer_unordered(CONCURRENCY).try_collect::<()>().await
    }

    async fn observe(&mut self, result: &RoundResult) -> Result<(), Error> {
        // After an interruption a round may have been cleared before this process saw it.
        self.prepare(result.round);
        let disclosed = Disclosed { trades: self.market.trades(result).await?, book: self.market.book(result).await? };
        let mut filled: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        for order in &disclosed.book {
            let step = usize::from(order.number > 1);
            filled.entry(&order.member).or_default()[step] += order.filled_wh;
        }
        let best = result.reference.and_then(|reference| {
            Some(BestQuotes { sell: price(reference.best_sell?), buy: price(reference.best_buy?) })
        });
        let returned = matches!(
            result.outcome,
            Outcome::AllBidsBelowAllAsks | Outcome::NoPairLeftAfterFees | Outcome::NoTradeLeftAfterGridCheck
        );
        for agent in &mut self.agents {
            let own = filled.get(agent.participant.id.as_str()).copied().unwrap_or_default();
            let disclosure = Disclosure { prices: prices(agent, &disclosed), best, returned };
            agent.observe(&disclosure, own);
            let (sold, bought) = self.contracts.entry(agent.participant.id.clone()).or_default();
            match agent.side() {
                Side::Seller => *sold += own.iter().sum::<u64>(),
                Side::Buyer => *bought += own.iter().sum::<u64>(),
            }
        }
        self.disclosed.push(disclosed);
        Ok(())
    }
}

/// Prices of the trades as a member sees them: of its own side and class, because fees set classes apart.
fn prices(agent: &Agent, disclosed: &Disclosed) -> Vec<f64> {
    let class = u32::from(agent.class().0);
    let own = disclosed.carried().filter_map(|trade| match agent.side() {
        Side::Seller => (trade.sell_class == class).then_some(trade.seller_net),
        Side::Buyer => (trade.buy_class == class).then_some(trade.buyer_gross),
    });
    own.map(price).collect()
}

#[expect(clippy::cast_precision_loss, reason = "prices are far below 2^53")]
fn price(price: i64) -> f64 {
    price as f64
}
