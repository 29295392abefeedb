//! The client against the embedded network, which signs, verifies, orders and commits as Fabric does.

mod events;
mod load;
mod network;
mod raw;
mod submit;
