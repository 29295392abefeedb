//! The clients of one life of the network: between its start and its death.

use crate::Error;
use crate::journal::Journal;
use crate::program::{Ready, ReadyOrganization};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fabric_client::{Connection, Contract, Gateway, RetryPolicy, Timeouts, TxValidationCode};
use fabric_msp::LocalSigner;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// Transactions that the clients of each organization keep under way.
const LANES: usize = 4;
/// Keys that all clients update, so that there are conflicts and histories.
const SHARED_KEYS: u32 = 8;
/// Transactions of one life at most, so that the chain of a long run can still be read at its end.
const TRANSACTIONS_MAX: u32 = 400;

/// Gateways to all organizations.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) channel: String,
    pub(crate) gateways: Vec<Gateway>,
}

impl Clients {
    pub(crate) fn connect(ready: &Ready) -> Result<Self, Error> {
        let gateways = ready.organizations.iter().map(gateway).collect::<Result<_, _>>()?;
        Ok(Clients { channel: ready.channel.clone(), gateways })
    }

    pub(crate) fn contracts(&self) -> impl Iterator<Item = Contract> {
        self.gateways.iter().map(|gateway| gateway.network(&self.channel).contract("benchmark"))
    }

    /// Finds out what became of the transactions in doubt, as a client must after a crash: it submits the same
    /// transaction again, which commits at most once, and asks. BFT orderers refuse what they have ordered already.
    pub(crate) async fn reconcile(&self, journal: &Journal) -> Result<(), Error> {
        let Some(gateway) = self.gateways.first() else { return Ok(()) };
        for transaction in journal.in_doubt() {
            let transaction = transaction.through(gateway);
            let commit = transaction.submit().await.unwrap_or_else(|_| transaction.commit());
            journal.told(&commit.sign()?.status().await?);
        }
        Ok(())
    }

    /// Sends transactions until the network dies, or there have been enough.
    pub(crate) fn load(&self, life: u64, journal: &Arc<Journal>, random: &mut ChaCha8Rng) -> Lanes {
        self.start(life, journal, random, TRANSACTIONS_MAX, AfterError::End)
    }

    /// Sends transactions until it is told to end, whatever fails.
    pub(crate) fn lasting_load(&self, journal: &Arc<Journal>, random: &mut ChaCha8Rng) -> Lanes {
        self.start(0, journal, random, u32::MAX, AfterError::Pause)
    }

    fn start(
        &self,
        life: u64,
        journal: &Arc<Journal>,
        random: &mut ChaCha8Rng,
        transactions_max: u32,
        after_error: AfterError,
    ) -> Lanes {
        let left = Arc::new(Mutex::new(transactions_max));
        let mut lanes = JoinSet::new();
        for (organization, contract) in self.contracts().enumerate() {
            for lane in 0..LANES {
                let lane = Lane {
                    name: format!("{life:05}-{organization}-{lane}"),
                    contract: contract.clone(),
                    journal: Arc::clone(journal),
                    left: Arc::clone(&left),
                    after_error,
                    random: rand::SeedableRng::seed_from_u64(random.random()),
                };
                lanes.spawn(lane.run());
            }
        }
        Lanes { lanes, left }
    }

    /// The gateway of an organization's user.
    pub(crate) fn gateway(msp_id: &str, user: &Path, connection: &Connection) -> Result<Gateway, Error> {
        let signer = LocalSigner::from_folder(msp_id, &user.join("msp"))
            .map_err(|e| Error::Client(fabric_client::Error::Sign(e.to_string())))?;
        let timeouts = Timeouts { commit_status: Duration::from_secs(20), ..Timeouts::default() };
        let gateway = Gateway::new(connection.open_lazily()?, Arc::new(signer)).with_timeouts(timeouts);
        Ok(gateway.with_retry_policy(RetryPolicy::NEVER))
    }
}

fn gateway(organization: &ReadyOrganization) -> Result<Gateway, Error> {
    let profile = &organization.connection_profile;
    let profile = std::fs::read(profile).map_err(|e| Error::file(profile, &e))?;
    Clients::gateway(&organization.msp_id, &organization.user, &Connection::from_profile(&profile)?)
}

/// Clients at work.
#[derive(Debug)]
pub(crate) struct Lanes {
    lanes: JoinSet<()>,
    /// Transactions that they may still send.
    left: Arc<Mutex<u32>>,
}

impl Lanes {
    /// Waits until they have ended by themselves.
    pub(crate) async fn ended(mut self) -> Result<(), Error> {
        while let Some(lane) = self.lanes.join_next().await {
            lane?;
        }
        Ok(())
    }

    /// Has them finish what is under way, and end.
    pub(crate) async fn end(self) -> Result<(), Error> {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        self.ended().await
    }
}

/// What a client does when the network fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterError {
    /// The network is dead.
    End,
    /// A part of it is, and will be back.
    Pause,
}

/// Time between an error and the next attempt.
const PAUSE: Duration = Duration::from_millis(200);

/// One transaction after the other.
struct Lane {
    name: String,
    contract: Contract,
    journal: Arc<Journal>,
    left: Arc<Mutex<u32>>,
    after_error: AfterError,
    random: ChaCha8Rng,
}

impl Lane {
    async fn run(mut self) {
        let mut number = 0;
        while self.takes_one() {
            number += 1;
            // An error is a failure of the network, or a contract's or a network's refusal: whatever was submitted is in the
            // journal.
            if let Err(error) = self.transact(number).await {
                tracing::debug!(lane = self.name, %error, "transaction without an outcome");
                match self.after_error {
                    _ if error.contract_error().is_some() => {}
                    AfterError::End => return,
                    AfterError::Pause => tokio::time::sleep(PAUSE).await,
                }
            }
        }
    }

    fn takes_one(&self) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let takes = *left > 0;
        *left = left.saturating_sub(1);
        takes
    }

    async fn transact(&mut self, number: u32) -> Result<(), fabric_client::Error> {
        let shared = format!("shared-{}", self.random.random_range(0..SHARED_KEYS));
        let value = STANDARD.encode(self.random.random::<[u8; 16]>());
        let proposal = match self.random.random_range(0..16) {
            0 | 1 => self.contract.proposal("put").arguments([shared, value]),
            2 | 3 => self.contract.proposal("update").arguments([shared, value]),
            4 => self.contract.proposal("delete").arguments([shared]),
            _ => self.contract.proposal("create").arguments([format!("{}-{number}", self.name), value]),
        };
        let transaction = proposal.build().sign()?.endorse().await?.sign()?;
        self.journal.submitting(&transaction);
        let commit = transaction.submit().await?.sign()?;
        let status = commit.status().await?;
        self.journal.told(&status);
        // Once in a while the same again, which must not count a second time.
        if status.code == TxValidationCode::Valid && self.random.random_ratio(1, 32) {
            transaction.submit().await?;
        }
        Ok(())
    }
}
