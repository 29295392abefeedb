//! Who is who on a Fabric channel, who must sign what, and whether they did.
//!
//! | module | what |
//! |---|---|
//! | [`signature`] | ECDSA P-256 signatures in DER, low-S; keys that verify them |
//! | [`signer`] | [`Signer`], and [`LocalSigner`] on a key file in cryptogen's layout |
//! | [`certificate`] | X.509 certificates, as far as Fabric looks at them |
//! | [`msp`], [`identity`] | membership service providers: chains, revocation, organizational units, roles |
//! | [`manager`] | all MSPs of a channel, with a cache of identities for thousands of look-ups per second |
//! | [`policy`] | signature policies and their text form, the policy tree of a channel |
//! | [`config`] | a channel's configuration, read from a configuration block |
//! | [`block`] | hashes and orderers' signatures of blocks |
//! | [`proposal`] | transaction ids, proposal hashes, endorsements, creators' signatures |
//!
//! Behaviour follows Fabric 3.1 with channel capability `V1_4_3` or later. Narrower than Fabric, and refused with an
//! error rather than misread: keys other than ECDSA P-256 with SHA-256, Idemix, and certificate authorities with name
//! constraints. A signature must be exact DER; Fabric tolerates bytes behind it.
//!
//! Expiry: as in Fabric, an identity stays *valid* after its certificate has expired, so that old blocks can still be
//! checked. Whoever accepts new proposals, envelopes or streams asks [`Identity::expires_at`] as well.

pub mod block;
pub mod certificate;
pub mod config;
mod der;
mod digest;
pub mod identity;
mod known;
pub mod manager;
pub mod msp;
pub mod policy;
pub mod proposal;
pub mod signature;
pub mod signer;

pub use certificate::Certificate;
pub use config::ChannelConfig;
pub use digest::sha256;
pub use identity::Identity;
pub use manager::MspManager;
pub use msp::{Msp, MspError};
pub use policy::{Policy, SignaturePolicy, SignedData};
pub use signature::{PublicKey, SignatureError};
pub use signer::{LocalSigner, Signer, SignerError};
