//! Market members that forecast, quote and sign, and the real days that they trade.
//!
//! | module | idea |
//! |---|---|
//! | [`day`] | the members of a real grid and what their meters read |
//! | [`grid`] | the lines and transformers that they are connected to |
//! | [`quoting`] | the Adaptive-Aggressive strategy with its risk coefficient |
//! | [`assumptions`] | what the simulation assumes where there is no data: costs, values, forecast errors |
//! | [`agent`] | one member: from what it knows to the orders that it declares |
//! | [`key`] | a member's signing key |
//!
//! Everything is a function of the day, the seed and what the market disclosed: an agent that is made anew and shown the
//! same disclosures declares the same orders. That is how a run that was interrupted goes on.

pub mod agent;
pub mod assumptions;
pub mod day;
pub mod grid;
pub mod key;
pub mod quoting;
