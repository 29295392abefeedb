// Fabric's `peer` program, unmodified, against the network. It is the user's: on PATH or in FABRIC_BIN.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';

import messages from '@hyperledger/fabric-protos';

import { isGiven, openNetwork, peerOf } from './network.mjs';

const run = promisify(execFile);
const PATH = [process.env.FABRIC_BIN, process.env.PATH].filter(Boolean).join(delimiter);
const CHAINCODE = 'benchmark';

const isThere = (() => {
    try {
        execFileSync('peer', ['version'], { env: { PATH }, stdio: 'ignore' });
        return true;
    } catch {
        return false;
    }
})();
if (!isThere) console.log('real-fabric: not run (peer not found)');

suite('the peer program', { timeout: 120_000, skip: !isThere }, () => {
    let network;
    let environment;
    let orderer;
    let endorsers;
    const key = `peer/${randomUUID()}`;
    const base64 = (text) => Buffer.from(text).toString('base64');
    const call = (...words) => JSON.stringify({ Args: words });

    before(async () => {
        network = await openNetwork('--contract', `${CHAINCODE}=${process.env.GRIDBOURSE_CONTRACTS}/benchmark.wasm`);
        const file = async (name, text) => {
            await writeFile(join(network.folder, name), text);
            return join(network.folder, name);
        };
        const all = await Promise.all(network.organizations.map(peerOf));
        // Organizations without a peer of their own use another's.
        const peers = all.filter(({ address }, index) => all.findIndex((one) => one.address === address) === index);
        const authorities = await Promise.all(peers.map(({ tlsAuthority }, index) => file(`tls-${index}.pem`, tlsAuthority)));
        endorsers = peers.flatMap(({ address }, index) => [
            '--peerAddresses', address, '--tlsRootCertFiles', authorities[index],
        ]);
        orderer = network.orderer && [
            '-o', network.orderer, '--tls', '--cafile', await file('orderer.pem', network.orderer_tls_authority),
        ];
        const configuration = join(network.folder, 'peer-configuration');
        await mkdir(configuration);
        await writeFile(join(configuration, 'core.yaml'), 'peer:\n  BCCSP:\n    Default: SW\n    SW: {Hash: SHA2, Security: 256}\n');
        const [organization] = network.organizations;
        environment = {
            PATH,
            HOME: network.folder,
            FABRIC_CFG_PATH: configuration,
            FABRIC_LOGGING_SPEC: 'error',
            CORE_PEER_TLS_ENABLED: 'true',
            CORE_PEER_ADDRESS: peers[0].address,
            CORE_PEER_TLS_ROOTCERT_FILE: authorities[0],
            CORE_PEER_LOCALMSPID: organization.msp_id,
            CORE_PEER_MSPCONFIGPATH: join(organization.user, 'msp'),
        };
    });

    after(() => network?.stop());

    const peer = (...words) => run('peer', words, { env: environment });
    const chaincode = ['-C', () => network.channel, '-n', CHAINCODE];
    const on = () => chaincode.map((word) => (typeof word === 'function' ? word() : word));

    test('invokes through the orderer and waits for the event', async () => {
        if (!orderer) return;
        const { stderr } = await peer(
            'chaincode', 'invoke', ...orderer, ...on(), ...endorsers, '--waitForEvent', '-c', call('put', `${key}/1`, base64('one')),
        );
        assert.doesNotMatch(stderr, /Error/);
        const { stdout } = await peer('chaincode', 'query', ...on(), '-c', call('read', `${key}/1`));
        assert.equal(JSON.parse(stdout), base64('one'));
    });

    test('finds the orderer by itself', async () => {
        await peer('chaincode', 'invoke', '--tls', ...(orderer?.slice(3) ?? []), ...on(), ...endorsers, '--waitForEvent', '-c', call('put', `${key}/2`, base64('two')));
        const { stdout } = await peer('chaincode', 'query', ...on(), '-c', call('read', `${key}/2`));
        assert.equal(JSON.parse(stdout), base64('two'));
    });

    test('shows the error of a contract', async () => {
        await assert.rejects(peer('chaincode', 'query', ...on(), '-c', call('read', `${key}/nothing`)), /MISSING: /);
    });

    test('tells the channels and how high one is', async () => {
        const { stdout: list } = await peer('channel', 'list');
        assert.match(list, new RegExp(`^${network.channel}$`, 'm'));
        const { stdout } = await peer('channel', 'getinfo', '-c', network.channel);
        const info = JSON.parse(stdout.replace(/^Blockchain info: /, ''));
        assert.ok(info.height > 1);
    });

    test('fetches blocks', async () => {
        for (const which of ['oldest', 'newest', '1', 'config']) {
            const file = join(network.folder, `${which}.block`);
            await peer('channel', 'fetch', which, file, '-c', network.channel, '--tls');
            const block = messages.common.Block.deserializeBinary(await readFile(file));
            if (which === 'oldest' || which === 'config') assert.equal(block.getHeader().getNumber(), 0);
            if (which === '1') assert.equal(block.getHeader().getNumber(), 1);
        }
        if (!orderer) return;
        const file = join(network.folder, 'orderer.block');
        await peer('channel', 'fetch', '1', file, '-c', network.channel, ...orderer);
        const [ofOrderer, ofPeer] = await Promise.all(
            [file, join(network.folder, '1.block')].map(async (one) => messages.common.Block.deserializeBinary(await readFile(one))),
        );
        // What a peer has found valid, it writes into the metadata.
        for (const block of [ofOrderer, ofPeer]) block.clearMetadata();
        assert.deepEqual(ofOrderer.serializeBinary(), ofPeer.serializeBinary());
    });

    test('tells what is committed and installed', async () => {
        const { stdout } = await peer('lifecycle', 'chaincode', 'querycommitted', '-C', network.channel, '-n', CHAINCODE, '--output', 'json');
        const { version, sequence } = JSON.parse(stdout);
        if (!isGiven) assert.equal(sequence, 1);
        assert.match(version, /^\d+\.\d+\.\d+\+[0-9a-f]{64}$/);
        const { stdout: all } = await peer('lifecycle', 'chaincode', 'querycommitted', '-C', network.channel);
        assert.match(all, new RegExp(`Name: ${CHAINCODE}, Version: `));
        // Only an administrator may ask what is installed.
        const user = environment.CORE_PEER_MSPCONFIGPATH;
        environment.CORE_PEER_MSPCONFIGPATH = user.replace(/User1@/, 'Admin@');
        const { stdout: installed } = await peer('lifecycle', 'chaincode', 'queryinstalled', '--output', 'json');
        environment.CORE_PEER_MSPCONFIGPATH = user;
        assert.ok(JSON.parse(installed).installed_chaincodes.some(({ label }) => label.startsWith(`${CHAINCODE}_`)));
    });
});
