//! The scenarios.

mod cancellation;
mod certificate_races;
mod certificates;
mod corrections;
mod credit;
mod feeder;
mod forged_bundles;
mod mcafee;
mod no_continuation;
mod protection;
mod racing;
mod settlement;
mod suspended_member;
mod suspended_round;
mod three_rounds;
mod time;

pub use cancellation::cancellation;
pub use certificate_races::certificate_races;
pub use certificates::certificates;
pub use corrections::corrections;
pub use credit::credit;
pub use feeder::feeder;
pub use forged_bundles::forged_bundles;
pub use mcafee::mcafee;
pub use no_continuation::no_continuation;
pub use protection::protection;
pub use racing::racing;
pub use settlement::settlement;
pub use suspended_member::suspended_member;
pub use suspended_round::suspended_round;
pub use three_rounds::three_rounds;
pub use time::time;

use crate::{Market, Mismatch, Participant};

/// Drives a market, and says what must come of it.
pub type Scenario = fn(&mut Market<'_>) -> Result<(), Mismatch>;

/// All scenarios of sessions by name. Each wants an empty market.
pub const ALL: [(&str, Scenario); 11] = [
    ("three-rounds", three_rounds),
    ("suspended-round", suspended_round),
    ("suspended-member", suspended_member),
    ("no-continuation", no_continuation),
    ("time", time),
    ("feeder", feeder),
    ("forged-bundles", forged_bundles),
    ("mcafee", mcafee),
    ("settlement", settlement),
    ("credit", credit),
    ("cancellation", cancellation),
];

/// All scenarios of certificates by name. Each wants an empty market.
pub const CERTIFICATES: [(&str, Scenario); 3] =
    [("certificates", certificates), ("corrections", corrections), ("certificate-races", certificate_races)];

/// Scenarios of clients and organizations that get in each other's way, by name.
pub const RIVALS: [(&str, Scenario); 2] = [("racing", racing), ("protection", protection)];

/// Start of the scenarios' first session: 2026-07-02T09:00:00Z.
pub const START_NS: u64 = 1_782_982_800_000_000_000;

/// A generator on 20 kV, one on 0.4 kV, and a consumer on each.
fn four_members() -> [Participant; 4] {
    [
        Participant::new("wind", 11, 0),
        Participant::new("roof", 12, 1),
        Participant::new("mill", 21, 0),
        Participant::new("shop", 22, 1),
    ]
}
