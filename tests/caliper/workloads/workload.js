'use strict';

const { WorkloadModuleBase } = require('@hyperledger/caliper-core');

/** What the workloads share: names of keys, values, and requests to the benchmark contract. */
class Workload extends WorkloadModuleBase {
    async initializeWorkloadModule(workerIndex, totalWorkers, roundIndex, roundArguments, sutAdapter, sutContext) {
        await super.initializeWorkloadModule(
            workerIndex, totalWorkers, roundIndex, roundArguments, sutAdapter, sutContext);
        const { run, chaincode = 'benchmark', keys = 100, valueBytes = 200 } = roundArguments;
        Object.assign(this, { chaincode, keys, sent: 0 });
        // Nobody else writes keys with this prefix: not another worker, round or run.
        this.prefix = `caliper/${run}/${roundIndex}/${workerIndex}/`;
        this.value = Buffer.alloc(valueBytes, 'power').toString('base64');
    }

    key(number) {
        return `${this.prefix}${String(number).padStart(8, '0')}`;
    }

    submit(contractFunction, ...contractArguments) {
        return this.send(contractFunction, contractArguments, false);
    }

    evaluate(contractFunction, ...contractArguments) {
        return this.send(contractFunction, contractArguments, true);
    }

    send(contractFunction, contractArguments, readOnly) {
        return this.sutAdapter.sendRequests({ contractId: this.chaincode, contractFunction, contractArguments, readOnly });
    }

    /** Writes the keys that a round reads, in one transaction. */
    async writeKeys() {
        await this.submit('write_many', this.prefix, String(this.keys), '200');
    }
}

/** A module's export for a workload that sends one request at a time. */
const workload = (Class) => ({ createWorkloadModule: () => new Class() });

module.exports = { Workload, workload };
