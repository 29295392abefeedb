//! Scenarios that run on the test ledger and on networks.
