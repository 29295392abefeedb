'use strict';

const { Workload, workload } = require('./workload');

/** What a transaction costs by itself. */
class Empty extends Workload {
    submitTransaction() {
        return this.submit('empty');
    }
}

module.exports = workload(Empty);
