//! Whether a bundle counts: asked at declaration by one organization, and again at clearing by all three.

use std::fmt::{self, Display};

use fabric_contract_api::ContractError;
use rules::bundle::{Bundle, DeclaredOrder, DecodeError};
use rules::session::{Limits, OpenRound, Standing};

use crate::StoredBundle;
use crate::messages::{MemberRecord, Position, RoundRecord};

/// Why a bundle does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are not a bundle; the code is that of the decoder.
    Malformed(DecodeError),
    /// The value is too short to hold a signature, a time and a bundle.
    Truncated,
    /// The bundle was changed or deleted after the seal.
    ChangedAfterSeal,
    /// The bundle is another member's than its key says.
    WrongMember,
    /// The bundle has another sequence than its key says.
    WrongSequence,
    /// No such member is registered.
    UnknownMember,
    /// The regulator has suspended the member.
    MemberSuspended,
    /// The member's key did not sign these bytes, or the signature is not in its low-S form.
    BadSignature,
    /// The bundle has more orders than the session allows.
    TooManyOrders,
    /// The member already has as many bundles in the round as it may.
    TooManyBundles,
    /// An order is at a connection point that is not the member's.
    WrongPoint,
    /// An order's class is not the class of its connection point.
    WrongClass,
    /// A rule of the session; the code is the rule's.
    Rule(rules::session::Refusal),
}

impl std::error::Error for Refusal {}

impl ContractError for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.code(),
            Self::Truncated => "BUNDLE_TRUNCATED",
            Self::ChangedAfterSeal => "CHANGED_AFTER_SEAL",
            Self::WrongMember => "WRONG_MEMBER",
            Self::WrongSequence => "WRONG_SEQUENCE",
            Self::UnknownMember => "UNKNOWN_MEMBER",
            Self::MemberSuspended => "MEMBER_SUSPENDED",
            Self::BadSignature => "BAD_SIGNATURE",
            Self::TooManyOrders => "TOO_MANY_ORDERS",
            Self::TooManyBundles => "TOO_MANY_BUNDLES",
            Self::WrongPoint => "WRONG_POINT",
            Self::WrongClass => "WRONG_CLASS",
            Self::Rule(refusal) => refusal.code(),
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Malformed(error) => return write_text(formatter, error),
            Self::Rule(refusal) => return write_text(formatter, refusal),
            Self::Truncated => "the value is too short to hold a bundle",
            Self::ChangedAfterSeal => "the bundle is not the one that was sealed",
            Self::WrongMember => "the bundle is another member's than its key says",
            Self::WrongSequence => "the bundle has another sequence than its key says",
            Self::UnknownMember => "no such member is registered",
            Self::MemberSuspended => "the member is suspended",
            Self::BadSignature => "the signature is not the member's low-S signature over these bytes",
            Self::TooManyOrders => "the bundle has more orders than the session allows",
            Self::TooManyBundles => "the member has as many bundles in the round as it may",
            Self::WrongPoint => "an order is at a connection point that is not the member's",
            Self::WrongClass => "the class of an order is not the class of its connection point",
        };
        formatter.write_str(text)
    }
}

/// The text of one of the rules' errors, which starts with the code that a [`ContractError`] puts there itself.
fn write_text(formatter: &mut fmt::Formatter<'_>, error: &dyn Display) -> fmt::Result {
    let message = error.to_string();
    formatter.write_str(message.split_once(": ").map_or(&message, |(_, text)| text))
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error)
    }
}

impl From<rules::session::Refusal> for Refusal {
    fn from(refusal: rules::session::Refusal) -> Self {
        Self::Rule(refusal)
    }
}

/// Whose bundle it is: the member is registered and active, its key signed what is `stored`, which decodes to `bundle`,
/// and all orders are at its connection points. Returns the record of the member, which is the one that `bundle` names.
///
/// # Errors
/// The first check that fails.
pub fn check_origin<'a>(
    bundle: &Bundle,
    stored: &StoredBundle,
    member: Option<&'a MemberRecord>,
    round: &RoundRecord,
) -> Result<&'a MemberRecord, Refusal> {
    let member = member.ok_or(Refusal::UnknownMember)?;
    if member.suspended {
        return Err(Refusal::MemberSuspended);
    }
    if !stored.is_signed_by(&member.public_key) {
        return Err(Refusal::BadSignature);
    }
    if bundle.orders.len() > round.bundle_orders_max as usize {
        return Err(Refusal::TooManyOrders);
    }
    check_connections(&bundle.orders, member, round)?;
    Ok(member)
}

/// All orders are at connection points of the member, under the classes of these points.
///
/// # Errors
/// [`Refusal::WrongPoint`] or [`Refusal::WrongClass`].
pub fn check_connections(orders: &[DeclaredOrder], member: &MemberRecord, round: &RoundRecord) -> Result<(), Refusal> {
    for order in orders {
        let connection = member.connections.iter().find(|connection| connection.point == order.point);
        let class = round.classes.get(order.class.index());
        if Some(&connection.ok_or(Refusal::WrongPoint)?.class) != class {
            return Err(Refusal::WrongClass);
        }
    }
    Ok(())
}

impl RoundRecord {
    /// The round as the rules see it.
    #[must_use]
    pub fn open_round(&self, channel: &str, session: &str) -> OpenRound {
        OpenRound {
            channel: channel.to_owned(),
            session: session.to_owned(),
            round: self.round,
            opens: self.window_start_ns,
            closes: self.window_end_ns,
            price_floor: self.price_floor,
            price_cap: self.price_cap,
            // A session has at most 16 classes.
            classes: u8::try_from(self.classes.len()).unwrap_or(u8::MAX),
            one_order_per_side: self.one_order_per_side,
        }
    }
}

impl MemberRecord {
    /// The limits as the rules see them.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { sell: self.sell_limit_wh, buy: self.buy_limit_wh }
    }
}

impl From<Position> for Standing {
    fn from(position: Position) -> Self {
        Self { last_sequence: position.sequence, sold: position.sold_wh, bought: position.bought_wh }
    }
}

impl From<Standing> for Position {
    fn from(standing: Standing) -> Self {
        Self { sold_wh: standing.sold, bought_wh: standing.bought, sequence: standing.last_sequence }
    }
}
