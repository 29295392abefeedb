//! Off-chain records: bulk data in a store, linked to hashes on chain, found through an index and proved.
//!
//! A [`Record`] is a document in canonical bytes. Its [`RecordId`] is the SHA-256 of these bytes. A [`Batch`] lists
//! records in the order of their identifiers; the root of the RFC 6962 tree over the list is anchored on chain by the
//! contract `anchoring`. So whoever holds a record, its path and the root from the chain needs neither store nor index.
//!
//! | module | what is in it |
//! |---|---|
//! | [`record`] | kinds, canonical bytes, identifiers |
//! | [`document`] | what a record says |
//! | [`codec`] | how a record is stored: zstd with a dictionary per kind |
//! | [`merkle`] | the tree over a batch and proofs that a record is in it |
//! | [`walk`] | a whole store compared with the chain |
//! | [`backup`] | a whole store in one file |
//! | [`index`] | what of a record is searched, and the index over it |
//! | [`search`] | queries: their language, hits, facets |
//! | [`verify`] | hits, files and the index compared with the chain and the records |
//! | [`store`] | the port to a store, the embedded store and MongoDB |
//!
//! The chain is the truth: store and index can be made again from it.

pub mod backup;
pub mod batch;
pub mod codec;
pub mod document;
pub mod index;
pub mod merkle;
pub mod record;
pub mod search;
pub mod store;
pub mod synthetic;
pub mod verify;
pub mod walk;

pub use batch::{Batch, Place};
pub use document::Document;
pub use record::{Kind, Record, RecordId};
pub use store::{Found, Store, StoreError};
