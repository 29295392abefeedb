use serde::{Deserialize, Serialize};

/// DNS domain of the standard network.
const DOMAIN: &str = "gridbourse.example";

/// An organization of the standard network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its short name, the first label of its domain.
    pub name: &'static str,
    /// Its name in MSP ids, in camel case.
    camel_case: &'static str,
}

/// All of them; the first three are the consensus organizations.
const ORGANIZATIONS: [Organization; 5] = [
    Organization { name: "regulator", camel_case: "Regulator" },
    Organization { name: TRADING_CENTRE, camel_case: "TradingCentre" },
    Organization { name: "dispatcher", camel_case: "Dispatcher" },
    Organization { name: "grid-company", camel_case: "GridCompany" },
    Organization { name: "large-user", camel_case: "LargeUser" },
];
/// The organization that runs the market.
pub(crate) const TRADING_CENTRE: &str = "trading-centre";
/// How many of them must agree to whatever changes the market.
const CONSENSUS: usize = 3;

impl Organization {
    /// MSP id of its peer and users.
    #[must_use]
    pub fn msp_id(self) -> String {
        format!("{}MSP", self.camel_case)
    }

    /// MSP id of its ordering node.
    #[must_use]
    pub fn ordering_msp_id(self) -> String {
        format!("{}OrdererMSP", self.camel_case)
    }

    /// DNS domain of its peer and users.
    #[must_use]
    pub fn domain(self) -> String {
        format!("{}.{DOMAIN}", self.name)
    }

    /// DNS domain of its ordering node.
    #[must_use]
    pub fn ordering_domain(self) -> String {
        format!("ordering.{}", self.domain())
    }

    /// Name of its peer.
    #[must_use]
    pub fn peer(self) -> String {
        format!("peer0.{}", self.domain())
    }

    /// Name of its ordering node.
    #[must_use]
    pub fn orderer(self) -> String {
        format!("orderer.{}", self.ordering_domain())
    }
}

/// Who takes part and who orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topology {
    /// Peers of the three consensus organizations, one ordering node; the other two are members without a node.
    Small,
    /// Five organizations, three Raft nodes: the paper's network.
    Paper,
    /// Five organizations, four SmartBFT nodes.
    Bft,
}

impl Topology {
    /// As in the names of profiles.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Paper => "paper",
            Self::Bft => "bft",
        }
    }

    /// All organizations.
    #[must_use]
    pub fn organizations(self) -> &'static [Organization] {
        &ORGANIZATIONS
    }

    /// The organizations with a peer.
    #[must_use]
    pub fn with_peers(self) -> &'static [Organization] {
        match self {
            Self::Small => &ORGANIZATIONS[..CONSENSUS],
            Self::Paper | Self::Bft => &ORGANIZATIONS,
        }
    }

    /// The organizations that must agree to changes of the market: all three.
    #[must_use]
    pub fn consensus(self) -> &'static [Organization] {
        &ORGANIZATIONS[..CONSENSUS]
    }

    /// The organizations with an ordering node.
    #[must_use]
    pub fn ordering(self) -> &'static [Organization] {
        match self {
            // The trading centre runs the market, and where there is but one node, that as well.
            Self::Small => &ORGANIZATIONS[1..2],
            Self::Paper => &ORGANIZATIONS[..3],
            Self::Bft => &ORGANIZATIONS[..4],
        }
    }

    /// The profile of a market's channel.
    #[must_use]
    pub fn market_profile(self) -> String {
        format!("market-{}", self.name())
    }

    /// An organization by its name.
    #[must_use]
    pub fn organization(self, name: &str) -> Option<Organization> {
        self.organizations().iter().copied().find(|organization| organization.name == name)
    }
}
