//! Streams of chaincode events and blocks.
//!
//! A stream never just stops. It yields events until it yields an error, and nothing after that; only a stream of
//! blocks with a last block ends without an error, after that block. [`follow`] goes on after errors, from behind the
//! last event.

mod blocks;
mod chaincode;
mod checkpoint;
mod committed;
mod follow;
mod written;

pub use blocks::{BlockContent, Blocks, BlocksBuilder, BlocksRequest};
pub use chaincode::{ChaincodeEvent, ChaincodeEvents, ChaincodeEventsBuilder, ChaincodeEventsRequest};
pub use checkpoint::{Checkpointer, FileCheckpointer, MemoryCheckpointer, Position};
pub use committed::{CommittedBlock, CommittedTransaction, Write};
pub use follow::{Followed, Interruption, Source, follow};
pub use written::WrittenState;
