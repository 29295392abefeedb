//! What the grid can carry.

mod feeder;
mod headroom;

pub use feeder::{Branch, Feeder, FeederError, Flows, Load};
pub use headroom::{Headroom, VoltageBand};

use crate::units::WattHours;

/// The dispatcher's check: asked once per trade, in the order of the list.
pub trait GridCheck {
    /// How much of a trade from one connection point to another the grid can carry, beside all that it was asked for
    /// before. The answer counts as carried.
    fn accept(&mut self, seller_point: u32, buyer_point: u32, volume: WattHours) -> WattHours;
}

/// A grid without limits.
#[derive(Clone, Copy, Debug, Default)]
pub struct CopperPlate;

impl GridCheck for CopperPlate {
    fn accept(&mut self, _seller_point: u32, _buyer_point: u32, volume: WattHours) -> WattHours {
        volume
    }
}
