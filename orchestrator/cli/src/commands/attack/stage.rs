//! The network that is attacked, with the honest organizations and the members that trade on it.

use super::{
    attacker::Attacker,
    installer::{Installer, Peers},
    session::Session,
};
use crate::commands::{
    contracts::Contracts,
    devnet::{Ready, describe},
    network::{self, MARKET},
};
use agents::key::MemberKey;
use anyhow::{Context, Result};
use app::{clock::Clock, market::Market};
use declaration::{encoding::Hexadecimal, messages::Connection};
use exchange::messages::{Registration, Terms};
use fabric_msp::sha256;
use std::path::Path;

/// The class that all members of an attack belong to.
pub(super) const CLASS: &str = "A1/20kV";
/// Wh in a MWh; what one order is for.
pub(super) const MWH: u64 = 1_000_000;
/// Most that a member may sell or buy in a session, Wh.
pub(super) const LIMIT_WH: u64 = 2 * MWH;

/// A network, its honest part and its dishonest one.
pub(super) struct Stage {
    /// The honest organizations.
    pub(super) market: Market,
    /// The dishonest one.
    pub(super) attacker: Attacker,
    /// Offers what `buyer` asks for.
    pub(super) seller: Member,
    /// Buys from `seller`.
    pub(super) buyer: Member,
    /// Is in league with the attacker.
    pub(super) accomplice: Member,
    /// Where the attacker's peer listens, and whom a client of it trusts.
    pub(super) door: fabric_client::Connection,
    /// What can install contracts on the attacker's peer, where that is possible.
    pub(super) installer: Option<Installer>,
    clock: Clock,
}

/// A member with its key and its one connection point.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) point: u32,
    pub(super) key: MemberKey,
}

impl Member {
    /// A member of a name that no earlier run has used, as `now_ns` is in it.
    pub(super) fn new(role: &str, point: u32, now_ns: u64) -> Result<Self> {
        Ok(Self { name: format!("{role}-{now_ns:x}"), point, key: MemberKey::simulated(now_ns, role)? })
    }

    fn registration(&self) -> Result<Registration> {
        Ok(Registration {
            member: self.name.clone(),
            information_hash: Hexadecimal(sha256([self.name.as_bytes()])),
            terms: Terms {
                public_key: Hexadecimal(self.key.public()?),
                connections: vec![Connection { point: self.point, class: CLASS.to_owned() }],
                sell_limit_wh: LIMIT_WH,
                buy_limit_wh: LIMIT_WH,
            },
        })
    }
}

impl Stage {
    /// Starts a market network of the program's own in a folder.
    pub(super) async fn start(data_dir: &Path, contracts: &Contracts, organization: &str) -> Result<Self> {
        let network = network::start_market(data_dir, contracts, None).await?;
        let ready = describe(&network, MARKET)?;
        let stage = Self::enter(&ready, organization).await?;
        Ok(stage.with_installer(Peers::Devnet(network), contracts, organization))
    }

    /// Joins a network that runs.
    pub(super) async fn join(ready: &Ready, contracts: &Contracts, organization: &str) -> Result<Self> {
        let stage = Self::enter(ready, organization).await?;
        let Some(folder) = &ready.data_dir else { return Ok(stage) };
        let network = fabric_network::Network::open(folder)?;
        Ok(stage.with_installer(Peers::Fabric(network), contracts, organization))
    }

    async fn enter(ready: &Ready, organization: &str) -> Result<Self> {
        let gateways = ready.gateways().await?;
        let organization = ready.organization(organization)?;
        let now_ns = Clock::Real.now_ns();
        let stage = Self {
            market: Market::new(&gateways, &ready.channel),
            attacker: Attacker::new(ready, organization).await?,
            seller: Member::new("seller", 1, now_ns)?,
            buyer: Member::new("buyer", 2, now_ns)?,
            accomplice: Member::new("accomplice", 3, now_ns)?,
            door: organization.connection(),
            installer: None,
            clock: Clock::Real,
        };
        stage.register(&[&stage.seller, &stage.buyer, &stage.accomplice]).await?;
        Ok(stage)
    }

    fn with_installer(self, peers: Peers, contracts: &Contracts, organization: &str) -> Self {
        let installer = Installer { peers, contracts: contracts.clone(), organization: organization.to_owned() };
        Self { installer: Some(installer), ..self }
    }

    /// Ends the network, if it is this program's own.
    pub(super) async fn stop(self) {
        if let Some(installer) = self.installer {
            installer.stop().await;
        }
    }

    pub(super) fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    /// Registers members, as the honest trading centre does.
    pub(super) async fn register(&self, members: &[&Member]) -> Result<()> {
        let registrations = members.iter().map(|member| member.registration()).collect::<Result<Vec<_>>>()?;
        self.market.register_members(&registrations, self.now_ns()).await.context("cannot register members")
    }

    /// Opens a session in which `seller` and `buyer` have declared what makes one trade of 1 MWh.
    pub(super) async fn session(&self) -> Result<Session<'_>> {
        Session::open(self).await
    }
}
