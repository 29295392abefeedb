//! The market's rules.
use crate::finding::Findings;
use crate::report::MarketSummary;
use crate::state::State;
use crate::transaction::Transaction;
use crate::validation::envelope::Checked;
use fabric_msp::ChannelConfig;
/// x
#[derive(Default)]
pub struct Market { pub(crate) summary: MarketSummary }
impl Market {
    pub(crate) fn verify_ahead<'a>(&mut self, _e: impl Iterator<Item = &'a Checked>, _s: &State) {}
    pub(crate) fn check(&mut self, _t: &Transaction, _s: &State, _f: &mut Findings) {}
    pub(crate) fn check_definitions(&self, _s: &State, _c: &ChannelConfig, _f: &mut Findings) {}
}
