//! What a network consists of: its organizations, its channels and how blocks are cut.
//!
//! The description of a network is written into its data folder at the first start. Later starts must name the same
//! organizations; channels may be added.

use serde::{Deserialize, Serialize};

/// A network: organizations with one peer each, one ordering organization, and channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// DNS domain of the ordering organization; an organization's own domain is `<name>.<domain>`.
    pub domain: String,
    /// The organizations, each with one peer.
    pub organizations: Vec<Organization>,
    /// The channels.
    pub channels: Vec<Channel>,
}

/// An organization of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Short name in lower case, for example `trading-centre`: the first label of its domain.
    pub name: String,
    /// Id of its membership service provider, for example `TradingCentreMSP`.
    pub msp_id: String,
}

/// A channel and its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Name of the channel: lower-case letters, digits, `.` and `-`.
    pub name: String,
    /// Names of the organizations that have a peer on the channel.
    pub members: Vec<String>,
    /// Names of the organizations that must all agree to a chaincode definition and to a change of the channel.
    /// Empty: the majority of the members.
    pub administrators: Vec<String>,
    /// How the orderer cuts blocks. Counts when the channel is made; afterwards the channel's own configuration does.
    pub batch: Batch,
}

/// When the orderer cuts a block, with the meaning of Fabric's `BatchSize` and `BatchTimeout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Most transactions in a block.
    pub max_message_count: u32,
    /// Most bytes of one transaction; larger ones are refused.
    pub absolute_max_bytes: u32,
    /// A block is cut before it grows over this many bytes; a larger transaction gets a block of its own.
    pub preferred_max_bytes: u32,
    /// A block is cut when its first transaction has waited this long, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for Batch {
    /// Short blocks for interactive sessions: 500 transactions, 2 MiB or 25 ms.
    fn default() -> Self {
        Self { max_message_count: 500, absolute_max_bytes: 99 << 20, preferred_max_bytes: 2 << 20, timeout_ms: 25 }
    }
}

impl Organization {
    /// An organization whose MSP id is its name in camel case followed by `MSP`: `grid-company` is `GridCompanyMSP`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let capitalized = name.split('-').map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        });
        Self { name: name.to_owned(), msp_id: capitalized.collect::<String>() + "MSP" }
    }
}

impl Channel {
    /// A channel of `members`, administered by the majority of them.
    #[must_use]
    pub fn new<'a>(name: &str, members: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            name: name.to_owned(),
            members: members.into_iter().map(str::to_owned).collect(),
            administrators: Vec::new(),
            batch: Batch::default(),
        }
    }

    /// The same channel, administered by all of `administrators` together.
    #[must_use]
    pub fn administered_by<'a>(mut self, administrators: impl IntoIterator<Item = &'a str>) -> Self {
        self.administrators = administrators.into_iter().map(str::to_owned).collect();
        self
    }

    /// The same channel with other batch settings.
    #[must_use]
    pub fn with_batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }
}

impl Network {
    /// A network for authors of contracts: organizations `org1` to `org<count>` and the channel `channel` of them all.
    #[must_use]
    pub fn generic(count: usize, channel: &str) -> Self {
        let organizations: Vec<_> = (1..=count).map(|number| Organization::new(&format!("org{number}"))).collect();
        let channel = Channel::new(channel, organizations.iter().map(|organization| organization.name.as_str()));
        Self { domain: "example.com".to_owned(), organizations, channels: vec![channel] }
    }

    /// The network of the market: regulator, trading centre and dispatcher (which administer together), a grid company
    /// and a large user; the channel `market` of all five, and for each but the regulator `org-<name>` with the regulator.
    #[must_use]
    pub fn market() -> Self {
        const REGULATOR: &str = "regulator";
        const NAMES: [&str; 5] = [REGULATOR, "trading-centre", "dispatcher", "grid-company", "large-user"];
        let mut channels = vec![Channel::new("market", NAMES).administered_by(NAMES[..3].iter().copied())];
        channels.extend(NAMES.iter().filter(|name| **name != REGULATOR).map(|name| {
            let members = [REGULATOR, name];
            Channel::new(&format!("org-{name}"), members).administered_by(members)
        }));
        let regulator = [REGULATOR];
        channels.push(Channel::new("org-regulator", regulator).administered_by(regulator));
        Self {
            domain: "gridbourse.example".to_owned(),
            organizations: NAMES.iter().map(|name| Organization::new(name)).collect(),
            channels,
        }
    }

    /// The organization with this name.
    #[must_use]
    pub fn organization(&self, name: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.name == name)
    }

    /// The DNS domain of an organization.
    #[must_use]
    pub fn domain_of(&self, organization: &Organization) -> String {
        format!("{}.{}", organization.name, self.domain)
    }

    /// What is wrong with the description, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.organizations.is_empty() {
            return Some("a network needs an organization".to_owned());
        }
        for (index, organization) in self.organizations.iter().enumerate() {
            if !is_label(&organization.name) {
                return Some(format!(
                    "'{}' is no name for an organization: use lower-case letters, digits and '-'",
                    organization.name
                ));
            }
            let twice = |other: &Organization| other.name == organization.name || other.msp_id == organization.msp_id;
            if self.organizations[..index].iter().any(twice) || organization.msp_id == ORDERER_MSP_ID {
                return Some(format!(
                    "organization '{}' or its MSP id '{}' is there twice",
                    organization.name, organization.msp_id
                ));
            }
        }
        for (index, channel) in self.channels.iter().enumerate() {
            if !is_channel_name(&channel.name) {
                return Some(format!("'{}' is no name for a channel", channel.name));
            }
            if self.channels[..index].iter().any(|other| other.name == channel.name) {
                return Some(format!("channel '{}' is there twice", channel.name));
            }
            if channel.members.is_empty() || channel.members.len() > ORGANIZATIONS_MAX {
                return Some(format!("channel '{}' must have 1 to {ORGANIZATIONS_MAX} members", channel.name));
            }
            if let Some(unknown) = channel.members.iter().find(|name| self.organization(name).is_none()) {
                return Some(format!("channel '{}' has the unknown member '{unknown}'", channel.name));
            }
            if let Some(stranger) = channel.administrators.iter().find(|name| !channel.members.contains(name)) {
                return Some(format!("channel '{}' is administered by '{stranger}', which is no member", channel.name));
            }
            if channel.batch.max_message_count == 0 || channel.batch.timeout_ms == 0 {
                return Some(format!(
                    "channel '{}': a block needs room for a transaction and a time above zero",
                    channel.name
                ));
            }
        }
        None
    }
}

/// Most organizations on a channel: the gateway plans endorsements by looking at all sets of them.
pub const ORGANIZATIONS_MAX: usize = 16;
/// MSP id of the ordering organization.
pub const ORDERER_MSP_ID: &str = "OrdererMSP";

/// Fabric's rule for channel names: `[a-z][a-z0-9.-]*`, at most 249 characters.
fn is_channel_name(name: &str) -> bool {
    name.len() <= 249
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter))
}

/// A label of a domain name that is also safe as a folder name.
fn is_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn msp_ids_are_camel_case() {
        assert_eq!(Organization::new("org1").msp_id, "Org1MSP");
        assert_eq!(Organization::new("trading-centre").msp_id, "TradingCentreMSP");
    }

    #[test]
    fn presets_are_sound() {
        assert_eq!(Network::market().problem(), None);
        assert_eq!(Network::generic(3, "ch").problem(), None);
        assert_eq!(Network::market().channels.len(), 6);
    }

    #[test]
    fn mistakes_are_named() {
        let mut network = Network::generic(2, "ch");
        network.channels[0].members.push("org9".to_owned());
        assert_eq!(network.problem().as_deref(), Some("channel 'ch' has the unknown member 'org9'"));
        let mut network = Network::generic(2, "Ch");
        assert_eq!(network.problem().as_deref(), Some("'Ch' is no name for a channel"));
        network.organizations[0].name = "../x".to_owned();
        assert!(network.problem().is_some_and(|problem| problem.contains("no name for an organization")));
    }
}
