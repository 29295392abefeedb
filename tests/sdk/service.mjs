// The Node chaincode as a service, beside a network to test against.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SERVE = fileURLToPath(new URL('chaincode/serve.mjs', import.meta.url));

/** Runs `gridbourse` to its end and returns what it printed. */
export async function gridbourse(...words) {
    return (await run(process.env.GRIDBOURSE, words)).stdout;
}

/** Makes a package for a service on a free port of this machine. */
export async function packageOfService(name, folder) {
    const address = `127.0.0.1:${await freePort()}`;
    const file = join(folder, `${name}.tar.gz`);
    const printed = await gridbourse('contract', 'package', name, '--service', address, '--to', file);
    return { name, address, file, id: /^package id (\S+)$/m.exec(printed)[1] };
}

/** Starts the service of a package and waits until it listens. */
export async function startService({ address, id }) {
    const service = spawn(process.execPath, [SERVE], {
        env: { ...process.env, CHAINCODE_ID: id, CHAINCODE_SERVER_ADDRESS: address },
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(service, 'exit').then(([code]) => {
        throw new Error(`the service ended with ${code}`);
    });
    ended.catch(() => {});
    await Promise.race([once(service.stdout, 'data'), ended]);
    service.stdout.resume();
    const end = async (signal) => {
        if (service.exitCode !== null || service.signalCode !== null) return;
        service.kill(signal);
        await ended.catch(() => {});
    };
    return { kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}
