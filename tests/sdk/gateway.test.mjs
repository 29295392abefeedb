// Hyperledger Fabric's official Node SDK, unmodified, against the benchmark contract.

import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

import * as grpc from '@grpc/grpc-js';
import fabric from '@hyperledger/fabric-gateway';
import messages from '@hyperledger/fabric-protos';

import { credentialsOf, openNetwork, peerOf } from './network.mjs';

const { EndorseError, GatewayError, checkpointers, connect, hash, signers } = fabric;
const { peer: peerMessages } = messages;
const { TxValidationCode } = peerMessages;
const CHAINCODE = 'benchmark';

suite('the Node SDK', { timeout: 120_000 }, () => {
    let network;
    let organization;
    let client;
    let identity;
    let signer;
    let gateway;
    let channel;
    let contract;
    const runId = randomUUID();
    const key = (name) => `sdk/${runId}/${name}`;
    const base64 = (text) => Buffer.from(text).toString('base64');
    const text = (bytes) => Buffer.from(bytes).toString('utf8');
    const value = (bytes) => text(Buffer.from(JSON.parse(text(bytes)), 'base64'));
    const deadline = () => ({ deadline: Date.now() + 20_000 });

    before(async () => {
        network = await openNetwork('--contract', `${CHAINCODE}=${process.env.GRIDBOURSE_CONTRACTS}/benchmark.wasm`);
        [organization] = network.organizations;
        const { address, tlsAuthority, serverName } = await peerOf(organization);
        client = new grpc.Client(address, grpc.credentials.createSsl(Buffer.from(tlsAuthority)), {
            'grpc.ssl_target_name_override': serverName,
        });
        const { mspId, certificate, privateKey } = await credentialsOf(organization);
        identity = { mspId, credentials: Buffer.from(certificate) };
        signer = signers.newPrivateKeySigner(createPrivateKey(privateKey));
        gateway = connect({
            client,
            identity,
            signer,
            hash: hash.sha256,
            evaluateOptions: deadline,
            endorseOptions: deadline,
            submitOptions: deadline,
            commitStatusOptions: deadline,
        });
        channel = gateway.getNetwork(network.channel);
        contract = channel.getContract(CHAINCODE);
    });

    after(async () => {
        gateway?.close();
        client?.close();
        await network?.stop();
    });

    test('submits and evaluates', async () => {
        const result = await contract.submitTransaction('create', key('a'), base64('first'));
        assert.equal(result.length, 0);
        assert.equal(value(await contract.evaluateTransaction('read', key('a'))), 'first');
        const scan = JSON.parse(text(await contract.evaluateTransaction('range', key('a'), key('b'))));
        assert.deepEqual(scan, { keys: 1, value_bytes: '5' });
    });

    test('finds a contract by its name', async () => {
        const named = channel.getContract(CHAINCODE, 'Benchmark');
        await named.submitTransaction('put', key('named'), base64('by name'));
        assert.equal(value(await named.evaluateTransaction('read', key('named'))), 'by name');
        const metadata = await channel.getContract(CHAINCODE, 'org.hyperledger.fabric').evaluateTransaction('GetMetadata');
        assert.ok(JSON.parse(text(metadata)).contracts.Benchmark);
    });

    test('tells the commit status with the block', async () => {
        const commit = await contract.submitAsync('put', { arguments: [key('status'), base64('x')] });
        const status = await commit.getStatus();
        assert.equal(status.successful, true);
        assert.equal(status.code, TxValidationCode.VALID);
        assert.equal(status.transactionId, commit.getTransactionId());
        assert.ok(status.blockNumber > 0n);
    });

    test('tells that a transaction lost a conflict', async () => {
        await contract.submitTransaction('put', key('conflict'), base64('0'));
        // Both read the same version before either is committed.
        const proposals = ['1', '2'].map((next) =>
            contract.newProposal('update', { arguments: [key('conflict'), base64(next)] }),
        );
        const transactions = await Promise.all(proposals.map((proposal) => proposal.endorse()));
        const commits = await Promise.all(transactions.map((transaction) => transaction.submit()));
        const statuses = await Promise.all(commits.map((commit) => commit.getStatus()));
        const codes = statuses.map((status) => status.code).sort((a, b) => a - b);
        assert.deepEqual(codes, [TxValidationCode.VALID, TxValidationCode.MVCC_READ_CONFLICT]);
    });

    test('signs offline at every step', async () => {
        // This gateway knows the certificate, but has no key.
        const offline = connect({ client, identity, hash: hash.sha256 });
        const unsigned = offline.getNetwork(network.channel).getContract(CHAINCODE);
        await assert.rejects(unsigned.evaluateTransaction('read', key('a')), /No signing implementation/);

        const unsignedProposal = unsigned.newProposal('put', { arguments: [key('offline'), base64('signed elsewhere')] });
        const proposal = offline.newSignedProposal(
            unsignedProposal.getBytes(),
            await signer(unsignedProposal.getDigest()),
        );
        const unsignedTransaction = await proposal.endorse(deadline());
        const transaction = offline.newSignedTransaction(
            unsignedTransaction.getBytes(),
            await signer(unsignedTransaction.getDigest()),
        );
        const unsignedCommit = await transaction.submit(deadline());
        const commit = offline.newSignedCommit(unsignedCommit.getBytes(), await signer(unsignedCommit.getDigest()));
        const { successful, blockNumber } = await commit.getStatus(deadline());
        assert.equal(successful, true);

        const unsignedRequest = offline
            .getNetwork(network.channel)
            .newChaincodeEventsRequest(CHAINCODE, { startBlock: blockNumber });
        const request = offline.newSignedChaincodeEventsRequest(
            unsignedRequest.getBytes(),
            await signer(unsignedRequest.getDigest()),
        );
        const events = await request.getEvents();
        await contract.submitTransaction('announce', key('heard offline'), base64('x'));
        assert.equal(text((await first(events, 1))[0].payload), key('heard offline'));
        offline.close();
    });

    test('gives every chaincode event once over reconnections, by a checkpoint on disk', async () => {
        const file = join(network.folder, `checkpoint-${runId}.json`);
        const start = await contract.submitAsync('announce', { arguments: [key('event 0'), base64('x')] });
        const { blockNumber } = await start.getStatus();
        const names = ['event 1', 'event 2', 'event 3'];
        for (const name of names) {
            await contract.submitTransaction('announce', key(name), base64('x'));
        }
        const heard = [];
        for (let round = 0; round < 2; round += 1) {
            const checkpointer = await checkpointers.file(file);
            const events = await channel.getChaincodeEvents(CHAINCODE, {
                startBlock: blockNumber,
                checkpoint: checkpointer,
            });
            for (const event of await first(events, 2)) {
                assert.equal(event.eventName, 'put');
                assert.equal(event.chaincodeName, CHAINCODE);
                heard.push(text(event.payload));
                await checkpointer.checkpointChaincodeEvent(event);
            }
        }
        assert.deepEqual(heard, ['event 0', ...names].map(key));
    });

    test('streams blocks, filtered blocks, and blocks with private data', async () => {
        const commit = await contract.submitAsync('announce', { arguments: [key('block'), base64('x')] });
        const { blockNumber } = await commit.getStatus();
        const startBlock = blockNumber;

        const [block] = await first(await channel.getBlockEvents({ startBlock }), 1);
        assert.equal(BigInt(block.getHeader().getNumber()), blockNumber);

        const [filtered] = await first(await channel.getFilteredBlockEvents({ startBlock }), 1);
        const transaction = filtered.getFilteredTransactionsList().find((one) => one.getTxid() === commit.getTransactionId());
        assert.equal(transaction.getTxValidationCode(), TxValidationCode.VALID);

        const [whole] = await first(await channel.getBlockAndPrivateDataEvents({ startBlock }), 1);
        assert.equal(BigInt(whole.getBlock().getHeader().getNumber()), blockNumber);

        const [next] = await first(await channel.getBlockEvents({ startBlock: 0n }), 1);
        assert.equal(next.getHeader().getNumber(), 0);
    });

    test('says why an endorsement failed, for each endorser', async () => {
        await contract.submitTransaction('put', key('there'), base64('x'));
        const error = await rejection(contract.submitTransaction('create', key('there'), base64('y')), EndorseError);
        assert.equal(error.code, grpc.status.ABORTED);
        assert.match(error.transactionId, /^[0-9a-f]{64}$/);
        assert.ok(error.details.length > 0);
        for (const detail of error.details) {
            assert.match(detail.message, /chaincode response 500, EXISTS: /);
            assert.match(detail.mspId, /MSP$/);
            assert.match(detail.address, /:\d+$/);
        }
    });

    test('says why an evaluation failed', async () => {
        const missing = await rejection(contract.evaluateTransaction('read', key('nothing')), GatewayError);
        assert.equal(missing.code, grpc.status.UNKNOWN);
        assert.match(missing.details[0].message, /chaincode response 500, MISSING: /);
        const stranger = channel.getContract('no-such-chaincode');
        await rejection(stranger.evaluateTransaction('read', key('a')), GatewayError);
        await rejection(gateway.getNetwork('no-such-channel').getContract(CHAINCODE).evaluateTransaction('f'), GatewayError);
    });

    test('refuses a signature that is not the identity\'s', async () => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const forger = connect({ client, identity, signer: signers.newPrivateKeySigner(privateKey), hash: hash.sha256 });
        const forged = forger.getNetwork(network.channel).getContract(CHAINCODE);
        await rejection(forged.submitTransaction('put', key('forged'), base64('x')), EndorseError);
        forger.close();

        // An endorsement is the rightful client's, the transaction around it is signed by somebody else.
        const endorsed = await contract.newProposal('put', { arguments: [key('forged'), base64('x')] }).endorse();
        const stolen = gateway.newSignedTransaction(endorsed.getBytes(), Buffer.from('no signature'));
        const outcome = await stolen.submit(deadline()).then(
            async (commit) => (await commit.getStatus(deadline())).successful,
            (error) => {
                assert.ok(error instanceof GatewayError, String(error));
                return false;
            },
        );
        assert.equal(outcome, false);
        await rejection(contract.evaluateTransaction('read', key('forged')), GatewayError);
    });
});

/** Reads so many items of a stream and closes it. */
async function first(items, count) {
    const read = [];
    try {
        for await (const item of items) {
            read.push(item);
            if (read.length === count) return read;
        }
    } finally {
        items.close();
    }
    throw new Error(`the stream ended after ${read.length} of ${count}`);
}

async function rejection(promise, kind) {
    const error = await promise.then(
        () => assert.fail('it succeeded'),
        (reason) => reason,
    );
    assert.ok(error instanceof kind, `${error?.stack}`);
    return error;
}
