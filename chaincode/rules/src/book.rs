//! One book as a JSON document, and the JSON of its result: `gridbourse clear BOOK.json`.
//!
//! ```json
//! {
//!   "session": "2016-07-02T12",
//!   "fee": [["A1/20kV", "A1/20kV", 0], ["A1/20kV", "A1/0.4kV", 5000]],
//!   "orders": [
//!     {"id": "s1", "side": "S", "member": "wind-7", "cls": "A1/20kV", "price": 30000, "wh": 2000000},
//!     {"id": "b1", "side": "B", "member": "mill", "cls": "A1/0.4kV", "price": 40000, "wh": 500000, "time": 20}
//!   ]
//! }
//! ```
//!
//! `fee` lists sell class, buy class and fee in fen/MWh; a pair that is missing may not trade. `side` is `S` or `B`, `price`
//! in fen/MWh, `wh` the volume. `time` (in any unit), `seq` and `index` decide between orders of one price and are 0 unless
//! given. Other fields of the document are ignored, other fields of an order are refused. Classes rank by name.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::clearing::{self, Clearing, ClearingError, PricingRule};
use crate::fees::{FeeTable, FeeTableError};
use crate::order::{Book, Order, Side};
use crate::outcome::{self, ReferenceQuotes};
use crate::units::{Price, WattHours};

/// A book to clear.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct BookDocument {
    /// The session's name; it seeds the lottery.
    pub session: String,
    /// Sell class, buy class, fee in fen/MWh.
    pub fee: Vec<(String, String, Price)>,
    /// The orders.
    pub orders: Vec<OrderDocument>,
}

/// One order of a [`BookDocument`].
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderDocument {
    /// Its name, unique in the book.
    pub id: String,
    /// `S` sells, `B` buys.
    pub side: SideDocument,
    /// Its member.
    pub member: String,
    /// Its class.
    pub cls: String,
    /// fen/MWh.
    pub price: Price,
    /// Wh.
    pub wh: WattHours,
    /// When its price was set or its volume raised.
    #[serde(default)]
    pub time: u64,
    /// The sequence number of its bundle.
    #[serde(default)]
    pub seq: u64,
    /// Its place in its bundle.
    #[serde(default)]
    pub index: u32,
}

/// `S` or `B`.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub enum SideDocument {
    /// Sells.
    S,
    /// Buys.
    B,
}

impl From<SideDocument> for Side {
    fn from(side: SideDocument) -> Self {
        match side {
            SideDocument::S => Self::Sell,
            SideDocument::B => Self::Buy,
        }
    }
}

/// The result of clearing a [`BookDocument`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ResultDocument {
    /// The trades, in the order of the list.
    pub trades: Vec<TradeDocument>,
    /// Lowest, highest and chosen price that support the result, per side and class that traded: `S:A1/20kV`.
    pub class_prices: BTreeMap<String, (Price, Price, Price)>,
    /// `Traded`, `OneSided`, or `Suspended:` and why.
    pub outcome: String,
    /// The quotes that members see before the next round.
    pub reference: ReferenceQuotes,
}

/// One trade of a [`ResultDocument`]. Prices and fees are in fen/MWh.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TradeDocument {
    /// The seller's order.
    pub ask: String,
    /// The buyer's order.
    pub bid: String,
    /// The volume.
    pub wh: WattHours,
    /// The whole fee.
    pub fee: Price,
    /// The seller's share of it.
    pub seller_fee: Price,
    /// The buyer's share of it.
    pub buyer_fee: Price,
    /// What the seller receives.
    pub seller_net: Price,
    /// What the buyer pays.
    pub buyer_gross: Price,
    /// What the auction account keeps.
    pub margin: Price,
}

/// Why a book cannot be cleared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// Two orders have one name.
    #[error("DUPLICATE_ORDER: two orders have the id {0}")]
    DuplicateId(String),
    /// The fee of a pair of classes is given twice.
    #[error("DUPLICATE_FEE: the fee from {0} to {1} is given twice")]
    DuplicateFee(String, String),
    /// The fees or classes are not a table.
    #[error(transparent)]
    Fees(#[from] FeeTableError),
    /// An order is to blame.
    #[error("{error} ({id})")]
    Order {
        /// The order's name.
        id: String,
        /// What is wrong with it.
        error: ClearingError,
    },
    /// The book as a whole cannot be cleared.
    #[error(transparent)]
    Clearing(ClearingError),
}

impl BookError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DuplicateId(_) => "DUPLICATE_ORDER",
            Self::DuplicateFee(..) => "DUPLICATE_FEE",
            Self::Fees(error) => error.code(),
            Self::Order { error, .. } | Self::Clearing(error) => error.code(),
        }
    }
}

/// A checked document: a book, its fees, and the names of its orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBook {
    /// The book.
    pub book: Book,
    /// The fees.
    pub fees: FeeTable,
    /// The names of the orders, in the order of the book.
    pub ids: Vec<String>,
}

impl NamedBook {
    /// Checks a document.
    ///
    /// # Errors
    /// See [`BookError`].
    pub fn new(document: &BookDocument) -> Result<Self, BookError> {
        let fees = fee_table(document)?;
        let mut documents: Vec<&OrderDocument> = document.orders.iter().collect();
        documents.sort_by(|one, other| one.id.cmp(&other.id));
        if let Some(twice) = documents.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(BookError::DuplicateId(twice[0].id.clone()));
        }
        let members: BTreeSet<&str> = documents.iter().map(|order| order.member.as_str()).collect();
        let numbers: BTreeMap<&str, u32> = members.iter().copied().zip(0..).collect();
        let mut orders = Vec::with_capacity(documents.len());
        for (number, order) in (0..).zip(&documents) {
            let class = fees.class(&order.cls).ok_or_else(|| BookError::Order {
                id: order.id.clone(),
                error: ClearingError::UnknownClass { order: orders.len() },
            })?;
            orders.push(Order {
                side: order.side.into(),
                class,
                member: numbers[order.member.as_str()],
                // The last tie-break is the order's name.
                number,
                price: order.price,
                volume: order.wh,
                time: order.time,
                sequence: order.seq,
                index: order.index,
            });
        }
        let members = members.into_iter().map(String::from).collect();
        let ids = documents.iter().map(|order| order.id.clone()).collect();
        Ok(Self { book: Book { session: document.session.clone(), members, orders }, fees, ids })
    }

    /// Clears the book.
    ///
    /// # Errors
    /// See [`BookError`].
    pub fn clear(&self, rule: PricingRule) -> Result<ResultDocument, BookError> {
        let clearing = clearing::clear(&self.book, &self.fees, rule).map_err(|error| match error.order() {
            Some(place) => BookError::Order { id: self.ids[place].clone(), error },
            None => BookError::Clearing(error),
        })?;
        Ok(self.document(&clearing))
    }

    fn document(&self, clearing: &Clearing) -> ResultDocument {
        let (outcome, reference) = outcome::judge(&self.book, &clearing.trades, None);
        let trades = clearing.trades.iter().map(|trade| TradeDocument {
            ask: self.ids[trade.ask as usize].clone(),
            bid: self.ids[trade.bid as usize].clone(),
            wh: trade.volume,
            fee: trade.fee,
            seller_fee: trade.seller_fee(),
            buyer_fee: trade.buyer_fee(),
            seller_net: trade.seller_net,
            buyer_gross: trade.buyer_gross(),
            margin: trade.margin,
        });
        let class_prices = clearing.class_prices.iter().map(|price| {
            let side = if price.side == Side::Sell { "S" } else { "B" };
            let name = format!("{side}:{}", self.fees.classes()[price.class.index()]);
            (name, (price.low, price.high, price.chosen))
        });
        ResultDocument {
            trades: trades.collect(),
            class_prices: class_prices.collect(),
            outcome: outcome.to_string(),
            reference,
        }
    }
}

/// The table of the classes of all fees and orders, by name.
fn fee_table(document: &BookDocument) -> Result<FeeTable, BookError> {
    let of_fees = document.fee.iter().flat_map(|(sell, buy, _)| [sell, buy]);
    let names: BTreeSet<&String> = of_fees.chain(document.orders.iter().map(|order| &order.cls)).collect();
    if names.is_empty() {
        // No class and no order: nothing to look up.
        return Ok(FeeTable::new(vec!["*".into()], vec![vec![None]])?);
    }
    let classes: Vec<String> = names.into_iter().cloned().collect();
    let mut fees = vec![vec![None; classes.len()]; classes.len()];
    let place = |name: &String| classes.binary_search(name).unwrap_or(0);
    for (sell, buy, fee) in &document.fee {
        if fees[place(sell)][place(buy)].replace(*fee).is_some() {
            return Err(BookError::DuplicateFee(sell.clone(), buy.clone()));
        }
    }
    Ok(FeeTable::new(classes.clone(), fees)?)
}
