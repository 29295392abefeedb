//! The chaincode process: Fabric's chaincode protocol in front of a Wasm contract.
