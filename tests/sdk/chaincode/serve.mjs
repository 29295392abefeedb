// Serves the benchmark chaincode to peers, as Fabric's own start script for Node does: CHAINCODE_ID is the package's id,
// CHAINCODE_SERVER_ADDRESS where to listen; with TLS, CHAINCODE_TLS_KEY_FILE and CHAINCODE_TLS_CERT_FILE, and
// CHAINCODE_TLS_CLIENT_CACERT_FILE if peers must show a certificate.

import { readFile } from 'node:fs/promises';

// The shim writes a line for each transaction otherwise. It looks when it is loaded.
process.env.CORE_CHAINCODE_LOGGING_LEVEL ??= 'warning';
const { default: shim } = await import('fabric-shim');
const { Benchmark } = await import('./benchmark.mjs');

const {
    CHAINCODE_ID: ccid,
    CHAINCODE_SERVER_ADDRESS: address,
    CHAINCODE_TLS_KEY_FILE: key,
    CHAINCODE_TLS_CERT_FILE: cert,
    CHAINCODE_TLS_CLIENT_CACERT_FILE: clientCACerts,
} = process.env;
if (!ccid || !address) throw new Error('CHAINCODE_ID and CHAINCODE_SERVER_ADDRESS must say who serves, and where');

const tlsProps = key && {
    key: await readFile(key),
    cert: await readFile(cert),
    clientCACerts: clientCACerts && (await readFile(clientCACerts)),
};
await shim.server(new Benchmark(), { ccid, address, tlsProps }).start();
console.log(`serving ${ccid} on ${address}`);
