// A network to test against: `gridbourse devnet`, started here, or one that runs already. GRIDBOURSE_NETWORK then names
// either a file in the form of devnet's --ready-file, or a connection profile in JSON; with a profile, GRIDBOURSE_USER is the
// folder of the user (the one with `msp` in it) and GRIDBOURSE_CHANNEL the channel.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 15_000;

/** Whether the tests run against a network that somebody else has started. */
export const isGiven = Boolean(process.env.GRIDBOURSE_NETWORK);

/** Opens the network. `options` go to `gridbourse devnet`; a given network has what it has. */
export async function openNetwork(...options) {
    if (isGiven) {
        const folder = await mkdtemp(join(tmpdir(), 'gridbourse-'));
        const stop = () => rm(folder, { recursive: true, force: true });
        return { ...(await givenNetwork(process.env.GRIDBOURSE_NETWORK)), folder, stop };
    }
    const program = process.env.GRIDBOURSE;
    if (!program) {
        throw new Error('GRIDBOURSE names no program: start the tests with `cargo xtask test --only sdk`');
    }
    const folder = await mkdtemp(join(tmpdir(), 'gridbourse-'));
    const readyFile = join(folder, 'ready.json');
    const data = join(folder, 'data');
    const devnet = spawn(program, ['devnet', '--data-dir', data, '--ready-file', readyFile, ...options], {
        stdio: ['ignore', 'ignore', 'inherit'],
    });
    const stop = async () => {
        if (devnet.exitCode === null) {
            devnet.kill('SIGTERM');
            const ended = once(devnet, 'exit');
            const waited = delay(STOPPED_WITHIN_MS, 'late', { ref: false });
            if ((await Promise.race([ended, waited])) === 'late') devnet.kill('SIGKILL');
        }
        await rm(folder, { recursive: true, force: true });
    };
    try {
        return { ...(await readWhenThere(readyFile, devnet)), folder, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

async function givenNetwork(file) {
    const given = JSON.parse(await readFile(file, 'utf8'));
    if (!given.peers) return given;
    const name = given.client.organization;
    const { GRIDBOURSE_USER: user, GRIDBOURSE_CHANNEL: channel = 'mychannel' } = process.env;
    if (!user) throw new Error('GRIDBOURSE_NETWORK is a connection profile: GRIDBOURSE_USER must name the user\'s folder');
    const organization = { name, msp_id: given.organizations[name].mspid, connection_profile: file, user };
    return { channel, organizations: [organization] };
}

async function readWhenThere(file, devnet) {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
        if (devnet.exitCode !== null) throw new Error(`devnet ended with ${devnet.exitCode}`);
        try {
            return JSON.parse(await readFile(file, 'utf8'));
        } catch (error) {
            if (error.code !== 'ENOENT') throw error;
        }
        await delay(50);
    }
    throw new Error(`devnet did not serve within ${READY_WITHIN_MS} ms`);
}

/** The peer of an organization, from its connection profile. */
export async function peerOf(organization) {
    const profile = JSON.parse(await readFile(organization.connection_profile, 'utf8'));
    const [name] = profile.organizations[profile.client.organization].peers;
    const { url, tlsCACerts, grpcOptions } = profile.peers[name];
    return {
        address: new URL(url).host,
        tlsAuthority: tlsCACerts.pem ?? (await readFile(tlsCACerts.path, 'utf8')),
        serverName: grpcOptions?.['ssl-target-name-override'],
    };
}

/** Certificate and private key of an organization's user, in PEM. */
export async function credentialsOf(organization, user = organization.user) {
    const only = async (folder) => {
        const [file] = await readdir(join(user, 'msp', folder));
        return readFile(join(user, 'msp', folder, file), 'utf8');
    };
    return { mspId: organization.msp_id, certificate: await only('signcerts'), privateKey: await only('keystore') };
}
