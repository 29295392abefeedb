//! The tree of groups and values of a channel's configuration.

use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::common::{
    BlockDataHashingStructure, Capabilities, Capability, ConfigGroup, ConfigPolicy, ConfigValue, HashingAlgorithm,
    OrdererAddresses,
};
use fabric_protos::etcdraft;
use fabric_protos::msp::{FabricCryptoConfig, FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig};
use fabric_protos::orderer::{BatchSize, BatchTimeout, ChannelRestrictions, ConsensusType};
use fabric_protos::protos::{AnchorPeer, AnchorPeers};
use prost::Message;

use super::policies::{administration, any_of};
use super::{Genesis, Member};
use crate::identities::Role;

/// The policy that guards every change.
pub(super) const ADMINS: &str = "Admins";
/// The name of the ordering organization's group.
const ORDERER_GROUP: &str = "OrdererOrg";
/// Width of the Merkle tree over a block's transactions: so wide that there is no tree.
const HASHING_WIDTH: u32 = u32::MAX;

impl Genesis<'_> {
    /// `/Channel`.
    pub(super) fn channel_group(&self) -> ConfigGroup {
        let mut channel = group([
            ("HashingAlgorithm", value(&HashingAlgorithm { name: "SHA256".to_owned() })),
            ("BlockDataHashingStructure", value(&BlockDataHashingStructure { width: HASHING_WIDTH })),
            ("Capabilities", capabilities("V3_0")),
        ]);
        channel.policies = self.policies().collect();
        channel.groups.insert("Orderer".to_owned(), self.orderer_group());
        channel.groups.insert("Application".to_owned(), self.application_group());
        channel
    }

    /// `/Channel/Orderer`.
    fn orderer_group(&self) -> ConfigGroup {
        let batch_size = BatchSize {
            max_message_count: self.batch.max_message_count,
            absolute_max_bytes: self.batch.absolute_max_bytes,
            preferred_max_bytes: self.batch.preferred_max_bytes,
        };
        let mut orderer = group([
            ("ConsensusType", value(&self.consensus_type())),
            ("BatchSize", value(&batch_size)),
            ("BatchTimeout", value(&BatchTimeout { timeout: format!("{}ms", self.batch.timeout_ms) })),
            ("ChannelRestrictions", value(&ChannelRestrictions { max_count: 0 })),
            ("Capabilities", capabilities("V2_0")),
        ]);
        let block_validation = any_of(&[&self.orderer.msp_id], MspRoleType::Member);
        orderer.policies = self.policies().chain([("BlockValidation".to_owned(), block_validation)]).collect();
        let addresses = OrdererAddresses { addresses: vec![self.orderer.endpoint.to_string()] };
        let organization = self.orderer.group(("Endpoints", value(&addresses)));
        orderer.groups.insert(ORDERER_GROUP.to_owned(), organization);
        orderer
    }

    fn consensus_type(&self) -> ConsensusType {
        let certificate = self.orderer_tls_certificate.as_bytes().to_vec();
        let consenter = etcdraft::Consenter {
            host: self.orderer.endpoint.host.clone(),
            port: self.orderer.endpoint.port.into(),
            client_tls_cert: certificate.clone(),
            server_tls_cert: certificate,
        };
        // The values of Fabric's sample configuration.
        let options = etcdraft::Options {
            tick_interval: "500ms".to_owned(),
            election_tick: 10,
            heartbeat_tick: 1,
            max_inflight_blocks: 5,
            snapshot_interval_size: 16 << 20,
        };
        let metadata = etcdraft::ConfigMetadata { consenters: vec![consenter], options: Some(options) };
        ConsensusType { r#type: "etcdraft".to_owned(), metadata: metadata.encode_to_vec(), state: 0 }
    }

    /// `/Channel/Application`.
    fn application_group(&self) -> ConfigGroup {
        let members = self.member_ids();
        let mut application = group([("Capabilities", capabilities("V2_5"))]);
        let lifecycle = administration(&members, &self.administrator_ids(), MspRoleType::Peer);
        application.policies = self.policies().collect();
        application.policies.insert("Endorsement".to_owned(), any_of(&members, MspRoleType::Peer));
        application.policies.insert("LifecycleEndorsement".to_owned(), lifecycle);
        for member in self.members {
            let endpoint = &member.endpoint;
            let anchor = AnchorPeer { host: endpoint.host.clone(), port: endpoint.port.into() };
            let mut organization = member.group(("AnchorPeers", value(&AnchorPeers { anchor_peers: vec![anchor] })));
            organization.policies.insert("Endorsement".to_owned(), any_of(&[&member.msp_id], MspRoleType::Peer));
            application.groups.insert(member.msp_id.clone(), organization);
        }
        application
    }

    /// Who may read, write and administer: the same on the channel and in its two halves.
    fn policies(&self) -> impl Iterator<Item = (String, ConfigPolicy)> {
        let members = self.member_ids();
        let everybody: Vec<_> = members.iter().copied().chain([self.orderer.msp_id.as_str()]).collect();
        let anybody = any_of(&everybody, MspRoleType::Member);
        [
            ("Readers", anybody.clone()),
            ("Writers", anybody),
            (ADMINS, administration(&members, &self.administrator_ids(), MspRoleType::Admin)),
        ]
        .into_iter()
        .map(|(name, policy)| (name.to_owned(), policy))
    }

    fn member_ids(&self) -> Vec<&str> {
        self.members.iter().map(|member| member.msp_id.as_str()).collect()
    }

    fn administrator_ids(&self) -> Vec<&str> {
        self.administrators.iter().map(String::as_str).collect()
    }
}

impl Member {
    /// The organization's group, with its membership service provider and its own policies.
    fn group(&self, endpoints: (&'static str, ConfigValue)) -> ConfigGroup {
        let msp = MspConfig { r#type: 0, config: self.msp_config().encode_to_vec() };
        let mut group = group([("MSP", value(&msp)), endpoints]);
        let own = [self.msp_id.as_str()];
        group.policies.insert("Readers".to_owned(), any_of(&own, MspRoleType::Member));
        group.policies.insert("Writers".to_owned(), any_of(&own, MspRoleType::Member));
        group.policies.insert(ADMINS.to_owned(), any_of(&own, MspRoleType::Admin));
        group
    }

    /// The configuration of the organization's membership service provider.
    pub(crate) fn msp_config(&self) -> FabricMspConfig {
        let authority = self.authority.as_bytes().to_vec();
        let identifier = |role: Role| {
            Some(FabricOuIdentifier {
                certificate: authority.clone(),
                organizational_unit_identifier: role.organizational_unit().to_owned(),
            })
        };
        FabricMspConfig {
            name: self.msp_id.clone(),
            root_certs: vec![authority.clone()],
            tls_root_certs: vec![self.tls_authority.as_bytes().to_vec()],
            crypto_config: Some(FabricCryptoConfig {
                signature_hash_family: "SHA2".to_owned(),
                identity_identifier_hash_function: "SHA256".to_owned(),
            }),
            fabric_node_ous: Some(FabricNodeOUs {
                enable: true,
                client_ou_identifier: identifier(Role::Client),
                peer_ou_identifier: identifier(Role::Peer),
                admin_ou_identifier: identifier(Role::Admin),
                orderer_ou_identifier: identifier(Role::Orderer),
            }),
            ..FabricMspConfig::default()
        }
    }
}

/// A group with these values, changed by its administrators.
fn group<const COUNT: usize>(values: [(&str, ConfigValue); COUNT]) -> ConfigGroup {
    ConfigGroup {
        values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        mod_policy: ADMINS.to_owned(),
        ..ConfigGroup::default()
    }
}

fn value(message: &impl Message) -> ConfigValue {
    ConfigValue { version: 0, value: message.encode_to_vec(), mod_policy: ADMINS.to_owned() }
}

fn capabilities(name: &str) -> ConfigValue {
    let capabilities = [(name.to_owned(), Capability {})].into_iter().collect();
    value(&Capabilities { capabilities })
}
