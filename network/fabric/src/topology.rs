use serde::{Deserialize, Serialize};

/// DNS domain of the standard network.
const DOMAIN: &str = "gridbourse.example";

/// An organization, of the standard network or one that joins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organization<'n> {
    /// Its short name, the first label of its domain: lower-case words with hyphens between them.
    pub name: &'n str,
}

/// All of the standard network; the first three are the consensus organizations.
const ORGANIZATIONS: [Organization<'static>; 5] = [
    Organization { name: "regulator" },
    Organization { name: TRADING_CENTRE },
    Organization { name: "dispatcher" },
    Organization { name: "grid-company" },
    Organization { name: "large-user" },
];
/// The organization that runs the market.
pub(crate) const TRADING_CENTRE: &str = "trading-centre";
/// How many of them must agree to whatever changes the market.
const CONSENSUS: usize = 3;

impl Organization<'_> {
    /// Its name as `cryptogen` and MSP ids have it, in camel case.
    pub(crate) fn camel_case(self) -> String {
        let words = self.name.split('-').map(|word| {
            let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
            first.to_uppercase() + rest
        });
        words.collect()
    }

    /// MSP id of its peer and users.
    #[must_use]
    pub fn msp_id(self) -> String {
        format!("{}MSP", self.camel_case())
    }

    /// MSP id of its ordering node.
    #[must_use]
    pub fn ordering_msp_id(self) -> String {
        format!("{}OrdererMSP", self.camel_case())
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
    pub fn organizations(self) -> &'static [Organization<'static>] {
        &ORGANIZATIONS
    }

    /// The organizations with a peer.
    #[must_use]
    pub fn with_peers(self) -> &'static [Organization<'static>] {
        match self {
            Self::Small => &ORGANIZATIONS[..CONSENSUS],
            Self::Paper | Self::Bft => &ORGANIZATIONS,
        }
    }

    /// The organizations that must agree to changes of the market: all three.
    #[must_use]
    pub fn consensus(self) -> &'static [Organization<'static>] {
        &ORGANIZATIONS[..CONSENSUS]
    }

    /// The organizations with an ordering node.
    #[must_use]
    pub fn ordering(self) -> &'static [Organization<'static>] {
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
    pub fn organization(self, name: &str) -> Option<Organization<'static>> {
        self.organizations().iter().copied().find(|organization| organization.name == name)
    }
}
