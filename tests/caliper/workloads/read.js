'use strict';

const { Workload, workload } = require('./workload');

/** One key after the other, without a transaction. */
class Read extends Workload {
    async initializeWorkloadModule(...parameters) {
        await super.initializeWorkloadModule(...parameters);
        await this.writeKeys();
    }

    submitTransaction() {
        return this.evaluate('read', this.key(this.sent++ % this.keys));
    }
}

module.exports = workload(Read);
