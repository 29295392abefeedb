use fabric_contract_api::EndorsementPolicy;

use super::START_NS;
use crate::{Failure, MWH, Market, Mismatch, Organization, Participant, Play, bundle_key, expect, parameters, sell};

/// One organization writes what only three may.
///
/// # Errors
/// Something else came of it.
pub fn protection(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let members = [Participant::new("wind", 11, 0)];
    let mut play = Play::open(market, &members, 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, MWH)])?;
    let declared = bundle_key("s09", 1, "wind", 1)?;
    let free = bundle_key("s09", 1, "wind", 2)?;
    // The policy of no organization at all: whoever writes the key next needs somebody that there is not.
    let nobody = EndorsementPolicy::all_of(["NobodyMSP"]).to_bytes();
    let trading_centre = Organization::TradingCentre;
    let attempts = [
        ("declaration", declared.clone(), Some(vec![1]), "ENDORSEMENT_POLICY_FAILURE"),
        ("declaration", declared, None, "ENDORSEMENT_POLICY_FAILURE"),
        ("exchange", free.clone(), Some(vec![1]), "ENDORSEMENT_POLICY_FAILURE"),
        ("declaration", free.clone(), Some(vec![1]), "VALID"),
        ("declaration", free, Some(vec![2]), "ENDORSEMENT_POLICY_FAILURE"),
    ];
    for (chaincode, key, value, expected) in attempts {
        let policy = value.is_some().then(|| nobody.clone());
        let result = play.market.forge_in(chaincode, trading_centre, (key, value), policy);
        expect(chaincode, result.as_ref().err().map_or("VALID", Failure::code), expected)?;
    }
    Ok(())
}
