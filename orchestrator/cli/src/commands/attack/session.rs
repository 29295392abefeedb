//! A session under attack.

use super::{
    attacker::Forgery,
    stage::{CLASS, MWH, Member, Stage},
    verdict::{Attempt, Found, refused_by_market},
};
use anyhow::{Context, Result};
use declaration::{StoredBundle, encoding::Hexadecimal};
use exchange::messages::{
    ClassFee, DeviationRule, DeviationTerms, Pricing, PricingRule, RoundBounds, RoundResult, Schedule,
    SessionParameters,
};
use fabric_client::TxValidationCode;
use fabric_contract_api::composite_key;
use rules::{
    bundle::{Bundle, DeclaredOrder},
    order::{ClassIndex, Side},
};

/// Nanoseconds in a second.
const SECOND_NS: u64 = 1_000_000_000;
/// Seconds from the start of a session. Everything is within the five minutes that a peer lets a timestamp differ from
/// its clock, so that a session can be played without waiting for it.
const DECLARED_S: u64 = 30;
const FIRST_WINDOW_ENDS_S: u32 = 60;
const LAST_WINDOW_ENDS_S: u32 = 120;
const CLEAR_BY_S: u32 = 180;
/// Prices in fen/MWh: what the seller asks, and what the buyer bids.
const ASKED: i64 = 30_000;
const BID: i64 = 40_000;

/// A session with an honest trade in it, and what the attacker has added past the contract.
pub(super) struct Session<'a> {
    stage: &'a Stage,
    pub(super) name: String,
    start_ns: u64,
    smuggled: Vec<Smuggled>,
}

/// A bundle that was written by hand.
struct Smuggled {
    what: &'static str,
    expected: &'static str,
    member: String,
    sequence: u64,
    code: TxValidationCode,
}

impl<'a> Session<'a> {
    pub(super) async fn open(stage: &'a Stage) -> Result<Self> {
        let start_ns = stage.now_ns();
        let session = Self { stage, name: format!("attack-{start_ns:x}"), start_ns, smuggled: Vec::new() };
        let parameters = parameters(&session.name, start_ns);
        stage.market.open_session(&parameters, start_ns).await.context("cannot open a session")?;
        for (member, side, price) in [(&stage.seller, Side::Sell, ASKED), (&stage.buyer, Side::Buy, BID)] {
            let bundle = session.order(member, 1, (side, price, MWH));
            let signature = member.key.sign(&bundle)?;
            let declared = stage.market.declare(&bundle.encode(), &signature, 0, session.open_ns()).await;
            declared.context("cannot declare what is honest")?;
        }
        Ok(session)
    }

    /// A moment in the first window.
    pub(super) fn open_ns(&self) -> u64 {
        self.start_ns + DECLARED_S * SECOND_NS
    }

    /// The moment at which the first window is over.
    pub(super) fn over_ns(&self) -> u64 {
        self.start_ns + u64::from(FIRST_WINDOW_ENDS_S) * SECOND_NS
    }

    /// The moment at which a session can be settled.
    fn settle_ns(&self) -> u64 {
        self.start_ns + u64::from(LAST_WINDOW_ENDS_S) * SECOND_NS
    }

    /// A bundle for the first round with one order, at the member's connection point.
    pub(super) fn order(&self, member: &Member, sequence: u64, (side, price, volume): (Side, i64, u64)) -> Bundle {
        let order = DeclaredOrder { number: 1, side, class: ClassIndex(0), point: member.point, price, volume };
        Bundle {
            channel: self.stage.market.channel().to_owned(),
            session: self.name.clone(),
            member: member.name.clone(),
            round: 1,
            sequence,
            orders: vec![order],
        }
    }

    /// An ask below the seller's, which takes its trade away if it counts.
    pub(super) fn undercut(&self, member: &Member, sequence: u64) -> Bundle {
        self.order(member, sequence, (Side::Sell, ASKED / 2, MWH))
    }

    /// The value that an honest declaration of these bytes would leave on the ledger.
    pub(super) fn stored(&self, bundle: &Bundle, signer: &Member) -> Result<StoredBundle> {
        let signature = Hexadecimal(signer.key.sign(bundle)?);
        Ok(StoredBundle { signature, declared_ns: self.open_ns(), bytes: bundle.encode() })
    }

    /// Declares a bundle with a member's signature through an honest organization.
    pub(super) async fn declare(&self, bundle: &Bundle, signer: &Member, at_ns: u64) -> Result<Found> {
        let signature = signer.key.sign(bundle)?;
        Ok(match self.stage.market.declare(&bundle.encode(), &signature, 0, at_ns).await {
            Ok(_) => Found::Effect("it is declared".to_owned()),
            Err(error) => Found::Stopped(refused_by_market(&error)),
        })
    }

    /// The key of a bundle in the first round.
    pub(super) fn key(&self, member: &str, sequence: u64) -> Result<String> {
        Ok(composite_key::join("bundle", [self.name.as_str(), "00000001", member, &format!("{sequence:016x}")])?)
    }

    /// Writes a bundle by hand, under the key of a member and a sequence. What came of it shows when the round is
    /// cleared.
    pub(super) async fn smuggle(
        &mut self,
        what: &'static str,
        expected: &'static str,
        (member, sequence): (&Member, u64),
        bundle: &StoredBundle,
    ) -> Result<()> {
        let forgery = Forgery::default().put(&self.key(&member.name, sequence)?, bundle.encode());
        let code = self.stage.attacker.forge(declaration::messages::CHAINCODE, forgery).await?;
        self.smuggled.push(Smuggled { what, expected, member: member.name.clone(), sequence, code });
        Ok(())
    }

    pub(super) async fn seal(&self) -> Result<()> {
        self.stage.market.seal(&self.name, self.over_ns()).await.context("cannot seal")?;
        Ok(())
    }

    pub(super) async fn clear(&self) -> Result<RoundResult, app::Error> {
        self.stage.market.clear(&self.name, self.over_ns()).await
    }

    pub(super) async fn settle(&self) -> Result<()> {
        self.stage.market.settle(&self.name, self.settle_ns()).await.context("cannot settle")?;
        Ok(())
    }

    /// Seals and clears, and says which of the bundles that were written by hand counted.
    pub(super) async fn judge(self) -> Result<Vec<Attempt>> {
        self.seal().await?;
        let result = self.clear().await?;
        let attempts = self.smuggled.into_iter().map(|one| {
            let left_out = result.left_out.iter().find(|out| out.member == one.member && out.sequence == one.sequence);
            let found = match (one.code, left_out) {
                (TxValidationCode::Valid, Some(left_out)) => Found::Stopped(left_out.code.clone()),
                (TxValidationCode::Valid, None) => Found::Effect("it counts at the clearing".to_owned()),
                (code, _) => Found::Stopped(code.as_str_name().to_owned()),
            };
            Attempt::new(one.what, one.expected, found)
        });
        Ok(attempts.collect())
    }
}

/// A short session of one class without fees.
fn parameters(session: &str, start_ns: u64) -> SessionParameters {
    let delivery_start_ns = start_ns + 3_600 * SECOND_NS;
    SessionParameters {
        session: session.to_owned(),
        schedule: Schedule {
            start_ns,
            first_window_ends_s: FIRST_WINDOW_ENDS_S,
            last_window_ends_s: LAST_WINDOW_ENDS_S,
            clear_by_s: CLEAR_BY_S,
            settle_from_s: LAST_WINDOW_ENDS_S,
            delivery_start_ns,
            delivery_end_ns: delivery_start_ns + 3_600 * SECOND_NS,
        },
        rounds: 2,
        pricing: Pricing { rule: PricingRule::KDoubleAuction, k_numerator: 1, k_denominator: 2 },
        classes: vec![CLASS.to_owned()],
        fees: vec![ClassFee { sell_class: 0, buy_class: 0, fee: 0 }],
        price_floor: 0,
        price_cap: 150_000,
        deviation: DeviationTerms { rule: DeviationRule::TwoPrice, surplus_price: 20_000, shortfall_price: 60_000 },
        feeder: None,
        bounds: RoundBounds { bundles_max: 1_000, orders_max: 10_000, bytes_max: 1 << 20, bundle_orders_max: 8 },
    }
}
