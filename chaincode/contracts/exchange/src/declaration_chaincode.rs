//! Calls of the `declaration` chaincode.

use declaration::messages::{BundleName, CHAINCODE, MemberUpdate, PositionUpdate, RoundRecord};
use fabric_contract_api::{Bytes, Context, Error as ApiError, Value};

use crate::error::Error;

pub(crate) fn set_members(context: &mut Context, members: &Vec<MemberUpdate>) -> Result<(), Error> {
    call(context, "set_members", vec![encode(members)?]).map(drop)
}

pub(crate) fn set_round(
    context: &mut Context,
    session: &str,
    round: &RoundRecord,
    positions: &Vec<PositionUpdate>,
) -> Result<(), Error> {
    call(context, "set_round", vec![encode(&session.to_owned())?, encode(round)?, encode(positions)?]).map(drop)
}

pub(crate) fn sealable_bundles(
    context: &mut Context,
    session: &str,
    round: u32,
    bundles_max: u32,
    bytes_max: u32,
) -> Result<Vec<BundleName>, Error> {
    let arguments = vec![encode(&session.to_owned())?, encode(&round)?, encode(&bundles_max)?, encode(&bytes_max)?];
    decode(&call(context, "sealable_bundles", arguments)?)
}

pub(crate) fn read_bundles(
    context: &mut Context,
    session: &str,
    round: u32,
    names: &Vec<BundleName>,
) -> Result<Vec<Option<Bytes>>, Error> {
    let arguments = vec![encode(&session.to_owned())?, encode(&round)?, encode(names)?];
    decode(&call(context, "read_bundles", arguments)?)
}

/// Calls a function; what its caller can do something about keeps its code.
fn call(context: &mut Context, function: &str, arguments: Vec<Vec<u8>>) -> Result<Vec<u8>, Error> {
    context.invoke_chaincode(CHAINCODE, function, arguments).map_err(|error| match &error {
        ApiError::Callee { message, .. } if message.starts_with("ROUND_TOO_LARGE:") => Error::RoundTooLarge,
        ApiError::Callee { message, .. } if message.starts_with("KEY_TAKEN:") => Error::KeyTaken,
        _ => error.into(),
    })
}

fn encode(argument: &impl Value) -> Result<Vec<u8>, ApiError> {
    argument.to_result().map_err(|error| ApiError::Result(format!("an argument for {CHAINCODE}: {error}")))
}

fn decode<T: Value>(payload: &[u8]) -> Result<T, Error> {
    let result = fabric_contract_api::from_json(payload);
    Ok(result.map_err(|error| ApiError::Protocol(format!("the answer of {CHAINCODE}: {error}")))?)
}
