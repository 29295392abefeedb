//! `cscc`: queries of channels and their configuration. The texts are Fabric's.

use fabric_protos::common::{ConfigEnvelope, Envelope, Payload};
use fabric_protos::protos::{ChannelInfo, ChannelQueryResponse};
use prost::Message as _;

use super::{Call, text};
use crate::channel::Channel;
use crate::services::access::{self, READERS};

pub(super) fn invoke(call: &Call<'_>) -> Result<Vec<u8>, String> {
    let Some(function) = call.arguments().first() else {
        return Err("Incorrect number of arguments, 0".to_owned());
    };
    let function = text(function);
    if function == "GetChannels" {
        access::check_member(call.peer, &call.proposal.signature_header.creator)
            .map_err(|reason| format!("access denied for [{function}]: {reason}"))?;
        return Ok(channels(call));
    }
    let Some(name) = call.arguments().get(1) else {
        return Err("Incorrect number of arguments, 1".to_owned());
    };
    let name = text(name);
    let denied = |reason| format!("access denied for [{function}][{name}]: {reason}");
    let channel = call.channel(&name);
    match function.as_ref() {
        "GetConfigBlock" => {
            let channel = channel.ok_or_else(|| format!("Unknown channel ID, {name}"))?;
            call.authorize(channel, READERS).map_err(denied)?;
            Ok(config_block(channel)?.encode_to_vec())
        }
        "GetChannelConfig" => {
            if name.is_empty() {
                return Err("empty channel name provided".to_owned());
            }
            let channel = channel.ok_or_else(|| format!("unknown channel ID, {name}"))?;
            call.authorize(channel, READERS).map_err(denied)?;
            channel_config(channel)
        }
        _ => Err(format!("Requested function {function} not found.")),
    }
}

fn channels(call: &Call<'_>) -> Vec<u8> {
    let joined = call.channels.iter().filter(|(_, channel)| channel.peer(&call.peer.msp_id).is_some());
    let channels = joined.map(|(name, _)| ChannelInfo { channel_id: name.clone() }).collect();
    ChannelQueryResponse { channels }.encode_to_vec()
}

fn config_block(channel: &Channel) -> Result<std::sync::Arc<fabric_protos::common::Block>, String> {
    let block = channel.ledger.block(channel.ledger.last_config_block()).map_err(|error| error.to_string())?;
    block.ok_or_else(|| "the last configuration block is missing".to_owned())
}

/// The configuration alone, out of its block.
fn channel_config(channel: &Channel) -> Result<Vec<u8>, String> {
    let block = config_block(channel)?;
    let envelope = block.data.as_ref().and_then(|data| data.data.first()).map_or(&[][..], Vec::as_slice);
    let config = Envelope::decode(envelope)
        .and_then(|envelope| Payload::decode(envelope.payload.as_slice()))
        .and_then(|payload| ConfigEnvelope::decode(payload.data.as_slice()))
        .map_err(|error| error.to_string())?
        .config;
    Ok(config.ok_or("the last configuration block has no configuration")?.encode_to_vec())
}
