'use strict';

const { Workload, workload } = require('./workload');

/** Of four requests one creates a key, one updates one, and two read. */
class Mixed extends Workload {
    async initializeWorkloadModule(...parameters) {
        await super.initializeWorkloadModule(...parameters);
        await this.writeKeys();
    }

    submitTransaction() {
        const number = this.sent++;
        // Each key is updated again only after all others were.
        const known = this.key(number % this.keys);
        switch (number % 4) {
            case 0: return this.submit('create', this.key(this.keys + number), this.value);
            case 1: return this.submit('update', known, this.value);
            default: return this.evaluate('read', known);
        }
    }
}

module.exports = workload(Mixed);
