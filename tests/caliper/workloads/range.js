'use strict';

const { Workload, workload } = require('./workload');

/** All keys of the round at once, without a transaction. */
class Range extends Workload {
    async initializeWorkloadModule(...parameters) {
        await super.initializeWorkloadModule(...parameters);
        await this.writeKeys();
    }

    submitTransaction() {
        return this.evaluate('range', this.key(0), this.key(this.keys));
    }
}

module.exports = workload(Range);
