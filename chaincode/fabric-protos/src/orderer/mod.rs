//! Package `orderer`: broadcast, deliver, and the ordering service's configuration.

mod broadcast;
mod configuration;
pub mod smartbft;

pub use broadcast::*;
pub use configuration::*;
