//! One run of a load.

use super::{Arguments, node::Services, spent::Spent};
use crate::commands::bench::{
    latency_of,
    venue::{Endorsers, Venue},
};
use anyhow::Result;
use fabric_client::load::{CommitBy, Mode, Options, Prepared, Stop, Work};
use fabric_network::{Usage, own_processor_time};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};

/// A contract on a network.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) venue: &'a Venue,
    pub(super) chaincode: &'static str,
    pub(super) endorsers: &'a Endorsers,
    /// Its processes, where they are this program's own.
    pub(super) services: Option<&'a Services>,
}

/// What a run came to.
#[derive(Clone, Serialize)]
pub(super) struct Run {
    pub(super) valid_per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Transactions that failed, in any way.
    pub(super) not_valid: u64,
    pub(super) first_error: Option<String>,
    /// Where its processor time went, for each transaction; none on devnet, which is part of this program.
    pub(super) spent: Option<Spent>,
    /// The most memory that a process of the contract held at once until now, bytes.
    pub(super) contract_memory_bytes: Option<u64>,
}

impl Side<'_> {
    /// What all processes have used so far.
    fn usage(self) -> BTreeMap<i32, Usage> {
        let services = self.services.map(Services::usage).unwrap_or_default();
        self.venue.usage().into_iter().chain(services).collect()
    }

    pub(super) async fn run(self, arguments: &Arguments, work: Work, seconds: f64) -> Result<Run> {
        // One write of many keys is work enough.
        let concurrency = if matches!(work, Work::WriteMany { .. }) { 1 } else { arguments.concurrency as usize };
        let options = Options {
            channel: self.venue.ready.channel.clone(),
            chaincode: self.chaincode.to_owned(),
            work,
            payload_bytes: arguments.payload_bytes as usize,
            mode: Mode::Latency { concurrency },
            stop: Stop::Elapsed(Duration::from_secs_f64(seconds)),
            warm_up: Duration::ZERO,
            commit_by: CommitBy::FilteredBlocks,
            seed: 1,
        };
        let organizations = self.venue.ready.organizations.len();
        let clients = self.venue.clients(organizations, arguments.processes.into(), self.endorsers).await?;
        let load = Prepared::new(clients, options).await?;
        let (before, own) = (self.usage(), own_processor_time());
        let total = load.run().await?.total;
        let after = self.usage();
        let (p50_ms, p99_ms) = latency_of(&total);
        let spent = (!after.is_empty()).then(|| {
            let own = own_processor_time().saturating_sub(own);
            Spent::between(&before, &after, self.chaincode, own).per(total.valid)
        });
        Ok(Run {
            valid_per_second: total.transactions_per_second,
            p50_ms,
            p99_ms,
            not_valid: total.sent - total.valid,
            first_error: total.first_error,
            spent,
            contract_memory_bytes: super::spent::contract_memory(&after, self.chaincode),
        })
    }
}
