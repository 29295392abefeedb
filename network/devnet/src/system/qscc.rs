//! `qscc`: queries of a ledger. The texts are Fabric's.

use prost::Message as _;

use super::{Call, text};
use crate::ledger::{Ledger, LedgerError};
use crate::services::access::READERS;

pub(super) fn invoke(call: &Call<'_>) -> Result<Vec<u8>, String> {
    let (function, channel_name, argument) = match call.arguments() {
        [] | [_] => return Err(format!("Incorrect number of arguments, {}", call.arguments().len())),
        [function, channel] => (text(function), text(channel), None),
        [function, channel, argument, ..] => (text(function), text(channel), Some(argument.as_slice())),
    };
    let function = function.as_ref();
    if function != "GetChainInfo" && argument.is_none() {
        return Err(format!("missing 3rd argument for {function}"));
    }
    let channel = call.channel(&channel_name).ok_or_else(|| format!("Invalid chain ID, {channel_name}"))?;
    call.authorize(channel, READERS)
        .map_err(|reason| format!("access denied for [{function}][{channel_name}]: [{reason}]"))?;
    let (ledger, argument) = (&channel.ledger, argument.unwrap_or_default());
    match function {
        "GetChainInfo" => Ok(ledger.info().encode_to_vec()),
        "GetBlockByNumber" => block_by_number(ledger, argument),
        "GetBlockByHash" => {
            let failed = |reason| format!("Failed to get block hash {}, error {reason}", text(argument));
            let hash = hex::encode(argument);
            found(ledger.block_by_hash(argument), format_args!("no such block hash [{hash}] in index"))
                .map(|block| block.encode_to_vec())
                .map_err(failed)
        }
        "GetTransactionByID" => {
            let id = text(argument);
            found(ledger.transaction(&id), format_args!("no such transaction ID [{id}] in index"))
                .map(|transaction| transaction.encode_to_vec())
                .map_err(|reason| format!("Failed to get transaction with id {id}, error {reason}"))
        }
        "GetBlockByTxID" => {
            let id = text(argument);
            let block = ledger.transaction_location(&id).and_then(|location| match location {
                Some(location) => ledger.block(location.block),
                None => Ok(None),
            });
            found(block, format_args!("no such transaction ID [{id}] in index"))
                .map(|block| block.encode_to_vec())
                .map_err(|reason| format!("Failed to get block for txID {id}, error {reason}"))
        }
        _ => Err(format!("Requested function {function} not found.")),
    }
}

/// `18446744073709551615` means the last block, as in Fabric's block store.
fn block_by_number(ledger: &Ledger, argument: &[u8]) -> Result<Vec<u8>, String> {
    let argument = text(argument);
    let number: u64 = argument.parse().map_err(|_| {
        format!("Failed to parse block number with error strconv.ParseUint: parsing \"{argument}\": invalid syntax")
    })?;
    let wanted = if number == u64::MAX { ledger.height().saturating_sub(1) } else { number };
    found(ledger.block(wanted), format_args!("no such block number [{number}] in index"))
        .map(|block| block.encode_to_vec())
        .map_err(|reason| format!("Failed to get block number {number}, error {reason}"))
}

/// What was found, or why it was not.
fn found<T>(result: Result<Option<T>, LedgerError>, missing: std::fmt::Arguments<'_>) -> Result<T, String> {
    result.map_err(|error| error.to_string())?.ok_or_else(|| missing.to_string())
}
