// The benchmark contract of chaincode/contracts/benchmark in JavaScript, on Hyperledger Fabric's official Node shim: the same
// functions with the same arguments, results and error codes, so that the same load drives both. `history`, `call` and
// `guard` are for the tests of the shim.

import shim from 'fabric-shim';

const WRITES_MAX = 100_000;
const VALUE_BYTES_MAX = 1 << 20;
const METADATA = 'org.hyperledger.fabric:GetMetadata';
const NAME = 'Benchmark';

/** What went wrong, by a stable code. */
class Failure extends Error {
    constructor(code, text) {
        super(`${code}: ${text}`);
    }
}

const json = (value) => Buffer.from(JSON.stringify(value));
const bytes = (base64) => Buffer.from(base64, 'base64');

function integer(text, name) {
    if (!/^\d+$/.test(text)) throw new Failure('BAD_ARGUMENT', `${name} is no number: ${text}`);
    return Number(text);
}

async function isThere(stub, key) {
    return (await stub.getState(key)).length > 0;
}

/** Hands each result of a query on, and closes it. */
async function each(results, use) {
    try {
        for (let next = await results.next(); !next.done; next = await results.next()) use(next.value);
    } finally {
        await results.close();
    }
}

/** By name; arguments are texts. */
const functions = {
    async empty() {},

    async empty_query() {},

    async create(stub, key, value) {
        if (await isThere(stub, key)) throw new Failure('EXISTS', `${key} exists`);
        await stub.putState(key, bytes(value));
    },

    async put(stub, key, value) {
        await stub.putState(key, bytes(value));
    },

    async announce(stub, key, value) {
        await stub.putState(key, bytes(value));
        stub.setEvent('put', Buffer.from(key));
    },

    async update(stub, key, value) {
        if (!(await isThere(stub, key))) throw new Failure('MISSING', `${key} does not exist`);
        await stub.putState(key, bytes(value));
    },

    async delete(stub, key) {
        await stub.deleteState(key);
    },

    async write_many(stub, prefix, keysText, bytesText) {
        const keys = integer(keysText, 'keys');
        const valueBytes = integer(bytesText, 'value_bytes');
        if (keys > WRITES_MAX || valueBytes < 1 || valueBytes > VALUE_BYTES_MAX) {
            throw new Failure('TOO_MUCH', `at most ${WRITES_MAX} writes of 1 to ${VALUE_BYTES_MAX} bytes`);
        }
        const value = Buffer.alloc(valueBytes, 'abcdefghijklmnopqrstuvwxyz');
        for (let number = 0; number < keys; number += 1) {
            await stub.putState(prefix + String(number).padStart(8, '0'), value);
        }
    },

    async read(stub, key) {
        const value = await stub.getState(key);
        if (value.length === 0) throw new Failure('MISSING', `${key} does not exist`);
        return json(Buffer.from(value).toString('base64'));
    },

    async range(stub, start, end) {
        let [keys, valueBytes] = [0, 0];
        await each(await stub.getStateByRange(start, end), ({ value }) => {
            keys += 1;
            valueBytes += value.length;
        });
        return json({ keys, value_bytes: String(valueBytes) });
    },

    /** Every value that a key had, oldest first; null where it was deleted. */
    async history(stub, key) {
        const values = [];
        await each(await stub.getHistoryForKey(key), ({ isDelete, value }) => {
            values.push(isDelete ? null : Buffer.from(value).toString('base64'));
        });
        return json(values.reverse());
    },

    /** Calls another chaincode of the channel and hands its result on. */
    async call(stub, chaincode, ...words) {
        const response = await stub.invokeChaincode(chaincode, words, '');
        if (response.status !== 200) throw new Failure('CALLED', response.message);
        return Buffer.from(response.payload ?? []);
    },

    /** Writes a key and demands that from now on all these organizations endorse what changes it. */
    async guard(stub, key, value, ...organizations) {
        const policy = new shim.KeyEndorsementPolicy();
        policy.addOrgs('PEER', ...organizations);
        await stub.putState(key, bytes(value));
        await stub.setStateValidationParameter(key, policy.getPolicy());
    },

    /** The organizations of a key's own policy. */
    async guards(stub, key) {
        const policy = await stub.getStateValidationParameter(key);
        return json(policy ? new shim.KeyEndorsementPolicy(policy).listOrgs().sort() : []);
    },

    async put_private(stub, collection, key, value) {
        await stub.putPrivateData(collection, key, bytes(value));
    },
};

/** What the shim calls. */
export class Benchmark {
    async Init() {
        return shim.success();
    }

    async Invoke(stub) {
        const [called = '', ...words] = stub.getStringArgs();
        try {
            if (called === METADATA) return shim.success(json({ contracts: { [NAME]: { name: NAME } } }));
            const name = called.startsWith(`${NAME}:`) ? called.slice(NAME.length + 1) : called;
            if (!Object.hasOwn(functions, name)) throw new Failure('UNKNOWN_FUNCTION', name);
            return shim.success((await functions[name](stub, ...words)) ?? Buffer.alloc(0));
        } catch (error) {
            return shim.error(error.message);
        }
    }
}
