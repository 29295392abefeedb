//! The same seeded transactions on devnet and on a real Fabric network: the same answers of every peer, read and write
//! sets, validation codes, errors, and in the end the same state at the same versions.
//!
//! Each workload is played twice, on a channel where every transaction is a block of its own and on one with full
//! blocks. Blocks have the same numbers on both networks, so that versions and the hashes that summarise long ranges
//! can be compared as they are.

mod answer;
mod both;
mod comparison;
mod networks;
mod play;
mod recording;
mod site;
pub mod workload;

pub use answer::Answer;
pub use both::play_on_both;
pub use comparison::differences;
pub use networks::{CHANNELS, start_devnet, start_fabric};
pub use play::{Stage, Transcript};
pub use recording::record;
pub use site::Access;
