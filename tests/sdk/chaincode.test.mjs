// A chaincode on Hyperledger Fabric's official Node shim, unmodified, as a service behind the network, and the official Node
// SDK in front of it.

import assert from 'node:assert/strict';
import { createPrivateKey, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

import * as grpc from '@grpc/grpc-js';
import fabric from '@hyperledger/fabric-gateway';
import messages from '@hyperledger/fabric-protos';

import { credentialsOf, isGiven, openNetwork, peerOf } from './network.mjs';
import { gridbourse, packageOfService, startService } from './service.mjs';

const { EndorseError, GatewayError, connect, hash, signers } = fabric;
const { TxValidationCode } = messages.peer;
const WASM = 'benchmark';
const NODE = 'benchmark-node';

/** Where a network is given, it must be one of `gridbourse network`, which installs the chaincodes. */
const dataOfGiven = isGiven && JSON.parse(await readFile(process.env.GRIDBOURSE_NETWORK, 'utf8')).data_dir;
const skip = isGiven && !dataOfGiven && 'the given network is not one of `gridbourse network`';

suite('a Node chaincode as a service', { timeout: 300_000, skip }, () => {
    let folder;
    let service;
    let made;
    let network;
    let client;
    let gateway;
    let channel;
    let contract;
    let wasm;
    const runId = randomUUID();
    const key = (name) => `${runId}/${name}`;
    const base64 = (text) => Buffer.from(text).toString('base64');
    const text = (bytes) => Buffer.from(bytes).toString('utf8');
    const result = (bytes) => JSON.parse(text(bytes));
    const value = (bytes) => text(Buffer.from(result(bytes), 'base64'));
    const deadline = () => ({ deadline: Date.now() + 60_000 });

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'gridbourse-service-'));
        made = await packageOfService(NODE, folder);
        service = await startService(made);
        const module = `${WASM}=${process.env.GRIDBOURSE_CONTRACTS}/benchmark.wasm`;
        const packed = `${NODE}=${made.file}`;
        network = await openNetwork('--contract', module, '--contract', packed);
        if (dataOfGiven) {
            for (const chaincode of [module, packed]) {
                await gridbourse('network', '--data-dir', dataOfGiven, 'install', chaincode);
            }
        }
        const [organization] = network.organizations;
        const { address, tlsAuthority, serverName } = await peerOf(organization);
        client = new grpc.Client(address, grpc.credentials.createSsl(Buffer.from(tlsAuthority)), {
            'grpc.ssl_target_name_override': serverName,
        });
        const { mspId, certificate, privateKey } = await credentialsOf(organization);
        gateway = connect({
            client,
            identity: { mspId, credentials: Buffer.from(certificate) },
            signer: signers.newPrivateKeySigner(createPrivateKey(privateKey)),
            hash: hash.sha256,
            evaluateOptions: deadline,
            endorseOptions: deadline,
            submitOptions: deadline,
            commitStatusOptions: deadline,
        });
        channel = gateway.getNetwork(network.channel);
        contract = channel.getContract(NODE);
        wasm = channel.getContract(WASM);
    });

    after(async () => {
        gateway?.close();
        client?.close();
        await network?.stop();
        await service?.stop();
        if (folder) await rm(folder, { recursive: true, force: true });
    });

    test('does what the contract in Wasm does', async () => {
        const scan = [key('scan/'), key('scan0')];
        for (const [name, ...words] of [
            ['empty'],
            ['create', key('a'), base64('first')],
            ['update', key('a'), base64('second')],
            ['put', key('b'), base64('x')],
            ['delete', key('b')],
            // More than a peer hands out at once.
            ['write_many', key('scan/'), '250', '7'],
        ]) {
            const results = await Promise.all([contract, wasm].map((one) => one.submitTransaction(name, ...words)));
            assert.deepEqual(text(results[0]), text(results[1]), name);
        }
        for (const [name, ...words] of [['empty_query'], ['read', key('a')], ['range', ...scan], ['range', scan[0], '']]) {
            const results = await Promise.all([contract, wasm].map((one) => one.evaluateTransaction(name, ...words)));
            assert.deepEqual(text(results[0]), text(results[1]), name);
        }
        assert.deepEqual(result(await contract.evaluateTransaction('range', ...scan)), { keys: 250, value_bytes: '1750' });
        for (const [name, ...words] of [['create', key('a'), 'eA=='], ['update', key('b'), 'eA==']]) {
            const errors = await Promise.all([contract, wasm].map((one) => rejection(one.submitTransaction(name, ...words), EndorseError)));
            assert.deepEqual(...errors.map((error) => error.details.map(({ message }) => message)), name);
            assert.match(errors[0].details[0].message, /chaincode response 500, (EXISTS|MISSING): /);
        }
        const missing = await rejection(contract.evaluateTransaction('read', key('b')), GatewayError);
        assert.match(missing.details[0].message, /chaincode response 500, MISSING: /);
    });

    test('reads the history of a key', async () => {
        for (const next of ['1', '2']) await contract.submitTransaction('put', key('history'), base64(next));
        await contract.submitTransaction('delete', key('history'));
        const history = result(await contract.evaluateTransaction('history', key('history')));
        assert.deepEqual(history, [base64('1'), base64('2'), null]);
    });

    test('tells who listens', async () => {
        const commit = await contract.submitAsync('announce', { arguments: [key('event'), base64('x')] });
        const { blockNumber, successful } = await commit.getStatus();
        assert.equal(successful, true);
        const events = await channel.getChaincodeEvents(NODE, { startBlock: blockNumber });
        for await (const event of events) {
            assert.equal(event.eventName, 'put');
            assert.equal(event.chaincodeName, NODE);
            assert.equal(event.transactionId, commit.getTransactionId());
            assert.equal(text(event.payload), key('event'));
            break;
        }
        events.close();
    });

    test('calls another chaincode', async () => {
        await contract.submitTransaction('call', WASM, 'put', key('called'), base64('by Node'));
        assert.equal(value(await wasm.evaluateTransaction('read', key('called'))), 'by Node');
        assert.equal(value(await contract.evaluateTransaction('call', WASM, 'read', key('called'))), 'by Node');
        const refused = await rejection(contract.evaluateTransaction('call', WASM, 'read', key('nothing')), GatewayError);
        assert.match(refused.details[0].message, /CALLED: MISSING: /);
    });

    test('puts a key under the policy of two organizations', async () => {
        const [one, other] = network.organizations.map(({ msp_id: mspId }) => mspId);
        await contract.submitTransaction('guard', key('guarded'), base64('1'), one, other);
        assert.deepEqual(result(await contract.evaluateTransaction('guards', key('guarded'))), [one, other].sort());
        const alone = { arguments: [key('guarded'), base64('2')], endorsingOrganizations: [one] };
        const refused = await (await contract.submitAsync('put', alone)).getStatus();
        assert.equal(refused.code, TxValidationCode.ENDORSEMENT_POLICY_FAILURE);
        // The gateway asks both by itself.
        await contract.submitTransaction('put', key('guarded'), base64('3'));
        assert.equal(value(await contract.evaluateTransaction('read', key('guarded'))), '3');
    });

    test('loses a conflict', async () => {
        await contract.submitTransaction('put', key('conflict'), base64('0'));
        const proposals = ['1', '2'].map((next) =>
            contract.newProposal('update', { arguments: [key('conflict'), base64(next)] }),
        );
        const transactions = await Promise.all(proposals.map((proposal) => proposal.endorse()));
        const commits = await Promise.all(transactions.map((transaction) => transaction.submit()));
        const statuses = await Promise.all(commits.map((commit) => commit.getStatus()));
        const codes = statuses.map((status) => status.code).sort((a, b) => a - b);
        assert.deepEqual(codes, [TxValidationCode.VALID, TxValidationCode.MVCC_READ_CONFLICT]);
    });

    test('has no private data without a collection', async () => {
        const refused = await rejection(contract.submitTransaction('put_private', 'c', key('p'), base64('x')), EndorseError);
        const reason = isGiven ? /collection/ : /private data collections are not supported/;
        assert.match(refused.details[0].message, reason);
    });

    test('runs many transactions at once', async () => {
        const keys = Array.from({ length: 100 }, (_, number) => key(`many/${number}`));
        await Promise.all(keys.map((one) => contract.submitTransaction('create', one, base64('x'))));
        const found = result(await contract.evaluateTransaction('range', key('many/'), key('many0')));
        assert.equal(found.keys, keys.length);
    });

    test('is found again after it was killed', async () => {
        await service.kill();
        const refused = await rejection(contract.evaluateTransaction('empty_query'), GatewayError);
        if (!isGiven) assert.match(refused.details[0].message, /chaincode response 500, SERVICE_(GONE|UNREACHABLE): /);
        service = await startService(made);
        await contract.submitTransaction('put', key('after'), base64('x'));
        assert.equal(value(await contract.evaluateTransaction('read', key('after'))), 'x');
    });
});

async function rejection(promise, kind) {
    const error = await promise.then(
        () => assert.fail('it succeeded'),
        (reason) => reason,
    );
    assert.ok(error instanceof kind, `${error?.stack}`);
    return error;
}
