//! Fabric identities, signature policies, channel configuration and block hashes.
