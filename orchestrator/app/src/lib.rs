//! Use cases: sessions, members, settlement.
