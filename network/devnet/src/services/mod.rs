//! The gRPC services of the peers, and what they share.

pub(crate) mod access;
pub(crate) mod deliver;
pub(crate) mod endorser;
pub(crate) mod follow;
pub(crate) mod gateway;
mod limit;
pub(crate) mod proposal;
