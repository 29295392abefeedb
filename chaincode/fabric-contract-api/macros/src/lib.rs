//! Attribute macros of fabric-contract-api.
