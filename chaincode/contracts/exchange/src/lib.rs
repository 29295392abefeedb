//! Contract: members, sessions, clearing and settlement.
