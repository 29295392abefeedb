// Runs Hyperledger Caliper, unmodified, on the benchmark contract: against `gridbourse devnet`, or against the network
// that GRIDBOURSE_NETWORK describes (see ../sdk/network.mjs). Fails if a request failed; the HTML report is kept.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { openNetwork } from '../sdk/network.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROUNDS = ['empty', 'create', 'read', 'range', 'mixed'];

const { values: options } = parseArgs({
    options: {
        rounds: { type: 'string', default: ROUNDS.join(',') },
        workers: { type: 'string', default: '2' },
        seconds: { type: 'string', default: '10' },
        'under-way': { type: 'string', default: '20' },
        'value-bytes': { type: 'string', default: '200' },
        chaincode: { type: 'string', default: 'benchmark' },
        report: { type: 'string', default: 'caliper-report.html' },
    },
});
const report = resolve(process.env.GRIDBOURSE_FROM ?? '.', options.report);

const network = await openNetwork('--contract', `benchmark=${process.env.GRIDBOURSE_CONTRACTS}/benchmark.wasm`);
try {
    await writeFile(join(network.folder, 'network.json'), JSON.stringify(await networkConfiguration(network)));
    await writeFile(join(network.folder, 'rounds.json'), JSON.stringify(benchmark()));
    await caliper(network.folder);
    await mkdir(dirname(report), { recursive: true });
    await copyFile(join(network.folder, 'report.html'), report);
    const failed = summary(await readFile(report, 'utf8'));
    console.log(`\nThe report is in ${report}`);
    process.exitCode = failed === 0 ? 0 : 1;
} finally {
    await network.stop();
}

/** Caliper's network configuration, version 2: every organization with its profile and its first user. */
async function networkConfiguration({ channel, organizations }) {
    const described = organizations.map(async ({ name, msp_id: mspid, connection_profile: path, user }) => {
        const [key] = await readdir(join(user, 'msp/keystore'));
        const [certificate] = await readdir(join(user, 'msp/signcerts'));
        return {
            mspid,
            identities: {
                certificates: [
                    {
                        name: `${name}-user`,
                        clientPrivateKey: { path: join(user, 'msp/keystore', key) },
                        clientSignedCert: { path: join(user, 'msp/signcerts', certificate) },
                    },
                ],
            },
            connectionProfile: { path, discover: true },
        };
    });
    return {
        name: 'GridBourse',
        version: '2.0.0',
        caliper: { blockchain: 'fabric' },
        channels: [{ channelName: channel, contracts: [{ id: options.chaincode }] }],
        organizations: await Promise.all(described),
    };
}

/** The rounds, each a closed loop: a request is sent as soon as fewer than so many are under way. */
function benchmark() {
    const run = randomUUID();
    const round = (name) => ({
        label: name,
        txDuration: Number(options.seconds),
        rateControl: { type: 'fixed-load', opts: { transactionLoad: Number(options['under-way']), startingTps: 100 } },
        workload: {
            module: join(HERE, 'workloads', `${name}.js`),
            arguments: { run, chaincode: options.chaincode, valueBytes: Number(options['value-bytes']) },
        },
    });
    return {
        test: {
            name: 'GridBourse',
            description: 'The workloads of the benchmark contract',
            workers: { number: Number(options.workers) },
            rounds: options.rounds.split(',').map(round),
        },
    };
}

async function caliper(folder) {
    const settings = [
        ['workspace', HERE],
        ['networkconfig', join(folder, 'network.json')],
        ['benchconfig', join(folder, 'rounds.json')],
        ['report-path', join(folder, 'report.html')],
        ['flow-only-test'],
        ['progress-reporting-enabled', 'false'],
        ['logging-targets-file-enabled', 'false'],
    ];
    const flags = settings.map(([name, value]) => (value === undefined ? `--caliper-${name}` : `--caliper-${name}=${value}`));
    const program = spawn(join(HERE, 'node_modules/.bin/caliper'), ['launch', 'manager', ...flags], {
        cwd: HERE,
        stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = await once(program, 'exit');
    if (code !== 0) throw new Error(`Caliper ended with ${code}`);
}

/** Prints the report's summary and returns how many requests failed. */
function summary(html) {
    const table = html.slice(html.indexOf('benchmarksummary'));
    const rows = [...table.slice(0, table.indexOf('</table>')).matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) =>
        [...row.matchAll(/<t[hd]>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => cell.trim()),
    );
    for (const row of rows) console.log(row.map((cell, index) => cell.padEnd(index === 0 ? 10 : 18)).join(''));
    const [head, ...rounds] = rows;
    const failures = head.indexOf('Fail');
    if (rounds.length !== options.rounds.split(',').length) throw new Error('the report lacks a round');
    return rounds.reduce((sum, row) => sum + Number(row[failures]), 0);
}
