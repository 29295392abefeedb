//! Blocks without what transactions read and wrote.

use fabric_protos::common::{Block, HeaderType};
use fabric_protos::protos::filtered_transaction::Data;
use fabric_protos::protos::{
    ChaincodeEvent, FilteredBlock, FilteredChaincodeAction, FilteredTransaction, FilteredTransactionActions,
};

use crate::ledger::{TransactionSummary, transactions};

/// Ids, codes and the names of events, without their payloads.
pub(super) fn filtered_block(block: &Block, channel: &str) -> FilteredBlock {
    FilteredBlock {
        channel_id: channel.to_owned(),
        number: block.header.as_ref().map_or(0, |header| header.number),
        filtered_transactions: transactions(block).into_iter().map(filtered_transaction).collect(),
    }
}

fn filtered_transaction(transaction: TransactionSummary) -> FilteredTransaction {
    let kind = transaction.kind.unwrap_or(HeaderType::Message);
    let data = (kind == HeaderType::EndorserTransaction).then(|| {
        let chaincode_actions = transaction.event.into_iter().map(|event| FilteredChaincodeAction {
            chaincode_event: Some(ChaincodeEvent { payload: Vec::new(), ..event }),
        });
        Data::TransactionActions(FilteredTransactionActions { chaincode_actions: chaincode_actions.collect() })
    });
    FilteredTransaction { txid: transaction.id, r#type: kind as i32, tx_validation_code: transaction.code as i32, data }
}
