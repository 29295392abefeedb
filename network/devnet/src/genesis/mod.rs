//! Block 0 of a channel: the configuration that everybody on the channel trusts, as Fabric 3's `configtxgen` makes it.
//!
//! All policies are of type Signature: Fabric verifies a signature again for every sub-policy of an implicit policy.
//! The consensus type is `etcdraft` with one consenter, because every tool knows it; with one consenter there is
//! nothing to agree on, and devnet's orderer sends no Raft messages.

mod groups;
mod policies;

use std::time::SystemTime;

use fabric_msp::block::data_hash;
use fabric_msp::proposal::transaction_id;
use fabric_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, ChannelHeader, Config, ConfigEnvelope, Envelope, Header, HeaderType,
    LastConfig, Metadata, OrdererBlockMetadata, Payload, SignatureHeader,
};
use fabric_protos::protos::TxValidationCode;
use prost::Message as _;

use crate::config::Batch;
use crate::identities::{IdentityError, OrganizationFolder};
use crate::nonce::nonce;

/// An organization as a channel's configuration has it.
pub(crate) struct Member {
    /// Id of its membership service provider, which is also its name in the configuration.
    pub(crate) msp_id: String,
    /// Certificate of the authority that issues its identities, in PEM.
    pub(crate) authority: String,
    /// Certificate of the authority that issues its TLS certificates, in PEM.
    pub(crate) tls_authority: String,
    /// Where its node listens: the anchor peer, or the orderer.
    pub(crate) endpoint: Endpoint,
}

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

impl Member {
    pub(crate) fn new(folder: &OrganizationFolder, endpoint: Endpoint) -> Result<Self, IdentityError> {
        Ok(Self {
            msp_id: folder.msp_id.clone(),
            authority: folder.authority()?,
            tls_authority: folder.tls_authority()?,
            endpoint,
        })
    }
}

/// What a channel's first configuration says.
pub(crate) struct Genesis<'network> {
    pub(crate) channel: &'network str,
    /// The organizations with a peer.
    pub(crate) members: &'network [Member],
    /// MSP ids of the organizations that must all agree to definitions and changes; empty: the members' majority.
    pub(crate) administrators: &'network [String],
    pub(crate) orderer: &'network Member,
    /// The orderer's TLS certificate, in PEM.
    pub(crate) orderer_tls_certificate: &'network str,
    pub(crate) batch: Batch,
}

impl Genesis<'_> {
    /// The block. No two are alike: it carries a nonce and the time.
    pub(crate) fn block(&self) -> Block {
        let config = Config { sequence: 0, channel_group: Some(self.channel_group()) };
        let config = ConfigEnvelope { config: Some(config), last_update: None };
        let nonce = nonce();
        let channel_header = ChannelHeader {
            r#type: HeaderType::Config as i32,
            version: 1,
            timestamp: Some(SystemTime::now().into()),
            channel_id: self.channel.to_owned(),
            tx_id: transaction_id(&nonce, &[]),
            ..ChannelHeader::default()
        };
        let signature_header = SignatureHeader { creator: Vec::new(), nonce: nonce.to_vec() };
        let header = Header {
            channel_header: channel_header.encode_to_vec(),
            signature_header: signature_header.encode_to_vec(),
        };
        let payload = Payload { header: Some(header), data: config.encode_to_vec() };
        let envelope = Envelope { payload: payload.encode_to_vec(), signature: Vec::new() };
        let data = BlockData { data: vec![envelope.encode_to_vec()] };
        let header = BlockHeader { number: 0, previous_hash: Vec::new(), data_hash: data_hash(&data).to_vec() };
        Block { header: Some(header), data: Some(data), metadata: Some(metadata()) }
    }
}

/// Metadata of a block that needs no signature: its hash is what people compare.
fn metadata() -> BlockMetadata {
    let last_config =
        OrdererBlockMetadata { last_config: Some(LastConfig { index: 0 }), consenter_metadata: Vec::new() };
    let signatures = Metadata { value: last_config.encode_to_vec(), signatures: Vec::new() };
    let codes = vec![TxValidationCode::Valid as u8];
    BlockMetadata { metadata: vec![signatures.encode_to_vec(), Vec::new(), codes, Vec::new(), Vec::new()] }
}
