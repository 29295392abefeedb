//! One file per command.

pub(crate) mod attack;
pub(crate) mod audit;
pub(crate) mod bench;
mod blocks;
pub(crate) mod certificate;
pub(crate) mod clear;
pub(crate) mod contract;
pub(crate) mod contracts;
pub(crate) mod demo;
pub(crate) mod devnet;
pub(crate) mod fabric;
mod network;
mod package;
pub(crate) mod record;
pub(crate) mod records;
pub(crate) mod search;
mod storage;
mod vouching;
