//! Which organization may call what.

use fabric_contract_api::{Error, ReadContext};

/// Registers members, opens and cancels sessions.
pub const TRADING_CENTRE: &str = "TradingCentreMSP";
/// Suspends and reinstates members, and may cancel a session.
pub const REGULATOR: &str = "RegulatorMSP";
/// Sets the feeders that trades are checked against.
pub const DISPATCHER: &str = "DispatcherMSP";
/// Records the meters.
pub const GRID_COMPANY: &str = "GridCompanyMSP";

/// Those that may take a session's next step. Seal, clear, expire, settle and reconcile leave nothing to the caller's
/// discretion, so each of the three may call them: a session does not hang if one of the callers is down.
pub const CONSENSUS: [&str; 3] = declaration::CONSENSUS_MSPS;

/// Refuses clients of other organizations.
pub(crate) fn require(context: &ReadContext, msp_ids: &[&str]) -> Result<(), Error> {
    context.client()?.require_msp(msp_ids)
}
