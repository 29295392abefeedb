//! Package `orderer`: broadcast, deliver, and the ordering service's configuration.

mod broadcast;
mod configuration;
pub mod smartbft;

#[cfg(feature = "services")]
pub use crate::services::orderer::*;
pub use broadcast::*;
pub use configuration::*;
