//! Reads a whole chain from a peer, checks that it is one, and replays it.

use crate::Error;
use fabric_client::{Network, TxValidationCode};
use fabric_msp::{ChannelConfig, block};
use fabric_protos::common::{Block, BlockMetadataIndex, ChannelHeader, Envelope, HeaderType, Payload};
use fabric_protos::{DecodeError, Message as _, kvrwset, protos, rwset};
use futures_util::StreamExt as _;
use std::collections::{BTreeMap, HashMap};

/// A transaction in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) block_number: u64,
    pub(crate) code: TxValidationCode,
}

/// A chain that was read to its end.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Every occurrence of every transaction, configurations left out.
    pub(crate) places: HashMap<String, Vec<Place>>,
    /// The contract's keys and values after all valid transactions.
    pub(crate) state: BTreeMap<String, Vec<u8>>,
    /// Hash of the last block's header.
    pub(crate) last_hash: Vec<u8>,
    height: u64,
    /// `None` before the first block.
    config: Option<ChannelConfig>,
}

/// What is wrong with a block.
type Fault = Box<dyn std::error::Error + Send + Sync>;

impl Ledger {
    /// Reads and replays the chain.
    ///
    /// # Errors
    /// [`Error::Chain`] if it is broken, [`Error::Client`] if it cannot be read.
    pub(crate) async fn read(network: &Network, chaincode: &str) -> Result<Self, Error> {
        let info = network.chain_info().await?;
        let last = info.height.checked_sub(1).ok_or_else(|| Error::Chain("it is empty".into()))?;
        let mut blocks = network.blocks::<Block>().start_block(0).last_block(last).open().await?;
        let mut ledger = Ledger::default();
        while let Some(block) = blocks.next().await {
            ledger.append(&block?, chaincode).map_err(|e| Error::Chain(format!("block {}: {e}", ledger.height)))?;
        }
        if ledger.last_hash != info.current_block_hash {
            return Err(Error::Chain("its last hash is not the one that the peer states".into()));
        }
        Ok(ledger)
    }

    fn append(&mut self, block: &Block, chaincode: &str) -> Result<(), Fault> {
        let header = block.header.as_ref().ok_or("it has no header")?;
        if header.number != self.height {
            return Err(format!("its number is {}", header.number).into());
        }
        if header.previous_hash != self.last_hash {
            return Err("its previous hash is not the hash of the block before".into());
        }
        match &self.config {
            Some(config) => block::verify(config, block)?,
            // The first block is not signed; what it says about the orderers holds for all others.
            None => {
                block::verify_data_hash(block)?;
                self.config = Some(ChannelConfig::from_block(block)?);
            }
        }
        self.last_hash = block::header_hash(header).to_vec();
        self.height += 1;
        let filter = BlockMetadataIndex::TransactionsFilter as usize;
        let codes = block.metadata.as_ref().and_then(|metadata| metadata.metadata.get(filter));
        let codes = codes.ok_or("it has no validation codes")?;
        let envelopes = block.data.as_ref().map_or(&[][..], |data| &data.data);
        if codes.len() != envelopes.len() {
            return Err(format!("it has {} validation codes for {} transactions", codes.len(), envelopes.len()).into());
        }
        for (envelope, code) in envelopes.iter().zip(codes) {
            self.apply(header.number, Transaction::read(envelope)?, i32::from(*code).try_into()?, chaincode)?;
        }
        Ok(())
    }

    fn apply(
        &mut self,
        block_number: u64,
        transaction: Transaction,
        code: TxValidationCode,
        chaincode: &str,
    ) -> Result<(), Fault> {
        if code == TxValidationCode::Valid {
            for write in transaction.writes(chaincode)? {
                if write.is_delete {
                    self.state.remove(&write.key);
                } else {
                    self.state.insert(write.key, write.value);
                }
            }
        }
        if transaction.action.is_some() {
            self.places.entry(transaction.id).or_default().push(Place { block_number, code });
        }
        Ok(())
    }
}

/// An envelope, as far as a replay needs it.
struct Transaction {
    id: String,
    /// `None` for a configuration.
    action: Option<protos::ChaincodeAction>,
}

impl Transaction {
    fn read(envelope: &[u8]) -> Result<Self, DecodeError> {
        let payload = Payload::decode(Envelope::decode(envelope)?.payload.as_slice())?;
        let header = ChannelHeader::decode(payload.header.unwrap_or_default().channel_header.as_slice())?;
        let action = if header.r#type == i32::from(HeaderType::EndorserTransaction) {
            let transaction = protos::Transaction::decode(payload.data.as_slice())?;
            let action = transaction.actions.into_iter().next().unwrap_or_default();
            let endorsed =
                protos::ChaincodeActionPayload::decode(action.payload.as_slice())?.action.unwrap_or_default();
            let response = protos::ProposalResponsePayload::decode(endorsed.proposal_response_payload.as_slice())?;
            Some(protos::ChaincodeAction::decode(response.extension.as_slice())?)
        } else {
            None
        };
        Ok(Transaction { id: header.tx_id, action })
    }

    /// What the transaction writes into a chaincode's state.
    fn writes(&self, chaincode: &str) -> Result<Vec<kvrwset::KvWrite>, DecodeError> {
        let Some(action) = &self.action else { return Ok(Vec::new()) };
        let sets = rwset::TxReadWriteSet::decode(action.results.as_slice())?;
        let mut writes = Vec::new();
        for set in sets.ns_rwset.into_iter().filter(|set| set.namespace == chaincode) {
            writes.extend(kvrwset::KvrwSet::decode(set.rwset.as_slice())?.writes);
        }
        Ok(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The blocks that a real Fabric network made.
    fn recorded() -> Vec<Block> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings/fabric-3.1.5/blocks");
        let read = |number| std::fs::read(folder.join(format!("{number:04}.pb"))).unwrap();
        (0..44).map(|number| Block::decode(read(number).as_slice()).unwrap()).collect()
    }

    fn replay(blocks: &[Block]) -> Result<Ledger, Fault> {
        let mut ledger = Ledger::default();
        blocks.iter().try_for_each(|block| ledger.append(block, "open"))?;
        Ok(ledger)
    }

    #[test]
    fn a_real_chain_is_replayed() {
        let ledger = replay(&recorded()).unwrap();
        let value = |key: &str| ledger.state.get(key).map(Vec::as_slice);
        // Deleted and written again; refused, then endorsed; in conflict, so that the first stays.
        let values = [value("a"), value("g"), value("mvcc"), value("via"), value("m00249")];
        assert_eq!(values, [Some(&b"3"[..]), Some(b"4"), Some(b"0"), None, Some(&[249])]);
        let twice = ledger.places.values().filter(|places| places.len() > 1).count();
        assert_eq!(twice, 2, "two envelopes were submitted twice");
    }

    #[test]
    fn a_changed_chain_is_broken() {
        let change: [fn(&mut Vec<Block>); 6] = [
            |blocks| drop(blocks.remove(20)),
            |blocks| blocks.swap(20, 21),
            |blocks| blocks[20].data.as_mut().unwrap().data[0][100] ^= 1,
            |blocks| blocks[20].header.as_mut().unwrap().data_hash[0] ^= 1,
            |blocks| blocks[20].header.as_mut().unwrap().previous_hash[0] ^= 1,
            |blocks| blocks[20].metadata.as_mut().unwrap().metadata[0][100] ^= 1,
        ];
        for (number, change) in change.into_iter().enumerate() {
            let mut blocks = recorded();
            change(&mut blocks);
            assert!(replay(&blocks).is_err(), "change {number}");
        }
    }
}
