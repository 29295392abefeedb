//! The audit of one channel, block by block.

use std::collections::BTreeMap;
use std::sync::Arc;

use fabric_msp::ChannelConfig;
use fabric_msp::block::{header_hash, is_config};
use fabric_protos::common::{Block, BlockMetadataIndex, Metadata};
use fabric_protos::protos::TxValidationCode;
use prost::Message;

use crate::chain::{Chain, Fault, faults, metadata_entry};
use crate::finding::{Code, Findings};
use crate::market::{Market, Watch};
use crate::packages::Packages;
use crate::parallel;
use crate::report::Report;
use crate::source::{SourceError, Sourced};
use crate::state::LIFECYCLE;
use crate::trail::Trail;
use crate::validation::envelope::{self, Checked};
use crate::validation::{BlockToValidate, Validator, code_byte};

/// Envelopes whose signatures are verified in one go, on all cores.
const BATCH_ENVELOPES_MAX: usize = 4096;

/// What an audit is told beforehand.
#[derive(Debug, Default)]
pub struct Options {
    /// Hash of the first block's header. Without it the audit takes the first block that it finds.
    pub genesis_hash: Option<[u8; 32]>,
    /// The organizations' packages, to be compared with what the channel has committed.
    pub packages: Packages,
}

/// Audits the blocks of a source, from the first on.
///
/// # Errors
/// [`SourceError`], if blocks cannot be read. What is wrong with those that can be is in the report.
pub fn audit(
    source: impl Iterator<Item = Result<Sourced, SourceError>>,
    options: &Options,
) -> Result<Report, SourceError> {
    let mut audit = Audit::default();
    audit.run(source, options)?;
    Ok(audit.report(options))
}

/// What came of following a certificate.
#[derive(Debug)]
pub struct Followed {
    /// The audit of the whole ledger, without which the trail is worth nothing.
    pub report: Report,
    /// The certificate's trail; none if the ledger has no such certificate.
    pub trail: Option<Trail>,
}

/// Audits the blocks of a source, and follows one certificate through them.
///
/// # Errors
/// As for [`audit`].
pub fn follow(
    source: impl Iterator<Item = Result<Sourced, SourceError>>,
    options: &Options,
    certificate: &str,
) -> Result<Followed, SourceError> {
    let mut audit = Audit { watch: Some(Watch::new(certificate)), ..Audit::default() };
    audit.run(source, options)?;
    let trail = audit.watch.as_ref().and_then(|watch| watch.trail(&audit.findings.channel, &audit.validator.state));
    Ok(Followed { report: audit.report(options), trail })
}

/// Reads some blocks. A configuration block is the last of its batch, since those after it are under its rules.
fn read_batch(source: &mut impl Iterator<Item = Result<Sourced, SourceError>>) -> Result<Vec<Sourced>, SourceError> {
    let (mut batch, mut envelopes) = (Vec::new(), 0);
    for sourced in source {
        let sourced = sourced?;
        let ends = match &sourced {
            Sourced::Broken(_) => true,
            Sourced::Block { block, .. } => {
                envelopes += block.data.as_ref().map_or(0, |data| data.data.len()).max(1);
                is_config(block)
            }
        };
        batch.push(sourced);
        if ends || envelopes >= BATCH_ENVELOPES_MAX {
            break;
        }
    }
    Ok(batch)
}

/// What the audit knows so far.
#[derive(Default)]
struct Audit {
    config: Option<Arc<ChannelConfig>>,
    chain: Chain,
    validator: Validator,
    market: Market,
    findings: Findings,
    genesis_hash: String,
    transactions: BTreeMap<String, u64>,
    watch: Option<Watch>,
}

/// A block after the checks that need no state.
struct CheckedBlock<'a> {
    block: &'a Block,
    faults: Vec<Fault>,
    envelopes: Vec<Checked>,
}

impl Audit {
    fn run(
        &mut self,
        mut source: impl Iterator<Item = Result<Sourced, SourceError>>,
        options: &Options,
    ) -> Result<(), SourceError> {
        loop {
            let batch = read_batch(&mut source)?;
            if batch.is_empty() || !self.check_batch(&batch, options) {
                return Ok(());
            }
        }
    }

    /// Checks some blocks; false if nothing more can be checked.
    fn check_batch(&mut self, batch: &[Sourced], options: &Options) -> bool {
        let config = match (&self.config, batch) {
            (Some(config), _) => Arc::clone(config),
            (None, [Sourced::Block { block, .. }, ..]) => match self.begin(block, options) {
                Some(config) => config,
                None => return false,
            },
            (None, _) => {
                self.report_broken(batch);
                return false;
            }
        };
        let checked = parallel::map(batch, |sourced| check_block(sourced, &config));
        let envelopes = checked.iter().flatten().flat_map(|checked| &checked.envelopes);
        self.market.verify_ahead(&config.channel_id, envelopes, &self.validator.state);
        for checked in checked.into_iter().flatten() {
            self.check_in_order(checked, &config);
        }
        self.report_broken(batch)
    }

    /// Says where the source found no block; false if it did.
    fn report_broken(&mut self, batch: &[Sourced]) -> bool {
        let Some(Sourced::Broken(fault)) = batch.last() else { return true };
        self.findings.block = Some(self.chain.height);
        self.findings.add(Code::BlockFile, format!("{fault}; what follows is not audited"));
        false
    }

    /// Takes up the first block's configuration, on which everything rests.
    fn begin(&mut self, block: &Block, options: &Options) -> Option<Arc<ChannelConfig>> {
        let hash = block.header.as_ref().map(header_hash).unwrap_or_default();
        self.genesis_hash = hex::encode(hash);
        self.findings.block = Some(0);
        match ChannelConfig::from_block(block) {
            Ok(config) => {
                self.findings.channel.clone_from(&config.channel_id);
                if options.genesis_hash.is_some_and(|pinned| pinned != hash) {
                    let message = format!("the first block's hash is {}, not the pinned one", self.genesis_hash);
                    self.findings.add(Code::GenesisHash, message);
                }
                let config = Arc::new(config);
                self.config = Some(Arc::clone(&config));
                Some(config)
            }
            Err(error) => {
                self.findings.add(Code::GenesisConfiguration, format!("{error}; nothing more is audited"));
                None
            }
        }
    }

    /// The checks that depend on the blocks before.
    fn check_in_order(&mut self, checked: CheckedBlock<'_>, config: &ChannelConfig) {
        let CheckedBlock { block, faults, envelopes } = checked;
        let number = self.chain.height;
        self.findings.block = Some(number);
        let is_tampered = faults.iter().any(|(code, _)| *code == Code::DataHash);
        for (code, message) in faults {
            self.findings.add(code, message);
        }
        let recorded = metadata_entry(block, BlockMetadataIndex::TransactionsFilter);
        if is_config(block) && recorded == [code_byte(TxValidationCode::Valid)] {
            self.chain.last_config = number;
            if number > 0 {
                self.change_configuration(block, config);
            }
        }
        self.chain.follow(block, &mut self.findings);

        let raw = block.data.as_ref().map_or(&[][..], |data| data.data.as_slice());
        let to_validate =
            BlockToValidate { number, envelopes: &envelopes, recorded, tampered: is_tampered.then_some(raw) };
        let Self { validator, market, findings, watch, .. } = self;
        let mut defines = false;
        let codes = validator.validate(&to_validate, config, |id, transaction, state| {
            findings.transaction = Some(id.to_owned());
            defines |= transaction.sets.iter().any(|set| set.space.namespace == LIFECYCLE && set.writes_anything());
            market.check(&config.channel_id, transaction, state, findings);
            if let Some(watch) = watch {
                watch.see(number, id, transaction);
            }
        });
        self.findings.transaction = None;
        if defines {
            Market::check_definitions(&self.validator.state, config, &mut self.findings);
        }
        self.compare_codes(&envelopes, &codes, recorded);
        let commit_hash = metadata_entry(block, BlockMetadataIndex::CommitHash);
        if let Ok(Metadata { value, .. }) = Metadata::decode(commit_hash)
            && !self.validator.has_commit_hash(value)
        {
            self.findings.add(Code::CommitHash, "it is not that of the block's validation codes and writes");
        }
    }

    fn change_configuration(&mut self, block: &Block, config: &ChannelConfig) {
        match ChannelConfig::from_block(block) {
            Ok(changed) => {
                if changed.sequence.checked_sub(1) != Some(config.sequence) || changed.channel_id != config.channel_id {
                    self.findings.add(Code::ConfigurationChange, "the configuration does not follow the one before");
                }
                self.config = Some(Arc::new(changed));
                let message = "the configuration changes; whether those who had to agree did is not checked";
                self.findings.add(Code::ConfigurationChange, message);
            }
            Err(error) => self.findings.add(Code::ConfigurationChange, error.to_string()),
        }
    }

    fn compare_codes(&mut self, envelopes: &[Checked], codes: &[u8], recorded: &[u8]) {
        if codes.len() != recorded.len() {
            let message = format!("{} validation codes for {} transactions", recorded.len(), codes.len());
            self.findings.add(Code::ValidationCode, message);
        }
        for ((envelope, code), recorded) in envelopes.iter().zip(codes).zip(recorded) {
            *self.transactions.entry(name_of(*code)).or_default() += 1;
            if code != recorded {
                self.findings.transaction = Some(envelope.id.clone());
                let message = format!("{} is recorded, it should be {}", name_of(*recorded), name_of(*code));
                self.findings.add(Code::ValidationCode, message);
            }
        }
        self.findings.transaction = None;
    }

    fn report(mut self, options: &Options) -> Report {
        self.findings.block = None;
        let chaincodes = options.packages.check(&self.validator.state, &mut self.findings);
        Report {
            channel: self.findings.channel,
            genesis_hash: self.genesis_hash,
            genesis_pinned: options.genesis_hash.is_some(),
            blocks: self.chain.height,
            last_block_hash: hex::encode(self.chain.hash),
            transactions: self.transactions,
            chaincodes,
            market: self.market.summary,
            findings_count: self.findings.count,
            findings: self.findings.kept,
        }
    }
}

fn check_block<'a>(sourced: &'a Sourced, config: &ChannelConfig) -> Option<CheckedBlock<'a>> {
    let Sourced::Block { block, bytes, fault } = sourced else { return None };
    let mut faults: Vec<Fault> = fault.iter().map(|fault| (Code::BlockFile, fault.to_string())).collect();
    faults.extend(self::faults(block, bytes.as_deref(), config));
    let envelopes = block.data.as_ref().map_or(&[][..], |data| data.data.as_slice());
    let is_first = block.header.as_ref().is_some_and(|header| header.number == 0);
    let envelopes = envelopes
        .iter()
        .map(|envelope| if is_first { envelope::first(envelope) } else { envelope::check(envelope, config) })
        .collect();
    Some(CheckedBlock { block, faults, envelopes })
}

/// Fabric's name of a validation code.
fn name_of(code: u8) -> String {
    let known = TxValidationCode::try_from(i32::from(code));
    known.map_or_else(|_| format!("code {code}"), |code| code.as_str_name().to_owned())
}
