//! Replays a ledger and believes nothing.
