//! Makes and signs blocks as a Fabric orderer does.

use std::sync::Arc;

use fabric_msp::block::{data_hash, header_hash, signed_bytes};
use fabric_msp::{LocalSigner, Signer, SignerError};
use fabric_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, LastConfig, Metadata, MetadataSignature, OrdererBlockMetadata,
    SignatureHeader,
};
use prost::Message as _;

use super::cutter::Cut;
use crate::ledger::Ledger;
use crate::nonce::nonce;

/// Numbers and links the blocks of one channel.
pub(super) struct BlockWriter {
    next_number: u64,
    previous_hash: Vec<u8>,
    last_config: LastConfig,
    signer: Arc<LocalSigner>,
}

impl BlockWriter {
    /// Continues the chain of `ledger`.
    pub(super) fn new(ledger: &Ledger, signer: Arc<LocalSigner>) -> Self {
        let info = ledger.info();
        Self {
            next_number: info.height,
            previous_hash: info.current_block_hash,
            last_config: LastConfig { index: ledger.last_config_block() },
            signer,
        }
    }

    /// The next block, with these envelopes.
    ///
    /// # Errors
    ///
    /// [`SignerError::Failed`].
    pub(super) fn block(&mut self, envelopes: Cut) -> Result<Block, SignerError> {
        let data = BlockData { data: envelopes };
        let header = BlockHeader {
            number: self.next_number,
            previous_hash: std::mem::take(&mut self.previous_hash),
            data_hash: data_hash(&data).to_vec(),
        };
        self.next_number += 1;
        self.previous_hash = header_hash(&header).to_vec();
        let metadata =
            BlockMetadata { metadata: vec![self.signatures(&header)?, Vec::new(), Vec::new(), Vec::new(), Vec::new()] };
        Ok(Block { header: Some(header), data: Some(data), metadata: Some(metadata) })
    }

    /// The orderer's signature, over the last config block's number, the signer and the header.
    fn signatures(&self, header: &BlockHeader) -> Result<Vec<u8>, SignerError> {
        // A single orderer has nothing to tell other consenters.
        let value = OrdererBlockMetadata { last_config: Some(self.last_config), consenter_metadata: Vec::new() }
            .encode_to_vec();
        let signature_header =
            SignatureHeader { creator: self.signer.creator().to_vec(), nonce: nonce().to_vec() }.encode_to_vec();
        let signature = self.signer.sign(&signed_bytes(&value, &signature_header, header))?;
        let signature = MetadataSignature { signature_header, signature, ..MetadataSignature::default() };
        Ok(Metadata { value, signatures: vec![signature] }.encode_to_vec())
    }
}
